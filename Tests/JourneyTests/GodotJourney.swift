import Foundation
import JSON
import TestSupport
import Testing

@Suite("Godot", .serialized, .timeLimit(.minutes(3))) struct GodotJourney {
  private let fiedler: Fiedler
  private let godot: ScriptedGodot

  /// A log server that keeps its port, and is not there at first. One test at a time: another would get the port.
  init() async throws {
    godot = ScriptedGodot(.b)
    try await godot.start()
    try await godot.stop()
    fiedler = try Fiedler(
      models: "defaults: {models: [demo/rate-1000x10, demo/rate-500x10]}\n",
      settings: "godot:\n  url: \(godot.url)\n")
  }

  @Test("Refused, the status bar says so and counts what waits; once Godot is back everything is there, once")
  func refusedAndBack() async throws {
    let screen = fiedler.open(120, 30)
    try await screen.shows("rate-1000x10", "Godot ○ connection refused", within: .seconds(10))
    try await screen.ask("Is it kept?")
    try await screen.shows(" done ", times: 2)
    try await screen.shows("Godot ○ connection refused · 3 waiting")
    try await screen.ask("All of it?")
    try await screen.shows("2 prompts", "Godot ○ connection refused · 6 waiting")

    try await godot.start()
    try await screen.shows("Godot ● connected")
    try await screen.lacks("waiting")
    #expect(try await screen.quit() == 0)

    let records = godot.records
    #expect(records.conversations.count == 1)
    #expect(records.messages.map(\.turnNumber).sorted() == [1, 2, 3, 4, 5, 6])
    let roles = records.messages.sorted { $0.turnNumber < $1.turnNumber }.map(\.role)
    #expect(roles == ["user", "assistant", "assistant", "user", "assistant", "assistant"])
    let contents = records.messages.sorted { $0.turnNumber < $1.turnNumber }.map(\.content)
    let exchanges = try await fiedler.newest()["exchanges"]?.array ?? []
    let kept = exchanges.flatMap { exchange in
      [exchange["prompt"]?.string ?? ""] + (exchange["replies"]?.array?.compactMap { $0["text"]?.string } ?? [])
    }
    #expect(contents == kept)
    #expect(records.poison.isEmpty)
    try await godot.stop()
  }

  @Test("fiedler send answers all the same while Godot is away, says what waits, and the next run delivers it")
  func sending() async throws {
    let away = try await fiedler.run("send", "-m", "demo/rate-1000x10", "Is it kept?")
    #expect(away.status == 0)
    #expect(away.output.hasPrefix("## demo/rate-1000x10\n"))
    #expect(away.errors.contains("connection refused") && away.errors.contains("2 waiting"), "\(away.errors)")

    try await godot.start()
    let back = try await fiedler.run("send", "-m", "demo/rate-1000x10", "And now?")
    #expect(back.status == 0 && !back.errors.contains("waiting"), "\(back.errors)")
    let messages = godot.records.messages
    #expect(messages.count == 4 && Set(messages.map(\.conversationID)).count == 2)
    #expect(messages.map(\.turnNumber).sorted() == [1, 1, 2, 2])
    try await godot.stop()
  }

  @Test("verify is clean only where every turn was compared, --json has every finding, and resend sends what is lost")
  func proof() async throws {
    try await godot.start()
    #expect(try await fiedler.run("send", "-m", "demo/rate-1000x10", "Is it there?").status == 0)
    // This server keeps conversations and cannot read them.
    let blind = try await fiedler.run("godot", "verify")
    #expect(blind.status == 1 && blind.output.contains("there, text not compared      2"), "\(blind.output)")
    let content = try await fiedler.run("godot", "verify", "--allow-uncompared", "--json")
    #expect(content.status == 0, "\(content.errors)")
    let json = try JSON(bytes: Array(content.output.utf8))
    #expect(json["clean"] == false && json["findings"]?.array?.count == 2 && json["uncompared"]?["count"] == 2)

    godot.forget { $0.messages.removeLast() }
    let mended = try await fiedler.run("godot", "verify")
    #expect(mended.status == 1 && mended.output.contains("lost, and stored by this check 1"), "\(mended.output)")
    #expect(godot.records.messages.map(\.turnNumber) == [1, 2])

    godot.forget { ($0.conversations, $0.messages) = ([], []) }
    let lost = try await fiedler.run("godot", "verify", "--json")
    #expect(try JSON(bytes: Array(lost.output.utf8))["lost"]?["count"] == 2 && lost.status == 1)
    let id = try #require(try await fiedler.conversations().first)
    let sent = try await fiedler.run("godot", "resend", id)
    #expect(sent.status == 0 && sent.output == "2 turns sent again\n", "\(sent.output)\(sent.errors)")
    #expect(godot.records.messages.map(\.turnNumber) == [1, 2])
    let again = try await fiedler.run("godot", "resend")
    #expect(again.status == 0 && again.output == "nothing is missing that could be sent again\n", "\(again.output)")

    // Read through its log records, everything is compared.
    try fiedler.configure(settings: "godot:\n  url: \(godot.url)\n  conversations: log\n")
    godot.forget { ($0.conversations, $0.messages) = ([], []) }
    let repaired = try await fiedler.run("godot", "verify", "--repair")
    #expect(repaired.status == 0 && repaired.output.contains("clean: every turn was checked"), "\(repaired.output)")
    #expect(godot.records.logs.count == 2)
    try await godot.stop()
  }

  @Test("doctor says whether Godot answers") func doctor() async throws {
    let away = try await fiedler.run("doctor")
    #expect(away.status == 1 && away.output.contains("✕ connection refused"), "\(away.output)")
    try await godot.start()
    let here = try await fiedler.run("doctor")
    #expect(here.status == 0 && here.output.contains("● connected"), "\(here.output)")
    try await godot.stop()
  }

  @Test(
    "A server whose token no client could send does not start: it would be closed to all, or open to all",
    arguments: [
      ("printf ' \\n' > $T/token; $F godot serve --port 0 --store $T/g.db --token-file $T/token", "token is empty"),
      ("printf 'a\\nb' > $T/token; $F godot serve --port 0 --store $T/g.db --token-file $T/token", "more than a token"),
      ("FIEDLER_GODOT_TOKEN=' ' $F godot serve --port 0 --store $T/g.db", "$FIEDLER_GODOT_TOKEN is empty"),
      ("FIEDLER_MCP_TOKEN='a b' $F mcp --listen 127.0.0.1:0", "$FIEDLER_MCP_TOKEN holds more than a token"),
    ])
  func badTokens(script: String, words: String) async throws {
    let run = try await fiedler.shell(script)
    #expect(run.status == 2 && run.errors.contains(words), "\(run.errors)")
  }
}
