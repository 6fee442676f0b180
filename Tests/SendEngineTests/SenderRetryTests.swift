import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

/// A sender on a manual clock, and a scripted server.
private struct Scene {
  let clock = ManualClock()
  let sink = EventRecorder()
  let id = UUID()
  let server: ScriptedProviderServer
  let sender: Sender

  init(_ scripts: [Script], otherwise: Script? = nil) async throws {
    server = try await ScriptedProviderServer(otherwise: otherwise)
    for script in scripts { server.enqueue(script) }
    sender = Sender(configuration: .testing(clock: clock, jitter: 0.5)) { _ in APIKey("sk-test-0123456789") }
  }

  func model(timeout: Duration = .seconds(300), retryAttempts: Int = 3, baseURL: String? = nil) -> ConfiguredModel {
    .scripted(
      baseURL: baseURL ?? server.baseURL, apiKeyVariable: "ACME_API_KEY", timeout: timeout,
      retryAttempts: retryAttempts)
  }

  func send(_ model: ConfiguredModel? = nil) -> SendHandle {
    sender.send(.to([(id, model ?? self.model())]), to: sink)
  }

  var reply: Reply { sink.reply(id) }
  var events: [SendEvent] { sink.events(of: id).map(\.event) }

  /// The waits announced so far.
  var delays: [Duration] {
    events.compactMap { if case .retrying(_, _, let delay, _) = $0 { delay } else { nil } }
  }

  func waitForRetry(_ count: Int = 1) async throws {
    try await eventually("\(count) retries announced; the events: \(events)") { delays.count == count }
    try await clock.waitForSleepers(1)
  }

  func end() async throws {
    await sender.shutdown()
    try await server.shutdown()
  }
}

private func withScene(
  _ scripts: Script..., otherwise: Script? = nil, _ body: (Scene) async throws -> Void
) async throws {
  let scene = try await Scene(scripts, otherwise: otherwise)
  let result: Result<Void, any Error>
  do {
    try await body(scene)
    result = .success(())
  } catch {
    result = .failure(error)
  }
  try await scene.end()
  try result.get()
}

