import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import SendEngine

extension ConfiguredModel {
  fileprivate static func demo(_ name: String) -> ConfiguredModel {
    ConfiguredModel(reference: ModelReference(provider: "demo", name: name), kind: .demo, baseURL: "")
  }
}

@Suite("Demo models", .timeLimit(.minutes(1)))
struct DemoTests {
  /// Runs one demo model to its end on a manual clock.
  private func run(
    _ name: String, prompt: String = "Explain queues", seed: UInt64 = 0
  ) async throws -> (reply: Reply, events: [SendEvent]) {
    let clock = ManualClock()
    var configuration = SenderConfiguration.testing(clock: clock)
    configuration.demoSeed = seed
    let sender = Sender(configuration: configuration) { _ in
      Issue.record("a demo model needs no key")
      return nil
    }
    let sink = EventRecorder()
    let id = UUID()
    let model = ConfiguredModel.demo(name)
    let handle = sender.send(.to([(id, model)], prompt: prompt), to: sink)
    try await clock.run(until: "\(name) ends") { sink.hasEnded(id) }
    _ = await handle.outcome()
    await sender.shutdown()
    return (sink.reply(id), sink.events(of: id).map(\.event))
  }

  @Test("Every demo model answers in Markdown, with usage", arguments: DemoModel.named.map(\.name))
  func answers(_ name: String) async throws {
    let reply = try await run(name).reply
    #expect(reply.state == .success)
    #expect(reply.text.contains("“Explain queues”"))
    #expect(reply.text.utf8.count > 400)
    #expect(reply.usage.completionTokens ?? 0 > 90)
    #expect((reply.reasoning.isEmpty) == (name != "thinker"))
    #expect((reply.timeToFirstToken ?? .zero) >= (DemoModel(named: name)?.firstTokenDelay ?? .zero))
  }

  @Test("The same prompt gets the same noise, another prompt, model or seed another")
  func deterministic() async throws {
    let text = try await run("noise").reply.text
    #expect(try await run("noise").reply.text == text)
    #expect(try await run("noise", prompt: "Explain stacks").reply.text != text)
    #expect(try await run("rate-90x300").reply.text != text)
    #expect(try await run("noise", seed: 1).reply.text != text)
  }

  @Test("Each prompt of a conversation gets the next part of the tour, a word in it that part, a file none")
  func tour() {
    func part(_ prompts: String...) -> DemoTour.Part { DemoTour(voice: .quick, prompts: prompts).part }
    #expect(part("Why?") == .watching)
    #expect(part("Why?", "And then?") == .history)
    #expect(part("Why?", "And then?", "More") == .models)
    #expect(part("Why?", "And then?", "More", "More") == .comparing)
    #expect(part("Why?", "And then?", "More", "More", "More") == .watching)
    #expect(part("Help!") == .watching && part("How do I add an API key?") == .models)
    #expect(part("Find it again") == .history && part("Compare two stores") == .comparing)
    #expect(part(Prompt.pack("Why?", [Attachment(name: "a.txt", sha256: "", content: "compare history")])) == .watching)
  }

  @Test("The thinker reasons before it answers")
  func thinker() async throws {
    let events = try await run("thinker").events
    let firstText = try #require(events.firstIndex { if case .text = $0 { true } else { false } })
    let lastReasoning = try #require(events.lastIndex { if case .reasoning = $0 { true } else { false } })
    #expect(lastReasoning < firstText)
  }

  @Test("The flaky one fails like an overloaded server, is tried again and answers")
  func flaky() async throws {
    let (reply, events) = try await run("flaky")
    let causes = events.compactMap { if case .retrying(1, of: 3, _, let cause) = $0 { cause } else { nil } }
    #expect(causes.map(\.httpStatus) == [503])
    #expect(reply.tries == 2)
    #expect(reply.state == .success)
  }

  @Test("A rate can be had by name, with or without an end", arguments: [(1000, 3000), (50, 120), (20_000, 10_000)])
  func rates(_ rate: Int, _ length: Int) async throws {
    let reply = try await run("rate-\(rate)x\(length)").reply
    #expect(reply.usage.completionTokens == length)
    let streamed = try #require(reply.duration) - (try #require(reply.timeToFirstToken))
    #expect(abs(streamed.inSeconds - Double(length) / Double(rate)) < 0.1)
    #expect(DemoModel(named: "rate-\(rate)") != nil)
  }

  @Test("Tokens due within one picture come together, so that many fast models stay cheap")
  func paced() async throws {
    let events = try await run("rate-1000x1000").events
    let texts = events.filter { if case .text = $0 { true } else { false } }
    #expect((50...70).contains(texts.count))
  }

  @Test("The answers are varied: headings, lists, code, other scripts and emoji all come up")
  func varied() throws {
    let model = try #require(DemoModel(named: "rate-1000x20000"))
    var text = DemoText(model: model, prompt: "x", questions: [], seed: 0)
    var all = ""
    while let token = text.next() { all += token.text }
    for sign in ["\n## ", "\n- **", "\n1. **", "```swift\n", "```python\n", "\n> ", "并发", "👩‍💻"] {
      #expect(all.contains(sign), "no \(sign)")
    }
  }

  @Test(
    "Names that are none are refused",
    arguments: [
      "", "nobody", "rate-", "rate-0", "rate--5", "rate-abc", "rate-10x", "rate-10x0", "rate-10x5x5",
      "rate-99999999999",
    ])
  func wrongNames(_ name: String) async {
    #expect(DemoModel(named: name) == nil)
    let sink = EventRecorder()
    let id = UUID()
    let sender = Sender(configuration: .testing()) { _ in nil }
    #expect(await sender.send(.to([(id, .demo(name))]), to: sink).outcome() == .failure)
    #expect(sink.reply(id).failure?.kind == .invalidRequest)
    await sender.shutdown()
  }

  @Test("A demo model can be stopped while it waits and keeps to the model's timeout")
  func stopped() async throws {
    let clock = ManualClock()
    let sender = Sender(configuration: .testing(clock: clock)) { _ in nil }
    let sink = EventRecorder()
    let (cancelled, late) = (UUID(), UUID())
    let slow = ConfiguredModel.demo("slow-start")
    var endless = ConfiguredModel.demo("rate-100")
    endless.timeout = .seconds(2)
    let handle = sender.send(.to([(cancelled, slow), (late, endless)]), to: sink)
    try await clock.waitForSleepers(2)
    handle.cancel(cancelled)
    try await sink.wait(for: cancelled, until: "cancelled") { $0.state == .cancelled }
    try await clock.run(until: "the other ends") { sink.hasEnded(late) }
    #expect(sink.reply(late).state == .partial)
    #expect(sink.reply(late).failure?.kind == .totalTimeout)
    #expect(clock.now.offset == .seconds(2))
    await sender.shutdown()
  }
}
