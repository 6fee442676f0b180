import Conversations
import JSON

/// Why an answer ended, as its provider told it.
struct Ending: Hashable, Sendable {
  var reason: FinishReason
  /// The provider's own word for it.
  var word: String
  /// What the provider said besides.
  var message: String?
  var httpStatus: Int?

  /// Words that stand where a reason to stop should, and mean that the provider failed: `error` (OpenRouter, SGLang),
  /// `network_error` (Zhipu), `insufficient_system_resource` (DeepSeek), `abort` (vLLM) and their like.
  var isFailure: Bool {
    guard case .other = reason else { return false }
    let word = word.lowercased()
    return Self.failures.contains { word.contains($0) }
  }

  private static let failures = [
    "error", "fail", "abort", "cancel", "exception", "insufficient", "unavailable", "overload", "timeout", "timed_out",
    "malformed_response", "interrupt", "disconnect",
  ]
}

/// What has been understood of an answer so far, with text that arrived together joined together.
struct StreamOutput: Sendable {
  /// Why the model stopped, once the provider has said so.
  var ending: Ending?
  /// The provider said that nothing follows.
  var isComplete = false
  /// The provider reported an error, or sent what its API does not know.
  var failure: SendFailure?
  /// The tools that the model asked for, by name; an empty name where none was said.
  var toolCalls: [String] = []
  /// Some text or reasoning has come, since the start.
  private(set) var hasContent = false
  /// Some text has come that is not blank.
  private(set) var hasText = false
  private(set) var usage = Usage()
  /// What the model wants back with the next turn.
  private var continuation: Continuation?

  private var events: [SendEvent] = []
  /// The UTF-8 of adjacent deltas of one kind, not yet an event. It may end with the beginning of a character.
  private var run: [UInt8] = []
  private var runIsReasoning = false
  /// The beginning of a character that the other kind of text ended with.
  private var otherTail: [UInt8] = []
  private var tags: ReasoningTags
  private var reportedUsage = Usage()

  init(tags: ReasoningTags = ReasoningTags(.auto)) { self.tags = tags }

  mutating func text(_ delta: String) { append(delta, isReasoning: false) }
  mutating func reasoning(_ delta: String) { append(delta, isReasoning: true) }

  /// Appends a string as it stands in its JSON text. False if an escape in it is wrong.
  mutating func append(_ delta: JSONScanner.RawString, isReasoning: Bool) -> Bool {
    guard !delta.isEmpty else { return true }
    guard isReasoning || tags.isSettled else {
      var bytes: [UInt8] = []
      guard delta.append(to: &bytes) else { return false }
      sort(bytes)
      return true
    }
    begin(isReasoning: isReasoning)
    let start = run.count
    guard delta.append(to: &run) else { return false }
    joined(at: start)
    return true
  }

  mutating func append(_ delta: String, isReasoning: Bool) {
    guard !delta.isEmpty else { return }
    if isReasoning || tags.isSettled { append(delta.utf8, isReasoning: isReasoning) } else { sort(Array(delta.utf8)) }
  }

  mutating func usage(_ newer: Usage) { usage.merge(newer) }

  /// All that is to go back with the next turn, as far as it has come.
  mutating func carry(_ wire: Continuation.Wire, _ items: [JSON]) {
    continuation = Continuation(wire: wire, items: items)
  }

  /// Some of the stream could not be read and is missing.
  mutating func spoilt(_ remark: SendFailure) { events.append(.damaged(remark)) }

  /// The events since the last time, and forgets them. Counts wait for the first token, or for the answer's end
  /// (`isFinished`): an attempt that fails before has nothing to report.
  mutating func drain(isFinished: Bool = false) -> [SendEvent] {
    closeRun()
    if usage != reportedUsage, hasContent || isFinished {
      reportedUsage = usage
      events.append(.usage(usage))
    }
    if hasContent, let continuation {
      events.append(.continuation(continuation))
      self.continuation = nil
    }
    defer { events = [] }
    return events
  }

