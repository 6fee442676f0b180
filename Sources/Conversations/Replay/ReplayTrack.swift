/// One reply on the time axis of a replay: all that happened to it, in order, and what it was at any time.
struct ReplayTrack: Sendable {
  /// What happened at one moment.
  struct Step: Sendable {
    enum Content: Hashable, Sendable {
      case text, reasoning
      /// Both at once, all there is.
      case whole
      /// An index into `marks`.
      case mark(Int)
    }

    var at: Duration
    var content: Content
    /// UTF-8 bytes of text and of reasoning that there are from now on.
    var text: Int
    var reasoning: Int
    /// Bytes of the recording up to here, and the time of the last entry in them.
    var recorded: Int
    var milliseconds: UInt64

    var isChunk: Bool {
      if case .mark = content { false } else { true }
    }
  }

  /// Something other than a chunk. There are few.
  struct Mark: Sendable {
    var step: Int
    var event: SendEvent
  }

  /// The reply as it is kept.
  let stored: Reply
  /// Whether the recording fits the text. If not, the text appears whole at its end.
  let isExact: Bool
  private(set) var steps: [Step] = []
  private(set) var marks: [Mark] = []
  /// The reply after every ``stride`` events, so that none has to be told all of them.
  private var checkpoints: [Checkpoint] = []
  /// What the recording would be at the end, where it is not `stored`'s.
  private var rebuilt = Recording()
  /// The last moment at which something happens.
  private(set) var end: Duration

  init(_ reply: Reply) {
    var stored = reply
    stored.text.makeContiguousUTF8()
    stored.reasoning.makeContiguousUTF8()
    self.stored = stored
    isExact = Self.fits(stored)
    var last: UInt64 = 0
    stored.recording.forEachEntry { entry, _ in last = entry.milliseconds }
    end = stored.duration ?? max(.milliseconds(last), stored.timeToFirstToken ?? .zero)
    end = max(.zero, end)
    steps.reserveCapacity(stored.recording.bytes.count / 2)
    readRecording()
  }

  /// Whether the chunks of a reply's recording add up to its text, each beginning where a character's bytes do.
  private static func fits(_ reply: Reply) -> Bool {
    var hasEnded = false
    let text = reply.text.utf8
    let reasoning = reply.reasoning.utf8
    var ends = (text: 0, reasoning: 0)
    var fits = true
    func advance(_ end: inout Int, by count: Int, in utf8: String.UTF8View) {
      guard fits, count <= utf8.count - end else {
        fits = false
        return
      }
      end += count
      if end < utf8.count, utf8[utf8.index(utf8.startIndex, offsetBy: end)] & 0xC0 == 0x80 { fits = false }
    }
    reply.recording.forEachEntry { entry, _ in
      if hasEnded { fits = false }
      switch entry.kind {
      case .text: advance(&ends.text, by: entry.value, in: text)
      case .reasoning: advance(&ends.reasoning, by: entry.value, in: reasoning)
      case .end: hasEnded = true
      case .attempt, .retry: break
      }
    }
    return fits && hasEnded == reply.state.isFinal && ends.text == text.count && ends.reasoning == reasoning.count
  }

  // MARK: Building

  private mutating func readRecording() {
    // Recorded times are whole milliseconds, the first token's and the end's are exact. Where one rounded past those,
    // it counts as the same moment; rounded again it is the same as before.
    let first = stored.timeToFirstToken.map { min(max(.zero, $0), end) }
    var hasFirst = first == nil
    var hasAttempt = false
    var waits = false
    var tries = 1
    stored.recording.forEachEntry { entry, recorded in
      var time = min(Duration.milliseconds(Int64(clamping: entry.milliseconds)), end)
      let isChunk = entry.kind == .text || entry.kind == .reasoning
      if let first {
        if !hasFirst, (isChunk && isExact) || entry.kind == .end {
          append(.firstToken, at: first)
          hasFirst = true
        }
        time = hasFirst ? max(time, first) : min(time, first)
      }
      switch entry.kind {
      case .text where isExact: append(.text, at: time, text: entry.value)
      case .reasoning where isExact: append(.reasoning, at: time, reasoning: entry.value)
      case .text, .reasoning, .end: break
      case .attempt:
        tries = entry.value
        append(.connecting(attempt: entry.value, of: max(stored.maximumTries, entry.value)), at: time)
        hasAttempt = true
        waits = false
      case .retry:
        let retry = Recording.Retry(packed: entry.value)
        append(
          .retrying(
            attempt: tries, of: max(stored.maximumTries, tries), delay: retry.delay, because: retry.failure), at: time)
        waits = true
      }
      guard entry.kind != .end, isExact, !steps.isEmpty else { return }
      steps[steps.count - 1].recorded = recorded
      steps[steps.count - 1].milliseconds = entry.milliseconds
    }
    if !hasAttempt, !isExact { append(.connecting(attempt: max(1, stored.tries), of: stored.maximumTries), at: .zero) }
    if let first, !hasFirst { append(.firstToken, at: first) }
    if !isExact, !stored.text.isEmpty || !stored.reasoning.isEmpty {
      append(.whole, at: end, text: stored.text.utf8.count, reasoning: stored.reasoning.utf8.count)
    }
    if waits { keepCause() }
    finish()
    // What was put in where the recording says nothing may be out of order.
    if !isExact { sort() }
    keepCheckpoints()
  }

  private mutating func append(_ event: SendEvent, at time: Duration) {
    marks.append(Mark(step: steps.count, event: event))
    append(.mark(marks.count - 1), at: time)
  }

