import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct ScreenTests {
  private func start(_ environment: [String: String] = [:]) -> Tmux {
    let tmux = Tmux(PseudoTerminal.built("TerminalProbe"), environment: environment, columns: 60, rows: 12)
    #expect(tmux.until("size 60x12").contains("keys 0"))
    return tmux
  }

  @Test("The screen shows the frame: wide characters, marks, colours, the cursor") func frame() {
    let tmux = start(["TERM": "tmux-256color"])
    let screen = tmux.until("日本")
    #expect(screen.contains("日本 e\u{301} 😀|"), "\(screen)")
    let colored = tmux.capture(escapes: true)
    #expect(colored.contains("38;5;210") && colored.contains("48;5;234"), "\(colored)")
    #expect(tmux.value("#{cursor_x},#{cursor_y},#{cursor_flag},#{alternate_on}") == "2,1,1,1")
  }

  @Test("A resized window is drawn in its new size") func resize() {
    let tmux = start()
    tmux.resize(columns: 40, rows: 8)
    #expect(tmux.until("size 40x8").contains("日本"))
    tmux.resize(columns: 100, rows: 30)
    #expect(tmux.until("size 100x30").contains("日本"))
    tmux.resize(columns: 9, rows: 5)
    let screen = tmux.until { $0.contains("size 9x5") }
    #expect(screen.contains("日本"), "\(screen)")
  }

  @Test("Keys arrive as tmux sends them") func keys() {
    let tmux = start()
    let keys = [
      ("Up", "up+0"), ("C-Left", "left+4"), ("S-Right", "right+1"), ("M-Up", "up+2"), ("Home", "home+0"),
      ("End", "end+0"),
      ("PageUp", "pageUp+0"), ("DC", "delete+0"), ("F1", "function(1)+0"), ("F12", "function(12)+0"), ("BTab", "tab+1"),
      ("M-b", "character(\"b\")+2"), ("C-a", "character(\"a\")+4"), ("Enter", "enter+0"), ("Escape", "escape+0"),
      ("BSpace", "backspace+0"), ("C-Space", "character(\" \")+4"),
    ]
    for (name, shown) in keys {
      tmux.sendKeys(name)
      let screen = tmux.until("last \(shown);")
      #expect(screen.contains("last \(shown);"), "\(name): \(screen)")
    }
    tmux.type("é日")
    #expect(tmux.until("last character(\"日\")").contains("keys \(keys.count + 2)"))
  }

  @Test("A paste of tmux is one paste, not keys") func paste() {
    let tmux = start()
    tmux.paste("one\ntwo")
    #expect(tmux.until("paste 7 ").contains("keys 0"))
  }

  @Test("100 kB of ideographs are pasted whole, and the keys behind them are not lost") func longPaste() throws {
    let terminal = try startProbe()
    let text = String(repeating: "漢字かな交じり文", count: 4200)
    let sum = text.utf8.reduce(UInt32(0)) { $0 &* 31 &+ UInt32($1) }
    #expect(terminal.send("\u{1B}[200~\(text)\u{1B}[201~z"))
    #expect(terminal.until("\(text.count) \(sum);"), "\(terminal.text.suffix(300))")
    #expect(terminal.until("character(\"z\")"))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }

  @Test("A frame is one write, shown at once by terminals that can") func oneWrite() throws {
    let terminal = try startProbe()
    #expect(terminal.until("\u{1B}[?2026l"))
    let begins = terminal.count("\u{1B}[?2026h")
    terminal.send("\u{1B}[A")
    #expect(terminal.until("up"))
    #expect(terminal.until { $0.count("\u{1B}[?2026l") == begins + 1 })
    #expect(terminal.count("\u{1B}[?2026h") == begins + 1)
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }

  @Test("Many wake-ups are few frames, and a key among them is not lost") func flood() throws {
    let terminal = try startProbe()
    terminal.send("w")
    terminal.send("\u{1B}[A")
    #expect(terminal.until("up"))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.count("\u{1B}[?2026h") < 1000)
  }

  @Test("Within GNU screen a copy goes to the terminal around it in short pieces") func copyWithinScreen() throws {
    let terminal = try startProbe(["TERM": "screen", "STY": "1.pts"])
    terminal.send("c")
    #expect(terminal.until("\u{1B}P\u{1B}]52;c;Y2xpcA==\u{7}\u{1B}\\"))
    let other = try startProbe(["TERM": "linux"])
    other.send("cu")
    #expect(other.until("character(\"u\")") && !other.contains("]52;"), "a console has no clipboard")
  }

  @Test("Few colours are chosen by the background that the terminal tells, also when it changes") func fewColors()
    throws
  {
    let terminal = try startProbe(["TERM": "xterm"])
    #expect(terminal.contains("\u{1B}[36m") && terminal.contains("\u{1B}[32m"), "cyan and green, for dark is taken")
    let white = terminal.output.count
    terminal.send("\u{1B}]11;rgb:ffff/ffff/ffff\u{1B}\\")
    #expect(terminal.until("\u{1B}[34m", after: white), "cyan is blue on white")
    #expect(!terminal.contains("\u{1B}[36m", after: white) && !terminal.contains("\u{1B}[32m", after: white))
    let black = terminal.output.count
    terminal.send("\u{1B}]11;rgb:0000/0000/0000\u{1B}\\")
    #expect(terminal.until("\u{1B}[36m", after: black))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }

  @Test(
    "A notice goes the way that the terminal knows, and cannot end its sequence; the bell goes everywhere",
    arguments: [
      (["TERM": "xterm-kitty"], "\u{1B}]99;i=fiedler:d=0;A;␛\u{1B}\\\u{1B}]99;i=fiedler:d=1:p=body;done␇\u{1B}\\"),
      (["TERM": "foot"], "\u{1B}]777;notify;A␛;done␇\u{7}"),
      (["TERM_PROGRAM": "iTerm.app"], "\u{1B}]9;A;␛: done␇\u{7}"),
      (["TERM": "linux"], "\u{7}"), ([:], "\u{7}"),
      (["TERM": "screen-256color", "STY": "1", "WT_SESSION": "1"], "\u{7}"),
    ] as [([String: String], String)])
  func notice(_ environment: [String: String], _ sequence: String) throws {
    let terminal = try startProbe(environment)
    terminal.send("n")
    #expect(terminal.until("character(\"n\")"))
    #expect(terminal.contains(sequence))
    #expect(sequence != "\u{7}" || !["]9;", "]99;", "]777;"].contains { terminal.contains("\u{1B}" + $0) })
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }

  @Test("Only a user's request sets the title and the clipboard, and neither can end its sequence")
  func systemCommands() throws {
    let terminal = try startProbe()
    #expect(!terminal.contains("\u{1B}]2") && !terminal.contains("\u{1B}]52"))
    terminal.send("c")
    #expect(terminal.until("\u{1B}]52;c;Y2xpcA==\u{7}"))
    terminal.send("t")
    #expect(terminal.until("\u{1B}]2;a␛]0;b␇c\u{7}"))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    let console = try startProbe(["TERM": "linux"])
    console.send("ct")
    #expect(console.until("character(\"t\")"))
    #expect(!console.contains("]11") && !console.contains("]52") && !console.contains("\u{1B}]2;"))
  }

  @Test("A request to redraw draws everything") func redraw() throws {
    let terminal = try startProbe()
    let mark = terminal.output.count
    terminal.send("r")
    #expect(terminal.until("size 80x24", after: mark))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }
}
