import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Prompt") struct PromptTests {
  @Test("Enter sends the prompt with its files to the chosen models and empties the editor")
  func sends() {
    var app = AppDriver(80, 24)
    app.tell(.attachmentsRead([AttachedFile(path: "src/a.swift", name: "a.swift", bytes: 10)]))
    app.type("/system Be brief")
    app.press(Key(.enter))
    app.type("One\ntwo")
    app.press(Key(.enter))
    let models = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro"].map(AppDriver.model)
    let draft = SendDraft(
      conversation: nil, text: "One\ntwo", system: "Be brief", attachmentPaths: ["src/a.swift"], models: models)
    #expect(app.effects == [.send(draft)])
    #expect(app.state.prompt.editor.isEmpty)
    #expect(app.state.prompt.attachments.isEmpty)
  }

  @Test("/option sets what the models are to heed from then on, tells it, and takes it back; a mistake is not lost")
  func options() {
    var app = AppDriver(120, 24)
    func command(_ text: String) {
      app.type(text)
      app.press(Key(.enter))
    }
    command("/option temperature=0.2")
    command("/option stop=END")
    #expect(app.screen.contains("temperature=0.2 stop=[\"END\"]"))
    for prompt in ["One", "Two"] {
      command(prompt)
      guard case .send(let draft)? = app.effects.first else { return #expect(Bool(false), "nothing was sent") }
      #expect(draft.options.all.assignments == ["temperature=0.2", "stop=[\"END\"]"])
      app.tell(.sendFailed("no"))
      app.press(.control("u"))
    }
    command("/option temperature=")
    #expect(app.state.prompt.options.all.assignments == ["stop=[\"END\"]"])
    command("/option temperature=hot")
    #expect(app.state.prompt.editor.text == "/option temperature=hot")
    app.press(.control("u"))
    command("/option none")
    #expect(app.state.prompt.options.isEmpty)
    command("/option")
    #expect(app.state.toasts.last?.text.contains("No options are set") == true)
  }

  @Test("An empty or blank prompt is not sent", arguments: ["", "  ", "\n"])
  func blank(_ text: String) {
    var app = AppDriver(80, 24)
    app.type(text)
    app.press(Key(.enter))
    #expect(app.effects.isEmpty)
    #expect(app.state.toasts.isEmpty)
  }

  @Test("A prompt that cannot be sent returns to the editor with its files, before what was typed since")
  func restored() {
    var app = AppDriver(80, 24)
    let file = AttachedFile(path: "a", name: "a", bytes: 1)
    app.tell(.attachmentsRead([file]))
    app.type("First")
    app.press(Key(.enter))
    app.type("second")
    app.tell(.sendFailed("The disk is full."))
    #expect(app.state.prompt.editor.text == "First\n\nsecond")
    #expect(app.state.prompt.attachments == [file])
    #expect(app.screen.contains("The disk is full."))
    app.press(Key(.enter))
    app.tell(.sendFailed("The disk is full."))
    #expect(app.state.prompt.editor.text == "First\n\nsecond")
  }

  @Test("Without a chosen model the picker opens and the text stays")
  func noModel() {
    var app = AppDriver(80, 24, models: [])
    app.type("Hello")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty)
    #expect(app.state.prompt.editor.text == "Hello")
    guard app.state.layer is PickerLayer else {
      Issue.record("no picker")
      return
    }
  }

  @Test("A follow-up continues the conversation on the screen")
  func followUp() {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("First")
    app.event(0, .text("Answer"), at: .seconds(1))
    app.event(0, .finished(.stop), at: .seconds(1))
    app.type("Second")
    app.press(Key(.enter))
    guard case .send(let draft) = app.effects.first else {
      Issue.record("not sent")
      return
    }
    #expect(draft.conversation == AppDriver.id(1))
    app.startSend(draft, number: 2)
    #expect(app.state.conversation?.exchanges.count == 2)
    #expect(app.screen.contains("❯ First") && app.screen.contains("❯ Second"))
  }

  @Test("Commands run from the prompt and leave it empty")
  func commands() {
    var app = AppDriver(80, 24)
    app.type("/attach src/a.swift")
    app.press(Key(.enter))
    #expect(app.effects == [.readAttachment(path: "src/a.swift")])
    #expect(app.state.prompt.editor.isEmpty)
    app.type("/history retry")
    app.press(Key(.enter))
    #expect(app.effects == [.loadHistory(HistoryQuery("retry"), after: nil, token: 1)])
    app.press(Key(.escape), Key(.escape))
    app.type("/quit")
    app.press(Key(.escape), Key(.enter))
    #expect(app.effects == [.quit])
  }

  @Test("A mistyped command is neither run nor sent; a path or a sentence is sent")
  func unknownCommand() {
    var app = AppDriver(80, 24)
    app.type("/modle")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty)
    #expect(app.state.prompt.editor.text == "/modle")
    for text in ["/etc/passwd", "/foo is what?"] {
      var other = AppDriver(80, 24)
      other.type(text)
      other.press(Key(.enter))
      #expect(other.effects.count == 1, "\(text)")
    }
  }

  @Test("A command that needs an argument is put in the prompt, one that does not is run")
  func commandCompletion() {
    var app = AppDriver(80, 24)
    app.type("/att")
    app.press(Key(.tab))
    #expect(app.state.prompt.editor.text == "/attach ")
    app.press(.control("u"))
    app.type("/hel")
    app.press(Key(.enter))
    guard app.state.layer is HelpLayer else {
      Issue.record("no help")
      return
    }
    #expect(app.state.prompt.editor.isEmpty)
  }

  @Test("@ asks for paths, and only the newest answer is shown")
  func pathCompletion() {
    var app = AppDriver(80, 24)
    app.type("See @S")
    #expect(app.effects == [.completePath(prefix: "S", token: app.state.prompt.completionToken)])
    let stale = app.state.prompt.completionToken
    app.type("o")
    app.tell(.completions(for: stale, [FoundPath("Stale")]))
    #expect(!app.screen.contains("Stale"))
    app.tell(.completions(for: app.state.prompt.completionToken, [FoundPath("Sources/"), FoundPath("Some.txt")]))
    app.press(Key(.tab))
    #expect(app.state.prompt.editor.text == "See @Sources/")
    #expect(app.effects == [.completePath(prefix: "Sources/", token: app.state.prompt.completionToken)])
    app.tell(
      .completions(for: app.state.prompt.completionToken, [FoundPath("Sources/a.swift"), FoundPath("Sources/b.swift")]))
    app.press(Key(.down), Key(.enter))
    #expect(app.effects == [.readAttachment(path: "Sources/b.swift")])
    #expect(app.state.prompt.editor.text == "See b.swift ")
  }

  @Test("Escape closes the completions until something else is typed")
  func dismissed() {
    var app = AppDriver(80, 24)
    app.type("/h")
    #expect(app.state.isCompleting)
    app.press(Key(.escape))
    #expect(!app.state.isCompleting)
    app.type("e")
    #expect(app.state.isCompleting)
  }

  @Test("A bracketed paste never sends, and goes to the prompt from a pane too")
  func paste() {
    var app = AppDriver.streaming(80, 24)
    app.press(Key(.tab))
    app.tell(.input(.paste("line one\nline two\n")))
    #expect(app.effects.isEmpty)
    #expect(app.state.prompt.editor.text == "line one\nline two\n")
    #expect(app.state.focus == .prompt)
  }

  @Test("A model whose context window is too small for prompt, files and earlier turns is named")
  func windowWarning() {
    var app = AppDriver(120, 24)
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: []))
    app.state.world.chosenModels = AppDriver.catalog.map(\.reference)
    app.tell(.attachmentsRead([AttachedFile(path: "a", name: "a", bytes: 32_600)]))
    #expect(!app.screen.contains("⚠ smollm2 holds") && app.screen.contains("smollm2 ⚠ "), "\(app.screen)")
    app.type(String(repeating: "word ", count: 40))
    #expect(app.screen.contains("⚠ smollm2 holds 8.2k tok"))
  }

  @Test("$EDITOR gets the prompt and its text comes back; a failure leaves the prompt alone")
  func editor() {
    var app = AppDriver(80, 24)
    app.type("Draft")
    app.press(.control("g"))
    #expect(app.effects == [.openEditor("Draft")])
    app.tell(.edited(.failure(EditorFailure(message: "vi was not found"))))
    #expect(app.state.prompt.editor.text == "Draft")
    app.tell(.edited(.success("Longer\ndraft\n")))
    #expect(app.state.prompt.editor.text == "Longer\ndraft")
  }

  @Test("Ctrl+C clears the prompt, and undo brings the text back")
  func interruptClears() {
    var app = AppDriver(80, 24)
    app.type("Precious")
    app.press(.control("c"))
    #expect(app.effects.isEmpty)
    #expect(app.state.prompt.editor.isEmpty)
    app.press(.control("_"))
    #expect(app.state.prompt.editor.text == "Precious")
  }
}
