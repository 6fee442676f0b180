import AsyncHTTPClient
import Conversations
import NIOCore
import NIOHTTP1
import Synchronization

/// One request and the answer streaming back: the thin shell around ``ResponseReader`` and ``AttemptTimer``.
///
/// Everything that can end the attempt (the response, a broken limit, a cancel) is carried out on the event loop, and
/// so are all events; that gives them their order and makes the end final. Bytes are decoded where the network put
/// them, and events are passed on once for all that one turn of the loop brought, not once a chunk.
final class HTTPExchange: HTTPClientResponseDelegate, Sendable {
  typealias Response = Void

  private struct State {
    var reader: ResponseReader
    var timer: AttemptTimer
    var ending = EndingTimer()
    /// Waits for the answer that has ended to be over.
    var closing: Task<Void, Never>?
    var isFlushScheduled = false
    var hasEnded = false
  }

  /// Only ever taken on the event loop, but for the watchdog's questions.
  private let state: Mutex<State>
  private let loop: any EventLoop
  private let timeline: Timeline
  private let words: FailureWords
  /// Told the status and the headers of the answer as it begins.
  private let onHead: @Sendable (Int, [(name: String, value: String)]) -> Void
  private let emit: @Sendable ([SendEvent]) -> Void
  private let result = OneShot<Outcome>()

  struct Outcome {
    var end: AttemptEnd
    /// The text of an error with which the request was refused, for the names in it.
    var refusal: String?
  }

  /// What the client unpacks.
  private static let unpacked = ["", "identity", "gzip", "deflate"]

  /// How long a connection may take to end a response that has said all, before it is closed instead of kept for reuse.
  private static let drainLimit = TimeAmount.seconds(2)

  init(
    reader: ResponseReader, timer: AttemptTimer, words: FailureWords, timeline: Timeline, loop: any EventLoop,
    onHead: @escaping @Sendable (Int, [(name: String, value: String)]) -> Void = { _, _ in },
    emit: @escaping @Sendable ([SendEvent]) -> Void
  ) {
    state = Mutex(State(reader: reader, timer: timer))
    self.words = words
    self.timeline = timeline
    self.loop = loop
    self.onHead = onHead
    self.emit = emit
  }

  /// Performs the request. Ends at once when the calling task is cancelled; no event follows the return.
  func run(_ request: HTTPClient.Request, on client: HTTPClient) async -> Outcome {
    let task = client.execute(request: request, delegate: self, eventLoop: .delegate(on: loop))
    task.futureResult.whenComplete { outcome in
      self.end(task) { state in
        switch outcome {
        case .success: state.reader.end()
        case .failure(let error) where TransportFailure.isConnectTimeout(error):
          .failed(self.words.timeout(.connectTimeout, limit: state.timer.limits.connect))
        case .failure(let error):
          state.reader.end(broken: TransportFailure(error))
        }
      }
    }
    let watchdog = Task { await watch(task) }
    defer { watchdog.cancel() }
    return await withTaskCancellationHandler {
      await result.value()
    } onCancel: {
      loop.execute { self.end(task) { _ in .cancelled } }
    }
  }

  // MARK: The response, on the event loop

  func didSendRequestHead(task: HTTPClient.Task<Void>, _ head: HTTPRequestHead) {
    let now = timeline.elapsed()
    state.withLock { $0.timer.connected(at: now) }
  }

  func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    let headers = head.headers
    onHead(Int(head.status.code), headers.map { ($0.name, $0.value) })
    let now = words.now()
    let summary = ResponseReader.Head(
      status: Int(head.status.code), location: headers.first(name: "location"),
      retryAfter: RetryAfter.seconds(now: now) { headers.first(name: $0) },
      reset: RetryAfter.reset(now: now, headers: headers.map { ($0.name, $0.value) }),
      shouldRetry: headers.first(name: "x-should-retry").flatMap { Bool($0.lowercased()) })
    let coding = headers["content-encoding"].map { $0.lowercased() }.first { !Self.unpacked.contains($0) }
    let time = timeline.elapsed()
    state.withLock { state in
      state.timer.received(at: time, hasContent: false)
      state.reader.receive(summary)
      if let coding { state.reader.fail(words.packed(coding)) }
    }
    return loop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    let needsFlush = state.withLock { state in
      guard !state.hasEnded else { return false }
      buffer.withUnsafeReadableBytes { state.reader.receive($0) }
      defer { state.isFlushScheduled = true }
      return !state.isFlushScheduled
    }
    // Runs once the loop has handed over all that it read in this turn.
    if needsFlush { loop.execute { self.flush(task) } }
    return loop.makeSucceededVoidFuture()
  }

  func didFinishRequest(task: HTTPClient.Task<Void>) {}

  private func flush(_ task: HTTPClient.Task<Void>) {
    let now = timeline.elapsed()
    let (events, isOver) = state.withLock { state -> ([SendEvent], Bool) in
      state.isFlushScheduled = false
      guard !state.hasEnded else { return ([], false) }
      state.timer.received(at: now, hasContent: state.reader.hasContent)
      if state.reader.isOver { return ([], true) }
      let events = state.reader.drain()
      if state.reader.hasEnding {
        state.ending.received(events, hasEnding: true, at: now)
        if state.closing == nil { state.closing = Task { await self.close(task) } }
      }
      return (events, false)
    }
    if !events.isEmpty { emit(events) }
    if isOver { end(task) { $0.reader.end() } }
  }

  /// Ends the attempt, unless it has ended. On the event loop.
  private func end(_ task: HTTPClient.Task<Void>, _ reason: (inout State) -> AttemptEnd) {
    let ended = state.withLock { state -> ([SendEvent], Outcome)? in
      guard !state.hasEnded else { return nil }
      state.hasEnded = true
      let end = reason(&state)
      state.closing?.cancel()
      let events = state.reader.drain(isFinished: end.isDefinite)
      return (events, Outcome(end: end, refusal: state.reader.refusal))
    }
    guard let (events, outcome) = ended else { return }
    if !events.isEmpty { emit(events) }
    result.set(outcome)
    guard case .finished = outcome.end else { return task.cancel() }
    let drain = loop.scheduleTask(in: Self.drainLimit) { task.cancel() }
    task.futureResult.whenComplete { _ in drain.cancel() }
  }

  // MARK: Limits

  /// Waits until an answer that has ended is over, though its connection stays open.
  private func close(_ task: HTTPClient.Task<Void>) async {
    while let deadline = state.withLock({ $0.ending.deadline }) {
      if timeline.elapsed() >= deadline { return loop.execute { self.end(task) { $0.reader.end() } } }
      do {
        try await timeline.sleep(deadline)
      } catch {
        // Cancelled: the attempt has ended otherwise.
        return
      }
    }
  }

  /// Sleeps from one moment at which a limit might be broken to the next, until one is.
  private func watch(_ task: HTTPClient.Task<Void>) async {
    while true {
      let now = timeline.elapsed()
      let (broken, check) = state.withLock { ($0.timer.expired(at: now), $0.timer.nextCheck(at: now)) }
      if let broken {
        let limit = state.withLock { $0.timer.limits[broken] }
        let failure = words.timeout(broken, limit: limit)
        return loop.execute { self.end(task) { $0.reader.end(expired: failure) } }
      }
      do {
        try await timeline.sleep(check)
      } catch {
        // Cancelled: the attempt has ended otherwise.
        return
      }
    }
  }
}
