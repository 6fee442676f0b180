import Foundation
import JSON
import TestSupport
import Testing

@Suite("Replay", .timeLimit(.minutes(3))) struct ReplayJourney {
  @Test("After a send, p replays it: it plays, seeks by key and mouse, and leaves everything as it was")
  func screen() async throws {
    let fiedler = try Fiedler(models: "defaults: {models: [demo/rate-40x80, demo/flaky]}\n")
    let screen = fiedler.open(100, 30)
    try await screen.shows("flaky")
    try await screen.ask("How do you replay?")
    let before = try await screen.shows(" done ", times: 2)
    screen.press("Tab", "p")
    try await screen.shows(" replay ", "▶ 1×")
    screen.press(" ")
    try await screen.shows("‖ 1×")
    // To the start, and then to where the second model was refused.
    screen.press("0")
    try await screen.shows("0:00.0 / ")
    screen.press("n")
    try await screen.until("shows the retry or the first token") { $0.contains("1 of 3") || $0.contains("first 0") }
    screen.press("$")
    let end = try await screen.shows(" done ", times: 2)
    #expect(Self.answers(end) == Self.answers(before))
    screen.press("0", "]")
    try await screen.shows("This is the last exchange")
    // A click in the midst of the track, as a terminal that speaks SGR reports it.
    screen.type("\u{1B}[<0;50;27M\u{1B}[<0;50;27m")
    try await screen.lacks("0:00.0 / ")
    for _ in 0..<6 { screen.press("+") }
    screen.press(" ")
    try await screen.shows(" done ", times: 2)
    screen.press("q")
    try await screen.shows("Ask them all")
    #expect(try await screen.quit() == 0)
  }

  /// What stands in the first pane, without headers and figures; the second one's text is longer than the pane.
  private static func answers(_ screen: String) -> [String] {
    screen.split(separator: "\n").filter { $0.hasPrefix("│") && !$0.contains("first 0") }.prefix(8).map {
      String($0.prefix(49))
    }
  }

  @Test("fiedler replay writes the answers again, byte for byte, and says how they came")
  func plain() async throws {
    let fiedler = try Fiedler()
    let sent = try await fiedler.run("send", "-m", "demo/rate-200x60", "-m", "demo/rate-300x40", "Once more.")
    let id = try #require(try await fiedler.conversations().first)
    let played = try await fiedler.run("replay", id, "--speed", "instant")
    #expect(played.status == 0 && played.output == sent.output)
    #expect(played.errors.contains("demo/rate-200x60: done in"))
    let one = try await fiedler.run("replay", id, "-s", "4", "-m", "rate-300x40", "-q", "--turn", "1")
    #expect(one.output.hasPrefix("## demo/rate-300x40\n") && one.errors == "" && one.status == 0)
    #expect(sent.output.hasSuffix(one.output))
    let timed = try await fiedler.run("replay", id)
    #expect(timed.output == sent.output)
  }

  @Test("Ctrl+C ends a replay without a failure") func interrupted() async throws {
    let fiedler = try Fiedler()
    _ = try await fiedler.run("send", "-m", "demo/rate-1000x2000", "Long enough.")
    let id = try #require(try await fiedler.conversations().first)
    let playing = try fiedler.start("replay", id, "-s", "0.05")
    try await playing.says("first token")
    playing.signal(SIGINT)
    #expect(try await playing.result().status == 0)
  }

  @Test("A cast is a file that any player takes, from replay and from export") func cast() async throws {
    let fiedler = try Fiedler()
    _ = try await fiedler.run("send", "-m", "demo/rate-200x60", "Show me.")
    let id = try #require(try await fiedler.conversations().first)
    let written = try await fiedler.run("replay", id, "--cast", "out.cast", "--size", "80x24", "--idle-limit", "2")
    #expect(written.status == 0 && written.errors.contains("out.cast"))
    let text = try String(contentsOfFile: fiedler.home("work/out.cast"), encoding: .utf8)
    let lines = text.split(separator: "\n")
    let header = try JSON(bytes: Array(try #require(lines.first).utf8))
    #expect(header["version"]?.int == 2 && header["width"]?.int == 80 && header["idle_time_limit"]?.double == 2)
    #expect(try JSON(bytes: Array(try #require(lines.last).utf8))[1]?.string == "o")
    let exported = try await fiedler.run("export", id, "--format", "cast", "--turn", "2")
    #expect(exported.status == 0 && exported.output.hasPrefix("{") && exported.output.contains(#""version":2"#))
    let nowhere = try await fiedler.run("replay", id, "--cast", "no/such/out.cast")
    #expect(nowhere.status == 2 && nowhere.errors.contains("no/such/out.cast"))
    let piped = try await fiedler.run("replay", id, "--cast", "-", "--size", "80x24")
    #expect(piped.output.split(separator: "\n").count == lines.count)
  }

  @Test("What cannot be replayed is said, with what can") func mistakes() async throws {
    let fiedler = try Fiedler()
    _ = try await fiedler.run("send", "-m", "demo/rate-1000x5", "One.")
    let id = try #require(try await fiedler.conversations().first)
    let cases: [([String], String)] = [
      (["replay", id, "--turn", "7"], "no turn 7; its last turn is 2"),
      (["replay", id, "-m", "nobody"], "its models are demo/rate-1000x5"),
      (["replay", id, "--attempt", "2"], "no attempt 2"),
      (["replay", "ffffffff"], "ffffffff"),
      (["replay", id, "--speed", "fast"], "--speed takes"),
      (["replay", id, "--size", "80x24"], "--cast"),
      (["replay", id, "--cast", "x", "--size", "1x1"], "--size takes"),
    ]
    for (arguments, message) in cases {
      let result = try await Command(arguments, input: "", fiedler).result()
      #expect(result.status == 2 && result.errors.contains(message), "\(arguments): \(result.errors)")
    }
  }
}
