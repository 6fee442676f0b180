import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct StartTests {
  private func refusal(_ environment: [String: String], missing: PseudoTerminal.Missing = .none) throws -> String {
    let terminal = try PseudoTerminal(PseudoTerminal.built("TerminalProbe"), environment: environment, missing: missing)
    #expect(terminal.waitForExit() == 69)
    #expect(terminal.isCooked && !terminal.contains("\u{1B}"), "the terminal was not touched")
    return terminal.text
  }

  @Test("Without a terminal the message says which stream is none") func notATerminal() throws {
    #expect(try refusal([:], missing: .input).contains("standard input is not a terminal"))
    #expect(try refusal([:], missing: .output).contains("standard output is not a terminal"))
  }

  @Test("A terminal type that cannot be used is named, with a way out")
  func terminalType() throws {
    #expect(try refusal(["TERM": ""]).contains("TERM is not set"))
    #expect(try refusal(["TERM": "dumb"]).contains("'dumb' has no screen"))
    let unknown = try refusal(["TERM": "no-such-terminal"])
    #expect(unknown.contains("'no-such-terminal' is not known") && unknown.contains("TERM=xterm-256color"))
  }

  @Test("A locale that asks for another encoding is named", arguments: ["de_DE.ISO-8859-1", "ja_JP.eucJP", "de_DE"])
  func otherEncoding(locale: String) throws {
    #expect(try refusal(["LANG": locale]).contains("'\(locale)' does not use UTF-8"))
    #expect(try refusal(["LANG": "C.UTF-8", "LC_ALL": locale]).contains("'\(locale)'"))
  }

  @Test(
    "Where no locale is chosen, or a UTF-8 one that is not installed, UTF-8 works all the same",
    arguments: [["LANG": ""], ["LANG": "C"], ["LC_ALL": "POSIX"], ["LANG": "xx_XX.UTF-8"]])
  func plainLocale(environment: [String: String]) throws {
    let terminal = try startProbe(environment)
    #expect(terminal.until("日本 e\u{301} 😀|"), "\(terminal.text)")
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }

  @Test(
    "It runs on every usual kind of terminal",
    arguments: [
      "xterm-256color", "xterm", "tmux-256color", "screen-256color", "rxvt-unicode-256color", "linux", "vt100", "ansi",
      "xterm-kitty", "xterm-ghostty", "foot", "alacritty", "screen.xterm-256color", "tmux-of-tomorrow",
    ])
  func kinds(type: String) throws {
    let terminal = try startProbe(["TERM": type])
    terminal.send("\u{1B}[A")
    #expect(terminal.until("up"))
    let mark = terminal.output.count
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.isCooked && terminal.contains("?2004l", after: mark))
  }

  @Test("Colours are as many as the terminal has, and none where the user refuses them")
  func colors() throws {
    func drawn(_ environment: [String: String]) throws -> String {
      let terminal = try startProbe(environment)
      terminal.send("q")
      #expect(terminal.waitForExit() == 0)
      return terminal.text
    }
    #expect(try drawn(["TERM": "xterm-256color"]).contains("38;5;210"))
    let few = try drawn(["TERM": "xterm"])
    #expect(few.contains("\u{1B}[31m") && !few.contains("38;5"))
    for environment in [["TERM": "vt100"], ["NO_COLOR": "1"], ["NO_COLOR": "1", "COLORTERM": "truecolor"]] {
      let none = try drawn(environment)
      #expect(!none.contains("38;5") && !none.contains("[31") && !none.contains("[32"))
      #expect(none.contains("[1m") || none.contains("[0;1m") || none.contains(";1m"), "bold is no colour")
    }
    #expect(try drawn(["NO_COLOR": ""]).contains("38;5;210"), "an empty NO_COLOR refuses nothing")
    let many = try drawn(["COLORTERM": "truecolor"])
    #expect(many.contains("\u{1B}[38;2;242;119;122m") && many.contains("\u{1B}[48;2;20;22;27m"))
    #expect(!many.contains("38;5;"))
    for environment in [["TERM": "foot"], ["TERM": "xterm-kitty"], ["TERM": "xterm", "COLORTERM": "24bit"]] {
      #expect(try drawn(environment).contains("\u{1B}[38;2;242;119;122m"), "\(environment)")
    }
    #expect(try drawn(["TERM": "screen-256color", "STY": "1", "COLORTERM": "truecolor"]).contains("38;5;210"))
  }

  @Test(
    "Direct colour is used where terminfo describes it",
    .enabled(if: access("/usr/bin/tic", X_OK) == 0))
  func directColor() throws {
    let entry = """
      xterm-direct|for tests,
      \tRGB, colors#0x1000000, pairs#0x10000,
      \tsetaf=\\E[%?%p1%{8}%<%t3%p1%d%e38:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m,
      \tsetab=\\E[%?%p1%{8}%<%t4%p1%d%e48:2::%p1%{65536}%/%d:%p1%{256}%/%{255}%&%d:%p1%{255}%&%d%;m,
      \tuse=xterm-256color,

      """
    var template = Array("/tmp/terminfo-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    let folder = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    defer {
      unlink("\(folder)/entry")
      unlink("\(folder)/x/xterm-direct")
      rmdir("\(folder)/x")
      rmdir(folder)
    }
    let file = open("\(folder)/entry", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    let bytes = Array(entry.utf8)
    try #require(write(file, bytes, bytes.count) == bytes.count)
    close(file)
    let compiler = try PseudoTerminal("/usr/bin/tic", ["-x", "-o", folder, "\(folder)/entry"])
    try #require(compiler.waitForExit() == 0, "\(compiler.text)")
    let terminal = try startProbe([
      "TERM": "xterm-direct", "TERMINFO_DIRS": "\(folder):/lib/terminfo:/usr/share/terminfo",
    ])
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.contains("38:2::242:119:122") && terminal.contains("48:2::20:22:27"))
    #expect(terminal.contains("\u{1B}[32m"), "the palette's own colours stay")
  }

  @Test("A terminal that does not know its size is taken for an ordinary one") func noSize() throws {
    let terminal = try PseudoTerminal(PseudoTerminal.built("TerminalProbe"), columns: 0, rows: 0)
    #expect(terminal.until("size 80x24"))
    for (columns, rows) in [(1, 1), (0, 0), (2, 1), (1, 40), (65535, 65535), (30, 5)] {
      let mark = terminal.output.count
      terminal.resize(columns: columns, rows: rows)
      #expect(terminal.until { $0.output.count > mark })
    }
    #expect(terminal.until("size 30x5"))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }

  @Test("The diagnosis names what it found, without a terminal too")
  func capabilities() throws {
    let terminal = try PseudoTerminal(
      PseudoTerminal.built("TerminalProbe"), ["--capabilities"],
      environment: ["TERM": "xterm-256color", "EDITOR": "ed -s"])
    #expect(terminal.waitForExit() == 0)
    for line in [
      "terminal: yes", "size: 80 x 24", "type: xterm-256color", "colors: 256", "locale: C.UTF-8", "editor: ed -s",
    ] {
      #expect(terminal.text.contains(line), "\(terminal.text)")
    }
    let none = try PseudoTerminal(
      PseudoTerminal.built("TerminalProbe"), ["--capabilities"], environment: ["TERM": "dumb", "NO_COLOR": "1"],
      missing: .input)
    #expect(none.waitForExit() == 0)
    #expect(none.text.contains("terminal: no") && none.text.contains("'dumb' has no screen"), "\(none.text)")
  }
}
