import AsyncHTTPClient
import Conversations
import FoundationEssentials
import JSON
import NIOCore
import NIOHTTP1

/// One reply from queued to its final event: asks for the key, then makes attempts until one ends well or
/// ``RetryPolicy`` gives up.
struct ReplyRun: Sendable {
  let target: SendRequest.Target
  let messages: [ChatMessage]
  let configuration: SenderConfiguration
  let keys: @Sendable (ConfiguredModel) async throws(KeyError) -> APIKey?
  let transport: HTTPTransport
  let timeline: Timeline
  let channel: ReplyChannel

  private var model: ConfiguredModel { target.model }
  private var maximumAttempts: Int { max(1, model.retryAttempts) }

  /// Runs in the reply's own task, whose cancellation ends it with `.cancelled`. Returns the final state.
  func perform() async -> ReplyState {
    channel.emit([.queued])
    let end = await makeAttempts()
    switch end {
    case .finished(let reason):
      channel.emit([.finished(reason)])
      return .success
    case .failed(let failure):
      channel.emit([.failed(failure)])
      return channel.hasContent ? .partial : .failed
    case .cancelled:
      channel.emit([.cancelled])
      return .cancelled
    }
  }

  private func makeAttempts() async -> AttemptEnd {
    let transmission: Transmission
    switch await prepare() {
    case .success(let ready): transmission = ready
    case .failure(let stop): return stop.end
    }
    let policy = RetryPolicy(
      maximumAttempts: maximumAttempts, base: configuration.backoffBase, cap: configuration.backoffCap,
      longestRetryAfter: configuration.longestRetryAfter, total: model.timeout)
    var attempt = 1
    while true {
      if Task.isCancelled { return .cancelled }
      channel.emit([.connecting(attempt: attempt, of: maximumAttempts)])
      let end = await perform(transmission, attempt: attempt)
      guard case .failed(let failure) = end else { return end }
      let decision = policy.decide(
        failure, attempt: attempt, hasContent: channel.hasContent, elapsed: timeline.elapsed(),
        jitter: configuration.jitter())
      switch decision {
      case .giveUp(let final):
        return .failed(final)
      case .retry(let delay):
        let resume = timeline.elapsed() + delay
        channel.emit([.retrying(attempt: attempt, of: maximumAttempts, delay: delay, because: failure)])
        do {
          try await timeline.sleep(resume)
        } catch {
          // The only thing a sleep can fail of is its task being cancelled.
          return .cancelled
        }
      }
      attempt += 1
    }
  }

  // MARK: One attempt

  private enum Transmission: Sendable {
    case demo(DemoModel)
    case http(any Provider, HTTPClient.Request, FailureWords)
  }

  private struct Stop: Error {
    let end: AttemptEnd
  }

  /// Everything that must be right before anything is sent.
  private func prepare() async -> Result<Transmission, Stop> {
    guard let provider = model.kind.provider else {
      guard let demo = DemoModel(named: model.reference.name) else {
        return .failure(
          Stop(end: .failed(SendFailure(.invalidRequest, "there is no demo model \(model.reference.name)"))))
      }
      return .success(.demo(demo))
    }
    let key: APIKey?
    switch await askForKey() {
    case .success(let answer): key = answer
    case .failure(let stop): return .failure(stop)
    }
    let words = FailureWords(model: model, key: key)
    if key == nil, let variable = model.apiKeyVariable {
      return .failure(Stop(end: .failed(words.missingKey(variable))))
    }
    if let key, !key.value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
      return .failure(
        Stop(end: .failed(words.invalidRequest("the API key holds a blank or a character that no key has"))))
    }
    do {
      let plain = try provider.request(for: model, key: key, messages: messages)
      return .success(.http(provider, try httpRequest(plain), words))
    } catch let failure as SendFailure {
      return .failure(Stop(end: .failed(failure)))
    } catch {
      return .failure(
        Stop(end: .failed(words.invalidRequest("base_url is not an address: “\(model.baseURL)” (models.yaml)"))))
    }
  }

  private func httpRequest(_ plain: ProviderRequest) throws -> HTTPClient.Request {
    var headers = HTTPHeaders(plain.headers.map { ($0.name, $0.value) })
    headers.add(name: "Content-Type", value: "application/json")
    headers.add(name: "Accept", value: "text/event-stream")
    headers.add(name: "User-Agent", value: "fiedler/\(configuration.version)")
    return try HTTPClient.Request(
      url: plain.url, method: .POST, headers: headers, body: .byteBuffer(ByteBuffer(bytes: plain.body.bytes)))
  }

  /// Asks for the key, but waits neither beyond a cancel nor beyond the reply's time.
  private func askForKey() async -> Result<APIKey?, Stop> {
    let answer = OneShot<Result<APIKey?, Stop>>()
    let asking = Task {
      do throws(KeyError) {
        answer.set(.success(try await keys(model)))
      } catch {
        answer.set(.failure(Stop(end: .failed(FailureWords(model: model, key: nil).missingKey(because: error)))))
      }
    }
    let limit = Task {
      do {
        try await timeline.sleep(model.timeout)
      } catch {
        // Cancelled: the answer came in time.
        return
      }
      let failure = FailureWords(model: model, key: nil).timeout(.totalTimeout, limit: model.timeout)
      answer.set(.failure(Stop(end: .failed(failure))))
    }
    defer {
      asking.cancel()
      limit.cancel()
    }
    return await withTaskCancellationHandler {
      await answer.value()
    } onCancel: {
      answer.set(.failure(Stop(end: .cancelled)))
    }
  }

  private func perform(_ transmission: Transmission, attempt: Int) async -> AttemptEnd {
    switch transmission {
    case .demo(let demo):
      let prompt = messages.map { "\($0.role.rawValue): \($0.content)" }.joined(separator: "\n")
      let stream = DemoStream(
        model: demo, prompt: prompt, seed: configuration.demoSeed, timeline: timeline, limit: model.timeout,
        emit: { channel.emit($0) })
      return await stream.run(attempt: attempt)
    case .http(let provider, let request, let words):
      let (client, loop) = transport.client()
      let exchange = HTTPExchange(
        reader: ResponseReader(
          words: words, decoder: provider.makeDecoder(), maximumEventBytes: configuration.maximumEventBytes),
        timer: AttemptTimer(
          limits: AttemptTimer.Limits(
            connect: configuration.connectTimeout, firstToken: configuration.firstTokenTimeout,
            idle: configuration.idleTimeout, total: model.timeout),
          startedAt: timeline.elapsed()),
        words: words, timeline: timeline, loop: loop,
        retryAfter: { headers in RetryAfter.seconds(now: configuration.now()) { headers.first(name: $0) } },
        emit: { channel.emit($0) })
      return await exchange.run(request, on: client)
    }
  }
}
