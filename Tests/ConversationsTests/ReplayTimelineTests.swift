import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import Conversations

/// Sends as they might have been, each its own for a seed, recorded as live ones are.
struct RecordedSend {
  private var random: UInt64

  init(seed: Int) { random = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func next(_ bound: Int) -> Int {
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(random >> 33) % bound
  }

  private static let pieces = [
    "word ", "\n", "\r", "\n\n", "é", "e\u{301}", "\u{301}", "漢字", "👩", "\u{200D}", "👧", "", "\t", "🇩", "🇪",
    "```swift\n", "\u{0}",
  ]

  static let date = Date(timeIntervalSince1970: 1_700_000_000)

  /// The reply and all events that made it.
  mutating func reply(_ number: Int) -> (reply: Reply, events: [ReplyEvent]) {
    let id = UUID(uuid: (0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, UInt8(number)))
    var reply = Reply(id: id, model: ModelReference(provider: "p", name: "m\(number)"), startedAt: Self.date)
    var events: [ReplyEvent] = []
    var time = Duration.zero
    func tell(_ event: SendEvent) {
      reply.apply(event, at: time)
      events.append(ReplyEvent(reply: id, at: time, event: event))
    }
    func pass(_ microseconds: Int) { time += .microseconds(microseconds) }
    tell(.queued)
    let attempts = 1 + next(3)
    for attempt in 1...attempts {
      tell(.connecting(attempt: attempt, of: 3))
      pass(next(900_000))
      guard attempt < attempts else { break }
      let failure = SendFailure(
        SendFailure.Kind.allCases[next(SendFailure.Kind.allCases.count)], "said by the provider",
        httpStatus: next(2) == 0 ? nil : 100 + next(500))
      let delay = Duration.microseconds(next(5_000_000))
      tell(.retrying(attempt: attempt, of: 3, delay: delay, because: failure))
      if next(8) == 0 {
        pass(next(1000))
        tell(.cancelled)
        return (reply, events)
      }
      time += delay
    }
    if next(8) > 0 {
      tell(.firstToken)
      for _ in 0..<next(60) {
        pass(next(5) == 0 ? next(3_000_000) : next(3000))
        let piece = Self.pieces[next(Self.pieces.count)]
        tell(next(4) == 0 ? .reasoning(piece) : .text(piece))
        if next(10) == 0 { tell(.usage(Usage(promptTokens: next(100)))) }
      }
      pass(next(2) == 0 ? 0 : next(700))
    }
    switch next(5) {
    case 0: tell(.cancelled)
    case 1: tell(.failed(SendFailure(.truncated, "the connection was lost")))
    case 2: tell(.failed(SendFailure(.interrupted, "killed")))
    case 3: tell(.finished([.length, .other("odd"), .unknown][next(3)]))
    default: tell(.finished(.stop))
    }
    return (reply, events)
  }

  mutating func replies(_ count: Int) -> [Reply] { (0..<count).map { reply($0).reply } }
}

@Suite("Replay timeline") struct ReplayTimelineTests {
  private static func asBegun(_ reply: Reply) -> Reply {
    var begun = Reply(
      id: reply.id, model: reply.model, attempt: reply.attempt, turnNumber: reply.turnNumber, startedAt: reply.startedAt
    )
    begun.maximumTries = reply.maximumTries
    return begun
  }

  private static func play(_ events: [ReplyEvent], into replies: inout [Reply]) {
    for event in events {
      guard let index = replies.firstIndex(where: { $0.id == event.reply }) else { continue }
      replies[index].apply(event.event, at: event.at)
    }
  }