@Suite("Trying again", .timeLimit(.minutes(1)))
struct SenderRetryTests {
  @Test("A status that may pass is tried again after the back-off, and then answered", arguments: [
    408, 409, 425, 429, 500, 502, 503, 504, 529,
  ])
  func status(_ status: Int) async throws {
    try await withScene([.status(status, body: #"{"error":{"message":"later"}}"#)], OpenAI.answer("ok")) { scene in
      let handle = scene.send()
      try await scene.waitForRetry()
      #expect(scene.delays == [.milliseconds(250)])
      #expect(scene.reply.state == .retrying)
      #expect(scene.reply.retryAt == .milliseconds(250))
      #expect(scene.reply.failure?.httpStatus == status)
      #expect(scene.server.requests.count == 1)
      scene.clock.advance(by: .milliseconds(249))
      #expect(scene.reply.state == .retrying)
      scene.clock.advance(by: .milliseconds(1))
      #expect(await handle.outcome() == .success)
      #expect(scene.reply.text == "ok")
      #expect(scene.reply.tries == 2)
    }
  }

  @Test("A status that will not pass is not tried again", arguments: [400, 401, 403, 404, 413, 422])
  func finalStatus(_ status: Int) async throws {
    try await withScene(otherwise: [.status(status)]) { scene in
      #expect(await scene.send().outcome() == .failure)
      #expect(scene.server.requests.count == 1)
      #expect(scene.delays.isEmpty)
      #expect(scene.reply.failure?.httpStatus == status)
    }
  }

  @Test("retry_attempts is the number of requests, not one more or three times as many", arguments: [1, 2, 4])
  func attempts(_ count: Int) async throws {
    try await withScene(otherwise: [.status(503)]) { scene in
      let handle = scene.send(scene.model(retryAttempts: count))
      for retry in 0..<(count - 1) {
        try await scene.waitForRetry(retry + 1)
        scene.clock.advanceToNextSleeper()
      }
      #expect(await handle.outcome() == .failure)
      #expect(scene.server.requests.count == count)
      #expect(scene.delays == [250, 500, 1000].prefix(count - 1).map { .milliseconds($0) })
      #expect(scene.reply.failure?.message.hasSuffix("gave up after \(count) attempts") == (count > 1))
    }
  }

  @Test("Retry-After is waited out exactly", arguments: [("retry-after", "7"), ("retry-after-ms", "7000")])
  func retryAfter(_ header: String, _ value: String) async throws {
    try await withScene([.status(429, headers: [(header, value)])], OpenAI.answer("ok")) { scene in
      let handle = scene.send()
      try await scene.waitForRetry()
      #expect(scene.delays == [.seconds(7)])
      #expect(scene.reply.failure?.retryAfterSeconds == 7)
      #expect(scene.reply.failure?.kind == .rateLimited)
      scene.clock.advance(by: .seconds(7))
      #expect(await handle.outcome() == .success)
    }
  }

  @Test("A Retry-After beyond a minute fails now and says so")
  func retryAfterTooLong() async throws {
    try await withScene([.status(429, headers: [("retry-after", "3600")])]) { scene in
      #expect(await scene.send().outcome() == .failure)
      #expect(scene.server.requests.count == 1)
      #expect(scene.reply.failure?.message.contains("asks to wait 60 min") == true)
    }
  }

  @Test("A refused connection is tried again, and told in plain words")
  func refused() async throws {
    try await withScene { scene in
      let gone = try await ScriptedProviderServer()
      let baseURL = gone.baseURL
      try await gone.shutdown()
      let handle = scene.send(scene.model(retryAttempts: 2, baseURL: baseURL))
      try await scene.waitForRetry()
      scene.clock.advanceToNextSleeper()
      #expect(await handle.outcome() == .failure)
      #expect(scene.reply.failure?.kind == .connection)
      #expect(
        scene.reply.failure?.message
          == "acme/scripted-1: connection refused (\(baseURL)); gave up after 2 attempts")
    }
  }

  @Test("A connection that breaks, or an answer that is empty, is tried again before the first token", arguments: [
    [.close], [.sse([OpenAI.role]), .close], [.sse([])], [.sse([.comment("hi")])], [.sse([OpenAI.role, OpenAI.finish(), OpenAI.done])],
    [.status(200)], [.sse([OpenAI.error("overloaded", code: 503)])],
  ] as [Script])
  func beforeFirstToken(_ script: Script) async throws {
    try await withScene(script, OpenAI.answer("ok")) { scene in
      let handle = scene.send()
      try await scene.waitForRetry()
      scene.clock.advanceToNextSleeper()
      #expect(await handle.outcome() == .success)
      #expect(scene.reply.text == "ok")
      #expect(scene.server.requests.count == 2)
    }
  }

  @Test("After the first token a broken stream is kept as partial and not tried again", arguments: [
    ([.sse([OpenAI.role, OpenAI.text("half")]), .close], SendFailure.Kind.truncated),
    ([.sse([OpenAI.text("half")])], .truncated),
    ([.sse([OpenAI.text("half"), OpenAI.error("overloaded", code: 503)])], .provider),
    ([.sse([OpenAI.text("half"), .data("{")])], .malformed),
    ([.sse([OpenAI.text("half")]), .raw("zz\r\nnot a chunk\r\n"), .close], .truncated),
  ] as [(Script, SendFailure.Kind)])
  func afterFirstToken(_ script: Script, _ kind: SendFailure.Kind) async throws {
    try await withScene(script) { scene in
      #expect(await scene.send().outcome() == .partialSuccess)
      #expect(scene.reply.state == .partial)
      #expect(scene.reply.text == "half")
      #expect(scene.reply.failure?.kind == kind)
      #expect(scene.server.requests.count == 1)
      #expect(scene.delays.isEmpty)
    }
  }

  @Test("The user's own retry is simply another send")
  func again() async throws {
    try await withScene([.sse([OpenAI.text("half")]), .close], OpenAI.answer("whole")) { scene in
      _ = await scene.send().outcome()
      let second = UUID()
      #expect(await scene.sender.send(.to([(second, scene.model())]), to: scene.sink).outcome() == .success)
      #expect(scene.reply.text == "half")
      #expect(scene.sink.reply(second).text == "whole")
    }
  }
}

@Suite("Time-outs", .timeLimit(.minutes(1)))
struct SenderTimeoutTests {
  @Test("No TLS connection within 10 s: connect time-out, tried again")
  func connect() async throws {
    try await withScene { scene in
      // The port takes connections and never says a word of TLS.
      let mute = try await MuteListener()
      let handle = scene.send(scene.model(retryAttempts: 2, baseURL: "https://127.0.0.1:\(mute.port)/v1"))
      try await eventually("it connects") { mute.connections == 1 }
      try await scene.clock.run(until: "it tries again") { !scene.delays.isEmpty }
      #expect(scene.reply.failure?.kind == .connectTimeout)
      #expect(scene.reply.failure?.message.contains("no connection within 10 s") == true)
      try await scene.clock.run(until: "it ends") { scene.reply.state.isFinal }
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
    #expect(mute.connections == 2)
    await sender.shutdown()
    try await mute.shutdown()
  }

  @Test("Connected, but no token: first-token time-out, tried again, whatever keep-alives come", arguments: [
    [.stall], [.sse([.comment("keep-alive"), OpenAI.role]), .stall],
  ] as [Script])
  func firstToken(_ script: Script) async throws {
    try await withScene(script, OpenAI.answer("ok")) { scene in
      let handle = scene.send()
      try await scene.server.waitForRequests(1)
      try await scene.clock.run(until: "it tries again") { !scene.delays.isEmpty }
      #expect(scene.reply.failure?.kind == .firstTokenTimeout)
      #expect(scene.reply.failure?.message == "acme/scripted-1: connected, but no token within 2 min")
      try await eventually("the server sees it gone") { scene.server.abandoned == 1 }
      try await scene.clock.waitForSleepers(1)
      scene.clock.advanceToNextSleeper()
      #expect(await handle.outcome() == .success)
    }
  }

  @Test("A stream that stands still for a minute: idle time-out, the text kept")
  func idle() async throws {
    try await withScene([.sse([OpenAI.text("half")]), .stall]) { scene in
      let handle = scene.send()
      try await scene.sink.wait(for: scene.id, until: "text came") { $0.text == "half" }
      try await scene.clock.run(until: "it ends") { scene.reply.state.isFinal }
      #expect(await handle.outcome() == .partialSuccess)
      #expect(scene.reply.failure?.kind == .idleTimeout)
      #expect(scene.reply.failure?.message == "acme/scripted-1: the stream stood still for 60 s")
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
      try await scene.clock.run(until: "it ends") { scene.reply.state.isFinal }
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
      try await scene.clock.run(until: "it ends") { scene.reply.state.isFinal }
      _ = await handle.outcome()
      #expect(scene.reply.state == .partial)
      #expect(scene.reply.failure?.kind == .totalTimeout)
    }
  }
}

@Suite("Cancelling", .timeLimit(.minutes(1)))
struct SenderCancelTests {
  private func expectCancelled(_ scene: Scene, _ handle: SendHandle) async {
    handle.cancel(scene.id)
    // Nothing but the cancel can end this: the clock stands still and the server stalls.
    #expect(await handle.outcome() == .failure)
    #expect(scene.reply.state == .cancelled)
    #expect(scene.events.last == .cancelled)
  }

