import ConfigurationReading
import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Answers that end without an end", .timeLimit(.minutes(1)))
struct SenderEndingTests {
  @Test(
    "A reason to stop, then silence: the answer is over after a short grace, with the counts that still came",
    arguments: [
      (ConfiguredModel.Kind.openai, [OpenAI.text("Hello"), OpenAI.finish(), OpenAI.usage(prompt: 5, completion: 2)]),
      (.anthropic, [Anthropic.start(inputTokens: 5), Anthropic.text("Hello"), Anthropic.finish(outputTokens: 2)]),
      (.gemini, [Gemini.text("Hello"), Gemini.finish(prompt: 5, candidates: 2)]),
    ])
  func held(_ kind: ConfiguredModel.Kind, _ events: [WireEvent]) async throws {
    try await withScene([.sse(events), .stall]) { scene in
      let handle = scene.send(scene.model(kind: kind))
      try await scene.sink.wait(for: scene.id, until: "the counts came") {
        $0.usage == Usage(promptTokens: 5, completionTokens: 2)
      }
      // One waits for the answer's limits, one for its end.
      try await scene.clock.waitForSleepers(2)
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      #expect(await handle.outcome() == .success)
      #expect(scene.reply.text == "Hello")
      try await eventually("the connection is given up") { scene.server.abandoned == 1 }
    }
  }

  @Test("Heartbeats do not put the end off")
  func heartbeats() {
    var timer = EndingTimer()
    timer.received([.text("Hello")], hasEnding: false, at: .seconds(1))
    #expect(timer.deadline == nil)
    timer.received([], hasEnding: true, at: .seconds(2))
    timer.received([], hasEnding: true, at: .seconds(3))
    #expect(timer.deadline == .seconds(4))
    timer.received([.usage(Usage(promptTokens: 1))], hasEnding: true, at: .seconds(3))
    #expect(timer.deadline == .seconds(5))
  }

  @Test("A reason that text follows was not the end: the answer may take its time")
  func mistaken() {
    var timer = EndingTimer()
    timer.received([.text("Hel")], hasEnding: true, at: .seconds(1))
    timer.received([.text("lo")], hasEnding: true, at: .seconds(2))
    #expect(timer.deadline == nil)
  }

  @Test("A whole answer is kept when its time is over, however it was held")
  func totalAfterEnding() async throws {
    let events = [OpenAI.text("Hel"), OpenAI.finish()]
    try await withScene([.sse(events), .sse([OpenAI.text("lo")]), .stall]) { scene in
      let handle = scene.send(scene.model(timeout: .seconds(30)))
      try await scene.sink.wait(for: scene.id, until: "text came") { $0.text == "Hello" }
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      #expect(await handle.outcome() == .success)
    }
  }

  @Test("An answer in one piece is had as soon as it is whole, though its connection stays open")
  func heldWhole() async throws {
    let body = #"{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}]}"#
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count + 1)\r\n\r\n"
    try await withScene([.raw(head + body), .stall]) { scene in
      let handle = scene.send(scene.model(timeout: .seconds(30)))
      try await scene.sink.wait(for: scene.id, until: "it is read") { $0.text == "Hello" }
      try await scene.clock.waitForSleepers(2)
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      #expect(await handle.outcome() == .success)
    }
  }
}