  @Test("All events played give every reply back to the last byte, whatever happened to it", arguments: 0..<400)
  func whole(seed: Int) {
    var send = RecordedSend(seed: seed)
    let stored = send.replies(1 + send.next(4))
    let timeline = ReplayTimeline(stored)
    for reply in stored { #expect(timeline.isExact(reply.id)) }
    var replies = stored.map(Self.asBegun)
    let events = timeline.events(after: nil, through: timeline.duration)
    Self.play(events, into: &replies)
    #expect(replies == stored)
    for (reply, original) in zip(replies, stored) {
      #expect(Array(reply.text.utf8) == Array(original.text.utf8))
      #expect(Array(reply.reasoning.utf8) == Array(original.reasoning.utf8))
      let times = events.filter { $0.reply == reply.id }.map(\.at)
      #expect(times == times.sorted())
    }
  }

  @Test(
    "Played in any cut of steps, with seeks back and forth, a reply is at every moment as a fresh look says",
    arguments: 0..<200)
  func cuts(seed: Int) {
    var send = RecordedSend(seed: seed + 1000)
    let stored = send.replies(1 + send.next(3))
    let timeline = ReplayTimeline(stored)
    func snapshot(_ time: Duration) -> [Reply] { stored.compactMap { timeline.reply($0.id, at: time) } }
    let length = Int(timeline.duration.wholeMilliseconds) + 2
    var position = Duration.zero
    var replies = snapshot(position)
    for _ in 0..<40 {
      if send.next(4) == 0 {
        position = .microseconds(send.next(length * 1000))
        replies = snapshot(position)
        continue
      }
      let next = position + .microseconds(send.next(max(1, length * 100)))
      Self.play(timeline.events(after: position, through: next), into: &replies)
      position = next
      #expect(replies == snapshot(position))
    }
    Self.play(timeline.events(after: position, through: timeline.duration), into: &replies)
    #expect(replies == stored)
  }

  @Test("A look at a moment is what the live events up to then had made, retries included")
  func live() throws {
    for seed in 0..<100 {
      var send = RecordedSend(seed: seed + 5000)
      let (stored, events) = send.reply(0)
      let timeline = ReplayTimeline([stored])
      var live = Reply(id: stored.id, model: stored.model, startedAt: stored.startedAt)
      for (index, event) in events.enumerated() {
        live.apply(event.event, at: event.at)
        // Recorded times are whole milliseconds: only where the next event is further away can the two be compared.
        let next = index + 1 < events.count ? events[index + 1].at : .seconds(1_000_000)
        guard next - event.at > .milliseconds(2) else { continue }
        let seen = try #require(timeline.reply(stored.id, at: event.at + .milliseconds(1)))
        #expect(seen.text == live.text && seen.reasoning == live.reasoning)
        #expect(seen.state == live.state && seen.tries == live.tries)
        #expect(seen.timeToFirstToken == live.timeToFirstToken && seen.duration == live.duration)
        #expect(seen.failure?.brief == live.failure?.brief)
        let drift = (seen.retryAt ?? .zero) - (live.retryAt ?? .zero)
        #expect(drift < .milliseconds(2) && drift > .milliseconds(-2))
      }
    }
  }

  @Test("A recorded retry says when, why and for how long, for every cause", arguments: SendFailure.Kind.allCases)
  func retry(_ kind: SendFailure.Kind) throws {
    for status in [nil, 429, 503, 5000] {
      for delay in [0, 1, 4_000, 86_400_000] {
        var recording = Recording()
        recording.append(
          Recording.Retry(delay: .milliseconds(delay), SendFailure(kind, "x", httpStatus: status)), at: .seconds(3))
        let entries = try Recording(bytes: recording.bytes).entries()
        #expect(entries.map(\.kind) == [.retry] && entries[0].milliseconds == 3000)
        let read = Recording.Retry(packed: entries[0].value)
        #expect(read.kind == kind && read.delay == .milliseconds(delay))
        #expect(read.httpStatus == (status == 5000 ? nil : status))
        #expect(recording.bytes.count <= 10)
      }
    }
  }

  @Test("A recording from before there were retries in it reads as ever")
  func old() throws {
    // Attempt 1 at 0, attempt 2 at 1000, five bytes of text at 1300, the end at 1400.
    let bytes: [UInt8] = [1, 0, 1 << 2 | 2, 0xE8, 0x07, 2 << 2 | 2, 0xAC, 0x02, 5 << 2, 100, 3]
    let recording = try Recording(bytes: bytes)
    #expect(recording.entries().map(\.kind) == [.attempt, .attempt, .text, .end])
    let reply = Reply(
      id: UUID(), model: ModelReference(provider: "p", name: "m"), state: .success, text: "Hello", finishReason: .stop,
      startedAt: RecordedSend.date, timeToFirstToken: .milliseconds(1300), duration: .milliseconds(1400),
      recording: recording)
    let timeline = ReplayTimeline([reply])
    #expect(timeline.isExact(reply.id))
    #expect(timeline.reply(reply.id, at: .milliseconds(1299))?.state == .connecting)
    #expect(timeline.reply(reply.id, at: .milliseconds(1299))?.tries == 2)
    #expect(timeline.reply(reply.id, at: .milliseconds(1300))?.text == "Hello")
  }

  @Test("A reply with no recording, or one that does not fit its text, appears whole at its end", arguments: 0..<300)
  func damaged(seed: Int) throws {
    var send = RecordedSend(seed: seed + 9000)
    var (reply, _) = send.reply(0)
    if seed % 3 == 0 {
      reply.recording = Recording()
    } else if seed % 3 == 1 {
      reply.text += "more"
    } else {
      // Bytes of anything that still read as a recording.
      let noise = [1] + (0..<send.next(40)).map { _ in UInt8(send.next(256)) }
      reply.recording = (try? Recording(bytes: noise)) ?? Recording()
    }
    let timeline = ReplayTimeline([reply])
    #expect(timeline.reply(reply.id, at: timeline.duration) == reply)
    var played = Self.asBegun(reply)
    for event in timeline.events(after: nil, through: timeline.duration) {
      #expect(event.at <= timeline.duration)
      played.apply(event.event, at: event.at)
    }
    #expect(played.text == reply.text && played.reasoning == reply.reasoning)
    #expect(played.state == reply.state || reply.state == .failed)
    #expect(played.duration == reply.duration && played.usage == reply.usage)
    guard !timeline.isExact(reply.id), let duration = reply.duration, duration > .zero else { return }
    #expect(try #require(timeline.reply(reply.id, at: duration - .nanoseconds(1))).text.isEmpty)
  }

  @Test("A chunk boundary inside a character, however it came about, never splits it")
  func split() throws {
    var recording = Recording()
    recording.append(.text, value: 1, at: .zero)
    recording.append(.text, value: 1, at: .seconds(1))
    recording.append(.end, value: 0, at: .seconds(2))
    let reply = Reply(
      id: UUID(), model: ModelReference(provider: "p", name: "m"), state: .success, text: "é", finishReason: .stop,
      startedAt: RecordedSend.date, duration: .seconds(2), recording: recording)
    let timeline = ReplayTimeline([reply])
    #expect(!timeline.isExact(reply.id))
    #expect(timeline.reply(reply.id, at: .seconds(1))?.text == "")
    #expect(timeline.reply(reply.id, at: .seconds(2))?.text == "é")
  }

  /// First token at 1 s, a chunk each 100 ms to 3 s, nothing until 6 s, chunks to 7 s, done at 7.5 s; and one that is
  /// refused at 0.5 s, asked again at 2 s, and fails at 2.5 s.
  private static func scene() -> [Reply] {
    var first = Reply(id: UUID(), model: ModelReference(provider: "p", name: "a"), startedAt: RecordedSend.date)
    first.apply(.connecting(attempt: 1, of: 3), at: .zero)
    first.apply(.firstToken, at: .seconds(1))
    for step in Array(10...30) + Array(60...70) { first.apply(.text("word "), at: .milliseconds(100 * step)) }
    first.apply(.finished(.stop), at: .milliseconds(7500))
    var second = Reply(id: UUID(), model: ModelReference(provider: "p", name: "b"), startedAt: RecordedSend.date)
    second.apply(.connecting(attempt: 1, of: 2), at: .zero)
    second.apply(
      .retrying(
        attempt: 1, of: 2, delay: .milliseconds(1500), because: SendFailure(.rateLimited, "slow", httpStatus: 429)),
      at: .milliseconds(500))
    second.apply(.connecting(attempt: 2, of: 2), at: .seconds(2))
    second.apply(.failed(SendFailure(.http, "broken", httpStatus: 500)), at: .milliseconds(2500))
    return [first, second]
  }

  @Test("Segments tell waiting, retries, bursts and stalls")
  func segments() {
    let replies = Self.scene()
    let timeline = ReplayTimeline(replies)
    typealias Segment = ReplayTimeline.Segment
    #expect(
      timeline.segments(of: replies[0].id) == [
        Segment(kind: .waiting, start: .zero, end: .seconds(1)),
        Segment(kind: .streaming, start: .seconds(1), end: .seconds(3)),
        Segment(kind: .stall, start: .seconds(3), end: .seconds(6)),
        Segment(kind: .streaming, start: .seconds(6), end: .milliseconds(7500)),
      ])
    #expect(
      timeline.segments(of: replies[1].id) == [
        Segment(kind: .waiting, start: .zero, end: .milliseconds(500)),
        Segment(kind: .retrying, start: .milliseconds(500), end: .seconds(2)),
        Segment(kind: .waiting, start: .seconds(2), end: .milliseconds(2500)),
      ])
    #expect(timeline.bytes(of: replies[0].id, after: .seconds(1), through: .seconds(3)) == 100)
    #expect(timeline.bytes(of: replies[0].id, after: nil, through: .seconds(3)) == 105)
    #expect(timeline.arrivals(of: replies[0].id, at: .milliseconds(999)) == nil)
    #expect(timeline.arrivals(of: replies[0].id, at: .milliseconds(5000))?.last == .seconds(3))
  }

