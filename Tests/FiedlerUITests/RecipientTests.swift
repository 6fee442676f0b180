import FoundationEssentials
import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Whom a prompt goes to") struct RecipientTests {
  private func answered(_ width: Int = 140, _ height: Int = 40) -> AppDriver {
    var app = AppDriver(width, height, models: ["a", "b", "c"])
    app.send("First")
    for model in 0..<3 {
      app.event(model, .text("answer \(model)"), at: .seconds(1))
      app.event(model, .finished(.stop), at: .seconds(1))
    }
    return app
  }

  @Test("a in a pane asks its model alone, once: the others' panes stay, dim, and the prompt after goes to all again")
  func alone() throws {
    var app = answered()
    app.press(Key(.tab), Key(.tab))
    app.press("a")
    #expect(app.state.focus == .prompt && app.screen.contains("Ask b alone …"))
    #expect(app.screen.contains("once to ○1 a  ●2 b  ○3 c"), "\(app.screen)")
    app.send("Second", number: 2)
    #expect(app.state.conversation?.exchanges.last?.prompt.models == [AppDriver.model("b")])
    #expect(app.state.panes.map(\.model.name) == ["a", "b", "c"])
    #expect(app.screen.components(separatedBy: "not asked").count == 3 && app.screen.contains("answer 2"))
    let row = try #require((0..<40).first { app.frame.text(row: $0).contains("answer 0") })
    #expect(app.frame.row(row).contains { $0.style.foreground == Theme.fallback.dim.foreground })
    #expect(app.screen.contains("to a, b, c"))
    app.event(0, .finished(.stop), at: .seconds(2), number: 2)
    app.send("Third", number: 3)
    #expect(app.state.conversation?.exchanges.last?.prompt.models.count == 3)
  }

  @Test("Alt and a number leave a model out until they ask it again; one is always asked; Alt+0 asks all")
  func toggles() {
    var app = answered()
    app.press(.alt("2"))
    app.send("Second", number: 2)
    #expect(app.state.conversation?.exchanges.last?.prompt.models.map(\.name) == ["a", "c"])
    #expect(app.state.recipients.map(\.name) == ["a", "c"], "it stays so")
    app.press(.alt("1"))
    app.press(.alt("3"))
    #expect(app.state.recipients.map(\.name) == ["c"] && app.screen.contains("the only one that is asked"))
    app.press(.alt("7"))
    #expect(app.screen.contains("There is no model 7"))
    app.press(.alt("0"))
    #expect(app.state.recipients.count == 3)
  }

  @Test("A conversation whose last prompt went to one alone is opened with all panes, and asks all")
  func reopened() throws {
    var app = answered()
    app.press(Key(.tab))
    app.press("a")
    app.send("Second", number: 2)
    app.event(0, .finished(.stop), at: .seconds(2), number: 2)
    let conversation = try #require(app.state.conversation)
    var later = AppDriver(140, 40, models: ["x"])
    later.state.open(conversation, continues: false)
    #expect(later.state.panes.map(\.model.name) == ["a", "b", "c"] && later.state.chosenModels.count == 3)
  }

  @Test("Estimates and warnings are those of the models that are asked")
  func estimates() {
    var app = AppDriver(120, 24)
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: []))
    app.state.world.chosenModels = AppDriver.catalog.map(\.reference)
    app.tell(.attachmentsRead([AttachedFile(path: "a", name: "a", bytes: 40_000)]))
    #expect(app.screen.contains("⚠ smollm2 holds"))
    let place = AppDriver.catalog.firstIndex { $0.label == "smollm2" } ?? 0
    app.press(.alt(Character(String(place + 1))))
    #expect(!app.screen.contains("⚠"))
  }
}

@Suite("Another model in a model's place") struct SuccessorTests {
  private func answered() -> AppDriver {
    var app = AppDriver(140, 40, models: ["a", "b", "c"])
    app.send("First")
    for model in 0..<3 {
      app.event(model, .text("answer \(model)"), at: .seconds(1))
      app.event(model, .finished(.stop), at: .seconds(1))
    }
    app.state.world.models.append(ModelChoice(reference: AppDriver.model("d"), label: "d"))
    return app
  }

  @Test("M and Enter ask another model from the next prompt on, in the same place, and it sees the answers so far")
  func swapped() {
    var app = answered()
    app.press(Key(.tab), Key(.tab))
    app.press("M")
    #expect(app.screen.contains("in the place of b") && app.screen.contains("sees b's answers so far"))
    app.type("d")
    app.press(Key(.enter))
    #expect(app.state.chosenModels.map(\.name) == ["a", "d", "c"] && app.state.focus == .prompt)
    #expect(!app.state.isNewHere(AppDriver.model("d")))
    #expect(
      app.state.estimatedTokens(for: AppDriver.model("d")) == app.state.estimatedTokens(for: AppDriver.model("b")))
    app.send("Second", number: 2)
    #expect(
      app.state.conversation?.exchanges.last?.prompt.successions
        == [Succession(AppDriver.model("d"), after: AppDriver.model("b"))])
    #expect(app.state.panes.map(\.model.name) == ["a", "d", "c"], "it stands where the other stood")
    #expect(app.screen.contains("in b's place: it saw its answers"))
    #expect(app.state.world.successions.isEmpty, "declared once")
  }

  @Test("M and Alt+Enter ask it without what the other had said")
  func blind() {
    var app = answered()
    app.press(Key(.tab), Key(.tab))
    app.press("M")
    app.press(Key(.enter, .alt))
    #expect(app.state.isNewHere(AppDriver.model("d")))
    app.send("Second", number: 2)
    #expect(app.state.conversation?.exchanges.last?.prompt.successions == [])
  }

  @Test("Who takes the place of one that was to take a place sees what that one would have seen")
  func twice() {
    var app = answered()
    app.state.world.models.append(ModelChoice(reference: AppDriver.model("e"), label: "e"))
    _ = app.state.compose.replace(
      AppDriver.model("b"), by: AppDriver.model("d"), seesAnswers: true, &app.state.world)
    _ = app.state.compose.replace(
      AppDriver.model("d"), by: AppDriver.model("e"), seesAnswers: true, &app.state.world)
    #expect(app.state.world.successions == [Succession(AppDriver.model("e"), after: AppDriver.model("b"))])
  }
}
