import FoundationEssentials

/// Where a reply stands.
public enum ReplyState: String, Hashable, Sendable, Codable, CaseIterable {
  case queued, connecting, streaming, retrying
  /// The model said it was done.
  case success
  /// It broke off after some of the answer had come.
  case partial
  /// It failed before any of the answer came.
  case failed
  /// The user stopped it.
  case cancelled
  /// Fiedler was killed while it streamed; what had streamed is kept.
  case interrupted

  public var isFinal: Bool {
    switch self {
    case .queued, .connecting, .streaming, .retrying: false
    case .success, .partial, .failed, .cancelled, .interrupted: true
    }
  }
}

/// One model's answer to one prompt, whole or as far as it has come.
public struct Reply: Identifiable, Hashable, Sendable {
  public let id: UUID
  public var model: ModelReference
  /// 1 for the first, one more each time the user retries it. (A retry by the engine itself,
  /// before the first token, is not a new reply: see ``tries``.)
  public var attempt: Int
  /// Its number among the conversation's turns; `nil` until it has ended.
  public var turnNumber: Int?
  public var state: ReplyState
  public var text: String
  public var reasoning: String
  public var usage: Usage
  public var finishReason: FinishReason?
  /// Why it failed; of a success, what of it is missing all the same.
  public var failure: SendFailure?
  /// Wall-clock time of the send; all durations below count from it.
  public var startedAt: Date
  public var timeToFirstToken: Duration?
  /// Set once the reply has ended.
  public var duration: Duration?
  /// How many requests the engine made so far, and how many it would make at most.
  public var tries: Int
  public var maximumTries: Int
  /// While `state` is `.retrying`: when the next request starts.
  public var retryAt: Duration?
  public var recording: Recording
  /// What it was asked to heed.
  public var options = GenerationOptions()
  /// What goes back to its provider with the next turn.
  public var continuation: Continuation?

  public init(
    id: UUID, model: ModelReference, attempt: Int = 1, turnNumber: Int? = nil, state: ReplyState = .queued,
    text: String = "", reasoning: String = "", usage: Usage = Usage(), finishReason: FinishReason? = nil,
    failure: SendFailure? = nil, startedAt: Date, timeToFirstToken: Duration? = nil, duration: Duration? = nil,
    recording: Recording = Recording()
  ) {
    self.id = id
    self.model = model
    self.attempt = attempt
    self.turnNumber = turnNumber
    self.state = state
    self.text = text
    self.reasoning = reasoning
    self.usage = usage
    self.finishReason = finishReason
    self.failure = failure
    self.startedAt = startedAt
    self.timeToFirstToken = timeToFirstToken
    self.duration = duration
    self.recording = recording
    self.tries = 0
    self.maximumTries = 1
    self.retryAt = nil
  }

  /// Moves the reply on by one event, `at` the time since the send began.
  ///
  /// Events after a final one are ignored, so a late cancel cannot undo a success.
  public mutating func apply(_ event: SendEvent, at time: Duration) {
    guard !state.isFinal else { return }
    retryAt = nil
    switch event {
    case .queued:
      state = .queued
    case .connecting(let attempt, let maximum):
      state = .connecting
      tries = attempt
      maximumTries = maximum
      failure = nil
      continuation = nil
      recording.append(.attempt, value: attempt, at: time)
    case .firstToken:
      state = .streaming
      timeToFirstToken = timeToFirstToken ?? time
    case .text(let delta):
      state = .streaming
      text += delta
      recording.append(.text, value: delta.utf8.count, at: time)
    case .reasoning(let delta):
      state = .streaming
      reasoning += delta
      recording.append(.reasoning, value: delta.utf8.count, at: time)
    case .usage(let newer):
      usage.merge(newer)
    case .continuation(let newer):
      continuation = newer
    case .damaged(let remark):
      failure = remark
    case .retrying(let attempt, let maximum, let delay, let cause):
      state = .retrying
      tries = attempt
      maximumTries = maximum
      failure = cause
      retryAt = time + delay
      recording.append(Recording.Retry(delay: delay, cause), at: time)
    case .finished(let reason):
      finishReason = reason == .unknown ? nil : reason
      end(.success, at: time)
    case .failed(let cause):
      failure = cause
      let isInterrupted = cause.kind == .interrupted
      end(isInterrupted ? .interrupted : text.isEmpty && reasoning.isEmpty ? .failed : .partial, at: time)
    case .cancelled:
      end(.cancelled, at: time)
    }
  }

  /// Whether this is the same answer as `other` with what that lacks: it was imported when its source was damaged or
  /// had not ended.
  public func completes(_ other: Reply) -> Bool {
    id == other.id && state.isFinal && other.state.isFinal && text.utf8.count > other.text.utf8.count
      && text.utf8.starts(with: other.text.utf8)
  }

  private mutating func end(_ final: ReplyState, at time: Duration) {
    state = final
    duration = time
    recording.append(.end, value: 0, at: time)
  }

  /// Tokens generated so far: the provider's count where it gave one, else an estimate.
  public var completionTokens: Int {
    usage.completionTokens ?? TokenEstimate.tokens(inUTF8Bytes: text.utf8.count + reasoning.utf8.count)
  }
}
