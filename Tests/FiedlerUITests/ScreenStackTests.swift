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
    var app = AppDriver.streaming(100, 30)
    app.press(Key(.function(1)))
    #expect(app.screen.contains("│ Everywhere"), "\(app.screen)")
    app.press(Key(.escape), Key(.tab))
    app.press("?")
    #expect(!app.screen.contains("│ Everywhere") && app.screen.contains("│ Panes"), "\(app.screen)")
    app.press(Key(.escape))
    app.press("t")
    app.press("?")
    #expect(!app.screen.contains("│ Panes") && app.screen.contains("│ Tree"), "\(app.screen)")
    app.press(Key(.escape))
    app.press(.control("s"))
    app.press("?")
    #expect(!app.screen.contains("│ Tree") && app.screen.contains("│ History"), "\(app.screen)")
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
