import Canvas
import Testing

@testable import FiedlerUI

@Suite("vi keys in the program")
struct ViScreenTests {
  private func app(_ width: Int = 80, _ height: Int = 24) -> AppDriver {
    var app = AppDriver(width, height)
    app.tell(.editorKeysChosen(.vi))
    return app
  }

  @Test(
    "The prompt's border shows the mode, what is typed of a command, and what is selected",
    arguments: ScreenTests.sizes)
  func screens(_ size: Size) throws {
    var app = app(size.width, size.height)
    #expect(app.screen.contains("INSERT"))
    app.type("Review the retry logic\nin sender.swift")
    app.press(Key(.escape))
    #expect(app.screen.contains("NORMAL"))
    app.type("2d")
    #expect(app.screen.contains("NORMAL 2d"))
    app.press(Key(.escape))
    app.type("bvk")
    try ScreenTests.expect(app, is: "vi-visual")
    app.type("V")
    #expect(app.screen.contains("VISUAL LINE"))
  }

  @Test("With emacs keys no mode is shown, and Escape and letters are what they were")
  func emacs() {
    var app = AppDriver(80, 24)
    app.type("one")
    app.press(Key(.escape))
    app.type("x")
    #expect(app.state.prompt.editor.text == "onex" && !app.screen.contains("NORMAL"))
  }

  @Test("Enter sends from normal mode, and the next prompt begins in insert mode")
  func send() {
    var app = app()
    app.type("one two")
    app.press(Key(.escape))
    app.type("bcwthree")
    app.press(Key(.escape), Key(.enter))
    #expect(app.effects.contains { if case .send(let draft) = $0 { draft.text == "one three" } else { false } })
    app.type("x")
    #expect(app.state.prompt.editor.text == "x")
  }

  @Test("Enter in the middle of a command does not send")
  func unfinished() {
    var app = app()
    app.type("one")
    app.press(Key(.escape))
    app.type("2d")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty && app.state.prompt.editor.text == "one")
    app.type("x")
    #expect(app.state.prompt.editor.text == "on")
  }

  @Test("The program's keys work in normal mode: help, focus, palette, history")
  func program() {
    var app = app()
    app.press(Key(.escape))
    app.press("?")
    #expect(app.screen.contains("help"))
    app.press(Key(.escape), .control("p"))
    #expect(app.state.layer != nil)
    app.press(Key(.escape), .control("s"))
    #expect(app.state.screen == .history)
  }

  @Test("Escape with the list of completions open closes it and leaves insert mode; commands open none")
  func completion() {
    var app = app()
    app.type("/he")
    #expect(app.state.isCompleting)
    app.press(Key(.escape))
    #expect(!app.state.isCompleting && app.state.prompt.editor.takesCommands)
    app.type("h")
    #expect(!app.state.isCompleting && app.state.prompt.editor.text == "/he")
    app.press("a")
    app.type("e")
    #expect(app.state.isCompleting && app.state.prompt.editor.text == "/hee")
  }

  @Test("Alt+W copies what a visual mode has selected; a paste goes in at the cursor")
  func clipboard() {
    var app = app()
    app.type("one two")
    app.press(Key(.escape))
    app.type("viw")
    app.press(.alt("w"))
    #expect(app.effects == [.copy("two", words: "3 characters")])
    app.tell(.input(.paste("2 ")))
    #expect(app.state.prompt.editor.text.contains("2 ") && app.screen.contains("NORMAL"))
    app.type("u")
    #expect(app.state.prompt.editor.text == "one two")
  }

  @Test("Ctrl+C clears the prompt in any mode, and undo brings it back")
  func cleared() {
    var app = app()
    app.type("one")
    app.press(.control("c"))
    #expect(app.state.prompt.editor.text.isEmpty)
    app.press(.control("_"))
    #expect(app.state.prompt.editor.text == "one")
  }

  @Test("Help has vi's normal and visual modes under a heading of their own", arguments: ScreenTests.sizes)
  func helpScreen(_ size: Size) throws {
    var app = app(size.width, size.height)
    app.press(Key(.function(1)))
    app.type("normal and visual")
    try ScreenTests.expect(app, is: "vi-help")
  }

  @Test("Help tells the vi keys where they are chosen, and they alone")
  func help() {
    let titles = { (keys: Editor.Keys) in
      Set(HelpTable.rows(KeyMap(), keys).compactMap(\.entry?.title))
    }
    for key in ViKeys.help {
      #expect(titles(.vi).contains(key.title) && !titles(.emacs).contains(key.title))
    }
    #expect(titles(.vi).contains("Yank what was killed"))
    // As much as 80 columns have room for.
    for key in ViKeys.help { #expect(key.title.count <= 49 && key.keys.count <= 23, "\(key)") }
  }
}
