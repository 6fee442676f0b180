import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import SendEngine

/// A sender, a scripted server and a sink, put away again afterwards.
private func withServer(
  _ scripts: Script..., otherwise: Script? = nil, clock: any Clock<Duration> = ContinuousClock(),
  key: APIKey? = APIKey("sk-test-0123456789"),
  configure: (inout SenderConfiguration) -> Void = { _ in },
  _ body: (Sender, ScriptedProviderServer, EventRecorder) async throws -> Void
) async throws {
  let server = try await ScriptedProviderServer(otherwise: otherwise)
  for script in scripts { server.enqueue(script) }
  var configuration = SenderConfiguration.testing(clock: clock)
  configure(&configuration)
  let sender = Sender(configuration: configuration) { _ in key }
  let result: Result<Void, any Error>
  do {
    try await body(sender, server, EventRecorder())
    result = .success(())
  } catch {
    result = .failure(error)
  }
  await sender.shutdown()
  try await server.shutdown()
  try result.get()
}

extension ScriptedProviderServer {
  fileprivate func model(
    _ name: String = "scripted-1", kind: ConfiguredModel.Kind = .openai, variable: String? = "ACME_API_KEY",
    timeout: Duration = .seconds(300), retryAttempts: Int = 3
  ) -> ConfiguredModel {
    .scripted(
      name, kind: kind, baseURL: baseURL, apiKeyVariable: variable, timeout: timeout, retryAttempts: retryAttempts)
  }
}

@Suite("Sending to one model", .timeLimit(.minutes(1)))
struct SendingTests {
  private let id = UUID()

  @Test("The events of a good answer come in their order, and add up to the reply")
  func success() async throws {
    try await withServer(OpenAI.answer("Hel", "lo", prompt: 9, completion: 2)) { sender, server, sink in
      let handle = sender.send(.to([(id, server.model())], system: "Be brief."), to: sink)
      #expect(await handle.outcome() == .success)
      let events = sink.events(of: id)
      #expect(events.map(\.at) == events.map(\.at).sorted())
      #expect(Array(events.prefix(3)).map(\.event) == [.queued, .connecting(attempt: 1, of: 3), .firstToken])
      #expect(events.last?.event == .finished(.stop))
      let reply = sink.reply(id)
      #expect(reply.text == "Hello")
      #expect(reply.state == .success)
      #expect(reply.usage == Usage(promptTokens: 9, completionTokens: 2))
    }
  }

  @Test("The request carries the chat, the key and who asks")
  func request() async throws {
    try await withServer(OpenAI.answer("x")) { sender, server, sink in
      let target = SendRequest.Target(
        reply: id, model: server.model(),
        history: [ChatMessage(role: .user, content: "a"), ChatMessage(role: .assistant, content: "b")])
      let request = SendRequest(id: UUID(), system: "S", prompt: "c", targets: [target])
      _ = await sender.send(request, to: sink).outcome()
      let seen = try #require(server.requests.first)
      #expect(seen.method == "POST")
      #expect(seen.uri == "/v1/chat/completions")
      #expect(seen.header("authorization") == "Bearer sk-test-0123456789")
      #expect(seen.header("user-agent") == "fiedler/9.9")
      #expect(seen.header("content-type") == "application/json")
      #expect(seen.header("accept-encoding") == "identity")
      #expect(seen.json?["messages"]?.array?.compactMap { $0["content"]?.string } == ["S", "a", "b", "c"])
    }
  }

  @Test("Anthropic and Gemini answer over the wire too, whatever the bytes are cut into", arguments: [1, 7, 1000])
  func otherProviders(_ split: Int) async throws {
    let claude: Script = [
      .chunkedBytes(
        [
          Anthropic.start(inputTokens: 5), Anthropic.thinking("hm é"), Anthropic.text("Claude 日本"),
          Anthropic.finish(outputTokens: 4), Anthropic.stop,
        ], split: split)
    ]
    let gemini: Script = [
      .chunkedBytes(
        [Gemini.thought("hm"), Gemini.text("Gemini 👩‍💻"), Gemini.finish(prompt: 1, candidates: 2)], split: split)
    ]
    try await withServer { sender, server, sink in
      server.enqueue(claude, forModel: "claude")
      server.enqueue(gemini, forModel: "gemini-x")
      let (a, b) = (UUID(), UUID())
      let handle = sender.send(
        .to([(a, server.model("claude", kind: .anthropic)), (b, server.model("gemini-x", kind: .gemini))]), to: sink)
      #expect(await handle.outcome() == .success)
      #expect(sink.reply(a).text == "Claude 日本")
      #expect(sink.reply(a).reasoning == "hm é")
      #expect(sink.reply(b).text == "Gemini 👩‍💻")
      let paths = server.requests.map(\.uri)
      #expect(paths.contains("/v1/messages"))
      #expect(paths.contains("/v1/models/gemini-x:streamGenerateContent?alt=sse"))
      #expect(!paths.joined().contains("sk-test"))
    }
  }

