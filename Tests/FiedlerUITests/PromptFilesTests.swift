import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("The files that go along") struct PromptFilesTests {
  private let files = [
    AttachedFile(path: "src/a.swift", name: "src/a.swift", bytes: 1_200),
    AttachedFile(path: "../b.md", name: "b.md", bytes: 40),
  ]

  private func attached() -> AppDriver {
    var app = AppDriver(80, 24)
    app.tell(.attachmentsRead(files))
    return app
  }

  @Test("Alt+O lists them where the cursor is at no paste; Enter shows the text as the models will see it")
  func review() {
    var app = attached()
    app.type("Look at these")
    app.press(.alt("o"))
    #expect(app.screen.contains("files that go along") && app.screen.contains("src/a.swift"))
    app.press(Key(.down))
    app.press(Key(.enter))
    #expect(app.effects == [.readForReview(files[1])])
    let text = (1...100).map { "line \($0) of b" }.joined(separator: "\n")
    app.tell(.readForReview(files[1], text: text))
    #expect(app.screen.contains("b.md") && app.screen.contains("line 1 of b") && !app.screen.contains("line 30 of b"))
    app.press(Key(.pageDown))
    #expect(app.screen.contains("line 22 of b"))
    app.press(Key(.character("G")))
    #expect(app.screen.contains("line 100 of b"))
    app.tell(.input(.resize(Size(width: 40, height: 12))))
    #expect(app.screen.contains("line 100 of b") || app.screen.contains("line 80 of b"), "it stays in place")
    app.press(Key(.escape))
    #expect(app.state.overlay == nil && app.state.prompt.editor.text == "Look at these")
  }

  @Test("At a paste the same key opens that") func paste() {
    var app = attached()
    app.tell(.input(.paste(String(repeating: "pasted\n", count: 100))))
    app.press(Key(.left))
    app.press(.alt("o"))
    #expect(app.state.overlay == nil)
    #expect(app.screen.contains("pasted"))
  }

  @Test("One is taken off where it is listed; with the last one the list closes") func drop() {
    var app = attached()
    app.type("/files")
    app.press(Key(.enter))
    app.press(Key(.delete))
    #expect(app.state.prompt.attachments == [files[1]] && app.state.overlay != nil)
    app.press(.control("d"))
    #expect(app.state.prompt.attachments.isEmpty && app.state.overlay == nil)
    app.press(.alt("o"))
    #expect(app.screen.contains("No file is attached"))
  }

  @Test("A hostile text cannot command the terminal") func hostile() {
    var app = attached()
    app.tell(.readForReview(files[0], text: "before\u{1B}[2Jafter\u{7}\u{202E}end"))
    #expect(app.screen.contains("before") && app.screen.contains("end"))
    #expect(!app.screen.contains("\u{1B}") && !app.screen.contains("\u{202E}") && !app.screen.contains("\u{7}"))
  }
}
