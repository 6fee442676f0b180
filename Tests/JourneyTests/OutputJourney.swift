import Foundation
import TestSupport
import Testing

@Suite("What terminals and people are told", .timeLimit(.minutes(4))) struct OutputJourney {
  @Test("--plain and FIEDLER_PLAIN draw in ASCII and without boxes", arguments: [true, false])
  func plain(_ isFlag: Bool) throws {
    let fiedler = try Fiedler(environment: isFlag ? [:] : ["FIEDLER_PLAIN": "1"])
    let terminal = try PseudoTerminal(
      Fiedler.binary, isFlag ? ["--plain"] : [], environment: fiedler.environment, columns: 100)
    #expect(terminal.until("flaky") && terminal.until("Ctrl+Q"))
    #expect(!["╭", "│", "─", "●", "⏎"].contains { terminal.contains($0) })
    terminal.send("\u{11}")
    #expect(terminal.waitForExit() == 0)
  }

  @Test("The first frame looks as the last one did: on a light terminal nothing dark flashes") func firstFrame() throws
  {
    let fiedler = try Fiedler(environment: ["COLORTERM": "truecolor"])
    let (light, dark) = ("\u{1B}[48;2;250;250;247m", "\u{1B}[48;2;20;22;27m")
    let first = try PseudoTerminal(Fiedler.binary, environment: fiedler.environment)
    #expect(first.until("]11;?"))
    first.send("\u{1B}]11;rgb:ffff/ffff/ffff\u{1B}\\")
    #expect(first.until(light))
    let look = fiedler.home("state/fiedler/look.json")
    #expect(first.until { _ in FileManager.default.fileExists(atPath: look) })
    first.send("\u{11}")
    #expect(first.waitForExit() == 0 && first.contains(dark))
    let second = try PseudoTerminal(Fiedler.binary, environment: fiedler.environment)
    #expect(second.until("flaky"))
    second.send("\u{11}")
    #expect(second.waitForExit() == 0)
    #expect(second.contains(light) && !second.contains(dark))
  }

  @Test("background: terminal leaves the terminal's own behind the text") func ownBackground() throws {
    let fiedler = try Fiedler(
      settings: "background: terminal\ntheme: fiedler-light\n", environment: ["COLORTERM": "truecolor"])
    let terminal = try PseudoTerminal(Fiedler.binary, environment: fiedler.environment)
    #expect(terminal.until("\u{1B}[38;2;38;42;51m"), "the theme's text")
    terminal.send("\u{11}")
    #expect(terminal.waitForExit() == 0 && !terminal.contains("\u{1B}[48;2;250;250;247m"))
  }

  @Test("While the terminal has not the focus, a send that is done is told once: by the terminal, or by a command")
  func done() throws {
    let models = "defaults: {models: [demo/rate-1000x10, demo/rate-1001x10]}\n"
    let fiedler = try Fiedler(models: models, settings: "notify: osc9\n")
    let terminal = try PseudoTerminal(Fiedler.binary, environment: fiedler.environment)
    #expect(terminal.until("rate-1001x10"))
    terminal.send("\u{1B}[OSay it.\r")
    #expect(terminal.until("\u{1B}]9;Fiedler: 2 answers: Say it.\u{7}"))
    let file = fiedler.home("told")
    try fiedler.configure(settings: "notify_command: 'printf \"%s|\" \"$1\" >> \(file)'\n")
    #expect(terminal.until("notify_command"), "the settings are read again")
    terminal.send("And more.\r")
    #expect(terminal.until { _ in (try? String(contentsOfFile: file, encoding: .utf8)) == "2 answers: Say it.|" })
    terminal.send("\u{11}")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.count("\u{1B}]9;") == 1)
  }
}
