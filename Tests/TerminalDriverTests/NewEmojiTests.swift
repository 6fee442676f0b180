import Canvas
import Foundation
import TestSupport
import Testing

@testable import TerminalDriver

@Suite("Emoji newer than the C library") struct NewEmojiTests {
  private func asked() throws -> PseudoTerminal {
    let terminal = try startProbe()
    #expect(!terminal.contains("\u{1B}[6n"), "nothing is asked before one is to be shown")
    terminal.send("m")
    #expect(terminal.until("\u{1B}[6n"))
    return terminal
  }

  @Test("They are shown where the terminal says that they are two columns wide, and what takes their place is drawn")
  func shown() throws {
    let terminal = try asked()
    #expect(!terminal.contains("\u{1FABF}"))
    terminal.send("\u{1B}[2;3R")
    #expect(terminal.until("\u{1FABF}"))
    let before = terminal.output.count
    terminal.send("m")
    #expect(terminal.until("\u{1B}[7;32H", after: before), "the emoji's own columns are written anew")
    terminal.send("q")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.text.components(separatedBy: "\u{1B}[6n").count == 2, "asked once")
  }

  @Test("Where it says one column, or nothing, a sign stands for them", arguments: ["\u{1B}[2;2R", ""])
  func replaced(_ answer: String) throws {
    let terminal = try asked()
    terminal.send(answer + "q")
    #expect(terminal.waitForExit() == 0)
    #expect(terminal.contains("\u{FFFD}") && !terminal.contains("\u{1FABF}"))
  }

  @Test("The answer is no key, however it is cut") func answer() {
    let answer = Array("\u{1B}[2;3R".utf8)
    for cut in 1..<answer.count {
      var parser = InputParser()
      var inputs: [Input] = []
      for part in [answer[..<cut], answer[cut...]] {
        inputs += Array(part).withUnsafeBufferPointer { parser.feed($0) }
      }
      #expect(inputs.isEmpty && parser.cursorColumn == 3)
    }
  }
}
