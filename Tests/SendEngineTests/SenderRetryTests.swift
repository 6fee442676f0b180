import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

@Suite("Trying again", .timeLimit(.minutes(1)))
struct SenderRetryTests {
  @Test(
    "A status that may pass is tried again after the back-off, and then answered",
    arguments: [
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
          == "acme/scripted-1: connection refused (\(baseURL)); start the server, or correct base_url in models.yaml; "
          + "gave up after 2 attempts")
    }
  }

  @Test(
    "A connection that breaks, or an answer that is empty, is tried again before the first token",
    arguments: [
      [.close], [.sse([OpenAI.role]), .close], [.sse([])], [.sse([.comment("hi")])],
      [.sse([OpenAI.role, OpenAI.finish(), OpenAI.done])],
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

  @Test(
    "After the first token a broken stream is kept as partial and not tried again",
    arguments: [
      ([.sse([OpenAI.role, OpenAI.text("half")]), .close], SendFailure.Kind.truncated),
      ([.sse([OpenAI.text("half")])], .truncated),
      ([.sse([OpenAI.text("half"), OpenAI.error("overloaded", code: 503)])], .provider),
      ([.sse([OpenAI.text("half"), .data("{")])], .malformed),
      ([.sse([OpenAI.text("half")]), .raw("zz\r\nnot a chunk\r\n"), .close], .truncated),
      // In one write, so that text and garbage come in one read.
      ([.raw(oneWrite(OpenAI.text("half")) + "zz\r\nnot a chunk\r\n"), .stall], .truncated),
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

/// A chunked response up to and including one event.
private func oneWrite(_ event: WireEvent) -> String {
  let length = String(event.text.utf8.count, radix: 16)
  return "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    + "\(length)\r\n\(event.text)\r\n"
}