  @Test("While the stream stalls: the text is kept and the connection closed")
  func streaming() async throws {
    try await withScene([.sse([OpenAI.text("half")]), .stall]) { scene in
      let handle = scene.send()
      try await scene.sink.wait(for: scene.id, until: "text came") { $0.text == "half" }
      await expectCancelled(scene, handle)
      #expect(scene.reply.text == "half")
      try await eventually("the server sees it gone") { scene.server.abandoned == 1 }
    }
  }

  @Test("While the server has not answered")
  func waiting() async throws {
    try await withScene([.stall]) { scene in
      let handle = scene.send()
      try await scene.server.waitForRequests(1)
      await expectCancelled(scene, handle)
      try await eventually("the server sees it gone") { scene.server.abandoned == 1 }
    }
  }

  @Test("While it connects")
  func connecting() async throws {
    try await withScene { scene in
      let mute = try await MuteListener()
      let handle = scene.send(scene.model(baseURL: "https://127.0.0.1:\(mute.port)/v1"))
      try await eventually("it connects") { mute.connections == 1 }
      await expectCancelled(scene, handle)
      try await mute.shutdown()
    }
  }

  @Test("While it waits to try again")
  func backoff() async throws {
    try await withScene([.status(503)]) { scene in
      let handle = scene.send()
      try await scene.waitForRetry()
      await expectCancelled(scene, handle)
      #expect(scene.server.requests.count == 1)
    }
  }

