import Conversations
import FoundationEssentials
import JSON
import MCP
import Synchronization
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("What agents can ask for") struct AgentToolsTests {
  private func call(
    _ tools: AgentTools, _ name: String, _ arguments: JSON = [:],
    progress: @escaping @Sendable (ToolProgress) -> Void = { _ in }
  ) async throws -> ToolOutcome {
    try await tools.call(name, arguments, progress: progress)
  }

  private func home(_ server: ScriptedProviderServer) throws -> Home {
    try Home(
      models: """
        providers: {ollama: {base_url: "\(server.baseURL)", models: {one: {aliases: [first]}, org/two: {}}}}
        defaults: {models: [one, org/two]}
        """, config: "godot: {url: off}\n")
  }

  @Test("A send answers with every model's text, file, tokens and what failed; progress grows to its end")
  func send() async throws {
    let server = try await ScriptedProviderServer()
    let home = try home(server)
    let tools = try AgentTools(home.services())
    server.enqueue(OpenAI.answer("I am one."), forModel: "one")
    server.enqueue([.status(401, body: "{}")], forModel: "org/two")
    let steps = Mutex<[Double]>([])
    let outcome = try await call(tools, "fiedler_send", ["prompt": "Who?", "system": "Be brief."]) { step in
      steps.withLock { $0.append(step.done) }
    }
    let json = try #require(outcome.structured)
    #expect(json["status"] == "partial_success" && json["message"] == "1/2 models succeeded" && !outcome.isError)
    let results = json["results"]?.array ?? []
    #expect(results.map { $0["model"]?.string } == ["one", "org/two"])
    #expect(results[0]["text"] == "I am one." && results[1]["status"] == "failed" && results[1]["error"] != nil)
    let file = try #require(results[0]["output_file"]?.string)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "I am one.")
    let folder = try #require(json["output_dir"]?.string)
    #expect(folder.hasPrefix(home.data + "/output/") && folder.hasSuffix("_" + (json["correlation_id"]?.string ?? "?")))
    #expect(json["summary_file"]?.string == folder + "/summary.json")
    let done = steps.withLock(\.self)
    #expect(done == done.sorted() && Set(done).count == done.count && done.last == 2)
    let status = try await call(tools, "fiedler_status", ["correlation_id": json["correlation_id"] ?? .null])
    #expect(status.structured?["sends"]?[0]?["status"] == "partial_success")
    #expect(status.structured?["running"] == 0)
    #expect(try await home.newest()?.exchanges.first?.prompt.system == "Be brief.", "it is in the history")
    try await server.shutdown()
  }

  @Test("A conversation goes on with its models; without one the chosen models are asked, after a restart too")
  func models() async throws {
    let server = try await ScriptedProviderServer()
    let home = try home(server)
    let tools = try AgentTools(home.services())
    let refused = try await call(tools, "fiedler_set_models", ["models": ["first", "nobody"]])
    #expect(refused.isError && refused.text.contains("nobody"))
    _ = try await call(tools, "fiedler_set_models", ["models": ["org/two"]])
    server.enqueue(OpenAI.answer("Two."), forModel: "org/two")
    let again = try AgentTools(home.services())
    let first = try await call(again, "fiedler_send", ["prompt": "Who?"])
    #expect(first.structured?["results"]?.array?.map { $0["model"] } == ["org/two"])
    _ = try await call(again, "fiedler_set_models", ["models": ["one"]])
    server.enqueue(OpenAI.answer("Still two."), forModel: "org/two")
    let id = try #require(first.structured?["conversation_id"])
    let second = try await call(again, "fiedler_send", ["prompt": "And now?", "conversation_id": id])
    #expect(second.structured?["results"]?[0]?["text"] == "Still two.")
    let found = try await call(again, "fiedler_history_search", ["query": "still"])
    #expect(found.structured?["conversations"]?[0]?["id"] == id)
    let read = try await call(again, "fiedler_history_get", ["conversation_id": id])
    #expect(read.structured?["exchanges"]?.array?.count == 2)
    try await server.shutdown()
  }

  @Test("Cancelled, a send stops its models, and what has come is kept") func cancelled() async throws {
    let home = try Home(models: "defaults: {models: [demo/rate-20x5000]}\n", config: "godot: {url: off}\n")
    let services = try home.services()
    let tools = try AgentTools(services)
    let began = Gate()
    let sending = Task {
      try await call(tools, "fiedler_send", ["prompt": "Go on"]) { if $0.done > 0.2 { began.open() } }
    }
    await began.wait()
    sending.cancel()
    let outcome = try await sending.value
    #expect(outcome.structured?["results"]?[0]?["status"] == "cancelled")
    _ = await services.close()
    let reply = try #require(try await home.newest()?.exchanges.first?.replies.first)
    #expect(reply.state == .cancelled)
  }

  @Test("A key is kept for its owner alone, used, listed without itself, and deleted; an unknown provider is refused")
  func keys() async throws {
    let home = try Home(
      models: "providers: {openai: {models: {a: {}}}}\n", config: "godot: {url: off}\n")
    let tools = try AgentTools(home.services())
    let secret = "sk-secret-of-the-test"
    _ = try await call(tools, "fiedler_set_key", ["provider": "openai", "api_key": .string(secret)])
    let listed = try await call(tools, "fiedler_list_keys")
    #expect(listed.structured?["keys"]?[0]?["state"] == "found" && !listed.text.contains(secret))
    let deleted = try await call(tools, "fiedler_delete_key", ["provider": "openai"])
    #expect(deleted.structured?["key"] == "deleted")
    #expect(try await call(tools, "fiedler_list_keys").structured?["keys"]?[0]?["state"] == "missing")
    let refused = try await call(tools, "fiedler_set_key", ["provider": "opena", "api_key": "x"])
    #expect(refused.isError && refused.text.contains("did you mean openai?"))
  }

  @Test("Standard input, which may be the protocol's own, is never read as a file", arguments: ["-", "/dev/stdin"])
  func standardInput(_ name: String) async throws {
    let tools = try AgentTools(Home(config: "godot: {url: off}\n").services())
    let outcome = try await call(tools, "fiedler_send", ["prompt": "x", "files": [.string(name)]])
    #expect(outcome.isError)
  }

  @Test("The environment's limits of files hold, and one that is no number is named")
  func environment() async throws {
    for (variable, value, words) in [
      ("FIEDLER_MAX_FILE_COUNT", "1", "1"), ("FIEDLER_MAX_LINES", "many", "FIEDLER_MAX_LINES"),
      ("FIEDLER_ALLOWED_FILE_ROOTS", "/nowhere:/else", "a.txt"), ("FIEDLER_MAX_WORKERS", "0", "FIEDLER_MAX_WORKERS"),
    ] {
      let home = try Home(config: "godot: {url: off}\n", variables: [variable: value])
      try home.directory.write("work/a.txt", "a")
      try home.directory.write("work/b.txt", "b")
      let tools = try AgentTools(home.services())
      let outcome = try await call(tools, "fiedler_send", ["prompt": "x", "files": ["a.txt", "b.txt"]])
      #expect(outcome.isError && outcome.text.contains(words), "\(variable): \(outcome.text)")
    }
  }

  @Test("Roots have commas or colons between them", arguments: ["/nowhere, ", "/nowhere:"])
  func roots(_ before: String) async throws {
    var home = try Home(config: "godot: {url: off}\n")
    try home.directory.write("work/a.txt", "a")
    home.variables["FIEDLER_ALLOWED_FILE_ROOTS"] = before + home.directory("work")
    let tools = try AgentTools(home.services())
    let outcome = try await call(tools, "fiedler_send", ["prompt": "x", "files": ["a.txt"], "models": ["quick"]])
    #expect(!outcome.isError, "\(outcome.text)")
  }

  @Test("A send asks no more models at once than FIEDLER_MAX_WORKERS says; progress and status tell who waits")
  func workers() async throws {
    let gate = Gate()
    let server = try await ScriptedProviderServer(
      otherwise: [.sse([OpenAI.text("Hi")]), .waitForRelease(gate), .sse([OpenAI.finish(), OpenAI.done])])
    var home = try home(server)
    home.variables["FIEDLER_MAX_WORKERS"] = "1"
    let tools = try AgentTools(home.services())
    let words = Mutex<[String]>([])
    let sending = Task {
      try await call(tools, "fiedler_send", ["prompt": "Who?"]) { step in words.withLock { $0.append(step.message) } }
    }
    try await eventually("one answers") { words.withLock { $0.contains { $0.contains(" answers ") } } }
    let status = try await call(tools, "fiedler_status")
    let states = status.structured?["sends"]?[0]?["models"]?.array?.compactMap { $0["status"]?.string } ?? []
    #expect(Set(states) == ["queued", "streaming"])
    #expect(words.withLock { $0.allSatisfy { $0.hasSuffix("(0/2 ended, 1 waiting)") } })
    #expect(server.requests.count == 1)
    gate.open()
    #expect(try await sending.value.structured?["status"] == "success")
    #expect(words.withLock { $0.last?.hasSuffix("(2/2 ended)") } == true)
    try await server.shutdown()
  }

  @Test("What an earlier Fiedler's agents chose is taken over until something is chosen here")
  func earlierState() async throws {
    let home = try Home(config: "godot: {url: off}\n")
    try home.directory.write(".fiedler/state.yaml", "models: [demo/quick]\noutput_dir: /tmp/elsewhere\nother: 1\n")
    let tools = try AgentTools(home.services())
    #expect(try await call(tools, "fiedler_get_config").structured?["output_dir"] == "/tmp/elsewhere")
    _ = try await call(tools, "fiedler_set_output", ["output_dir": "~/answers"])
    let again = try AgentTools(home.services())
    let configuration = try await call(again, "fiedler_get_config").structured
    #expect(configuration?["output_dir"]?.string == home.directory("answers"))
    #expect(configuration?["models"] == ["demo/quick"])
    let refused = try await call(again, "fiedler_set_output", ["output_dir": "answers"])
    #expect(refused.isError && refused.text.contains("absolute"))
  }
}
