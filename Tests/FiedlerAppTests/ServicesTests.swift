import Basics
import ConfigurationReading
import ConversationStore
import Conversations
import FoundationEssentials
import GRDB
import JSON
import SendEngine
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("What all commands share") struct ServicesTests {
  @Test("Each model is sent the conversation so far with its own answers only, and the last system prompt")
  func ownHistory() async throws {
    let server = try await ScriptedProviderServer()
    let home = try Home(
      models: "providers: {ollama: {base_url: \"\(server.baseURL)\", models: {one: {}, two: {}}}}\n")
    for model in ["one", "two"] { server.enqueue(OpenAI.answer("I am \(model)."), forModel: model) }
    let first = try await home.send(Draft(text: "Who are you?", system: "Be brief.", models: ["one", "two"]))
    for model in ["one", "two"] { server.enqueue(OpenAI.answer("Still \(model)."), forModel: model) }
    let second = try await home.send(Draft(text: "And now?", conversation: first.conversationID.lowercased))
    #expect(second.conversationID == first.conversationID && second.outcome == .success)
    for model in ["one", "two"] {
      let request = try #require(server.requests.last { $0.model == model }?.json)
      let messages: JSON = [
        ["role": "system", "content": "Be brief."], ["role": "user", "content": "Who are you?"],
        ["role": "assistant", "content": .string("I am \(model).")], ["role": "user", "content": "And now?"],
      ]
      #expect(request["messages"] == messages)
    }
    #expect(server.requests.count == 4)
    let turns = try #require(try await home.newest()).exchanges.flatMap {
      [$0.prompt.turnNumber] + $0.replies.compactMap(\.turnNumber)
    }
    #expect(turns.sorted() == [1, 2, 3, 4, 5, 6])
    try await server.shutdown()
  }

  @Test(
    "What models are asked to heed is kept with each reply, repeated with it, and refused before anything is stored")
  func options() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    let home = try Home(
      models: """
        providers:
          lab: {base_url: "\(server.baseURL)", options: {temperature: 0.5, seed: 1}, models: {one: {}}}
          claude: {kind: anthropic, base_url: "\(server.baseURL)", models: {two: {}}}
        defaults: {models: [one]}
        """)
    var draft = Draft(text: "?")
    try draft.options.set(assignment: "seed=7")
    try await home.send(draft)
    let kept = try #require(try await home.newest())
    let reply = try #require(kept.exchanges.first?.replies.first)
    #expect(reply.options.assignments == ["temperature=0.5", "seed=7"])
    #expect(ConversationText.markdown(kept).contains(" · temperature=0.5 · seed=7_"))

    let services = try home.services()
    let again = try await services.prepareRetry(of: reply.id, in: kept)
    #expect(again.exchange.replies[0].options == reply.options)
    _ = await services.finish(services.start(again, sink: EventRecorder()) { _ in }, of: again)
    #expect(server.requests.map { $0.json?["seed"]?.int } == [7, 7])

    draft.models = ["one", "two"]
    let refused = await #expect(throws: RefusedOptions.self) { try await services.prepare(draft) }
    #expect(
      refused.map { "\($0)" } == #""two" at claude cannot be asked for seed: Anthropic's API has no seed; leave it out"#
    )
    #expect(try await home.newest()?.exchanges.count == 1)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("A conversation whose model is gone says so instead of asking fewer")
  func modelGone() async throws {
    let home = try Home(models: "providers: {ollama: {models: {one: {}}}}\ndefaults: {models: [demo/rate-100000x20]}\n")
    let first = try await home.send(Draft(text: "?"))
    let services = try home.services()
    let gone = ModelReference(provider: "ollama", name: "gone")
    let prompt = Prompt(id: UUID(), turnNumber: 0, text: "?", models: [gone], sentAt: Date())
    _ = try await services.store.begin(
      Exchange(prompt: prompt, replies: []), in: first.conversationID, title: "?", createdAt: Date())
    let error = await #expect(throws: ModelResolutionError.self) {
      try await services.prepare(Draft(text: "?", conversation: first.conversationID.lowercased))
    }
    #expect("\(try #require(error))".contains("ollama/gone"))
  }

  @Test("No key reaches what is logged, whether it came from the environment, a file or a command")
  func redaction() async throws {
    let home = try Home(
      models: """
        providers:
          openai: {models: {a: {}}}
          xai: {models: {b: {}}}
          lab: {base_url: "http://127.0.0.1:1/v1", api_key_command: [echo, key-from-command], models: {c: {}}}
        defaults: {models: [demo/rate-100000x20]}
        """,
      config: "godot: {url: ws://127.0.0.1:1, token_env: TOKEN}\n",
      variables: ["OPENAI_API_KEY": "key-from-environment", "TOKEN": "token-of-godot"])
    try home.directory.write("config/fiedler/keys.yaml", "xai: key-from-file\n", mode: 0o600)
    let services = try home.services()
    #expect(services.keys.knownSecrets.contains("key-from-environment"))
    _ = await services.keys.reports()
    let secrets = ["key-from-environment", "key-from-file", "key-from-command", "token-of-godot"]
    let text = "keys: " + secrets.joined(separator: ", ")
    _ = try await services.prepare(Draft(text: text))
    let payloads = try await services.store.database.read { db in
      try Data.fetchAll(db, sql: "SELECT payload FROM outbox_record")
    }
    let payload = try JSON(bytes: Array(try #require(payloads.first)))
    #expect(payload["content"] == "keys: [REDACTED], [REDACTED], [REDACTED], [REDACTED]")
    #expect(try await home.newest()?.exchanges[0].prompt.text == text, "the history is the user's own")
    _ = await services.close()
  }

  @Test("Where no key is found, the failure names the provider and the variable")
  func missingKey() async throws {
    let home = try Home(models: "providers: {together: {models: {m: {}}}}\n")
    let report = try await home.send(Draft(text: "?", models: ["m"]))
    let failure = try #require(report.replies[0].failure)
    #expect(failure.kind == .missingKey)
    #expect(failure.message.contains("together") && failure.message.contains("TOGETHER_API_KEY"))
    #expect(report.exitCode == 1)
  }

  @Test("Why the key command failed is in the failure, and the command runs once")
  func failingCommand() async throws {
    let home = try Home(
      models: """
        providers:
          lab:
            base_url: http://127.0.0.1:1/v1
            api_key_command: [sh, -c, "echo run >> runs; echo the store is locked >&2; exit 3"]
            models: {m: {}}
        """, variables: ["PATH": "/usr/bin:/bin"])
    let runs = home.directory("runs")
    let models = home.directory("config/fiedler/models.yaml")
    let text = try String(contentsOfFile: models, encoding: .utf8)
    try text.replacing("runs", with: runs).write(toFile: models, atomically: true, encoding: .utf8)
    let report = try await home.send(Draft(text: "?", models: ["m"]))
    let failure = try #require(report.replies[0].failure)
    #expect(failure.kind == .missingKey)
    #expect(failure.message.contains("the store is locked") && failure.message.contains("status 3"))
    #expect(try String(contentsOfFile: runs, encoding: .utf8) == "run\n")
  }

  @Test("A local server needs no key, but a key file that is refused stops the request with the words of the doctor")
  func localWithoutKey() async throws {
    let server = try await ScriptedProviderServer(OpenAI.answer("Hello."))
    let home = try Home(models: "providers: {ollama: {base_url: \"\(server.baseURL)\", models: {m: {}}}}\n")
    try home.directory.write("config/fiedler/keys.yaml", "xai: open-to-all\n", mode: 0o644)
    let report = try await home.send(Draft(text: "?", models: ["m"]))
    #expect(report.replies[0].failure?.message.contains("run: chmod 600") == true)
    #expect(server.requests.isEmpty)
    try home.directory.write("config/fiedler/keys.yaml", "xai: k\n", mode: 0o600)
    #expect(try await home.send(Draft(text: "?", models: ["m"])).replies.map(\.text) == ["Hello."])
    try await server.shutdown()
  }

  @Test("Where no database can be, the error says which file and what to do")
  func noDatabase() async throws {
    let home = try Home()
    try home.directory.write("data/fiedler/fiedler.db", "no database at all, but a text of some length\n")
    #expect(throws: (any Error).self) { try home.services() }
    let other = try Home()
    try other.directory.write("data", "a file")
    let error = #expect(throws: (any Error).self) { try other.services() }
    #expect("\(try #require(error))".contains(other.directory("data")))
  }

  @Test("Without models nothing is sent, and the error names the file and the line")
  func brokenModels() async throws {
    let home = try Home(models: "providers: 7\n")
    let services = try home.services()
    let error = await #expect(throws: ConfigurationError.self) { try await services.prepare(Draft(text: "?")) }
    #expect("\(try #require(error))".contains("models.yaml:1"))
    #expect(services.warnings.isEmpty, "said once")
  }

  @Test("Another attempt beside the first send: each is reported, and waited for, by itself")
  func attemptsAtOnce() async throws {
    let home = try Home()
    defer { withExtendedLifetime(home) {} }
    let services = try home.services()
    let sending = try await services.prepare(Draft(text: "?", models: ["demo/rate-200", "demo/rate-100000x20"]))
    let events = EventRecorder()
    let handle = services.start(sending, sink: events) { _ in }
    let ids = sending.exchange.replies.map(\.id)
    try await events.wait(for: ids[1], until: "the second is done") { $0.state == .success }
    let conversation = try await services.conversation(sending.conversation)
    let again = try await services.prepareRetry(of: ids[1], in: conversation)
    let second = await services.finish(services.start(again, sink: events) { _ in }, of: again)
    #expect(second.replies.map(\.id) == again.exchange.replies.map(\.id) && second.outcome == .success)
    handle.cancelAll()
    let first = await services.finish(handle, of: sending)
    #expect(first.replies.map(\.id) == ids && first.replies.map(\.state) == [.cancelled, .success])
    #expect(first.correlationID == second.correlationID)
    _ = await services.close()
  }

  @Test("An answer that ends, is stored and forgotten while its conversation is read is not missing from it")
  func endsWhileRead() async throws {
    let home = try Home()
    defer { withExtendedLifetime(home) {} }
    let services = try home.services()
    let sending = try await services.prepare(Draft(text: "?", models: ["demo/rate-100000x20"]))
    let unanswered = try await services.conversation(sending.conversation)
    let handle = services.start(sending, sink: EventRecorder()) { _ in }
    let latest = try await services.withLatestAnswers { () throws(StoreError) in
      _ = await services.finish(handle, of: sending)
      return unanswered
    }
    #expect(latest.exchanges[0].replies[0].state == .success)
    _ = await services.close()
  }

  @Test("A system prompt given anew replaces the conversation's")
  func newSystem() async throws {
    let home = try Home(models: TerminalAppTests.two)
    let first = try await home.send(Draft(text: "?", system: "Be brief."))
    try await home.send(Draft(text: "??", system: "Be long.", conversation: first.conversationID.lowercased))
    #expect(try await home.newest()?.exchanges.map(\.prompt.system) == ["Be brief.", "Be long."])
  }
}