  @Test("A missing key fails before anything is sent, and names the variable")
  func missingKey() async throws {
    try await withServer(key: nil) { sender, server, sink in
      let handle = sender.send(.to([(id, server.model())]), to: sink)
      #expect(await handle.outcome() == .failure)
      #expect(sink.reply(id).failure?.kind == .missingKey)
      #expect(
        sink.reply(id).failure?.message
          == "acme/scripted-1: no API key for acme; set ACME_API_KEY, or api_key_command in models.yaml")
      #expect(server.requests.isEmpty)
    }
  }

  @Test("A model that names no variable is asked without a key")
  func noKeyNeeded() async throws {
    try await withServer(OpenAI.answer("x"), key: nil) { sender, server, sink in
      #expect(await sender.send(.to([(id, server.model(variable: nil))]), to: sink).outcome() == .success)
      #expect(server.requests.first?.header("authorization") == nil)
    }
  }

  @Test("A key with a line break in it is refused, and not shown")
  func brokenKey() async throws {
    try await withServer(key: APIKey("sk-a\r\nX-Evil: 1")) { sender, server, sink in
      _ = await sender.send(.to([(id, server.model())]), to: sink).outcome()
      #expect(sink.reply(id).failure?.kind == .invalidRequest)
      #expect(sink.reply(id).failure?.message.contains("Evil") == false)
      #expect(server.requests.isEmpty)
    }
  }

  @Test("A redirect is not followed, so that the key goes nowhere else")
  func redirect() async throws {
    let elsewhere = try await ScriptedProviderServer(otherwise: OpenAI.answer("stolen"))
    try await withServer(
      [.status(307, headers: [("location", "http://127.0.0.1:\(elsewhere.port)/v1/chat/completions")])]
    ) { sender, server, sink in
      _ = await sender.send(.to([(id, server.model())]), to: sink).outcome()
      #expect(sink.reply(id).failure?.httpStatus == 307)
      #expect(sink.reply(id).failure?.message.contains("base_url") == true)
      #expect(elsewhere.requests.isEmpty)
      #expect(server.requests.count == 1)
    }
    try await elsewhere.shutdown()
  }

  @Test("What arrives together is passed on together, adjacent text as one")
  func batching() async throws {
    let gate = Gate()
    let pieces = (0..<2000).map { OpenAI.text("\($0) ") }
    let all = pieces.map(\.text).joined() + OpenAI.finish().text + OpenAI.done.text
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: \(all.utf8.count)\r\n\r\n"
    try await withServer([.waitForRelease(gate), .raw(head + all), .stall]) { sender, server, sink in
      let handle = sender.send(.to([(id, server.model())]), to: sink)
      try await server.waitForRequests(1)
      gate.open()
      #expect(await handle.outcome() == .success)
      #expect(sink.reply(id).text == (0..<2000).map { "\($0) " }.joined())
      // 2,000 events in half a megabyte: a read holds hundreds.
      #expect(sink.batches.count < 400)
      for batch in sink.batches {
        #expect(batch.filter { if case .text = $0.event { true } else { false } }.count <= 1)
      }
    }
  }

  @Test("A connection serves the next prompt too")
  func reuse() async throws {
    try await withServer(otherwise: OpenAI.answer("x")) { sender, server, sink in
      for _ in 0..<8 {
        #expect(await sender.send(.to([(UUID(), server.model())]), to: sink).outcome() == .success)
        try await eventually("the script is over") { server.active == 0 }
      }
      #expect(server.requests.count == 8)
      // The end of an answer may reach the client after the next request has left.
      #expect(server.connections < 8)
    }
  }

  @Test("A server that says [DONE] and then keeps the connection open holds nothing up")
  func lingering() async throws {
    try await withServer([.sse([OpenAI.text("x"), OpenAI.finish(), OpenAI.done]), .stall]) { sender, server, sink in
      #expect(await sender.send(.to([(id, server.model())]), to: sink).outcome() == .success)
    }
  }

  @Test("A server that speaks no HTTP is a failure in plain words")
  func notHTTP() async throws {
    try await withServer([.raw("SSH-2.0-OpenSSH_9.2\r\n"), .close]) { sender, server, sink in
      _ = await sender.send(.to([(id, server.model(retryAttempts: 1))]), to: sink).outcome()
      #expect(sink.reply(id).failure?.kind == .connection)
      #expect(sink.reply(id).failure?.message.contains("HTTP") == true)
    }
  }

  @Test("A certificate that nobody vouches for is refused, in plain words, and the key is not sent")
  func untrusted() async throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let impostor = try await ScriptedProviderServer(otherwise: OpenAI.answer("x"), certificate: certificate)
    try await withServer { sender, _, sink in
      _ = await sender.send(.to([(id, impostor.model(retryAttempts: 1))]), to: sink).outcome()
      #expect(
        sink.reply(id).failure?.message
          == "acme/scripted-1: the server's certificate is not trusted (\(impostor.baseURL)); check base_url in models.yaml, "
          + "or name its authority by ca_file there or by SSL_CERT_FILE")
      #expect(impostor.requests.isEmpty)
    }
    try await impostor.shutdown()
  }
}

