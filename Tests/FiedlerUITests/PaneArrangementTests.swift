import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("How panes are arranged") struct PaneArrangementTests {
  private func app(_ width: Int, _ height: Int, _ count: Int) -> AppDriver {
    var app = AppDriver(width, height, models: (0..<count).map { "model-\($0)" })
    app.send("Arrange yourselves")
    app.press(Key(.tab))
    return app
  }

  private func rects(_ app: AppDriver) -> [Rect] { ComposeLayout(app.state, app.state.size).panes.map(\.rect) }

  @Test("v goes from the grid to columns, rows, tabs and back, and each is kept")
  func layouts() {
    var app = app(160, 40, 4)
    let grid = rects(app)
    #expect(Set(grid.map(\.x)).count == 2 && Set(grid.map(\.y)).count == 2)
    app.press("v")
    #expect(app.effects == [.keepArrangement(PaneArrangement(layout: .columns))])
    #expect(Set(rects(app).map(\.x)).count == 4 && Set(rects(app).map(\.y)).count == 1)
    app.press("v")
    #expect(Set(rects(app).map(\.x)).count == 1 && Set(rects(app).map(\.y)).count == 4)
    #expect(app.screen.contains("Panes: rows"))
    app.press("v")
    #expect(rects(app).count == 1)
    app.press("v")
    #expect(rects(app) != grid, "the notice has a row")
    app.advance(to: .seconds(5))
    #expect(rects(app) == grid)
  }

  @Test("Of one action's toasts the newest alone stands; another's stay beside it")
  func toasts() {
    var app = AppDriver.streaming(120, 40)
    app.press(Key(.tab))
    app.press("w")
    for _ in 0..<3 { app.press("v") }
    #expect(app.state.toasts.count == 2)
    #expect(app.state.toasts.map(\.text).last == "Panes: tabs" && app.state.toasts[0].text.contains("code"))
    app.tell(.toast("Something else", .info))
    app.tell(.toast("And more", .info))
    #expect(app.state.toasts.count == 4, "what nobody's key asked for is not about an action")
  }

  @Test("A layout that has no room is a grid or tabs until it has, and the screen says so")
  func noRoom() {
    var app = app(80, 24, 6)
    app.press("v")
    #expect(app.screen.contains("columns, once there is room for them"))
    #expect(app.state.world.arrangement.layout == .columns)
    app.tell(.input(.resize(Size(width: 200, height: 24))))
    #expect(Set(rects(app).map(\.x)).count == 6)
  }

  @Test("Where panes would be low, one is large and the others have a row each, with their last words; Tab goes on")
  func strip() {
    var app = app(80, 24, 6)
    app.event(3, .text("What is said at last"), at: .seconds(1))
    let layout = ComposeLayout(app.state, app.state.size)
    #expect(layout.panes.map(\.index) == [0] && layout.strip.height == 5 && layout.tabs.isEmpty)
    #expect(app.screen.contains("◐ model-3  ~5  What is said at last") || app.screen.contains("What is said at last"))
    app.press(Key(.tab))
    #expect(ComposeLayout(app.state, app.state.size).panes.map(\.index) == [1])
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 5, y: layout.strip.y)))))
    #expect(app.state.activePane == 2)
    app.press("z")
    #expect(ComposeLayout(app.state, app.state.size).strip.isEmpty, "zoomed it is alone")
  }

  @Test("An empty prompt is one row on a low screen, and what is typed does not change how panes are laid out")
  func emptyPrompt() {
    var app = app(80, 24, 3)
    app.press(Key(.escape))
    #expect(ComposeLayout(app.state, app.state.size).prompt.height == 1 && app.screen.contains("❯ Ask them all"))
    let shown = rects(app).count
    app.type("a")
    #expect(ComposeLayout(app.state, app.state.size).prompt.height == 3 && rects(app).count == shown)
    for _ in 0..<6 { app.press(.control("j")) }
    #expect(rects(app).count == shown)
    #expect(ComposeLayout(AppDriver.streaming(120, 40).state, Size(width: 120, height: 40)).prompt.height == 3)
  }

  @Test("( and ) move a pane; the order is kept, and is the next conversation's too")
  func order() {
    var app = app(160, 40, 3)
    app.press("(")
    #expect(app.effects.isEmpty, "the first one has nothing before it")
    app.press(")")
    let order = ["model-1", "model-0", "model-2"].map(AppDriver.model)
    #expect(app.effects == [.keepArrangement(PaneArrangement(order: order))])
    #expect(app.state.panes.map(\.model) == order && app.state.activePane == 1)
    app.press(.control("n"))
    app.send("Again", number: 2)
    #expect(app.state.panes.map(\.model) == order)
  }

  @Test("What was kept at the last start arranges the panes, unless the user was faster")
  func loaded() {
    var fast = app(160, 40, 3)
    let kept = PaneArrangement(layout: .rows, order: [AppDriver.model("model-2")])
    var slow = fast
    slow.tell(.arrangementLoaded(kept))
    #expect(slow.state.panes.map(\.model.name) == ["model-2", "model-0", "model-1"])
    #expect(slow.state.panes[slow.state.activePane].model.name == "model-0", "the focus stays on its pane")
    #expect(Set(rects(slow).map(\.y)).count == 3)
    fast.press("v")
    fast.tell(.arrangementLoaded(kept))
    #expect(fast.state.world.arrangement.layout == .columns)
  }

  @Test("32 models can be watched at any size, in every layout", arguments: PaneArrangement.Layout.allCases)
  func many(layout: PaneArrangement.Layout) {
    for (width, height) in [(20, 6), (40, 12), (80, 24), (200, 60), (400, 200)] {
      var app = app(width, height, 32)
      app.tell(.arrangementLoaded(PaneArrangement(layout: layout)))
      for model in 0..<32 { app.event(model, .text("Answer \(model)"), at: .seconds(1)) }
      let area = Rect(x: 0, y: 0, width: width, height: height)
      let shown = rects(app)
      #expect(shown.count == 32 || shown.count <= 1)
      #expect(shown.allSatisfy { $0.intersection(area) == $0 })
      for _ in 0..<31 { app.press(Key(.tab)) }
      #expect(app.screen.contains("Answer 31") || height < 12)
    }
  }
}
