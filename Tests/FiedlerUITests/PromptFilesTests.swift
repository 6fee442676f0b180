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
    #expect(app.state.layer == nil && app.state.prompt.editor.text == "Look at these")
  }

  @Test("At a paste the same key opens that") func paste() {
    var app = attached()
    app.tell(.input(.paste(String(repeating: "pasted\n", count: 100))))
    app.press(Key(.left))
    app.press(.alt("o"))
    #expect(app.state.layer == nil)
    #expect(app.screen.contains("pasted"))
  }

  @Test("One is taken off where it is listed; with the last one the list closes") func drop() {
    var app = attached()
    app.type("/files")
    app.press(Key(.enter))
    app.press(Key(.delete))
    #expect(app.state.prompt.attachments == [files[1]] && app.state.layer != nil)
    app.press(.control("d"))
    #expect(app.state.prompt.attachments.isEmpty && app.state.layer == nil)
    app.press(.alt("o"))
    #expect(app.screen.contains("No file is attached"))
  }

  @Test("A hostile text cannot command the terminal") func hostile() {
    var app = attached()
    app.tell(.readForReview(files[0], text: "before\u{1B}[2Jafter\u{7}\u{202E}end"))
    #expect(app.screen.contains("before") && app.screen.contains("end"))
    #expect(!app.screen.contains("\u{1B}") && !app.screen.contains("\u{202E}") && !app.screen.contains("\u{7}"))
  }

  private let folder = AttachedFile(
    path: "src/", name: "src/", bytes: 34_000,
    members: [
      AttachedFile(path: "src/", name: "src/a.swift", bytes: 30_000),
      AttachedFile(path: "src/", name: "src/b.swift", bytes: 4_000),
    ])

  @Test("Enter at a folder in the list takes it whole; Tab goes into it") func takeFolder() {
    var app = AppDriver(80, 24)
    app.type("Look at @s")
    app.tell(.completions(for: app.state.prompt.completionToken, [FoundPath("src/"), FoundPath("set.txt")]))
    app.press(Key(.tab))
    #expect(app.state.prompt.editor.text == "Look at @src/" && !app.effects.contains(.readAttachment(path: "src/")))
    app.tell(.completions(for: app.state.prompt.completionToken, [FoundPath("src/deep/"), FoundPath("src/a.swift")]))
    app.press(Key(.enter))
    #expect(app.effects == [.readAttachment(path: "src/deep/")])
    #expect(app.state.prompt.editor.text == "Look at deep/ ")
  }

  @Test("A folder is one chip with its count and size; it opens as a list and goes, or stays, as a whole")
  func folderChip() {
    var app = AppDriver(80, 24)
    app.tell(.attachmentsRead([folder]))
    #expect(app.screen.contains("src/ (2 files, 34 kB)"))
    app.press(.alt("o"))
    app.press(Key(.enter))
    #expect(app.screen.contains("files of src/") && app.screen.contains("src/b.swift"))
    app.press(Key(.delete))
    #expect(app.state.prompt.attachments == [folder] && app.screen.contains("It goes with its folder"))
    app.press(Key(.enter))
    #expect(app.effects == [.readForReview(folder.members[0])])
    app.press(Key(.escape))
    app.press(.alt("o"))
    app.press(Key(.delete))
    #expect(app.state.prompt.attachments.isEmpty)
    app.tell(.attachmentsRead([folder]))
    app.type("Go")
    app.press(Key(.enter))
    guard case .send(let draft)? = app.effects.first else {
      Issue.record("\(app.effects)")
      return
    }
    #expect(draft.attachmentPaths == ["src/"])
  }

  @Test("What looks like a file and is not attached is asked about before it is sent, and only that")
  func mentions() {
    func asked(_ mentions: [Mention], _ keys: [Key]) -> AppDriver {
      var app = AppDriver(80, 24)
      app.type("Why does @src/ fail, @someone? a@b.c")
      app.press(Key(.escape), Key(.enter))
      #expect(app.effects == [.checkMentions(["src/", "someone?"])])
      app.press(Key(.enter))
      #expect(app.effects.isEmpty, "it is asked once")
      app.tell(.mentionsChecked(mentions))
      for key in keys { app.press(key) }
      return app
    }
    let found = Mention(word: "src/", path: "src/")
    var app = asked([], [])
    guard case .send(let plain)? = app.effects.first else {
      Issue.record("\(app.effects)")
      return
    }
    #expect(plain.text.contains("@src/") && plain.attachmentPaths.isEmpty)
    app = asked([found], [])
    #expect(app.effects.isEmpty && app.screen.contains("not attached: @src/") && app.screen.contains("attach and send"))
    app.press(Key(.enter))
    guard case .send(let draft)? = app.effects.first else {
      Issue.record("\(app.effects)")
      return
    }
    #expect(draft.attachmentPaths == ["src/"])
    for keys in [[Key(.escape)], [Key(.down), Key(.enter)]] {
      app = asked([found], keys)
      #expect(app.effects.isEmpty && app.state.prompt.editor.text.contains("@src/") && app.state.layer == nil)
    }
    app = asked([found], [Key(.down), Key(.down), Key(.enter)])
    guard case .send(let text)? = app.effects.first else {
      Issue.record("\(app.effects)")
      return
    }
    #expect(text.attachmentPaths.isEmpty)
    // The first row is the safe one where there is nothing to attach.
    app = asked([Mention(word: "src/", path: nil)], [Key(.enter)])
    #expect(app.effects.isEmpty && app.state.prompt.editor.text.contains("@src/"))
    app = AppDriver(80, 24)
    app.tell(.attachmentsRead([folder]))
    app.type("See @src/a.swift")
    app.press(Key(.escape), Key(.enter))
    app.tell(.mentionsChecked([Mention(word: "src/a.swift", path: "src/a.swift")]))
    guard case .send? = app.effects.first else {
      Issue.record("\(app.effects)")
      return
    }
    app = AppDriver(80, 24)
    app.type("See @src/")
    app.press(Key(.escape), Key(.enter))
    app.type(" and more")
    app.tell(.mentionsChecked([found]))
    #expect(app.effects.isEmpty && app.state.layer == nil, "what was typed meanwhile is not sent")
  }
}
