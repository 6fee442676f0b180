import ConfigurationReading
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import SendEngine

@Suite("When requests may go out")
struct AdmissionTests {
  private func headers(_ pairs: (String, String)...) -> RateLimitHeaders {
    RateLimitHeaders(pairs.map { (name: $0.0, value: $0.1) }, now: Date(timeIntervalSince1970: 0))
  }

  /// The number of a request that may go.
  private func go(_ admission: inout Admission, tokens: Int = 1, at seconds: Int) throws -> Int {
    guard case .go(let number) = admission.ask(tokens: tokens, at: .seconds(seconds)) else {
      throw SendFailure(.rateLimited, "it had to wait")
    }
    return number
  }

  @Test("So many requests a minute and no more; each is forgotten a minute later")
  func requests() throws {
    var admission = Admission(limits: ProviderLimits(requestsPerMinute: 2), longestWait: .seconds(60))
    _ = try go(&admission, at: 0)
    _ = try go(&admission, at: 20)
    #expect(admission.ask(tokens: 1, at: .seconds(30)) == .wait(until: .seconds(60)))
    _ = try go(&admission, at: 60)
    #expect(admission.ask(tokens: 1, at: .seconds(60)) == .wait(until: .seconds(80)))
  }

  @Test("So many tokens a minute; a prompt that fits no minute goes out alone")
  func tokens() throws {
    var admission = Admission(limits: ProviderLimits(tokensPerMinute: 100), longestWait: .seconds(60))
    _ = try go(&admission, tokens: 60, at: 0)
    _ = try go(&admission, tokens: 30, at: 10)
    #expect(admission.ask(tokens: 20, at: .seconds(11)) == .wait(until: .seconds(60)))
    #expect(admission.ask(tokens: 500, at: .seconds(11)) == .wait(until: .seconds(70)))
    _ = try go(&admission, tokens: 500, at: 70)
  }

  @Test("So many at once; the next goes when one has ended")
  func concurrency() throws {
    var admission = Admission(limits: ProviderLimits(concurrency: 1), longestWait: .seconds(60))
    let first = try go(&admission, at: 0)
    #expect(admission.ask(tokens: 1, at: .zero) == .waitForEnd)
    admission.end(first)
    _ = try go(&admission, at: 0)
  }

  @Test("What remains by a provider's headers is kept to, those counted that are on their way, until it is reset")
  func learnt() throws {
    var admission = Admission(limits: ProviderLimits(), longestWait: .seconds(60))
    let first = try go(&admission, at: 0)
    _ = try go(&admission, at: 0)
    admission.begin(
      first, headers(("x-ratelimit-remaining-requests", "2"), ("X-RateLimit-Reset-Requests", "7s")), at: .seconds(1))
    _ = try go(&admission, at: 1)
    #expect(admission.ask(tokens: 1, at: .seconds(1)) == .wait(until: .seconds(8)))
    _ = try go(&admission, at: 8)
  }

  @Test("Anthropic's and others' names for what remains are understood; a reset that is far away is not waited for")
  func names() throws {
    let anthropic = headers(
      ("anthropic-ratelimit-tokens-limit", "1000"), ("anthropic-ratelimit-tokens-remaining", "100"),
      ("anthropic-ratelimit-tokens-reset", "1970-01-01T00:00:30Z"))
    #expect(
      anthropic.budgets == [
        "anthropic-ratelimit-tokens": .init(countsTokens: true, limit: 1000, remaining: 100, reset: .seconds(30))
      ])
    var admission = Admission(limits: ProviderLimits(), longestWait: .seconds(60))
    admission.begin(try go(&admission, at: 0), anthropic, at: .zero)
    _ = try go(&admission, tokens: 90, at: 0)
    #expect(admission.ask(tokens: 90, at: .zero) == .wait(until: .seconds(30)))
    var daily = Admission(limits: ProviderLimits(), longestWait: .seconds(60))
    let spent = headers(("x-ratelimit-remaining-requests-day", "0"), ("x-ratelimit-reset-requests-day", "33011.4"))
    daily.begin(try go(&daily, at: 0), spent, at: .zero)
    _ = try go(&daily, at: 1)
    #expect(headers(("x-ratelimit-remaining", "lots"), ("x-ratelimit-reset", "1")).budgets.isEmpty)
  }

  @Test("A refusal keeps everybody away for its time, and then no more go at once than got through")
  func refused() throws {
    var admission = Admission(limits: ProviderLimits(), longestWait: .seconds(60))
    let numbers = try (0..<4).map { _ in try go(&admission, at: 0) }
    for number in numbers.dropFirst(2) {
      admission.end(number)
      admission.refused(for: .seconds(5), at: .seconds(1))
    }
    #expect(admission.ask(tokens: 1, at: .seconds(2)) == .wait(until: .seconds(6)))
    #expect(admission.ask(tokens: 1, at: .seconds(6)) == .waitForEnd)
    admission.end(numbers[0])
    _ = try go(&admission, at: 6)
    #expect(admission.ask(tokens: 1, at: .seconds(6)) == .waitForEnd)
    _ = try go(&admission, at: 31)
  }
}