@Suite("Bodies that are packed", .timeLimit(.minutes(1)))
struct PackedBodyTests {
  /// `data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":"stop"}]}` and its blank line, packed.
  private static let gzip: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x0D, 0xC9, 0x31, 0x0A, 0x80, 0x30,
    0x0C, 0x05, 0xD0, 0xBD, 0xA7, 0x90, 0x3F, 0x77, 0x70, 0xCE, 0x09, 0xBC, 0x83, 0x88, 0x84, 0x36,
    0xD2, 0x42, 0x49, 0xC4, 0x66, 0x10, 0x4A, 0xEF, 0xAE, 0x6F, 0x7D, 0x99, 0x9D, 0x69, 0x19, 0x48,
    0xC5, 0x6A, 0x92, 0x0E, 0xDA, 0x07, 0xAA, 0x66, 0x79, 0x41, 0x6B, 0x44, 0x96, 0xE6, 0x0C, 0xFA,
    0xDB, 0xD4, 0x45, 0x1D, 0x84, 0x4D, 0x5A, 0x33, 0xCC, 0x88, 0xAB, 0x6A, 0xED, 0xE5, 0x7C, 0x84,
    0xBB, 0xE9, 0x1F, 0xDD, 0xED, 0xC6, 0x3C, 0x66, 0x08, 0x1F, 0x79, 0x7C, 0x38, 0xE5, 0x54, 0x00,
    0x00, 0x00,
  ]
  private static let zlib: [UInt8] = [
    0x78, 0x9C, 0x0D, 0xC9, 0x31, 0x0A, 0x80, 0x30, 0x0C, 0x05, 0xD0, 0xBD, 0xA7, 0x90, 0x3F, 0x77,
    0x70, 0xCE, 0x09, 0xBC, 0x83, 0x88, 0x84, 0x36, 0xD2, 0x42, 0x49, 0xC4, 0x66, 0x10, 0x4A, 0xEF,
    0xAE, 0x6F, 0x7D, 0x99, 0x9D, 0x69, 0x19, 0x48, 0xC5, 0x6A, 0x92, 0x0E, 0xDA, 0x07, 0xAA, 0x66,
    0x79, 0x41, 0x6B, 0x44, 0x96, 0xE6, 0x0C, 0xFA, 0xDB, 0xD4, 0x45, 0x1D, 0x84, 0x4D, 0x5A, 0x33,
    0xCC, 0x88, 0xAB, 0x6A, 0xED, 0xE5, 0x7C, 0x84, 0xBB, 0xE9, 0x1F, 0xDD, 0xED, 0xC6, 0x3C, 0x66,
    0x08, 0x1F, 0xB5, 0xC6, 0x1C, 0x4C,
  ]

  private func raw(_ body: [UInt8], coding: String) -> [UInt8] {
    Array(
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: \(coding)\r\ncontent-length: \(body.count)\r\n\r\n"
        .utf8) + body
  }

  @Test(
    "gzip and deflate are unpacked though nobody asked for them",
    arguments: [("gzip", gzip), ("GZIP", gzip), ("x-gzip", gzip), ("deflate", zlib)])
  func unpacked(_ coding: String, _ body: [UInt8]) async throws {
    try await withScene([.bytes(raw(body, coding: coding))]) { scene in
      #expect(await scene.send().outcome() == .success)
      #expect(scene.reply.text == "Hello")
    }
  }

  @Test("What cannot be unpacked is called what it is", arguments: ["br", "zstd"])
  func unknown(_ coding: String) async throws {
    try await withScene([.bytes(raw([0x0B, 0x02, 0x80], coding: coding))]) { scene in
      #expect(await scene.send().outcome() == .failure)
      #expect(scene.reply.failure?.message.contains("content-encoding: \(coding)") == true)
      #expect(scene.server.requests.count == 1)
    }
  }

  @Test("What is packed wrongly is told as that, and what of it could be read is kept")
  func broken() async throws {
    try await withScene([.bytes(raw(Array("data: nothing packed\n\n".utf8), coding: "gzip"))]) { scene in
      #expect(await scene.send(scene.model(retryAttempts: 1)).outcome() == .failure)
      #expect(scene.reply.failure?.message.contains("the packed answer could not be unpacked") == true)
    }
  }

  @Test("What is packed and does not say so is called what it is")
  func silent() throws {
    var reader = ResponseReader(
      words: FailureWords(model: .scripted(), key: nil), decoder: OpenAIDecoder(), maximumEventBytes: 1 << 20)
    reader.receive(ResponseReader.Head(status: 200))
    Self.gzip.withUnsafeBytes { reader.receive($0) }
    guard case .failed(let failure) = reader.end() else {
      Issue.record("it was taken for an answer")
      return
    }
    #expect(failure.message.contains("packed (gzip)"))
  }
}

