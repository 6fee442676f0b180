import FoundationEssentials
import Testing

@testable import Conversations

/// Each input took minutes when its cost was the square of its size.
@Suite("Large input costs what it is large", .timeLimit(.minutes(1))) struct GrowthTests {
  @Test("A template of openings that nothing closes", arguments: ["{{x ", "{{", "{", "\\{{", "{{a{{"])
  func openings(_ unit: String) {
    let body = String(repeating: unit, count: 400_000 / unit.utf8.count)
    #expect(PromptTemplate(title: "t", body: body).names.isEmpty)
  }

  @Test("A template of very many names") func names() {
    let body = (0..<100_000).map { "{{n\($0)}}" }.joined()
    let template = PromptTemplate(title: "t", body: body)
    #expect(template.names.count == 100_000 && template.variables.count == 100_000)
    #expect(template.filled(with: [:]).missing.count == 100_000)
  }

  @Test("A recording of very many retries") func retries() throws {
    var bytes: [UInt8] = [1]
    for _ in 0..<300_000 { bytes += [0, 7] }
    bytes += [0, 3]
    var reply = Reply(
      id: UUID(), model: ModelReference(provider: "p", name: "m"), startedAt: Date(timeIntervalSince1970: 0))
    reply.recording = try Recording(bytes: bytes)
    reply.state = .failed
    #expect(ReplayTrack(reply).steps(through: .seconds(3600)) > 300_000)
  }

  @Test("A look into the midst of very many retries is what the events before it have made", arguments: [true, false])
  func looks(isExact: Bool) {
    var reply = Reply(
      id: UUID(), model: ModelReference(provider: "p", name: "m"), startedAt: Date(timeIntervalSince1970: 0))
    var time = Duration.zero
    func tell(_ event: SendEvent) {
      time += .milliseconds(7)
      reply.apply(event, at: time)
    }
    for attempt in 1...700 {
      tell(.connecting(attempt: attempt, of: 900))
      if attempt % 3 == 0 { tell(.text("word \(attempt) ")) }
      tell(.retrying(attempt: attempt, of: 900, delay: .seconds(1), because: SendFailure(.connection, "no")))
    }
    tell(.finished(.stop))
    // A recording that does not fit its text is replayed without it.
    if !isExact { reply.text += "more" }
    let timeline = ReplayTimeline([reply])
    #expect(timeline.isExact(reply.id) == isExact)
    var told = timeline.beginnings[0]
    for event in timeline.events(after: nil, through: timeline.duration).filter({ !$0.event.isFinal }) {
      told.apply(event.event, at: event.at)
      guard let seen = timeline.reply(reply.id, at: event.at), event.at < timeline.duration else { continue }
      #expect(seen.state == told.state && seen.tries == told.tries && seen.retryAt == told.retryAt)
      #expect(seen.text == told.text && seen.failure == told.failure && seen.recording == told.recording)
    }
  }

  @Test("The newest attempts among very many answers") func newest() {
    let models = (0..<20_000).map { ModelReference(provider: "p", name: "m\($0 % 10_000)") }
    let replies = models.map { Reply(id: UUID(), model: $0, startedAt: Date(timeIntervalSince1970: 0)) }
    let exchange = Exchange(
      prompt: Prompt(id: UUID(), turnNumber: 1, text: "p", models: [], sentAt: Date(timeIntervalSince1970: 0)),
      replies: replies)
    #expect(ReplayTimeline.newest(of: exchange).map(\.id) == replies.suffix(10_000).map(\.id))
  }
}
