import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Before the models are known") struct EarlyPromptTests {
  private func early() -> AppDriver {
    var app = AppDriver(80, 24)
    app.state = AppState(launchedAt: AppDriver.launch)
    app.tell(.input(.resize(Size(width: 80, height: 24))))
    return app
  }

  @Test("Enter waits for the models and sends the prompt once they are there")
  func waits() {
    var app = early()
    app.type("Why?")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty)
    #expect(app.state.prompt.editor.text == "Why?")
    let model = AppDriver.model("one")
    app.tell(.modelsLoaded([ModelChoice(reference: model)], defaults: [model]))
    #expect(app.effects == [.send(SendDraft(conversation: nil, text: "Why?", attachmentPaths: [], models: [model]))])
  }

  @Test("What is wrong with the models stays on the screen, and the prompt stays in the editor")
  func problem() {
    var app = early()
    app.type("Why?")
    app.press(Key(.enter))
    app.tell(.modelsFailed("models.yaml:3: providers.x.base_url: missing"))
    #expect(app.effects.isEmpty)
    #expect(app.state.prompt.editor.text == "Why?")
    app.tell(.tick(now: .seconds(60)))
    #expect(app.screen.contains("models.yaml:3: providers.x.base_url: missing"))
  }
}