  @Test("Stops are where something begins or ends, and can be walked both ways")
  func stops() {
    let timeline = ReplayTimeline(Self.scene())
    let expected: [(Int, ReplayTimeline.Stop.Kind)] = [
      (500, .retry), (1000, .firstToken), (2000, .attempt), (2500, .end), (3000, .stall), (6000, .burst), (7500, .end),
    ]
    #expect(timeline.stops.map(\.at) == expected.map { .milliseconds($0.0) })
    #expect(timeline.stops.map(\.kind) == expected.map(\.1))
    var forward: [Duration] = [.zero]
    while let last = forward.last, last < timeline.duration { forward.append(timeline.nextStop(after: last)) }
    var back: [Duration] = [timeline.duration]
    while let last = back.last, last > .zero { back.append(timeline.previousStop(before: last)) }
    #expect(forward == back.reversed() && forward.count == 8)
    #expect(timeline.nextStop(after: .seconds(100)) == timeline.duration)
  }

  @Test("A slow stream is not one stall after the other")
  func stall() {
    #expect(ReplayTimeline.stall(gaps: []) == .seconds(1))
    #expect(ReplayTimeline.stall(gaps: Array(repeating: .milliseconds(20), count: 9)) == .seconds(1))
    #expect(ReplayTimeline.stall(gaps: [.seconds(2), .seconds(2), .milliseconds(1)]) == .seconds(10))
  }

