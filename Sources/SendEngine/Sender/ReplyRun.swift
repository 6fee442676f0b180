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
  let refused: RefusedParameters
  let limiter: SendLimiter
  /// Of the send.
  let gate: SendGate?
  /// Of all sends.
  let room: SendGate?
  let timeline: Timeline
  let channel: ReplyChannel

  private var model: ConfiguredModel { target.model }
  private var maximumAttempts: Int { max(1, model.retryAttempts) }

  /// Runs in the reply's own task, whose cancellation ends it with `.cancelled`. Returns the final state.
  func perform() async -> ReplyState {
    channel.emit([.queued])
    guard await gate?.enter() ?? true else {
      channel.emit([.cancelled])
      return .cancelled
    }
    defer { gate?.leave() }
    guard await room?.enter() ?? true else {
      channel.emit([.cancelled])
      return .cancelled
    }
    defer { room?.leave() }
    let start = gate == nil && room == nil ? .zero : timeline.elapsed()
    channel.begin(at: start)
    let end = await makeAttempts(from: start)
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

  /// - `start`: when its turn came; its time begins then.
  private func makeAttempts(from start: Duration) async -> AttemptEnd {
    var transmission: Transmission
    switch await prepare(from: start) {
    case .success(let ready): transmission = ready
    case .failure(let stop): return stop.end
    }
    var policy = RetryPolicy(
      maximumAttempts: maximumAttempts, base: configuration.backoffBase, cap: configuration.backoffCap,
      longestRetryAfter: configuration.longestRetryAfter, total: start + model.timeout)
    var attempt = 1
    // Requests that do not count: asked without a parameter that was refused, while a model is loaded, or among too
    // many.
    var free = 0
    while true {
      if Task.isCancelled { return .cancelled }
      let pass: SendLimiter.Pass?
      do {
        let before = timeline.elapsed()
        pass = try await admission(transmission, attempt: attempt - 1, of: maximumAttempts + free)
        // Its turn came later than the send: so does the end of its time.
        policy.total += timeline.elapsed() - before
      } catch {
        // The only thing a wait can fail of is its task being cancelled.
        return .cancelled
      }
      channel.emit([.connecting(attempt: attempt, of: maximumAttempts + free)])
      let outcome = await perform(transmission, attempt: attempt, pass, total: policy.total)
      guard case .failed(let failure) = outcome.end else { return outcome.end }
      let next: RetryPolicy.Decision
      if let adapted = adapted(transmission, to: outcome.refusal) {
        transmission = adapted
        free += 1
        next = .retry(after: .zero)
      } else {
        let isRefused = failure.kind == .rateLimited
        if isRefused, let pass, limiter.isCrowded(model, since: pass) { free += 1 }
        next = policy.decide(
          failure, attempt: attempt - free, hasContent: channel.hasContent, elapsed: timeline.elapsed(),
          jitter: configuration.jitter())
        if failure.repetition == .untilReady { free += 1 }
        if isRefused, case .retry(let delay) = next { limiter.refused(model, for: delay) }
      }
      switch next {
      case .giveUp(let final):
        return .failed(final)
      case .retry(let delay):
        let resume = timeline.elapsed() + delay
        channel.emit([.retrying(attempt: attempt, of: maximumAttempts + free, delay: delay, because: failure)])
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

  /// Waits until the provider is likely to take another request, and tells for how long. `nil` for what goes nowhere.
  private func admission(
    _ transmission: Transmission, attempt: Int, of maximum: Int
  ) async throws -> SendLimiter.Pass? {
    guard case .http = transmission else { return nil }
    let bytes = messages.reduce(0) { $0 + $1.content.utf8.count }
    let shown = messages.flatMap(\.files).reduce(0) { $0 + $1.estimatedTokens }
    let cause = SendFailure(.rateLimited, "\(model.reference): waits for the rate limit of \(model.reference.provider)")
    return try await limiter.admit(model, tokens: TokenEstimate.tokens(inUTF8Bytes: bytes) + shown) { delay in
      channel.emit([.retrying(attempt: attempt, of: maximum, delay: delay, because: cause)])
    }
  }

  /// The request without the parameter that its refusal names; `nil` if it names none that was sent, or one that has
  /// been left out before.
  private func adapted(_ transmission: Transmission, to refusal: String?) -> Transmission? {
    guard case .http(let provider, let sent, _, let route, let words) = transmission, let refusal,
      !channel.hasContent, let parameter = RefusedParameter.named(in: refusal, of: sent.body),
      refused.remember(parameter, of: model)
    else { return nil }
    do {
      let plain = try provider.request(for: refused.adapted(model), key: words.key, messages: messages)
      return .http(provider, plain, try httpRequest(plain, route), route, words)
    } catch {
      // The same address and key made a request before; were it not so, the refusal is what is told.
      return nil
    }
  }

  // MARK: One attempt

  private enum Transmission: Sendable {
    case demo(DemoModel)
    case http(any Provider, ProviderRequest, HTTPClient.Request, Route, FailureWords)
  }

  private struct Stop: Error {
    let end: AttemptEnd
  }

  private func limits(total: Duration) -> AttemptTimer.Limits {
    AttemptTimer.Limits(
      connect: model.options.connectTimeout ?? configuration.connectTimeout,
      firstToken: model.options.firstTokenTimeout ?? configuration.firstTokenTimeout,
      idle: model.options.idleTimeout ?? configuration.idleTimeout, total: total)
  }

  /// Everything that must be right before anything is sent.
  private func prepare(from start: Duration) async -> Result<Transmission, Stop> {
    if let refused = model.refusedOptions.first {
      return .failure(Stop(end: .failed(SendFailure(.invalidRequest, "\(refused)"))))
    }
    if let refused = model.refusedFiles(of: messages).first {
      return .failure(Stop(end: .failed(SendFailure(.invalidRequest, "\(refused)"))))
    }
    guard let provider = model.kind.provider else {
      guard let demo = DemoModel(named: model.reference.name) else {
        return .failure(
          Stop(end: .failed(SendFailure(.invalidRequest, "there is no demo model \(model.reference.name)"))))
      }
      return .success(.demo(demo))
    }
    let key: APIKey?
    switch await askForKey(from: start) {
    case .success(let answer): key = answer
    case .failure(let stop): return .failure(stop)
    }
    var words = FailureWords(model: model, key: key, now: configuration.now)
    if key == nil, let variable = model.apiKeyVariable {
      return .failure(Stop(end: .failed(words.missingKey(variable))))
    }
    if let key, !key.value.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
      return .failure(
        Stop(end: .failed(words.invalidRequest("the API key holds a blank or a character that no key has"))))
    }
    do {
      let plain = try provider.request(for: refused.adapted(model), key: key, messages: messages)
      let route = try Route(to: ProviderURL(model), model.network, configuration.network)
      words.proxy = route.proxy
      // Authorities are read now, so that what is wrong with them is told before anything is sent.
      _ = try transport.client(for: route, connectTimeout: limits(total: model.timeout).connect)
      return .success(.http(provider, plain, try httpRequest(plain, route), route, words))
    } catch let problem as NetworkProblem {
      return .failure(Stop(end: .failed(words.invalidRequest("\(problem)"))))
    } catch let failure as SendFailure {
      return .failure(Stop(end: .failed(failure)))
    } catch {
      return .failure(
        Stop(end: .failed(words.invalidRequest("base_url is not an address: “\(model.baseURL)” (models.yaml)"))))
    }
  }

  private func httpRequest(_ plain: ProviderRequest, _ route: Route) throws -> HTTPClient.Request {
    var plain = plain
    if route.isForwarded, let proxy = route.proxy { plain.forward(to: proxy) }
    var headers = HTTPHeaders(plain.headers.map { ($0.name, $0.value) })
    for header in model.options.headers.sorted(by: { $0.key < $1.key }) {
      headers.replaceOrAdd(name: header.key, value: header.value)
    }
    headers.add(name: "Content-Type", value: "application/json")
    headers.add(name: "Accept", value: "text/event-stream")
    // What is packed is held back until a block of it is full, which is no way to stream.
    headers.add(name: "Accept-Encoding", value: "identity")
    headers.add(name: "User-Agent", value: "fiedler/\(configuration.version)")
    return try HTTPClient.Request(
      url: plain.url, method: .POST, headers: headers, body: .byteBuffer(ByteBuffer(bytes: plain.body.bytes)))
  }

  /// Asks for the key, but waits neither beyond a cancel nor beyond the reply's time.
  private func askForKey(from start: Duration) async -> Result<APIKey?, Stop> {
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
        try await timeline.sleep(start + model.timeout)
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

  private func perform(
    _ transmission: Transmission, attempt: Int, _ pass: SendLimiter.Pass?, total: Duration
  ) async -> HTTPExchange.Outcome {
    switch transmission {
    case .demo(let demo):
      let prompt = messages.map { "\($0.role.rawValue): \($0.content)" }.joined(separator: "\n")
      let stream = DemoStream(
        model: demo, prompt: prompt, questions: messages.filter { $0.role == .user }.map(\.content),
        seed: model.options.generation.seed.map(UInt64.init(truncatingIfNeeded:)) ?? configuration.demoSeed,
        longest: model.completionLimit, timeline: timeline, limit: total,
        emit: { channel.emit($0) })
      return HTTPExchange.Outcome(end: await stream.run(attempt: attempt))
    case .http(let provider, _, let request, let route, let words):
      let limits = limits(total: total)
      defer { if let pass { limiter.ended(model, pass) } }
      let client: HTTPClient
      let loop: any EventLoop
      do throws(NetworkProblem) {
        (client, loop) = try transport.client(for: route, connectTimeout: limits.connect)
      } catch { return HTTPExchange.Outcome(end: .failed(words.invalidRequest("\(error)"))) }
      let exchange = HTTPExchange(
        reader: ResponseReader(
          words: words, decoder: provider.makeDecoder(), maximumEventBytes: configuration.maximumEventBytes,
          tags: model.options.reasoningTags ?? .auto),
        timer: AttemptTimer(limits: limits, startedAt: timeline.elapsed()),
        words: words, timeline: timeline, loop: loop,
        onHead: { status, headers in
          guard (200..<300).contains(status), let pass else { return }
          limiter.begun(model, pass, RateLimitHeaders(headers, now: configuration.now()))
        }, emit: { channel.emit($0) })
      return await exchange.run(request, on: client)
    }
  }
}