  /// Nothing more comes: lets go of what was held back.
  mutating func finish() {
    for piece in tags.finish() { append(piece.bytes, isReasoning: piece.isReasoning) }
    closeRun(isLast: true)
    swap(&run, &otherTail)
    runIsReasoning.toggle()
    closeRun(isLast: true)
  }

  /// Text at the answer's beginning, which may be reasoning between tags.
  private mutating func sort(_ bytes: [UInt8]) {
    // A provider that tells the reasoning apart has no need of tags: they belong to the answer.
    if hasContent, runIsReasoning, !tags.hasOpened { tags.settle() }
    for piece in tags.sort(bytes) { append(piece.bytes, isReasoning: piece.isReasoning) }
  }

  private mutating func append(_ bytes: some Collection<UInt8>, isReasoning: Bool) {
    guard !bytes.isEmpty else { return }
    begin(isReasoning: isReasoning)
    let start = run.count
    run.append(contentsOf: bytes)
    joined(at: start)
  }

  private mutating func begin(isReasoning: Bool) {
    if isReasoning != runIsReasoning {
      closeRun()
      swap(&run, &otherTail)
      runIsReasoning = isReasoning
    }
    if !hasContent {
      hasContent = true
      events.append(.firstToken)
    }
  }

  /// Bytes were put behind the `start` that there were: joins the halves of a surrogate pair that was cut there.
  private mutating func joined(at start: Int) {
    if !hasText, !runIsReasoning { hasText = run[start...].contains { $0 > 0x20 } }
    let high = start >= 3 ? run.surrogate(at: start - 3) : nil
    let low = run.surrogate(at: start)
    if let high, let low, high < 0xDC00, low >= 0xDC00, let scalar = Unicode.Scalar(joining: high, low) {
      run.replaceSubrange(start - 3..<start + 3, with: String(scalar).utf8)
      return
    }
    // A half without its other half is no character.
    if high != nil { run.replaceSubrange(start - 3..<start, with: "\u{FFFD}".utf8) }
    if let low, low >= 0xDC00 { run.replaceSubrange(start..<start + 3, with: "\u{FFFD}".utf8) }
  }

  /// Makes an event of the run, but for the beginning of a character, unless it is the last that comes.
  private mutating func closeRun(isLast: Bool = false) {
    let tail = isLast ? 0 : run.unfinishedTail
    guard run.count > tail else { return }
    if isLast, run.count >= 3, run.surrogate(at: run.count - 3) != nil {
      run.replaceSubrange(run.count - 3..<run.count, with: "\u{FFFD}".utf8)
    }
    let text = String(decoding: run[..<(run.count - tail)], as: UTF8.self)
    events.append(runIsReasoning ? .reasoning(text) : .text(text))
    if tail > 0 {
      run.removeFirst(run.count - tail)
    } else {
      run.removeAll(keepingCapacity: true)
    }
  }
}

extension [UInt8] {
  /// The half of a surrogate pair that stands at `index` as three bytes of WTF-8.
  fileprivate func surrogate(at index: Int) -> UInt32? {
    guard index + 3 <= count, self[index] == 0xED, self[index + 1] >= 0xA0 else { return nil }
    return 0xD000 | UInt32(self[index + 1] & 0x3F) << 6 | UInt32(self[index + 2] & 0x3F)
  }

  /// How many bytes at the end begin a character that is not whole: up to three of UTF-8, or half a surrogate pair.
  fileprivate var unfinishedTail: Int {
    guard let last, last >= 0x80 else { return 0 }
    if count >= 3, let half = surrogate(at: count - 3), half < 0xDC00 { return 3 }
    for length in 1...Swift.min(3, count) {
      let byte = self[count - length]
      if byte & 0xC0 == 0x80 { continue }
      let needed = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
      return needed > length ? length : 0
    }
    return 0
  }
}

extension Unicode.Scalar {
  fileprivate init?(joining high: UInt32, _ low: UInt32) {
    self.init(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
  }
}
