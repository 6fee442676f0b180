import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Time-outs", .timeLimit(.minutes(1)))
struct SenderTimeoutTests {
  @Test("No TLS connection within 10 s: connect time-out, tried again")
  func connect() async throws {
    try await withScene { scene in
      // The port takes connections and never says a word of TLS.
      let mute = try await MuteListener()
      let handle = scene.send(scene.model(retryAttempts: 2, baseURL: "https://127.0.0.1:\(mute.port)/v1"))
      try await eventually("it connects") { mute.connections == 1 }
      try await scene.clock.run(until: "it tries again") { !scene.retriedFailures.isEmpty }
      #expect(scene.retriedFailures.first?.kind == .connectTimeout)
      #expect(scene.retriedFailures.first?.message.contains("no connection within 10 s") == true)
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      #expect(await handle.outcome() == .failure)
      #expect(scene.reply.failure?.kind == .connectTimeout)
      #expect(scene.reply.tries == 2)
      try await mute.shutdown()
    }
  }

  @Test("The client's own connect limit is told as the same, and the next attempt connects anew")
  func connectByTheClient() async throws {
    let mute = try await MuteListener()
    var configuration = SenderConfiguration.testing(clock: ContinuousClock(), jitter: 0.1)
    configuration.connectTimeout = .milliseconds(100)
    let sender = Sender(configuration: configuration) { _ in nil }
    let sink = EventRecorder()
    let id = UUID()
    let model = ConfiguredModel.scripted(baseURL: "https://127.0.0.1:\(mute.port)/v1", retryAttempts: 2)
    #expect(await sender.send(.to([(id, model)]), to: sink).outcome() == .failure)
    #expect(sink.reply(id).failure?.kind == .connectTimeout)
    // Not the listener's count: on a busy machine a connection is gone before it has been accepted.
    #expect(sink.reply(id).tries == 2)
    await sender.shutdown()
    try await mute.shutdown()
  }

  @Test(
    "Silence before the first token breaks the model's limit, and the prompt is not given to the server again",
    arguments: [
      [.stall], [.sse([.comment("keep-alive"), OpenAI.role]), .stall],
    ] as [Script])
  func firstToken(_ script: Script) async throws {
    try await withScene(script, OpenAI.answer("ok")) { scene in
      var options = RequestOptions()
      options.firstTokenTimeout = .seconds(120)
      let handle = scene.send(scene.model(options: options))
      try await scene.server.waitForRequests(1)
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      #expect(await handle.outcome() == .failure)
      #expect(scene.reply.failure?.kind == .firstTokenTimeout)
      #expect(
        scene.reply.failure?.message
          == "acme/scripted-1: connected, but silent for 2 min before any token; it may be at work still: "
          + "first_token_timeout in models.yaml gives it more time")
      try await eventually("the server sees it gone") { scene.server.abandoned == 1 }
      #expect(scene.server.requests.count == 1)
    }
  }

  @Test("By itself, Fiedler waits a quarter of an hour for a silent server, and longer while it shows signs of life")
  func patience() async throws {
    #expect(SenderConfiguration().firstTokenTimeout == .seconds(900))
    #expect(SenderConfiguration().idleTimeout == .seconds(300))
    #expect(ConfiguredModel.defaultTimeout == .seconds(1800))
    let gate = Gate()
    try await withScene([.sse([.comment("working")]), .waitForRelease(gate)] + OpenAI.answer("at last")) { scene in
      let handle = scene.send(scene.model(timeout: ConfiguredModel.defaultTimeout))
      try await eventually("it works") { gate.arrivals == 1 }
      try await scene.clock.waitForSleepers(1)
      scene.clock.advance(by: .seconds(890))
      gate.open()
      #expect(await handle.outcome() == .success)
      #expect(scene.server.requests.count == 1)
    }
  }

  @Test("A stream that stands still for a minute: idle time-out, the text kept")
  func idle() async throws {
    try await withScene([.sse([OpenAI.text("half")]), .stall]) { scene in
      var options = RequestOptions()
      options.idleTimeout = .seconds(60)
      let handle = scene.send(scene.model(options: options))
      try await scene.sink.wait(for: scene.id, until: "text came") { $0.text == "half" }
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      #expect(await handle.outcome() == .partialSuccess)
      #expect(scene.reply.failure?.kind == .idleTimeout)
      #expect(
        scene.reply.failure?.message
          == "acme/scripted-1: the stream stood still for 60 s (idle_timeout in models.yaml); ask again to have it whole"
      )
      #expect(scene.reply.text == "half")
      #expect((.seconds(60)..<(.seconds(120))).contains(scene.clock.now.offset))
    }
  }

  @Test("The model's own timeout holds for the whole reply, its retries included")
  func total() async throws {
    try await withScene([.status(503)], [.stall]) { scene in
      let handle = scene.send(scene.model(timeout: .seconds(5)))
      try await scene.waitForRetry()
      scene.clock.advanceToNextSleeper()
      try await scene.server.waitForRequests(2)
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      #expect(await handle.outcome() == .failure)
      #expect(scene.reply.failure?.kind == .totalTimeout)
      #expect(scene.reply.failure?.message.contains("not done within 5 s") == true)
      #expect(scene.clock.now.offset == .seconds(5))
      #expect(scene.server.requests.count == 2)
    }
  }

  @Test("A stream that never ends is cut at the model's timeout")
  func totalWhileStreaming() async throws {
    try await withScene([.sse([OpenAI.text("on and on")]), .stall]) { scene in
      let handle = scene.send(scene.model(timeout: .seconds(30)))
      try await scene.sink.wait(for: scene.id, until: "text came") { !$0.text.isEmpty }
      try await scene.clock.run(until: "it ends") { scene.sink.hasEnded(scene.id) }
      _ = await handle.outcome()
      #expect(scene.reply.state == .partial)
      #expect(scene.reply.failure?.kind == .totalTimeout)
    }
  }
}