@Suite("Many models at one provider")
struct LimiterTests {
  private func models(_ scene: Scene, _ count: Int, _ limits: ProviderLimits) -> [(UUID, ConfiguredModel)] {
    (0..<count).map { number in
      var model = scene.model(name: "m\(number)")
      model.limits = limits
      return (UUID(), model)
    }
  }

  @Test("No more are under way at once than models.yaml says, and all get their answers")
  func concurrency() async throws {
    let gate = Gate()
    let script: Script = [
      .sse([OpenAI.text("Hi")]), .waitForRelease(gate), .sse([OpenAI.finish(), OpenAI.done]),
    ]
    try await withScene(otherwise: script) { scene in
      let models = models(scene, 20, ProviderLimits(concurrency: 2))
      let handle = scene.sender.send(.to(models), to: scene.sink)
      try await eventually("two stream, the others wait for their turn") {
        let states = models.map { scene.sink.reply($0.0).state }
        return states.count { $0 == .streaming } == 2 && states.count { $0 == .queued } == 18
      }
      #expect(scene.server.requests.count == 2)
      gate.open()
      #expect(await handle.outcome() == .success)
      #expect(scene.server.requests.count == 20)
    }
  }

  @Test("Who is one too many for this minute waits for the next, says so, and loses none of its own time")
  func perMinute() async throws {
    try await withScene(otherwise: OpenAI.answer("Hi")) { scene in
      var models = models(scene, 3, ProviderLimits(requestsPerMinute: 2))
      for index in models.indices { models[index].1.timeout = .seconds(50) }
      let handle = scene.sender.send(.to(models), to: scene.sink)
      try await eventually("two have ended") { models.count { scene.sink.reply($0.0).state == .success } == 2 }
      let waiting = try #require(models.first { scene.sink.reply($0.0).state == .retrying })
      #expect(scene.sink.reply(waiting.0).retryAt == .seconds(60) && scene.sink.reply(waiting.0).tries == 0)
      #expect(
        scene.sink.reply(waiting.0).failure?.message
          == "acme/\(waiting.1.reference.name): waits for the rate limit of acme")
      try await scene.clock.waitForSleepers(1)
      scene.clock.advance(by: .seconds(60))
      #expect(await handle.outcome() == .success)
      #expect(scene.server.requests.count == 3)
    }
  }

  @Test("A refusal that the crowd caused counts as no attempt")
  func crowd() async throws {
    let gate = Gate()
    try await withScene(otherwise: OpenAI.answer("Hi")) { scene in
      scene.server.enqueue(
        [.waitForRelease(gate), .status(429, headers: [("retry-after", "2")], body: "{}")], forModel: "late")
      let (late, other) = (UUID(), UUID())
      let handle = scene.sender.send(.to([(late, scene.model(retryAttempts: 1, name: "late"))]), to: scene.sink)
      try await scene.server.waitForRequests(1)
      #expect(await scene.sender.send(.to([(other, scene.model())]), to: scene.sink).outcome() == .success)
      gate.open()
      try await eventually("it is refused") { scene.sink.reply(late).state == .retrying }
      // Everybody stays away meanwhile.
      let third = UUID()
      let next = scene.sender.send(.to([(third, scene.model())]), to: scene.sink)
      try await eventually("it waits") { scene.sink.reply(third).state == .retrying }
      #expect(scene.server.requests.count == 2)
      scene.clock.advance(by: .seconds(2))
      #expect(await handle.outcome() == .success)
      #expect(await next.outcome() == .success)
    }
  }

  @Test("No more of a send are asked at once than its gate lets in; whose turn comes late loses none of its own time")
  func gate() async throws {
    let gate = Gate()
    let script: Script = [.sse([OpenAI.text("Hi")]), .waitForRelease(gate), .sse([OpenAI.finish(), OpenAI.done])]
    try await withScene(otherwise: script) { scene in
      var models = models(scene, 5, ProviderLimits())
      for index in models.indices { models[index].1.timeout = .seconds(50) }
      var request = SendRequest.to(models)
      request.gate = SendGate(2)
      let handle = scene.sender.send(request, to: scene.sink)
      func states() -> [ReplyState] { models.map { scene.sink.reply($0.0).state } }
      try await eventually("two stream, three wait") {
        states().count { $0 == .streaming } == 2 && states().count { $0 == .queued } == 3
      }
      let waiting = models.map(\.0).filter { scene.sink.reply($0).state == .queued }
      handle.cancel(waiting[0])
      try await eventually("one that waits is stopped at once") {
        scene.sink.reply(waiting[0]).state == .cancelled
      }
      #expect(scene.server.requests.count == 2)
      scene.clock.advance(by: .seconds(40))
      gate.open()
      #expect(await handle.outcome() == .partialSuccess)
      #expect(states().count { $0 == .success } == 4 && scene.server.requests.count == 4)
      #expect(waiting.dropFirst().allSatisfy { scene.sink.reply($0).duration == .zero }, "its time began with its turn")
    }
  }

  @Test("Of all sends no more requests are under way than there is room for, and every model is asked in the end")
  func room() async throws {
    let gate = Gate()
    let script: Script = [.sse([OpenAI.text("Hi")]), .waitForRelease(gate), .sse([OpenAI.finish(), OpenAI.done])]
    try await withScene(otherwise: script, configure: { $0.mostRequests = 3 }) { scene in
      let (first, second) = (models(scene, 2, ProviderLimits()), models(scene, 5, ProviderLimits()))
      let handles = [first, second].map { scene.sender.send(.to($0), to: scene.sink) }
      func count(_ state: ReplyState) -> Int { (first + second).count { scene.sink.reply($0.0).state == state } }
      try await eventually("three stream, four wait") { count(.streaming) == 3 && count(.queued) == 4 }
      #expect(scene.server.requests.count == 3)
      gate.open()
      for handle in handles { #expect(await handle.outcome() == .success) }
      #expect(scene.server.requests.count == 7)
    }
  }

  @Test("One that waits for its turn can be stopped at once")
  func cancelled() async throws {
    try await withScene(otherwise: [.stall]) { scene in
      let models = models(scene, 2, ProviderLimits(concurrency: 1))
      let first = scene.sender.send(.to([models[0]]), to: scene.sink)
      try await scene.server.waitForRequests(1)
      let second = scene.sender.send(.to([models[1]]), to: scene.sink)
      try await eventually("it is queued") { scene.sink.reply(models[1].0).state == .queued }
      second.cancelAll()
      _ = await second.outcome()
      #expect(scene.sink.reply(models[1].0).state == .cancelled)
      first.cancelAll()
      _ = await first.outcome()
      #expect(scene.server.requests.count == 1)
    }
  }

  @Test("models.yaml sets a provider's limits; what is no limit is told with its line")
  func configured() throws {
    let registry = try ModelRegistry.parse(
      "providers:\n  xai:\n    limits: {concurrency: 3, requests_per_minute: 60, tokens_per_minute: 9000}\n    models: {a: {}}\n"
    )
    let limits = ProviderLimits(concurrency: 3, requestsPerMinute: 60, tokensPerMinute: 9000)
    #expect(registry.models[0].limits == limits)
    let error = #expect(throws: ConfigurationError.self) {
      try ModelRegistry.parse("providers:\n  xai:\n    limits: {concurrency: 0}\n    models: {a: {}}\n")
    }
    #expect(error?.problems.first?.key == "providers.xai.limits.concurrency" && error?.problems.first?.line == 3)
  }
}
