/// Tells, from what another process has stored of a reply that streams, the very events that the process had.
///
/// Holds the reply as far as it has told it, and reads only what is new, so that following a long answer costs no more
/// than the answer is long. Not safe to share between tasks; copy or isolate it.
public struct ReplyFollower: Sendable {
  /// The reply as far as its events have been told.
  public private(set) var reply: Reply

  /// Follows a reply from how it was when it was read.
  public init(_ reply: Reply) { self.reply = reply }

  /// What has been stored since the last call.
  public struct News: Sendable {
    /// UTF-8 of the answer, of the reasoning, and bytes of the ``Recording``, each beyond what was told.
    public var text: [UInt8]
    public var reasoning: [UInt8]
    public var recording: [UInt8]
    public var maximumTries: Int
    public var timeToFirstToken: Duration?
    public var usage: Usage
    /// Why the last attempt failed, in the provider's words, of which the recording has but the kind.
    public var failure: SendFailure?

    public init(
      text: [UInt8] = [], reasoning: [UInt8] = [], recording: [UInt8] = [], maximumTries: Int = 1,
      timeToFirstToken: Duration? = nil, usage: Usage = Usage(), failure: SendFailure? = nil
    ) {
      self.text = text
      self.reasoning = reasoning
      self.recording = recording
      self.maximumTries = maximumTries
      self.timeToFirstToken = timeToFirstToken
      self.usage = usage
      self.failure = failure
    }
  }

  /// The events of what is new, in order.
  public mutating func take(_ news: News) -> [ReplyEvent] {
    var events: [ReplyEvent] = []
    tell(news, into: &events)
    if news.usage != reply.usage { tell(.usage(news.usage), at: reply.recording.last, into: &events) }
    return events
  }

  /// The events up to the end of the reply, as it was stored when it had ended; none if it has been told.
  public mutating func end(as ended: Reply) -> [ReplyEvent] {
    guard !reply.state.isFinal, ended.state.isFinal else { return [] }
    var events: [ReplyEvent] = []
    tell(
      News(
        text: Array(ended.text.utf8.dropFirst(reply.text.utf8.count)),
        reasoning: Array(ended.reasoning.utf8.dropFirst(reply.reasoning.utf8.count)),
        recording: Array(ended.recording.bytes.dropFirst(reply.recording.bytes.count)),
        maximumTries: ended.maximumTries, timeToFirstToken: ended.timeToFirstToken,
        failure: ended.state == .cancelled ? ended.failure : nil), into: &events)
    for event in ended.finalEvents { tell(event, at: ended.duration ?? reply.recording.last, into: &events) }
    return events
  }

  private mutating func tell(_ news: News, into events: inout [ReplyEvent]) {
    var text = news.text[...]
    var reasoning = news.reasoning[...]
    // Bytes that are no recording cost the times, not the answer: what they do not explain comes at once below.
    let entries = (try? Recording.entries(news.recording, after: reply.recording)) ?? []
    let lastRetry = entries.lastIndex { $0.kind == .retry || $0.kind == .attempt }
    for (index, entry) in entries.enumerated() {
      let time = Duration.milliseconds(Int64(clamping: entry.milliseconds))
      if entry.kind == .text || entry.kind == .reasoning { tellFirstToken(news, into: &events) }
      switch entry.kind {
      case .text:
        tell(.text(String(decoding: text.prefix(entry.value), as: UTF8.self)), at: time, into: &events)
        text = text.dropFirst(entry.value)
      case .reasoning:
        tell(.reasoning(String(decoding: reasoning.prefix(entry.value), as: UTF8.self)), at: time, into: &events)
        reasoning = reasoning.dropFirst(entry.value)
      case .attempt:
        tell(.connecting(attempt: entry.value, of: max(news.maximumTries, entry.value)), at: time, into: &events)
      case .retry:
        let retry = Recording.Retry(packed: entry.value)
        tell(
          .retrying(
            attempt: reply.tries, of: max(news.maximumTries, reply.tries), delay: retry.delay,
            because: index == lastRetry ? news.failure ?? retry.failure : retry.failure),
          at: time, into: &events)
      case .end: break  // What ended it, `finalEvents` tells.
      }
    }
    tellFirstToken(news, into: &events)
    let last = reply.recording.last
    if !reasoning.isEmpty { tell(.reasoning(String(decoding: reasoning, as: UTF8.self)), at: last, into: &events) }
    if !text.isEmpty { tell(.text(String(decoding: text, as: UTF8.self)), at: last, into: &events) }
  }

  private mutating func tellFirstToken(_ news: News, into events: inout [ReplyEvent]) {
    guard reply.timeToFirstToken == nil, let first = news.timeToFirstToken else { return }
    tell(.firstToken, at: first, into: &events)
  }

  private mutating func tell(_ event: SendEvent, at time: Duration, into events: inout [ReplyEvent]) {
    reply.apply(event, at: time)
    events.append(ReplyEvent(reply: reply.id, at: time, event: event))
  }
}

extension Reply {
  /// What ends it, in order, the last one final; empty for a reply that has not ended.
  var finalEvents: [SendEvent] {
    guard state.isFinal else { return [] }
    var events: [SendEvent] = []
    if usage != Usage() { events.append(.usage(usage)) }
    if state == .success, let remark = failure { events.append(.damaged(remark)) }
    switch state {
    case .queued, .connecting, .streaming, .retrying, .cancelled: events.append(.cancelled)
    case .success: events.append(.finished(finishReason ?? .unknown))
    case .partial, .failed: events.append(.failed(failure ?? SendFailure(.provider, "No reason was kept.")))
    case .interrupted:
      events.append(.failed(failure ?? SendFailure(.interrupted, "Fiedler was stopped before this answer ended")))
    }
    return events
  }
}
