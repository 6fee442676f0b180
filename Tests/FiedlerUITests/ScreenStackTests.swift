import Canvas
import Conversations
import TestSupport
import Testing

@testable import FiedlerUI

/// The screens over prompt and panes.
@Suite("The stack of screens") struct ScreenStackTests {
  /// Answers what was asked of the shell, as far as screens ask it.
  private static func answer(_ app: inout AppDriver) {
    for effect in app.effects {
      switch effect {
      case .loadHistory(_, _, let token):
        app.tell(.historyLoaded(for: token, HistoryPage(summaries: AppDriver.summaries(8))))
      case .previewConversation: app.tell(.previewLoaded(AppDriver.conversation, hits: []))
      case .openConversation: app.tell(.conversationLoaded(AppDriver.conversation))
      case .replay(_, let exchange): app.tell(.replay(AppDriver.conversation, exchange: exchange))
      case .compare(let old, let new, let token):
        app.tell(.compared(for: token, Comparison(old, new)))
      case .loadRecords(_, let token): app.tell(.recordsLoaded(for: token, LogSamples.records))
      case .loadParked: app.tell(.parkedLoaded([]))
      case .delete(let id): app.tell(.conversationDeleted(id))
      default: break
      }
    }
  }

  @Test("Whatever keys are pressed, every screen stays whole, and Escape leads home", arguments: 0..<12)
  func randomKeys(_ seed: Int) {
    var random = Seeded(UInt64(seed))
    let keys = Set(Actions.all.flatMap { KeyMap().keys(of: $0.id) }).sorted { KeyName.text($0) < KeyName.text($1) }
    let sizes = ScreenTests.sizes
    var app = AppDriver.streaming(100, 30)
    for step in 0..<300 {
      if step % 40 == 0 { app.tell(.input(.resize(sizes[Int.random(in: 0..<sizes.count, using: &random)]))) }
      if step % 7 == 0 { app.advance(to: app.state.now + .milliseconds(Int.random(in: 1...900, using: &random))) }
      app.press(keys[Int.random(in: 0..<keys.count, using: &random)])
      Self.answer(&app)
      if step % 3 == 0 { #expect(app.frame.size == app.state.size) }
      #expect(app.state.screens.count <= 4, "no screen lies twice in the stack")
    }
    for _ in 0..<60 where !isHome(app) {
      app.press(Key(.escape))
      Self.answer(&app)
    }
    #expect(isHome(app), "\(app.screen)")
  }

  private func isHome(_ app: AppDriver) -> Bool {
    app.state.isComposing && app.state.layer == nil && app.state.focus == .prompt
  }

  @Test("What lies beneath is found as it was: a comparison under the Godot log, the history under a replay")
  func beneath() {
    var app = AppDriver.streaming(120, 30)
    app.press(Key(.tab))
    app.press("d")
    Self.answer(&app)
    #expect(app.state.screen == .diff)
    let before = app.frame
    app.press(Key(.function(2)))
    Self.answer(&app)
    #expect(app.state.screen == .log)
    app.press(Key(.escape))
    #expect(app.state.screen == .diff && app.frame == before)

    app.press(.control("s"))
    Self.answer(&app)
    app.press("j")
    let row = app.state.history.selected
    app.press("p")
    Self.answer(&app)
    #expect(app.state.screen == .replay)
    app.press(Key(.escape))
    #expect(app.state.screen == .history && app.state.history.selected == row)
  }

  @Test("What is chosen in a list over a replay does not leave it, whichever key chooses it")
  func listOverReplay() {
    for key in [Key(.enter), Key(.enter, .alt)] {
      var app = AppDriver.replay(100, 30)
      app.press(.control("p"))
      app.type("Zoom the pane")
      app.press(key)
      #expect(app.state.screen == .replay && app.state.isZoomed, "\(key)")
    }
  }

  @Test("Help opens at the keys of the place where it is asked for")
  func helpAtThePlace() {
    var app = AppDriver.streaming(80, 24)
    func heading() -> String {
      let lines = app.screen.split(separator: "\n")
      let rule = lines.firstIndex { $0.contains("├──") } ?? 0
      return lines[rule + 1].split(separator: "│").last.map { $0.trimmingPrefix(" ") }.map(String.init) ?? ""
    }
    app.press(Key(.function(1)))
    #expect(heading().hasPrefix("Prompt"), "\(app.screen)")
    app.press(Key(.escape), Key(.tab))
    app.press("?")
    #expect(heading().hasPrefix("Panes"), "\(app.screen)")
    app.press(Key(.escape))
    app.press("t")
    app.press("?")
    #expect(heading().hasPrefix("Tree"), "\(app.screen)")
    app.press(Key(.escape))
    app.press(.control("s"))
    app.press("?")
    #expect(heading().hasPrefix("History"), "\(app.screen)")
  }

  @Test("Typing narrows help by words, keys and headings; Enter does what is selected")
  func helpDoes() {
    var app = AppDriver.streaming(120, 40)
    app.press(Key(.function(1)))
    app.type("zoom")
    #expect(app.screen.contains("Zoom the pane") && !app.screen.contains("Scroll down"))
    app.press(Key(.enter))
    #expect(app.state.layer == nil && app.state.isZoomed)
    app.press(Key(.function(1)))
    app.type("history its tags")
    app.press(Key(.enter))
    #expect(app.state.screen == .history && app.screen.contains("Change its tags: press t here"))
    app.press(Key(.escape))
    app.press(Key(.function(1)))
    app.type("yank what")
    app.press(Key(.enter))
    #expect(app.state.layer != nil && app.screen.contains("is for text that is being typed"))
    app.press(Key(.escape))
    #expect(app.state.layer == nil)
  }

  @Test(
    "On a wide screen help stands in columns, and every entry can be reached on some page",
    arguments: [40, 80, 120, 200])
  func helpPages(_ width: Int) {
    let rows = HelpTable.rows(KeyMap())
    let layout = HelpLayout(rows, Size(width: width, height: 24))
    let shown = layout.pages.flatMap { $0.flatMap(\.self) }
    #expect(Set(shown) == Set(rows.indices.filter { rows[$0] != .gap }).union(shown))
    #expect(layout.pages.allSatisfy { $0.allSatisfy { $0.count <= layout.height } })
    #expect(layout.pages[0].count == (width < 104 ? 1 : width < 154 ? 2 : 3))
    var app = AppDriver(width, 24)
    app.press(Key(.function(1)))
    app.press(Key(.end))
    #expect(app.screen.contains("page \(layout.pages.count) of \(layout.pages.count)") || width == 40)
  }

  @Test("An action that cannot be done now says why, and nothing else happens")
  func objections() {
    var app = AppDriver(100, 30)
    app.send("One")
    app.press(Key(.tab))
    app.press(")")
    app.press(")")
    app.press(")")
    #expect(app.state.toasts.last?.text == "No pane stands there to change places with" && app.effects.isEmpty)
    app.press(.control("s"))
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: [])))
    app.press("d")
    #expect(app.state.toasts.last?.text == "There is no conversation here yet" && app.effects.isEmpty)
  }
}