@Suite("Asking again as the provider says", .timeLimit(.minutes(1)))
struct SenderAdviceTests {
  @Test(
    "The wait stands in the body as often as in the head",
    arguments: [
      (
        ConfiguredModel.Kind.gemini,
        #"{"error":{"code":429,"message":"quota","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3.2s"}]}}"#,
        [], 3.2
      ),
      (
        .openai, #"{"error":{"message":"Please try again in 2.5s.","code":"rate_limit_exceeded"}}"#,
        [("x-ratelimit-reset-tokens", "9s")], 2.5
      ),
      (
        .openai, #"{"error":{"message":"slow"}}"#,
        [("x-ratelimit-remaining-tokens", "0"), ("x-ratelimit-reset-tokens", "7s")], 7
      ),
      (
        .anthropic, #"{"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#, [("retry-after", "4")], 4
      ),
    ] as [(ConfiguredModel.Kind, String, [(String, String)], Double)])
  func wait(_ kind: ConfiguredModel.Kind, _ body: String, _ headers: [(String, String)], _ seconds: Double) async throws
  {
    try await withScene([.status(429, headers: headers, body: body)]) { scene in
      let handle = scene.send(scene.model(kind: kind))
      try await scene.waitForRetry()
      #expect(scene.delays == [.seconds(seconds)])
      handle.cancelAll()
      _ = await handle.outcome()
    }
  }

  @Test("An error in the stream is waited for as well")
  func waitInStream() async throws {
    let error = #"{"error":{"code":429,"message":"Please retry in 6s","status":"RESOURCE_EXHAUSTED"}}"#
    try await withScene([.sse([.data(error)])], OpenAI.answer("ok")) { scene in
      let handle = scene.send()
      try await scene.waitForRetry()
      #expect(scene.delays == [.seconds(6)])
      scene.clock.advance(by: .seconds(6))
      #expect(await handle.outcome() == .success)
    }
  }

  @Test("A wait in words that is longer than allowed is told at once")
  func tooLong() async throws {
    let body = #"{"error":{"message":"Please try again in 2h3m."}}"#
    try await withScene([.status(429, body: body)]) { scene in
      #expect(await scene.send().outcome() == .failure)
      #expect(scene.server.requests.count == 1)
      #expect(scene.reply.failure?.message.contains("asks to wait 123 min") == true)
    }
  }

  @Test("x-should-retry is heeded, either way")
  func shouldRetry() async throws {
    try await withScene([.status(429, headers: [("x-should-retry", "false")])]) { scene in
      #expect(await scene.send().outcome() == .failure)
      #expect(scene.server.requests.count == 1)
    }
    try await withScene([.status(400, headers: [("X-Should-Retry", "true")])], OpenAI.answer("ok")) { scene in
      let handle = scene.send()
      try await scene.waitForRetry()
      scene.clock.advanceToNextSleeper()
      #expect(await handle.outcome() == .success)
    }
  }

  @Test("An account without money is asked once")
  func money() async throws {
    let body =
      #"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":"insufficient_quota"}}"#
    try await withScene([.status(429, body: body)]) { scene in
      #expect(await scene.send().outcome() == .failure)
      #expect(scene.server.requests.count == 1)
      #expect(scene.reply.failure?.message.contains("plan and credit") == true)
    }
  }

