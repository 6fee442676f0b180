import Foundation
import JSON
import TestSupport
import Testing

@Suite("The terminal", .timeLimit(.minutes(4))) struct TerminalJourney {
  @Test("Without a terminal there is one clear line, and no control sequence") func noTerminal() async throws {
    let result = try await Fiedler().run()
    #expect(result.status == 2 && result.output == "")
    #expect(result.errors.contains("standard input is not a terminal"))
    #expect(result.errors.split(separator: "\n").count == 1 && !result.errors.contains("\u{1B}"))
  }

  @Test("Without an output terminal there is one clear line too") func noOutput() throws {
    let terminal = try PseudoTerminal(
      Fiedler.binary, environment: try Fiedler().environment, missing: .output)
    #expect(terminal.waitForExit() == 2)
    #expect(terminal.text.contains("standard output is not a terminal"))
    #expect(!terminal.text.contains("\u{1B}"))
  }

  @Test(
    "A terminal that cannot serve is named, with what to do",
    arguments: [
      (["TERM": "dumb"], "'dumb' has no screen"), (["TERM": "no-such-terminal"], "'no-such-terminal' is not known"),
      (["LC_ALL": "de_DE.ISO-8859-1"], "does not use UTF-8"),
    ]) func unfit(change: [String: String], message: String) throws
  {
    let terminal = try PseudoTerminal(
      Fiedler.binary, environment: try Fiedler().environment.merging(change) { $1 }, columns: 200)
    #expect(terminal.waitForExit() == 2)
    #expect(terminal.text.contains(message), "\(terminal.text)")
    #expect(!terminal.text.contains("\u{1B}"))
  }

  @Test("y copies an answer's source text, and the toast says where it went") func copy() async throws {
    let fiedler = try Fiedler(models: "defaults: {models: [demo/rate-1000x30]}\n")
    let screen = fiedler.open(80, 24)
    try await screen.shows("rate-1000x30")
    try await screen.ask("Copy me.")
    try await screen.shows(" done ")
    screen.press("Tab", "y")
    try await screen.shows("characters to tmux's buffer")
    let answer = try await fiedler.newest()["exchanges"]?[0]?["replies"]?[0]?["text"]?.string
    #expect(screen.tmux.tmux(["show-buffer"]) == answer)
    #expect(try await screen.quit() == 0)
  }

  @Test("How the panes are arranged is kept from one start to the next") func arrangement() async throws {
    let fiedler = try Fiedler(models: "defaults: {models: [demo/rate-1000x10, demo/rate-1001x10]}\n")
    let screen = fiedler.open(100, 30)
    try await screen.shows("rate-1001x10")
    try await screen.ask("Stand still.")
    try await screen.shows(" done ", times: 2)
    screen.press("Tab", "v", "v", ")")
    try await screen.shows("Panes: rows")
    #expect(try await screen.quit() == 0)
    let again = fiedler.open(100, 30)
    try await again.shows("rate-1001x10")
    try await again.ask("And now?")
    let panes = try await again.shows(" done ", times: 2).split(separator: "\n")
    let headers = panes.indices.filter { panes[$0].contains(" done ") }
    #expect(headers.count == 2 && panes[headers[0]].contains("rate-1001x10"))
    #expect(try await again.quit() == 0)
  }

  @Test("A tiny window says how much is needed; enlarged, everything is there") func tiny() async throws {
    let fiedler = try Fiedler()
    let screen = fiedler.open(10, 3)
    try await screen.shows("Too small")
    screen.resize(80, 24)
    try await screen.shows("F i e d l e r", "quick", "Ask them all")
    screen.type("still here")
    try await screen.shows("still here")
    #expect(try await screen.quit() == 0)
  }

  @Test("A signal ends it with the terminal as it was", arguments: [SIGTERM, SIGHUP])
  func signals(number: Int32) async throws {
    let fiedler = try Fiedler()
    let terminal = try PseudoTerminal(Fiedler.binary, environment: fiedler.environment)
    #expect(terminal.until("quick"))
    terminal.send("Hold this.\r")
    #expect(terminal.until(" streaming"), "\(terminal.text)")
    terminal.signal(number)
    #expect(terminal.waitForExit() == 128 + number)
    #expect(terminal.isCooked)
    for sequence in ["?1049l", "?2004l"] { #expect(terminal.contains(sequence), "\(sequence)") }
    let replies = try await fiedler.newest()["exchanges"]?[0]?["replies"]?.array ?? []
    #expect(replies.count == 3 && replies.allSatisfy { $0["status"]?.string == "cancelled" })
  }

  @Test("Ctrl+Z gives the shell back, fg brings the screen back with everything on it") func suspend() async throws {
    let fiedler = try Fiedler()
    let screen = try fiedler.openShell()
    try await screen.shows("shell>")
    screen.type("fiedler")
    screen.press("Enter")
    try await screen.shows("F i e d l e r", "quick")
    screen.type("not sent yet")
    try await screen.shows("not sent yet")
    screen.press("C-z")
    try await screen.shows("Stopped", "shell>")
    screen.type("echo the-shell-$((40+2))")
    screen.press("Enter")
    try await screen.shows("the-shell-42")
    screen.type("fg")
    screen.press("Enter")
    try await screen.shows("F i e d l e r", "not sent yet")
    screen.type(" but now")
    try await screen.shows("not sent yet but now")
    screen.press("C-q")
    let after = try await screen.shows("the-shell-42", "shell>")
    #expect(!after.contains("F i e d l e r"))
  }

  @Test("$EDITOR gets the prompt and its text comes back, unsent") func editor() async throws {
    let fiedler = try Fiedler()
    let script = try fiedler.home.write(
      "editor", "cat \"$1\" > '\(fiedler.home("seen"))'\nprintf 'from the editor\\nin two lines' > \"$1\"\n")
    // Not run itself: a process that another test starts meanwhile may hold it open, and then it would be busy.
    fiedler.environment["EDITOR"] = "sh '\(script)'"
    let screen = fiedler.open()
    try await screen.shows("quick")
    screen.type("begun here")
    try await screen.shows("begun here")
    screen.press("C-g")
    try await screen.shows("from the editor", "in two lines", "F i e d l e r")
    #expect(try String(contentsOfFile: fiedler.home("seen"), encoding: .utf8) == "begun here")
    #expect(try await fiedler.conversations() == [])
    #expect(try await screen.quit() == 0)
  }

  @Test("A paste of many lines waits in the prompt until Enter, and arrives whole") func paste() async throws {
    let fiedler = try Fiedler(models: "defaults: {models: [demo/rate-1000x10]}\n")
    let screen = fiedler.open()
    try await screen.shows("rate-1000x10")
    let lines = (1...60).map { "line \($0) of the paste" }.joined(separator: "\n") + "\n"
    screen.paste(lines)
    try await screen.shows("60 lines")
    screen.type("what is this?")
    try await screen.shows("what is this?")
    #expect(try await fiedler.conversations() == [])
    screen.press("Enter")
    try await screen.shows(" done ")
    let prompt = try await fiedler.newest()["exchanges"]?[0]?["prompt"]?.string
    #expect(prompt == lines + "what is this?")
  }

  @Test("A window that changes its size while answers stream loses nothing") func resize() async throws {
    let fiedler = try Fiedler()
    let screen = fiedler.open(200, 60)
    try await screen.shows("quick")
    try await screen.ask("Does it all fit?")
    for (columns, rows) in [(80, 24), (40, 12), (200, 60), (40, 12), (80, 24), (200, 60)] {
      screen.resize(columns, rows)
      try await screen.until("fills \(columns)x\(rows)") { screen in
        let lines = screen.split(separator: "\n", omittingEmptySubsequences: false)
        let isDrawn = lines.contains { $0.count == columns && $0.hasPrefix("╭") && $0.hasSuffix("╮") }
        return isDrawn && lines.count >= rows && lines[rows - 1].contains("Godot")
      }
    }
    try await screen.shows(" done ", times: 3)

    // High enough for the whole of each answer, as it was written.
    screen.resize(120, 300)
    screen.press("Tab", "z", "m")
    for reply in try await fiedler.newest()["exchanges"]?[0]?["replies"]?.array ?? [] {
      let text = Self.inked(try #require(reply["text"]?.string))
      try await screen.until("shows the whole answer of \(reply["model"]?.string ?? "")") {
        Self.inked($0).contains(text)
      }
      screen.press("Tab")
    }
    #expect(try await screen.quit() == 0)
  }

  /// A text without blanks and frames, as wrapping does not change it.
  private static func inked(_ text: String) -> String { text.filter { !$0.isWhitespace && !"│┃".contains($0) } }
}
