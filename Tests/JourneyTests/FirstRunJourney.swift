import JSON
import TestSupport
import Testing

@Suite("From the first start to a conversation continued", .timeLimit(.minutes(4))) struct FirstRunJourney {
  @Test("A newcomer asks the demo models, stops one, leaves, finds the conversation again and goes on with it")
  func firstRun() async throws {
    let fiedler = try Fiedler()

    var screen = fiedler.open(120, 36)
    try await screen.shows("F i e d l e r", "quick", "thinker", "flaky", "no key needed", "Godot ● embedded")
    try await screen.ask("What is a durable queue?")
    try await screen.until("has three panes side by side") { screen in
      screen.split(separator: "\n").contains { line in
        ["╭", "quick", "thinker", "flaky"].allSatisfy(line.contains)
      }
    }

    try await screen.shows(" tok · ", times: 3)
    screen.press("Tab", "Tab", "c")
    try await screen.shows("─ stopped ")
    try await screen.shows(" done ", times: 2)
    #expect(try await screen.quit() == 0)

    screen = fiedler.open(120, 36)
    try await screen.shows("F i e d l e r")
    screen.press("C-s")
    try await screen.shows("What is a durable queue?", "●■●", "1 conversation")
    screen.press("Enter")
    try await screen.shows("─ stopped ")
    try await screen.shows(" done ", times: 2)
    screen.press("g")
    try await screen.shows("1 prompt", "│ A demo model answers")

    screen.press("Tab", "Tab", "Tab")
    try await screen.ask("And when it is full?")
    try await screen.shows("2 prompts", "❯ And when it is full?")
    try await screen.shows(" done ", times: 3)
    #expect(try await screen.quit() == 0)

    let ids = try await fiedler.conversations()
    #expect(ids.count == 1)
    let shown = try await fiedler.run("show", ids.first ?? "").output
    let turns = shown.split(separator: "\n").compactMap { line in
      line.firstMatch(of: /^## (\d+)\. (Prompt|demo\/\S+)$/).map { (Int($0.1) ?? 0, String($0.2)) }
    }
    #expect(
      turns.map(\.1) == [
        "Prompt", "demo/quick", "demo/thinker", "demo/flaky", "Prompt", "demo/quick", "demo/thinker", "demo/flaky",
      ])
    #expect(turns.map(\.0).sorted() == Array(1...8))
    #expect(
      turns.filter { $0.1 == "Prompt" }.map(\.0) == [1, 5], "the second prompt follows all the first one's answers")
    let exchanges = try await fiedler.newest()["exchanges"]?.array ?? []
    let states = exchanges.map { $0["replies"]?.array?.compactMap { $0["status"]?.string } ?? [] }
    #expect(states == [["success", "cancelled", "success"], ["success", "success", "success"]])
    try await fiedler.isWhollyLogged()
  }

  @Test("Leaving while answers stream asks first, keeps what has come, and the terminal is as before")
  func leaving() async throws {
    let fiedler = try Fiedler()
    let screen = try fiedler.openShell(100, 30)
    try await screen.shows("shell>")
    screen.type("fiedler; echo status=$?")
    screen.press("Enter")
    try await screen.shows("F i e d l e r")
    try await screen.ask("Why do clocks drift?")
    try await screen.shows(" tok · ")
    screen.press("C-q")
    try await screen.shows("Quit and keep what has come?")
    screen.press("n")
    try await screen.lacks("Quit and keep what has come?")
    screen.press("C-q")
    try await screen.shows("Quit and keep what has come?")
    screen.press("y")
    try await screen.shows("shell>", "status=0")
    screen.type("stty -a | grep -o -w -e -icanon -e -echo; echo the-modes-are-out")
    screen.press("Enter")
    let after = try await screen.shows("\nthe-modes-are-out")
    #expect(!after.contains("\n-icanon") && !after.contains("\n-echo"))

    let replies = try await fiedler.newest()["exchanges"]?[0]?["replies"]?.array ?? []
    #expect(replies.contains { $0["status"]?.string == "cancelled" && $0["text"]?.string?.isEmpty == false })
  }
}