  @Test("A model that is being loaded is waited for beyond retry_attempts, and then answers")
  func loading() async throws {
    let busy: Script = [.status(503, body: #"{"error":{"message":"Loading model"}}"#)]
    try await withScene(busy, busy, busy, busy, OpenAI.answer("ok")) { scene in
      let handle = scene.send(scene.model(retryAttempts: 1))
      for count in 1...4 {
        try await scene.waitForRetry(count)
        scene.clock.advanceToNextSleeper()
      }
      #expect(await handle.outcome() == .success)
      #expect(scene.delays == [2, 2, 2, 2].map { .seconds($0) })
      // No request is counted beyond those that may be made.
      for case .connecting(let attempt, let maximum) in scene.events { #expect(attempt <= maximum) }
    }
  }

  @Test(
    "A parameter that is refused by name is left out or called otherwise, at once, and so from then on",
    arguments: [
      (
        400, #"{"error_code":"BAD_REQUEST","message":"stream_options: Extra inputs are not permitted"}"#,
        "stream_options"
      ),
      (
        422, #"{"detail":[{"loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#, "stream_options"
      ),
      (400, #"{"error":{"message":"Unrecognized request argument supplied: stream_options"}}"#, "stream_options"),
      (
        400,
        #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","param":"max_tokens"}}"#,
        "max_tokens"
      ),
      (
        400, #"{"error":{"message":"Your organization must be verified to stream this model.","param":"stream"}}"#,
        "stream"
      ),
    ])
  func refused(_ status: Int, _ body: String, _ parameter: String) async throws {
    try await withScene([.status(status, body: body)], otherwise: OpenAI.answer("ok")) { scene in
      let model = scene.model(retryAttempts: 1, maxCompletionTokens: 100)
      #expect(await scene.send(model).outcome() == .success)
      #expect(scene.delays == [.zero])
      let second = UUID()
      #expect(await scene.sender.send(.to([(second, model)]), to: scene.sink).outcome() == .success)
      let bodies = scene.server.requests.compactMap(\.json)
      #expect(bodies.count == 3)
      #expect(bodies[0][parameter] != nil)
      for later in bodies.dropFirst() {
        #expect(parameter == "stream" ? later["stream"] == false : later[parameter] == nil)
        if parameter == "max_tokens" { #expect(later["max_completion_tokens"] == 100) }
      }
    }
  }

  @Test("Gemini is asked without thoughts where it refuses to show them")
  func thoughts() async throws {
    let body =
      #"{"error":{"code":400,"message":"Unable to submit request because thinking is not supported: thinkingConfig"}}"#
    let answer: Script = [.sse([Gemini.text("ok"), Gemini.finish(prompt: 1, candidates: 1)])]
    try await withScene([.status(400, body: body)], answer) { scene in
      #expect(await scene.send(scene.model(kind: .gemini, name: "gemini-2.5-flash")).outcome() == .success)
      #expect(scene.server.requests.last?.json?["generationConfig"] == nil)
    }
  }

  @Test("A refusal of a value is no refusal of its parameter, and neither name is tried for ever")
  func notRefused() async throws {
    let value = #"{"error":{"message":"max_tokens is too large: 100000. This model supports at most 4096 tokens"}}"#
    try await withScene(otherwise: [.status(400, body: value)]) { scene in
      #expect(await scene.send(scene.model(maxCompletionTokens: 100)).outcome() == .failure)
      #expect(scene.server.requests.count == 1)
    }
    let both = #"{"error":{"message":"max_tokens and max_completion_tokens are not supported"}}"#
    try await withScene(otherwise: [.status(400, body: both)]) { scene in
      #expect(await scene.send(scene.model(maxCompletionTokens: 100)).outcome() == .failure)
      #expect(scene.server.requests.count == 2)
    }
  }

  @Test("models.yaml may say so once and for all")
  func settings() async throws {
    let registry = try ModelRegistry.parse(
      """
      providers:
        acme:
          base_url: http://127.0.0.1:9/v1
          stream_options: false
          connect_timeout: 3
          idle_timeout: 20
          timeout: 70
          models:
            a: {limit_parameter: max_completion_tokens, max_completion_tokens: 5, idle_timeout: 30, reasoning_tags: open}
            b: {timeout: 80, retry_attempts: 1, first_token_timeout: 7, reasoning_tags: off}
      """)
    #expect(registry.warnings.isEmpty)
    let (a, b) = (registry.models[0], registry.models[1])
    #expect(a.timeout == .seconds(70) && b.timeout == .seconds(80))
    #expect(a.options.idleTimeout == .seconds(30) && b.options.idleTimeout == .seconds(20))
    #expect(a.options.connectTimeout == .seconds(3) && b.options.firstTokenTimeout == .seconds(7))
    #expect(a.options.reasoningTags == .open && b.options.reasoningTags == .off)
    #expect(b.retryAttempts == 1)
    let body = try OpenAICompatibleProvider().request(for: a, key: nil, messages: []).body
    #expect(body["stream_options"] == nil && body["max_completion_tokens"] == 5 && body["max_tokens"] == nil)
    for mistake in ["limit_parameter: tokens", "idle_timeout: soon", "reasoning_tags: maybe", "stream_options: 3"] {
      #expect(throws: ConfigurationError.self) {
        try ModelRegistry.parse("providers: {openai: {models: {m: {\(mistake)}}}}")
      }
    }
    let warned = try ModelRegistry.parse("providers: {openai: {idle_time_out: 5, models: {m: {}}}}")
    #expect(warned.warnings.map(\.description).joined().contains("idle_timeout"))
  }
}
