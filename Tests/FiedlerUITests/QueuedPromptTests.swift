import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Prompts sent while answers stream") struct QueuedPromptTests {
  private func drafts(_ app: AppDriver) -> [SendDraft] {
    app.effects.compactMap { if case .send(let draft) = $0 { draft } else { nil } }
  }

  private func end(_ app: inout AppDriver, number: Int = 1, models: Range<Int> = 0..<3) {
    for model in models { app.event(model, .finished(.stop), at: .seconds(9), number: number) }
  }

  @Test("A prompt waits for the answers, is shown as waiting, and is sent once when they have ended")
  func waits() {
    var app = AppDriver.streaming(80, 24)
    app.tell(.attachmentsRead([AttachedFile(path: "a", name: "a", bytes: 1)]))
    app.type("More")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty && app.state.prompt.editor.isEmpty && app.state.prompt.attachments.isEmpty)
    #expect(app.screen.contains("1 waiting"))
    app.event(0, .finished(.stop), at: .seconds(9))
    app.event(1, .finished(.stop), at: .seconds(9))
    #expect(drafts(app).isEmpty)
    app.event(2, .cancelled, at: .seconds(9))
    #expect(drafts(app).map(\.text) == ["More"])
    #expect(drafts(app).first?.attachmentPaths == ["a"])
    #expect(drafts(app).first?.parent == app.state.conversation?.exchanges.last?.id)
    #expect(drafts(app).first?.conversation == app.state.conversation?.id)
    #expect(!app.screen.contains("waiting"))
    app.startSend(drafts(app)[0], number: 2)
    #expect(app.state.conversation?.exchanges.count == 2)
    end(&app, number: 2)
    #expect(app.effects.isEmpty)
  }

  @Test("Several wait in order, each for the answers to the one before, and go to the models of their time")
  func order() {
    var app = AppDriver.streaming(120, 24)
    app.type("Two")
    app.press(Key(.enter))
    app.state.world.chosenModels = [AppDriver.model("deepseek-r1")]
    app.type("Three")
    app.press(Key(.enter))
    #expect(app.screen.contains("2 waiting"))
    end(&app)
    #expect(drafts(app).map(\.text) == ["Two"] && drafts(app)[0].models.count == 3)
    app.startSend(drafts(app)[0], number: 2)
    #expect(drafts(app).isEmpty)
    end(&app, number: 2)
    #expect(drafts(app).map(\.text) == ["Three"] && drafts(app)[0].models == [AppDriver.model("deepseek-r1")])
  }

  @Test("A prompt typed before its forerunner is stored goes to the conversation that this one begins")
  func pending() {
    var app = AppDriver(80, 24)
    app.type("One")
    app.press(Key(.enter))
    let first = drafts(app)
    app.type("Two")
    app.press(Key(.enter))
    #expect(drafts(app).isEmpty && app.state.prompt.editor.isEmpty)
    app.startSend(first[0])
    end(&app)
    #expect(drafts(app).map(\.text) == ["Two"] && drafts(app)[0].conversation == app.state.conversation?.id)
  }

  @Test("Escape takes the last one back, before what was typed since, with its files")
  func takenBack() {
    var app = AppDriver.streaming(80, 24)
    let file = AttachedFile(path: "a", name: "a", bytes: 1)
    app.type("Two")
    app.press(Key(.enter))
    app.tell(.attachmentsRead([file]))
    app.type("Three")
    app.press(Key(.enter))
    app.type("since")
    app.press(Key(.escape))
    #expect(app.state.prompt.editor.text == "Three\n\nsince" && app.state.prompt.attachments == [file])
    app.press(Key(.escape))
    #expect(app.state.prompt.editor.text == "Two\n\nThree\n\nsince" && app.state.queued.isEmpty)
    end(&app)
    #expect(drafts(app).isEmpty)
  }

  @Test("Where its forerunner cannot be sent, all that waits stands in the prompt again")
  func failed() {
    var app = AppDriver(80, 24)
    for text in ["One", "Two", "Three"] {
      app.type(text)
      app.press(Key(.enter))
    }
    app.tell(.sendFailed("The disk is full."))
    #expect(app.state.queued.isEmpty)
    for text in ["One", "Two", "Three"] { #expect(app.state.prompt.editor.text.contains(text)) }
  }

  @Test("It goes to its own conversation when the user is in another one by then")
  func elsewhere() {
    var app = AppDriver.streaming(80, 24)
    let conversation = app.state.conversation
    app.type("More")
    app.press(Key(.enter))
    app.press(.control("n"))
    #expect(app.state.conversation == nil)
    end(&app)
    #expect(drafts(app).map(\.conversation) == [conversation?.id])
    #expect(drafts(app).first?.parent == conversation?.exchanges.last?.id)
    app.startSend(drafts(app)[0], number: 2)
    #expect(app.state.conversation == nil)
  }

  @Test("What waits is kept with the draft, so that no end of the program loses it")
  func kept() {
    var app = AppDriver.streaming(80, 24)
    app.tell(.attachmentsRead([AttachedFile(path: "a", name: "a", bytes: 1)]))
    app.type("Two")
    app.press(Key(.enter))
    app.type("three")
    #expect(app.state.writtenPrompt.draft == UnsentDraft(text: "Two\n\nthree", files: ["a"]))
    app.advance(to: .seconds(100))
    #expect(
      app.effects.contains {
        if case .keepDraft(let written) = $0 { written.draft.text.hasPrefix("Two") } else { false }
      })
  }

  @Test("Commands are not kept waiting")
  func commands() {
    var app = AppDriver.streaming(80, 24)
    app.type("/stop")
    app.press(Key(.enter))
    #expect(app.effects.contains(.cancelAll) && app.state.queued.isEmpty)
  }
}
