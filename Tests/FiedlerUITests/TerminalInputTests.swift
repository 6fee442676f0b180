import Canvas
import Testing

@testable import FiedlerUI

/// What terminals send beside plain keys, as the program takes it.
@Suite struct TerminalInputTests {
  private func isSent(_ app: AppDriver) -> Bool {
    app.effects.contains { if case .send = $0 { true } else { false } }
  }

  @Test("Lines that come at once without a paste's marks stand in the prompt, breaks kept, and nothing is sent")
  func burst() {
    var app = AppDriver(80, 24)
    app.tell(.input(.burst("one\ntwo\nthree\n")))
    #expect(app.state.prompt.editor.text == "one\ntwo\nthree\n" && !isSent(app))
  }

  @Test("Where no text is typed, the same lines are the keys they are made of")
  func burstOfKeys() {
    var app = AppDriver.streaming(120, 40)
    app.press(Key(.tab))
    app.tell(.input(.burst("z\n?")))
    #expect(app.state.isZoomed && app.state.focus == .prompt)
  }

  @Test("With vi's keys inserting, ESC and a key in one are Escape and the key; in normal mode they are the chord")
  func escapedInVi() {
    var app = AppDriver(80, 24)
    app.tell(.editorKeysChosen(.vi))
    app.type("one two")
    app.tell(.input(.escaped(Key(.character("0")))))
    #expect(app.screen.contains("NORMAL"))
    app.type("x")
    #expect(app.state.prompt.editor.text == "ne two")
    app.tell(.input(.escaped(Key(.character("l")))))
    #expect(app.state.screen == .log)
  }

  @Test("With emacs's keys ESC and a key in one are the chord with Alt; ESC and Enter are it in vi's insert mode, too")
  func escapedInEmacs() {
    var app = AppDriver(80, 24)
    app.type("one two")
    app.tell(.input(.escaped(Key(.character("b")))))
    app.type("x")
    #expect(app.state.prompt.editor.text == "one xtwo")
    app.tell(.editorKeysChosen(.vi))
    app.tell(.input(.escaped(Key(.enter))))
    #expect(app.state.prompt.editor.text == "one x\ntwo" && !isSent(app))
  }

  @Test("Where another key sends, Enter is a new line; the send key may be one of the new line's usual keys")
  func sendElsewhere() {
    var app = AppDriver(80, 24)
    app.state.world.keyMap = KeyMap(changes: [.send: [Key(.enter, .alt)]])
    #expect(app.state.keyMap.conflicts().isEmpty)
    app.type("ab")
    app.press(Key(.enter))
    app.type("cd")
    app.press(.control("j"))
    #expect(app.state.prompt.editor.text == "ab\ncd\n" && !isSent(app))
    app.press(Key(.enter, .alt))
    #expect(isSent(app))
  }

  @Test("The new line's key can be chosen; the usual ones are free then")
  func newlineElsewhere() {
    var app = AppDriver(80, 24)
    app.state.world.keyMap = KeyMap(changes: [.newline: [Key(.function(9))]])
    app.type("a")
    app.press(Key(.function(9)), .control("j"))
    #expect(app.state.prompt.editor.text == "a\n")
  }
}
