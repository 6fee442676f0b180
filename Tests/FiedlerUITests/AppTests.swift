import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("App") struct AppTests {
  @Test("Ctrl+Q quits at once when nothing streams, and asks when something does")
  func quit() {
    var idle = AppDriver(80, 24)
    idle.press(.control("q"))
    #expect(idle.effects == [.quit])
    var app = AppDriver.streaming(80, 24)
    app.press(.control("q"))
    #expect(app.effects.isEmpty)
    #expect(app.screen.contains("2 answers are still streaming. Quit and keep what has come? y/n"))
    app.press("n")
    #expect(app.state.layer == nil)
    app.press(.control("q"))
    app.press("x")
    #expect(app.effects.isEmpty)
    app.press("y")
    #expect(app.effects == [.cancelAll, .quit])
  }

  @Test("Ctrl+C twice within two seconds quits, once does not")
  func interrupt() {
    var app = AppDriver(80, 24)
    app.press(.control("c"))
    #expect(app.effects.isEmpty)
    #expect(app.screen.contains("^C again quits"))
    app.advance(to: .seconds(3))
    app.press(.control("c"))
    #expect(app.effects.isEmpty)
    app.press(.control("c"))
    #expect(app.effects == [.quit])
  }

  @Test("Another key between two Ctrl+C forgets the first")
  func interruptForgotten() {
    var app = AppDriver(80, 24)
    app.press(.control("c"))
    app.press(Key(.tab))
    app.press(.control("c"))
    #expect(app.effects.isEmpty)
  }

  @Test("Suspend, redraw and the editor are asked of the shell from any screen")
  func shellKeys() {
    var app = AppDriver(80, 24)
    for _ in 0..<2 {
      app.press(.control("z"))
      #expect(app.effects == [.suspend])
      app.press(.control("l"))
      #expect(app.effects == [.redraw])
      app.press(.control("s"))
    }
  }

  @Test("? is help in an empty prompt and text in any other")
  func questionMark() {
    var app = AppDriver(80, 24)
    app.type("Why")
    app.press("?")
    #expect(app.state.prompt.editor.text == "Why?")
    #expect(app.state.layer == nil)
    app.press(.control("u"))
    app.press("?")
    #expect(app.screen.contains("╭─ help ") || app.screen.contains(" help "))
    app.press("?")
    #expect(app.state.layer == nil)
  }

  @Test("Ctrl+N leaves the conversation and what was typed stays")
  func new() {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("One")
    app.event(0, .finished(.stop), at: .seconds(1))
    app.type("Draft")
    app.press(.control("n"))
    #expect(app.state.conversation == nil)
    #expect(app.state.prompt.editor.text == "Draft")
    app.press(Key(.enter))
    guard case .send(let draft) = app.effects.first else {
      Issue.record("not sent")
      return
    }
    #expect(draft.conversation == nil)
  }

  @Test("Notices take no keys and go by the clock")
  func toasts() {
    var app = AppDriver(80, 24)
    app.tell(.toast("Saved", .success))
    #expect(app.screen.contains("Saved"))
    app.type("abc")
    #expect(app.state.prompt.editor.text == "abc")
    // What was typed is kept first.
    #expect(app.state.nextChange == .seconds(1))
    app.advance(to: .seconds(1))
    #expect(app.state.nextChange == .seconds(4))
    app.advance(to: .seconds(4))
    #expect(!app.screen.contains("Saved"))
    #expect(app.state.nextChange == nil)
  }

  @Test("Notices have rows of their own on every screen, and cover nothing")
  func toastPlaces() {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Count")
    app.event(0, .text((1...100).map { "line \($0)" }.joined(separator: "\n")), at: .seconds(1))
    for number in 1...4 { app.tell(.toast("Notice \(number)", .info)) }
    #expect(app.screen.contains("line 100") && app.screen.contains("line 95"))
    #expect(app.frame.text(row: 0).contains("Count"))
    #expect(app.frame.text(row: 17).hasPrefix("╰") && app.frame.text(row: 22).contains("Ask them all"))
    for number in 1...4 { #expect(app.frame.text(row: 17 + number).contains("Notice \(number)")) }
    for key in [Key.control("s"), Key(.function(2))] {
      app.press(key)
      for number in 1...4 { #expect(app.frame.text(row: 18 + number).contains("Notice \(number)")) }
      #expect(app.frame.text(row: 18).hasPrefix("╰"))
    }
    for _ in 0..<2 { app.press(Key(.escape)) }
    app.advance(to: .seconds(9))
    #expect(!app.screen.contains("Notice") && app.screen.contains("line 100"))
  }

  @Test(
    "While a notice stands, only the panes over it become lower; the prompt and the others stay", arguments: [80, 200])
  func toastRoom(_ width: Int) {
    var app = AppDriver.streaming(width, 30)
    let before = app.frame
    app.tell(.toast("Saved", .success))
    let changed = (0..<29).filter { before.text(row: $0) != app.frame.text(row: $0) }
    #expect(before.cursor == app.frame.cursor)
    let notice = (0..<30).first { app.frame.text(row: $0).contains("Saved") }
    #expect(changed.max() == notice && (changed.min() ?? 0) > 1)
  }

  @Test("The clock is asked for only while something on the screen depends on it")
  func nextChange() {
    var app = AppDriver(80, 24, models: ["a"])
    #expect(app.state.nextChange == nil)
    app.send("One")
    #expect(app.state.nextChange != nil)
    app.event(0, .finished(.stop), at: .seconds(1))
    app.advance(to: .seconds(1))
    #expect(app.state.nextChange == nil)
    app.tell(.health(LogHealth(state: .disconnected(reason: "gone"), nextRetry: .seconds(8))))
    #expect(app.state.nextChange == .seconds(2))
  }

  @Test("Nothing breaks at any size, in any state")
  func anySize() {
    var states = [AppDriver(80, 24), .streaming(80, 24), .streaming(200, 60)]
    var app = AppDriver.streaming(80, 24)
    app.type("A prompt with @So")
    app.tell(
      .completions(for: app.state.prompt.completionToken, [FoundPath("Sources/"), FoundPath("漢字漢字漢字漢字漢字漢字.txt")]))
    app.tell(.toast("A notice that is rather long and has to be wrapped in a narrow window, 漢字 too", .error))
    states.append(app)
    for keys in [[Key.control("p")], [.control("o")], [Key(.function(1))], [.control("q")], [.control("s")]] {
      var other = AppDriver.streaming(80, 24)
      for key in keys { other.press(key) }
      states.append(other)
    }
    states[states.count - 1].tell(
      .historyLoaded(
        for: states[states.count - 1].state.history.token,
        HistoryPage(summaries: AppDriver.summaries(30), next: HistoryCursor(place: ["30"]))))
    states[states.count - 1].tell(.previewLoaded(AppDriver.conversation, hits: []))
    let widths = Array(0...24) + [36, 40, 41, 59, 60, 72, 80, 120, 500]
    let heights = Array(0...16) + [20, 24, 60, 200]
    for (number, state) in states.enumerated() {
      for width in widths {
        // A part of the heights for each width: all widths and heights meet across the states.
        for height in heights where (width + height + number) % 4 == 0 {
          let size = Size(width: width, height: height)
          var app = state
          #expect(view(app.state, size: size, theme: .fallback, now: .seconds(9)).size == size)
          app.tell(.input(.resize(size)))
          #expect(app.frame.size == size)
          app.press(Key(.tab))
          app.press(Key(.pageUp))
          app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: width / 2, y: height / 2)))))
          #expect(app.frame.size == size)
          if let cursor = app.frame.cursor {
            #expect(app.frame.bounds.contains(cursor), "cursor at \(cursor) in \(size), state \(number)")
          }
        }
      }
    }
  }

  @Test("A window too small says so and how large it must be", arguments: [(19, 6), (20, 5), (8, 2), (500, 3)])
  func tooSmall(_ width: Int, _ height: Int) {
    let app = AppDriver.streaming(width, height)
    #expect(app.screen.contains("Too sm"))
    #expect(!app.screen.contains("│"))
  }
}
