import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("The figures of a pane") struct PaneFiguresTests {
  @Test("The rate counts what came after the first token, and a burst has none")
  func rate() {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Fast")
    app.event(0, .firstToken, at: .seconds(1))
    app.event(0, .text("a"), at: .seconds(1))
    app.event(0, .text("b"), at: .milliseconds(1010))
    app.event(0, .usage(Usage(promptTokens: 1, completionTokens: 101)), at: .milliseconds(1010))
    app.advance(to: .seconds(3))
    #expect(app.screen.contains("101 tok") && !app.screen.contains("/s"))
    app.event(0, .text("c"), at: .seconds(3))
    #expect(app.screen.contains("101 tok · 50/s"))
    app.event(0, .finished(.stop), at: .seconds(9))
    #expect(app.screen.contains("101 tok · 50/s"), "what came after the last text is not decoding")
  }

  @Test("A cost is shown where the price and both counts are known")
  func cost() {
    var app = AppDriver(80, 24, models: [])
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: [AppDriver.catalog[0].reference]))
    app.send("Cheap")
    app.event(0, .text("x"), at: .seconds(1))
    app.event(0, .usage(Usage(promptTokens: 1_000, completionTokens: 2_000)), at: .seconds(1))
    #expect(app.screen.contains("$0.0014 · 2,000 tok"), "\(app.screen)")
  }

  @Test("What fits of the figures is told by its worth: cost, tokens, rate, first token")
  func worth() throws {
    var app = AppDriver(200, 24, models: [])
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: [AppDriver.catalog[0].reference]))
    app.send("Cheap")
    app.event(0, .firstToken, at: .milliseconds(500))
    app.event(0, .text("x"), at: .milliseconds(500))
    app.event(0, .text("x"), at: .seconds(2))
    app.event(0, .usage(Usage(promptTokens: 1_000, completionTokens: 2_000)), at: .seconds(2))
    app.event(0, .finished(.stop), at: .seconds(2))
    let figures = PaneFigures(state: StageLook(app.state.stage, app.state.world), theme: .fallback, now: .zero)
    let pane = app.state.panes[0]
    let reply = try #require(app.state.currentReply(pane.model))
    for (columns, words) in [
      (80, "$0.0014 · 2,000 tok · 1,333/s · first 0.50 s"), (34, "$0.0014 · 2,000 tok · 1,333/s"),
      (20, "$0.0014 · 2,000 tok"), (8, "$0.0014"), (3, ""),
    ] {
      let cells = figures.cells(pane, reply, columns: columns)
      #expect(String(String.UnicodeScalarView(cells.compactMap { Unicode.Scalar($0.scalar) })) == words)
    }
  }
}
