import Glibc
import TestSupport
import Testing

/// Starts the probe and waits until its first frame is there.
func startProbe(_ environment: [String: String] = [:], columns: Int = 80, rows: Int = 24) throws -> PseudoTerminal {
  let terminal = try PseudoTerminal(
    PseudoTerminal.built("TerminalProbe"), environment: environment, columns: columns, rows: rows)
  try #require(terminal.until("size \(columns)x\(rows)"), "\(terminal.text)")
  try #require(!terminal.isCooked)
  return terminal
}

@Suite(.timeLimit(.minutes(2))) struct RestoreTests {
  /// Everything that must be switched off, seen after `offset`.
  private func expectRestored(
    _ terminal: PseudoTerminal, after offset: Int, _ location: SourceLocation = #_sourceLocation
  ) {
    for sequence in ["?2004l", "?1004l", "?1002l", "?1006l", "?1049l"] {
      #expect(terminal.contains("\u{1B}[\(sequence)", after: offset), "\(sequence)", sourceLocation: location)
    }
    #expect(terminal.isCooked, sourceLocation: location)
  }

  @Test("What is switched on at the start is switched off when the program quits") func quit() throws {
    let terminal = try startProbe()
    for sequence in ["?1049h", "?2004h", "?1004h", "?1002h", "?1006h"] {
      #expect(terminal.contains("\u{1B}[\(sequence)"))
    }
    let before = terminal.output.count
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    expectRestored(terminal, after: before)
    #expect(terminal.contains("ended: quit", after: terminal.first("?1049l") ?? .max))
    #expect(!terminal.contains("\u{1B}]104"), "the user's palette is left alone")
  }

  @Test("The window's name is kept before it is given, and brought back") func title() throws {
    let terminal = try startProbe()
    terminal.send("t")
    #expect(terminal.until("\u{1B}]2;"))
    let kept = try #require(terminal.first("\u{1B}[22;2t"))
    #expect(kept < terminal.first("\u{1B}]2;") ?? 0)
    let before = terminal.output.count
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.contains("\u{1B}[23;2t", after: before))
  }

  @Test("What Alt with a letter types is kept before it is changed, and brought back, also by a crash")
  func altKeys() throws {
    for (key, status) in [("q", 0), ("k", 128 + SIGSEGV)] {
      let terminal = try startProbe(["SWIFT_BACKTRACE": "enable=no", "XTERM_VERSION": "XTerm(379)"])
      let kept = try #require(terminal.first("\u{1B}[?1036;1039s"))
      #expect(kept < terminal.first("\u{1B}[?1036;1039h") ?? 0)
      let before = terminal.output.count
      terminal.send(key)
      #expect(terminal.waitForExit() == status)
      #expect(terminal.contains("\u{1B}[?1036;1039r", after: before))
    }
    // Others are not sent what xterm alone has: those that are called xterm, and those that were started in one.
    let others = [
      ["TERM": "linux"], ["TERM": "xterm-256color"], ["TERM": "xterm-kitty", "XTERM_VERSION": "XTerm(379)"],
      ["TERM": "tmux-256color", "TMUX": "/tmp/tmux,1,0", "XTERM_VERSION": "XTerm(379)"],
    ]
    for environment in others {
      let other = try startProbe(environment)
      other.send("q")
      #expect(other.waitForExit() == 0 && !other.contains("1036"), "\(environment)")
    }
  }

  @Test(
    "A signal to end leaves the terminal restored and the customary status",
    arguments: [SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGIO, SIGPWR])
  func endingSignal(number: Int32) throws {
    let terminal = try startProbe()
    let before = terminal.output.count
    terminal.signal(number)
    #expect(terminal.waitForExit() == 128 + number)
    expectRestored(terminal, after: before)
    #expect(terminal.contains("ended: signal(\(number))"))
  }

  @Test("A crash leaves the terminal restored, and its message can be read", arguments: ["f", "i"])
  func crash(key: String) throws {
    let terminal = try startProbe(["SWIFT_BACKTRACE": "enable=no"])
    let before = terminal.output.count
    terminal.send(key)
    let status = try #require(terminal.waitForExit())
    #expect(status >= 128)
    expectRestored(terminal, after: before)
    let message = try #require(terminal.first("Fatal error", after: before))
    #expect(message > terminal.first("?1049l", after: before) ?? .max)
  }

  @Test("A fault or an abort leaves the terminal restored", arguments: [("k", SIGSEGV), ("a", SIGABRT)])
  func fault(key: String, number: Int32) throws {
    let terminal = try startProbe(["SWIFT_BACKTRACE": "enable=no"])
    let before = terminal.output.count
    terminal.send(key)
    #expect(terminal.waitForExit() == 128 + number)
    expectRestored(terminal, after: before)
  }

  @Test("Swift's own report of a crash comes after the screen is left") func backtrace() throws {
    let terminal = try startProbe([
      "SWIFT_BACKTRACE": "enable=yes,interactive=no,color=no,threads=crashed,cache=no,limit=4"
    ])
    let before = terminal.output.count
    terminal.send("f")
    #expect(terminal.waitForExit(within: 60) != nil)
    expectRestored(terminal, after: before)
    #expect(terminal.contains("Fatal error: boom", after: terminal.first("?1049l", after: before) ?? .max))
  }

  @Test("exit(3) in the midst of it leaves the terminal restored") func exitCall() throws {
    let terminal = try startProbe()
    let before = terminal.output.count
    terminal.send("x")
    #expect(terminal.waitForExit() == 3)
    expectRestored(terminal, after: before)
  }

  @Test("What libraries write to standard error is shown afterwards, not on the screen") func standardError() throws {
    let terminal = try startProbe()
    terminal.send("s")
    #expect(terminal.until("character(\"s\")"))
    #expect(!terminal.contains("noise"))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.contains("noise", after: terminal.first("?1049l") ?? .max))
  }

  @Test("The program ends when the terminal goes away") func hangUp() throws {
    let process: pid_t
    do {
      let terminal = try startProbe(["ENDS": "alone"])
      process = terminal.process
      terminal.hangUp()
      #expect(terminal.waitForExit() == 128 + SIGHUP)
    }
    #expect(kill(process, 0) != 0)
  }

  @Test("Ctrl+Z gives the shell its terminal back, and fg the screen", .enabled(if: access("/bin/bash", X_OK) == 0))
  func suspend() throws {
    let shell = try PseudoTerminal(
      "/bin/bash", ["--norc", "--noprofile", "-i"], environment: ["PS1": "ready> ", "XTERM_VERSION": "XTerm(379)"])
    #expect(shell.until("ready> "))
    shell.send("'\(PseudoTerminal.built("TerminalProbe"))'\r")
    #expect(shell.until("size 80x24"))
    var mark = shell.output.count
    shell.send("\u{1A}")
    #expect(shell.until("ready> ", after: mark), "\(shell.text)")
    expectRestoredModes(shell, after: mark)
    #expect(shell.contains("?1036;1039r", after: mark))
    mark = shell.output.count
    shell.send("stty -a; echo do''ne\r")
    #expect(shell.until("done", after: mark))
    #expect(!shell.contains("-icanon", after: mark) && !shell.contains("-opost", after: mark))
    mark = shell.output.count
    shell.send("fg\r")
    #expect(shell.until("size 80x24", after: mark), "everything is drawn anew")
    #expect(shell.contains("?2004h", after: mark) && shell.contains("?1049h", after: mark))
    #expect(shell.contains("?1036;1039s", after: mark) && shell.contains("?1036;1039h", after: mark))
    mark = shell.output.count
    shell.send("q")
    #expect(shell.until("ended: quit", after: mark))
    shell.send("exit\r")
    #expect(shell.waitForExit() == 0)
  }

  private func expectRestoredModes(_ terminal: PseudoTerminal, after offset: Int) {
    for sequence in ["?2004l", "?1004l", "?1002l", "?1049l"] { #expect(terminal.contains(sequence, after: offset)) }
  }

  @Test("Where no shell could continue it, Ctrl+Z does not freeze the program") func orphanedSuspend() throws {
    let terminal = try startProbe()
    let mark = terminal.output.count
    terminal.send("\u{1A}")
    #expect(terminal.until("?1049h", after: mark))
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }

  @Test("Stopped and continued from elsewhere, it draws everything anew") func stoppedFromElsewhere() throws {
    let terminal = try startProbe()
    terminal.signal(SIGSTOP)
    #expect(terminal.until { $0.isStopped })
    let mark = terminal.output.count
    terminal.signal(SIGCONT)
    #expect(terminal.until("size 80x24", after: mark))
    #expect(terminal.contains("?2004h", after: mark))
    #expect(!terminal.isCooked)
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
  }
}
