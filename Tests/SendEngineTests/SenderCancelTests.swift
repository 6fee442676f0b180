import Conversations
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import SendEngine

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
      let handle = Mutex<SendHandle?>(nil)
      func receive(_ events: [ReplyEvent]) {
        recorder.receive(events)
        if events.contains(where: { $0.event == .firstToken }) { handle.withLock { $0 }?.cancelAll() }
      }
    }
    let gate = Gate()
    try await withScene([.waitForRelease(gate), .sse([OpenAI.text("a")]), .stall]) { scene in
      let stopper = Stopper()
      let handle = scene.sender.send(.to([(scene.id, scene.model())]), to: stopper)
      stopper.handle.withLock { $0 = handle }
      gate.open()
      #expect(await handle.outcome() == .failure)
      #expect(stopper.recorder.reply(scene.id).state == .cancelled)
      #expect(stopper.recorder.reply(scene.id).text == "a")
    }
  }
}
