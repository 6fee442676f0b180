import Foundation
import JSON
import TestSupport
import Testing

@Suite("The first hour", .timeLimit(.minutes(3))) struct SetupJourney {
  private static let list = #"{"data":[{"id":"alpha"},{"id":"beta","context_length":4096}]}"#

  @Test("At a terminal the key is typed unseen, refused once, asked for again, tested and kept; then a model answers")
  func dialogue() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    server.enqueue([.status(401, body: #"{"error":{"message":"no such key"}}"#)], [.status(200, body: Self.list)])
    let fiedler = try Fiedler(
      settings: "godot: {url: off}\n", environment: ["OPENAI_BASE_URL": server.baseURL, "OLLAMA_HOST": "127.0.0.1:9"])
    let terminal = try PseudoTerminal(Fiedler.binary, ["setup", "openai"], environment: fiedler.environment)
    // A server on loopback may need none, so that the key is asked for once it is missed.
    #expect(terminal.until("API key of openai (not shown): "), "\(terminal.text)")
    terminal.send("sk-canary-0123456789\n")
    #expect(terminal.until("Models, by numbers or names with commas [1,2]: "), "\(terminal.text)")
    terminal.send("gamma\n")
    #expect(terminal.until("openai lists no model"), "\(terminal.text)")
    terminal.send("2\n")
    #expect(terminal.waitForExit() == 0 && !terminal.contains("canary"), "\(terminal.text)")
    #expect(terminal.contains("openai/beta now"))
    #expect(server.requests.last?.header("authorization") == "Bearer sk-canary-0123456789")
    #expect(try fiedler.files(holding: "sk-canary") == ["config/fiedler/keys.yaml"])
    #expect(try await fiedler.run("send", "-q", "?").status == 0)
    #expect(server.requests.last?.model == "beta")
    #expect(try await fiedler.run("setup", "--undo").status == 0)
    #expect(try fiedler.files(holding: "sk-canary").isEmpty)
    try await server.shutdown()
  }

  @Test("Piped, it asks nothing: the key comes from standard input, and what is missing is said")
  func piped() async throws {
    let server = try await ScriptedProviderServer(otherwise: [.status(200, body: Self.list)])
    let fiedler = try Fiedler(settings: "godot: {url: off}\n")
    let nobody = try await fiedler.run("setup")
    #expect(nobody.status == 2 && nobody.errors.contains("fiedler setup openai <"), "\(nobody.errors)")
    let nothing = try await fiedler.run("setup", "openai")
    #expect(nothing.status == 2 && nothing.errors.contains("no key was given"), "\(nothing.errors)")
    let lab = ["setup", "lab", "--base-url", server.baseURL]
    let shown = try await fiedler.run(lab[0], lab[1], lab[2], lab[3], "--dry-run", "-m", "beta")
    #expect(shown.status == 0 && shown.output.contains("beta: {}  # 4096 tokens"), "\(shown.errors)")
    #expect(!FileManager.default.fileExists(atPath: fiedler.home("config/fiedler/models.yaml")))
    #expect(try await fiedler.run(lab[0], lab[1], lab[2], lab[3], "-m", "gamma").status == 2)
    #expect(try await fiedler.run(lab[0], lab[1], lab[2], lab[3]).status == 0)
    #expect(try await fiedler.run("models").output.contains("lab/alpha"))
    #expect(try await fiedler.run("setup", "--undo", "lab").status == 2)
    try await server.shutdown()
  }

  @Test("With a key in the environment and no file, the screen has the models that the provider lists today")
  func current() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    server.enqueue([.status(200, body: #"{"data":[{"id":"gpt-5"},{"id":"gpt-7.1"},{"id":"gpt-5-mini"}]}"#)])
    let fiedler = try Fiedler(
      settings: "godot: {url: off}\n",
      environment: ["OPENAI_BASE_URL": server.baseURL, "OPENAI_API_KEY": "sk-0123456789"])
    let screen = fiedler.open()
    try await screen.shows("gpt-7.1", "gpt-5-mini")
    #expect(try await screen.quit() == 0)
    #expect(try await fiedler.run("models").output.contains("* openai/gpt-7.1"))
    let again = fiedler.open()
    try await again.shows("gpt-7.1")
    #expect(try await again.quit() == 0)
    #expect(server.requests.count == 1, "what was listed today is not asked for again")
    try await server.shutdown()
  }

  @Test("fiedler send asks the model that the provider lists today, too, or the known one where it lists nothing")
  func currentSend() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    server.enqueue([.status(200, body: #"{"data":[{"id":"gpt-5"},{"id":"gpt-7.1"}]}"#)])
    let variables = ["OPENAI_BASE_URL": server.baseURL, "OPENAI_API_KEY": "sk-0123456789"]
    let fiedler = try Fiedler(settings: "godot: {url: off}\n", environment: variables)
    let sent = try await fiedler.run("send", "--json", "Well?")
    #expect(sent.status == 0 && sent.output.contains("gpt-7.1"), "\(sent)")
    server.enqueue([.status(500, body: "no list")])
    let other = try Fiedler(settings: "godot: {url: off}\n", environment: variables)
    let known = try await other.run("send", "--json", "Well?")
    #expect(known.status == 0 && known.output.contains("gpt-5"), "\(known)")
    try await server.shutdown()
  }
}