  @Test("The newest attempt of each model is what an exchange's replay shows")
  func newest() {
    let ids = (0..<3).map { _ in UUID() }
    let replies = zip(ids, [("a", 1), ("a", 2), ("b", 1)]).map { id, model in
      Reply(
        id: id, model: ModelReference(provider: "p", name: model.0), attempt: model.1, startedAt: RecordedSend.date)
    }
    let prompt = Prompt(id: UUID(), turnNumber: 1, text: "?", models: [], sentAt: RecordedSend.date)
    let timeline = ReplayTimeline(of: Exchange(prompt: prompt, replies: replies))
    #expect(timeline.replies.map(\.id) == [ids[1], ids[2]])
    #expect(!timeline.isComplete && timeline.duration == .zero)
  }

  @Test("Nothing to replay is an empty timeline, not a crash")
  func empty() {
    let timeline = ReplayTimeline([])
    #expect(timeline.duration == .zero && timeline.events(after: nil, through: .seconds(1)).isEmpty)
    #expect(timeline.nextTime(after: nil) == nil && timeline.nextStop(after: .zero) == .zero && timeline.isComplete)
  }
}

@Suite("Recording player") struct RecordingPlayerTests {
  @Test("Each event comes at its moment of the clock, whatever the speed", arguments: [0.25, 1, 64])
  func exact(speed: Double) async throws {
    var send = RecordedSend(seed: 7)
    let stored = send.replies(3)
    let timeline = ReplayTimeline(stored)
    let clock = ManualClock()
    let sink = TimedSink(clock: clock)
    let player = RecordingPlayer(timeline, speed: .times(speed))
    let playing = Task { try await player.play(into: sink, on: clock) }
    try await clock.run(until: "all is played") { stored.allSatisfy { sink.recorder.hasEnded($0.id) } }
    try await playing.value
    for (at, events) in zip(sink.times, sink.recorder.batches) {
      for event in events {
        let late = at - event.at / speed
        #expect(late >= .microseconds(-1) && late <= .microseconds(1), "\(event)")
      }
    }
    #expect(sink.recorder.batches.flatMap(\.self) == timeline.events(after: nil, through: timeline.duration))
  }

