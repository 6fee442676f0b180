import Canvas
import Conversations
import Testing

@testable import FiedlerUI

/// Every screen and what can lie over one, reached by keys alone.
@Suite("On a small terminal") struct SmallScreenTests {
  /// Where keys lead, and what shows there which thing has them.
  struct Place: CustomTestStringConvertible {
    var testDescription: String
    var open: @Sendable (Size) -> AppDriver
    var focus: Focus
  }

  enum Focus {
    /// The terminal's cursor.
    case cursor
    /// A row on the selection's background.
    case row
    /// A focused border.
    case border
    /// Whatever text this is.
    case text(String)
  }

  static let places: [Place] = [
    Place(testDescription: "welcome", open: { AppDriver($0.width, $0.height) }, focus: .cursor),
    Place(testDescription: "streams", open: { .streaming($0.width, $0.height) }, focus: .cursor),
    Place(
      testDescription: "pane",
      open: { size in
        var app = AppDriver.streaming(size.width, size.height)
        app.press(Key(.tab))
        return app
      }, focus: .border),
    Place(
      testDescription: "zoomed pane",
      open: { size in
        var app = AppDriver.streaming(size.width, size.height)
        app.press(Key(.tab))
        app.press("z")
        return app
      }, focus: .border),
    Place(
      testDescription: "find",
      open: { size in
        var app = AppDriver.streaming(size.width, size.height)
        app.press(Key(.tab))
        app.press("/")
        app.type("delay")
        return app
      }, focus: .cursor),
    Place(
      testDescription: "long prompt",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.type("a prompt\nof many\nlines, the last of which is longer than the terminal is wide")
        return app
      }, focus: .cursor),
    Place(
      testDescription: "options",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.type("/options")
        app.press(Key(.enter))
        app.type("9")
        app.press(Key(.enter))
        return app
      }, focus: .cursor),
    Place(
      testDescription: "completion",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.press("/")
        return app
      }, focus: .cursor),
    Place(
      testDescription: "search in earlier prompts",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.tell(.promptHistory(["Review the retry logic", "And the delay?"]))
        app.press(.control("r"))
        app.type("re")
        return app
      }, focus: .cursor),
    Place(
      testDescription: "history",
      open: { size in
        var app = AppDriver.history(size.width, size.height)
        app.answerHistory(AppDriver.summaries(30))
        app.press("j")
        return app
      }, focus: .row),
    Place(testDescription: "history search", open: { .searched($0.width, $0.height) }, focus: .cursor),
    Place(
      testDescription: "history preview",
      open: { size in
        var app = AppDriver.searched(size.width, size.height)
        app.press(Key(.enter))
        app.press(Key(.tab))
        return app
      }, focus: .text("delay")),
    Place(
      testDescription: "history title",
      open: { size in
        var app = AppDriver.history(size.width, size.height)
        app.answerHistory(AppDriver.summaries(30))
        app.press("m")
        return app
      }, focus: .cursor),
    Place(
      testDescription: "export picker",
      open: { size in
        var app = AppDriver.history(size.width, size.height)
        app.answerHistory(AppDriver.summaries(30))
        app.press("e")
        return app
      }, focus: .row),
    Place(
      testDescription: "replay",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.press(.control("s"))
        app.answerHistory(AppDriver.summaries(3))
        app.press("p")
        app.tell(.replay(AppDriver.replayed(), exchange: nil))
        return app
      }, focus: .text("▲")),
    Place(
      testDescription: "tree",
      open: { size in
        var app = AppDriver.forked(size.width, size.height)
        app.press("t")
        return app
      }, focus: .row),
    Place(
      testDescription: "what still runs",
      open: { size in
        var app = AppDriver.streaming(size.width, size.height)
        app.type("/running")
        app.press(Key(.enter))
        return app
      }, focus: .row),
    Place(testDescription: "batches", open: { BatchScreenTests.list($0.width, $0.height) }, focus: .row),
    Place(testDescription: "batch", open: { BatchScreenTests.opened($0.width, $0.height) }, focus: .row),
    Place(
      testDescription: "diff", open: { .comparing($0.width, $0.height, [AppDriver.older, AppDriver.newer]) },
      focus: .text("What differs")),
    Place(testDescription: "log", open: { .records($0.width, $0.height) }, focus: .row),
    Place(
      testDescription: "log record",
      open: { size in
        var app = AppDriver.records(size.width, size.height)
        app.press(Key(.enter))
        return app
      }, focus: .text("record")),
    Place(
      testDescription: "log filter",
      open: { size in
        var app = AppDriver.records(size.width, size.height)
        app.press("/")
        return app
      }, focus: .cursor),
    Place(testDescription: "outbox", open: { .outbox($0.width, $0.height) }, focus: .row),
    Place(
      testDescription: "help",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.press("?")
        return app
      }, focus: .text("help")),
    Place(
      testDescription: "palette",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.press(.control("p"))
        return app
      }, focus: .row),
    Place(
      testDescription: "models",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.tell(.modelsLoaded(AppDriver.catalog, defaults: []))
        app.press(.control("o"))
        return app
      }, focus: .row),
    Place(testDescription: "name of a set", open: { ModelSetTests.naming($0.width, $0.height, "x") }, focus: .cursor),
    Place(
      testDescription: "themes",
      open: { size in
        var app = AppDriver(size.width, size.height)
        app.tell(.themesLoaded([ThemeChoice(slug: "dark", theme: .fallback)]))
        return app
      }, focus: .row),
    Place(
      testDescription: "verdict",
      open: { size in
        var app = VerdictTests.answered(size.width, size.height)
        app.press("J")
        return app
      }, focus: .row),
    Place(
      testDescription: "note",
      open: { size in
        var app = VerdictTests.answered(size.width, size.height)
        app.press("-")
        VerdictTests.tell(&app)
        app.press("J")
        app.type("note")
        app.press(Key(.enter))
        return app
      }, focus: .cursor),
    Place(testDescription: "statistics", open: { StatisticsTests.opened($0.width, $0.height) }, focus: .row),
    Place(
      testDescription: "ranking",
      open: { size in
        var app = StatisticsTests.opened(size.width, size.height)
        app.press(Key(.tab))
        return app
      }, focus: .row),
    Place(
      testDescription: "quit question",
      open: { size in
        var app = AppDriver.streaming(size.width, size.height)
        app.press(.control("q"))
        return app
      }, focus: .text("y/n")),
  ]

  static let sizes = [Size(width: 40, height: 12), Size(width: 20, height: 6)]

  @Test("The status bar and what has the keys are seen, whatever is open", arguments: sizes, places)
  func usable(_ size: Size, _ place: Place) {
    let app = place.open(size)
    let frame = app.frame
    let theme = Theme.fallback
    #expect(frame.text(row: size.height - 1).contains("Godot"), "\(app.screen)")
    switch place.focus {
    case .cursor: #expect(frame.cursor.map(frame.bounds.contains) == true, "\(app.screen)")
    case .row:
      let isSeen = frame.cells.contains { $0.style.background == theme.selection && $0.scalar != 0x20 }
      #expect(isSeen, "\(app.screen)")
    case .border:
      let color = theme.focusedBorder.foreground
      #expect(frame.cells.contains { $0.scalar == 0x256D && $0.style.foreground == color }, "\(app.screen)")
    case .text(let text): #expect(app.screen.contains(text), "\(app.screen)")
    }
  }

  @Test("The Godot log's counts stay apart where they do not fit in a row")
  func logCounts() {
    let app = AppDriver.records(20, 6)
    #expect(app.frame.text(row: 1) == " 0 waiting · 1,204…", "\(app.screen)")
  }

  @Test("Every key of the table is taken in every place, and Escape leads back to the prompt", arguments: sizes, places)
  func keys(_ size: Size, _ place: Place) {
    let keys = Set(Actions.all.flatMap { KeyMap().keys(of: $0.id) })
    for key in keys.sorted(by: { KeyName.text($0) < KeyName.text($1) }) {
      var app = place.open(size)
      app.press(key)
      #expect(app.frame.size == size)
      app.press(key)
      #expect(app.frame.size == size)
    }
    var app = place.open(size)
    for _ in 0..<6 { app.press(Key(.escape)) }
    #expect(app.state.screen == .compose && app.state.layer == nil && app.state.focus == .prompt)
    #expect(app.frame.cursor != nil)
  }
}
