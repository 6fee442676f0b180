import Foundation
import JSON
import TestSupport
import Testing

@Suite("What providers offer", .timeLimit(.minutes(3))) struct ModelsJourney {
  @Test("A provider lists its models; any of them can then be asked by its name") func refresh() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Yes."))
    let fiedler = try Fiedler(
      models: "providers: {lab: {base_url: '\(server.baseURL)', models: {one: {}}}}\n", settings: "godot: {url: off}\n")
    let unknown = try await fiedler.run("send", "-m", "two", "?")
    #expect(unknown.status == 2 && server.requests.isEmpty)
    server.enqueue([.status(200, body: #"{"data":[{"id":"one","context_length":4096},{"id":"two"}]}"#)])
    let refreshed = try await fiedler.run("models", "refresh")
    #expect(refreshed.status == 0 && refreshed.output == "● lab: 2 models\n", "\(refreshed.errors)")
    #expect(try await fiedler.run("models").output.contains("lab/one  4096 tokens"))
    #expect(try await fiedler.run("models", "--all").output.contains("lab/two"))
    #expect(try await fiedler.run("send", "-q", "-m", "two", "?").status == 0)
    #expect(server.requests.last?.model == "two")
    server.enqueue([.status(500, body: "")])
    let failed = try await fiedler.run("models", "refresh", "lab")
    #expect(failed.status == 1 && failed.output.contains("✕ lab"), "\(failed.output)")
    #expect(try await fiedler.run("models", "--all").output.contains("lab/two"), "what was listed before stays")
    #expect(try await fiedler.run("models", "refresh", "lib").errors.contains("did you mean lab"))
    try await server.shutdown()
  }

  @Test("doctor --live tells who answers and who does not, and keeps nothing") func live() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("ready"))
    server.enqueue([.status(404, body: #"{"error":{"message":"no such model"}}"#)], forModel: "gone")
    let fiedler = try Fiedler(
      models: "providers: {lab: {base_url: '\(server.baseURL)', models: {one: {}, gone: {}}}}\n",
      settings: "godot: {url: off}\n")
    let doctor = try await fiedler.run("doctor", "--live")
    #expect(doctor.status == 1 && doctor.output.contains("● lab/one: first token after"), "\(doctor.output)")
    #expect(doctor.output.contains("no such model"))
    #expect(try await fiedler.conversations().isEmpty)
    #expect(try await fiedler.run("doctor").output.contains("Live") == false && server.requests.count == 2)
    try await server.shutdown()
  }
}