  @Test("Being late once is made up for: what is due comes together, the rest at its moment")
  func late() async throws {
    var send = RecordedSend(seed: 12)
    let (stored, _) = send.reply(0)
    let timeline = ReplayTimeline([stored])
    let clock = ManualClock()
    let sink = TimedSink(clock: clock)
    let playing = Task { try await RecordingPlayer(timeline).play(into: sink, on: clock) }
    try await clock.waitForSleepers(1)
    clock.advance(by: timeline.duration / 2)
    try await clock.run(until: "all is played") { sink.recorder.hasEnded(stored.id) }
    try await playing.value
    #expect(clock.now.offset == timeline.duration)
    #expect(sink.recorder.batches.flatMap(\.self) == timeline.events(after: nil, through: timeline.duration))
  }

  @Test("Instant takes no time, and a cancelled replay says no more")
  func instantAndCancelled() async throws {
    var send = RecordedSend(seed: 3)
    let timeline = ReplayTimeline(send.replies(2))
    let recorder = EventRecorder()
    try await RecordingPlayer(timeline, speed: .instant).play(into: recorder, on: ManualClock())
    #expect(recorder.batches.flatMap(\.self) == timeline.events(after: nil, through: timeline.duration))

    let clock = ManualClock()
    let silent = EventRecorder()
    let playing = Task {
      try await RecordingPlayer(timeline).play(into: silent, after: .milliseconds(1), on: clock)
    }
    try await clock.waitForSleepers(1)
    playing.cancel()
    await #expect(throws: CancellationError.self) { try await playing.value }
    clock.advance(by: timeline.duration)
    #expect(silent.batches.isEmpty)
  }
}

/// Keeps events with the moment at which each batch came.
final class TimedSink: SendEventSink {
  let recorder = EventRecorder()
  private let clock: ManualClock
  private let moments = Mutex<[Duration]>([])

  init(clock: ManualClock) { self.clock = clock }

  var times: [Duration] { moments.withLock { $0 } }

  func receive(_ events: [ReplyEvent]) {
    moments.withLock { $0.append(clock.now.offset) }
    recorder.receive(events)
  }
}