@Suite("Sending to many models", .timeLimit(.minutes(1)))
struct FanOutTests {
  @Test("32 models are all asked at once, however few cores there are")
  func allAtOnce() async throws {
    let gate = Gate()
    try await withServer(otherwise: [.waitForRelease(gate)] + OpenAI.answer("done")) { sender, server, sink in
      let models = (0..<32).map { (UUID(), server.model("m\($0)")) }
      let handle = sender.send(.to(models), to: sink)
      // No answer begins before every model has been asked; were one made to wait for another, this would not end.
      try await eventually("all 32 wait, \(gate.arrivals) do") { gate.arrivals == 32 }
      #expect(server.maximumActive == 32)
      gate.open()
      #expect(await handle.outcome() == .success)
      for (id, _) in models { #expect(sink.reply(id).text == "done") }
    }
  }

  @Test("One model's failure leaves the others alone; the outcome is partial")
  func isolation() async throws {
    try await withServer { sender, server, sink in
      server.enqueue(OpenAI.answer("fine"), forModel: "good")
      server.enqueue([.status(401, body: #"{"error":{"message":"no"}}"#)], forModel: "locked")
      server.enqueue([.sse([OpenAI.text("half")]), .close], forModel: "broken")
      server.enqueue([.raw("garbage\r\n\r\n"), .close], forModel: "mad")
      let names = ["good", "locked", "broken", "mad"]
      let ids = names.map { _ in UUID() }
      let handle = sender.send(
        .to(zip(ids, names).map { ($0, server.model($1, retryAttempts: 1)) }), to: sink)
      #expect(await handle.outcome() == .partialSuccess)
      #expect(ids.map { sink.reply($0).state } == [.success, .failed, .partial, .failed])
      #expect(sink.reply(ids[0]).text == "fine")
      #expect(sink.reply(ids[2]).text == "half")
    }
  }

  @Test("No answer at all is a failure, also when nobody was asked")
  func nothing() async throws {
    try await withServer(otherwise: [.status(400)]) { sender, server, sink in
      #expect(await sender.send(.to([(UUID(), server.model())]), to: sink).outcome() == .failure)
      #expect(await sender.send(.to([]), to: sink).outcome() == .failure)
    }
  }

  @Test("Every reply ends with exactly one final event, and nothing after it")
  func finality() async throws {
    try await withServer(
      otherwise: [.sse((0..<50).map { OpenAI.text("\($0)") } + [OpenAI.finish(), OpenAI.done])]
    ) { sender, server, sink in
      let models = (0..<16).map { (UUID(), server.model("m\($0)")) }
      let handle = sender.send(.to(models), to: sink)
      // Cancels come while answers stream and after some have ended.
      for (index, model) in models.enumerated() where index.isMultiple(of: 2) { handle.cancel(model.0) }
      _ = await handle.outcome()
      handle.cancelAll()
      _ = await handle.outcome()
      for (id, _) in models {
        let events = sink.events(of: id).map(\.event)
        #expect(events.filter(\.isFinal).count == 1)
        #expect(events.last?.isFinal == true)
        #expect(events.first == .queued)
      }
    }
  }

  @Test("Shutting down ends what still streams, and what is sent later ends at once")
  func shutdown() async throws {
    try await withServer(otherwise: [.sse([OpenAI.text("x")]), .stall]) { sender, server, sink in
      let (first, second) = (UUID(), UUID())
      let handle = sender.send(.to([(first, server.model())]), to: sink)
      try await sink.wait(for: first, until: "text came") { $0.text == "x" }
      await sender.shutdown()
      #expect(sink.reply(first).state == .cancelled)
      #expect(await handle.outcome() == .failure)
      _ = await sender.send(.to([(second, server.model())]), to: sink).outcome()
      #expect(sink.reply(second).state == .cancelled)
    }
  }
}