  private mutating func append(_ content: Step.Content, at time: Duration, text: Int = 0, reasoning: Int = 0) {
    let last = steps.last
    steps.append(
      Step(
        at: time, content: content, text: text + (last?.text ?? 0), reasoning: reasoning + (last?.reasoning ?? 0),
        recorded: last?.recorded ?? 1, milliseconds: last?.milliseconds ?? 0))
  }

  /// Stopped while it waited to try again: the reply has kept the whole cause.
  private mutating func keepCause() {
    guard stored.state == .cancelled, let failure = stored.failure else { return }
    for index in marks.indices.reversed() {
      guard case .retrying(let attempt, let maximum, let delay, _) = marks[index].event else { continue }
      marks[index].event = .retrying(attempt: attempt, of: maximum, delay: delay, because: failure)
      return
    }
  }

  private mutating func finish() {
    guard stored.state.isFinal else { return }
    for event in stored.finalEvents { append(event, at: end) }
    if isExact {
      let all = stored.recording.bytes.count
      steps[steps.count - 1].recorded = all
    }
  }

  private mutating func sort() {
    let order = steps.indices.sorted { (steps[$0].at, $0) < (steps[$1].at, $1) }
    steps = order.map { steps[$0] }
    for (index, step) in steps.enumerated() {
      if case .mark(let mark) = step.content { marks[mark].step = index }
    }
    marks.sort { $0.step < $1.step }
    for (number, mark) in marks.enumerated() { steps[mark.step].content = .mark(number) }
  }

  // MARK: Asking

  /// How many steps there are up to a time, that time included.
  func steps(through time: Duration) -> Int {
    var low = 0
    var high = steps.count
    while low < high {
      let middle = (low + high) / 2
      if steps[middle].at <= time { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The events of a step; two where a text that appears whole comes with its reasoning.
  func events(of index: Int) -> [SendEvent] {
    let step = steps[index]
    let before =
      index == 0 ? (text: 0, reasoning: 0) : (text: steps[index - 1].text, reasoning: steps[index - 1].reasoning)
    func text() -> SendEvent { .text(Self.part(of: stored.text, before.text..<step.text)) }
    func reasoning() -> SendEvent { .reasoning(Self.part(of: stored.reasoning, before.reasoning..<step.reasoning)) }
    switch step.content {
    case .mark(let mark): return [marks[mark].event]
    case .text: return [text()]
    case .reasoning: return [reasoning()]
    case .whole: return (stored.reasoning.isEmpty ? [] : [reasoning()]) + (stored.text.isEmpty ? [] : [text()])
    }
  }

  private static func part(of text: String, _ range: Range<Int>) -> String {
    let utf8 = text.utf8
    let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
    return String(text[start..<utf8.index(start, offsetBy: range.count)])
  }

  /// The reply before anything has happened.
  var beginning: Reply {
    var reply = Reply(
      id: stored.id, model: stored.model, attempt: stored.attempt, turnNumber: stored.turnNumber,
      startedAt: stored.startedAt)
    reply.maximumTries = stored.maximumTries
    reply.options = stored.options
    return reply
  }

  /// The reply as it was at a time. Costs the copy of the text there was, and next to nothing else.
  func reply(at time: Duration) -> Reply {
    if stored.state.isFinal, time >= end { return stored }
    let count = steps(through: time)
    guard count > 0 else { return beginning }
    var reply = told(marks(before: count), of: count)
    guard isExact else { return reply }
    let last = steps[count - 1]
    reply.text = Self.part(of: stored.text, 0..<last.text)
    reply.reasoning = Self.part(of: stored.reasoning, 0..<last.reasoning)
    if last.isChunk { reply.apply(.text(""), at: last.at) }
    reply.recording = Recording(prefix: last.recorded, of: stored.recording, lastMilliseconds: last.milliseconds)
    return reply
  }

  // MARK: Checkpoints

  /// A reply on its way, its recording kept apart.
  private struct Checkpoint: Sendable {
    var reply: Reply
    /// Bytes of the recording up to here, and the time of the last entry in them.
    var recorded: Int
    var milliseconds: UInt64
  }

  private static let stride = 256

  /// Tells a reply all that it is told on the way, once.
  private mutating func keepCheckpoints() {
    let count = isExact ? marks.count : steps.count
    var reply = beginning
    for index in 0..<count {
      tell(&reply, index)
      guard index % Self.stride == Self.stride - 1 else { continue }
      var kept = reply
      kept.recording = Recording()
      checkpoints.append(
        Checkpoint(
          reply: kept, recorded: reply.recording.bytes.count, milliseconds: reply.recording.lastMilliseconds))
    }
    if !isExact { rebuilt = reply.recording }
  }

  /// Chunks are not told where the recording fits: the text is cut out of the whole then.
  private func tell(_ reply: inout Reply, _ index: Int) {
    if isExact { return reply.apply(marks[index].event, at: steps[marks[index].step].at) }
    for event in events(of: index) { reply.apply(event, at: steps[index].at) }
  }

  private func told(_ marks: Int, of steps: Int) -> Reply {
    let count = isExact ? marks : steps
    var reply = beginning
    var first = 0
    if count >= Self.stride {
      let checkpoint = checkpoints[count / Self.stride - 1]
      reply = checkpoint.reply
      first = count / Self.stride * Self.stride
      if !isExact {
        reply.recording = Recording(
          prefix: checkpoint.recorded, of: rebuilt, lastMilliseconds: checkpoint.milliseconds)
      }
    }
    for index in first..<count { tell(&reply, index) }
    return reply
  }

  /// How many marks there are among so many first steps.
  private func marks(before count: Int) -> Int {
    var (low, high) = (0, marks.count)
    while low < high {
      let middle = (low + high) / 2
      if marks[middle].step < count { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