  @Test("While it waits for a key command that never ends")
  func keyLookup() async throws {
    let gate = Gate()
    let clock = ManualClock()
    let sender = Sender(configuration: .testing(clock: clock)) { _ in
      // Deaf to cancellation, as a key command may be.
      await Task { await gate.wait() }.value
      return nil
    }
    let sink = EventRecorder()
    let id = UUID()
    let handle = sender.send(.to([(id, .scripted(apiKeyVariable: "X"))]), to: sink)
    try await eventually("the key is asked for") { gate.arrivals == 1 }
    handle.cancelAll()
    #expect(await handle.outcome() == .failure)
    #expect(sink.reply(id).state == .cancelled)
    gate.open()
    await sender.shutdown()
  }

  @Test("A key command that takes longer than the model's timeout fails the reply")
  func keyLookupTimeout() async throws {
    let gate = Gate()
    let clock = ManualClock()
    let sender = Sender(configuration: .testing(clock: clock)) { _ in
      await gate.wait()
      return nil
    }
    let sink = EventRecorder()
    let id = UUID()
    let handle = sender.send(.to([(id, .scripted(apiKeyVariable: "X", timeout: .seconds(5)))]), to: sink)
    try await clock.waitForSleepers(1)
    clock.advance(by: .seconds(5))
    #expect(await handle.outcome() == .failure)
    #expect(sink.reply(id).failure?.kind == .totalTimeout)
    gate.open()
    await sender.shutdown()
  }

  @Test("One is stopped, the others go on")
  func one() async throws {
    let gate = Gate()
    try await withScene { scene in
      let (stopped, kept) = (UUID(), UUID())
      scene.server.enqueue([.sse([OpenAI.text("a")]), .stall], forModel: "stopped")
      scene.server.enqueue(
        [.sse([OpenAI.text("b")]), .waitForRelease(gate), .sse([OpenAI.text("c"), OpenAI.finish(), OpenAI.done])],
        forModel: "kept")
      var (first, second) = (scene.model(), scene.model())
      first.reference.name = "stopped"
      second.reference.name = "kept"
      let handle = scene.sender.send(.to([(stopped, first), (kept, second)]), to: scene.sink)
      try await scene.sink.wait(for: stopped, until: "text came") { $0.text == "a" }
      try await scene.sink.wait(for: kept, until: "text came") { $0.text == "b" }
      handle.cancel(stopped)
      try await scene.sink.wait(for: stopped, until: "cancelled") { $0.state == .cancelled }
      gate.open()
      #expect(await handle.outcome() == .partialSuccess)
      #expect(scene.sink.reply(kept).text == "bc")
      #expect(scene.sink.reply(kept).state == .success)
    }
  }

  @Test("A sink may cancel from within an event")
  func fromTheSink() async throws {
    final class Stopper: SendEventSink {
      let recorder = EventRecorder()
      let cancel = OneShot<SendHandle>()
      func receive(_ events: [ReplyEvent]) {
        recorder.receive(events)
        guard events.contains(where: { $0.event == .firstToken }) else { return }
        Task { await cancel.value().cancelAll() }
      }
    }
    try await withScene([.sse([OpenAI.text("a")]), .stall]) { scene in
      let stopper = Stopper()
      let handle = scene.sender.send(.to([(scene.id, scene.model())]), to: stopper)
      stopper.cancel.set(handle)
      #expect(await handle.outcome() == .failure)
      #expect(stopper.recorder.reply(scene.id).state == .cancelled)
    }
  }
}
