import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Panes") struct PaneTests {
  /// One model with so many lines of answer.
  private func app(lines: Int, _ width: Int = 80, _ height: Int = 24) -> AppDriver {
    var app = AppDriver(width, height, models: ["a"])
    app.send("Count")
    app.event(0, .firstToken, at: .milliseconds(100))
    app.event(0, .text((1...lines).map { "line \($0)\n" }.joined()), at: .milliseconds(200))
    return app
  }

  @Test("A pane follows the end until it is scrolled, then stays and counts what is new")
  func follow() {
    var app = app(lines: 100)
    #expect(app.screen.contains("line 100"))
    app.press(Key(.tab))
    app.press("k")
    #expect(!app.state.panes[0].follows)
    let before = app.frame.text(row: 5)
    app.event(0, .text("line 101\nline 102\nline 103\n"), at: .milliseconds(300))
    #expect(app.frame.text(row: 5) == before)
    #expect(app.screen.contains("↓ 3 new"))
    app.press("G")
    #expect(app.state.panes[0].follows)
    #expect(app.screen.contains("line 103"))
    #expect(!app.screen.contains("new ─"))
  }

  @Test("g and G, j and k, the page keys and the wheel scroll the focused pane")
  func scrolling() {
    var app = app(lines: 100)
    app.press(Key(.tab))
    app.press("g")
    #expect(app.screen.contains("❯ Count"))
    app.press("j")
    #expect(app.state.panes[0].firstRow == 1 && app.screen.contains("❯ Count"), "it stays in sight")
    app.press("k")
    #expect(app.state.panes[0].firstRow == 0)
    let page = app.state.panes[0].bodyHeight - 1
    app.press(Key(.pageDown))
    #expect(app.state.panes[0].firstRow == page)
    app.press(Key(.pageUp))
    #expect(app.state.panes[0].firstRow == 0)
    app.tell(.input(.mouse(Mouse(.wheelDown, at: Point(x: 5, y: 5)))))
    #expect(app.state.panes[0].firstRow == 3)
    for _ in 0..<200 { app.press("j") }
    #expect(app.state.panes[0].follows)
  }

  @Test("The page keys scroll the pane while the prompt has the focus")
  func pageFromPrompt() {
    var app = app(lines: 100)
    app.type("hm")
    app.press(Key(.pageUp))
    #expect(!app.state.panes[0].follows)
    #expect(app.state.prompt.editor.text == "hm")
  }

  @Test("Blank lines at an answer's end take no rows, and come back when text follows them")
  func blankEnd() {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Count")
    app.event(0, .text("one\n\n \n\n"), at: .milliseconds(100))
    let rows = app.state.panes[0].document.rowCount
    #expect(rows == 3, "the prompt, a gap and the answer")
    app.event(0, .text("two\n"), at: .milliseconds(200))
    #expect(app.state.panes[0].document.rowCount == rows + 2, "one blank row stays between")
    app.event(0, .text("\n\n"), at: .milliseconds(300))
    app.event(0, .cancelled, at: .milliseconds(400))
    #expect(app.state.panes[0].document.rowCount == rows + 2 + 3, "a gap and two notes")
    app.press(Key(.tab))
    for key in ["g", "G", "k", "j"] as [Character] { app.press(key) }
    #expect(app.state.panes[0].follows)
    #expect(app.screen.contains("Stopped by you."))
  }

  @Test("An answer that is not whole, or that ended for an odd reason, says so below")
  func notWhole() {
    var app = app(lines: 1, 80, 24)
    app.event(0, .damaged(SendFailure(.malformed, "1 event could not be read")), at: .milliseconds(300))
    app.event(0, .finished(.stop), at: .milliseconds(300))
    #expect(app.screen.contains("Not whole: 1 event could not be read"))
    for (reason, words) in [
      (FinishReason.other("pause_turn"), "Stopped: pause_turn"),
      (.toolCall, "It asked for a tool that nobody offered."),
    ] {
      var other = self.app(lines: 1, 80, 24)
      other.event(0, .finished(reason), at: .milliseconds(300))
      #expect(other.screen.contains(words))
    }
  }

  @Test("The footer offers to stop only what runs, and to ask again only what has ended")
  func footer() {
    var app = AppDriver.streaming(120, 24)
    app.press(Key(.tab))
    #expect(!app.screen.contains("c stop") && app.screen.contains("R retry"))
    app.press(Key(.tab))
    #expect(app.screen.contains("c stop") && !app.screen.contains("R retry"))
  }

  @Test("A resize wraps anew from the text and keeps the place that was being read")
  func resizeKeepsPlace() throws {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Count")
    let line = "is a line that is long enough to wrap at sixty columns but not at two hundred\n"
    app.event(0, .text((1...100).map { "paragraph \($0) \(line)" }.joined()), at: .milliseconds(200))
    app.press(Key(.tab))
    app.press("g")
    for _ in 0..<81 { app.press("j") }
    #expect(app.frame.text(row: 3).contains("paragraph 41 "))
    app.tell(.input(.resize(Size(width: 200, height: 50))))
    #expect(app.frame.text(row: 3).contains("paragraph 41 "))
    app.tell(.input(.resize(Size(width: 50, height: 20))))
    #expect(app.frame.text(row: 3).contains("paragraph 41 "))
    #expect(app.state.conversation?.exchanges[0].replies[0].text.utf8.count == 100 * (line.utf8.count + 13) - 8)
  }

  @Test("Tab goes round through panes and prompt, Shift+Tab back")
  func focus() {
    var app = AppDriver.streaming(80, 24)
    var seen: [Int?] = []
    for _ in 0..<4 {
      app.press(Key(.tab))
      seen.append(app.state.focus == .pane ? app.state.activePane : nil)
    }
    #expect(seen == [0, 1, 2, nil])
    app.press(Key(.tab, .shift))
    #expect(app.state.activePane == 2 && app.state.focus == .pane)
    app.press(Key(.enter))
    #expect(app.state.focus == .prompt)
  }

  @Test("A click focuses the pane, the tab or the prompt under it")
  func click() {
    var app = AppDriver.streaming(80, 24)
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 60, y: 4)))))
    #expect(app.state.focus == .pane && app.state.activePane == 1)
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 5, y: 22)))))
    #expect(app.state.focus == .prompt)
    var narrow = AppDriver.streaming(40, 12)
    narrow.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 18, y: 9)))))
    #expect(narrow.state.focus == .pane && narrow.state.activePane == 2, "in the strip")
    narrow = AppDriver.streaming(40, 12)
    narrow.press(Key(.tab))
    narrow.press("z")
    narrow.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 18, y: 0)))))
    #expect(narrow.state.activePane == 1, "in the tabs")
  }

  @Test("z shows one pane alone; Esc goes back, then to the prompt, and never stops an answer")
  func zoom() {
    var app = AppDriver.streaming(120, 24)
    app.press(Key(.tab), Key(.tab))
    app.press("z")
    #expect(ComposeLayout(app.state, app.state.size).panes.map(\.index) == [1])
    app.press(Key(.escape))
    #expect(app.effects.isEmpty)
    #expect(ComposeLayout(app.state, app.state.size).panes.count == 3)
    app.press(Key(.escape))
    #expect(app.effects.isEmpty && app.state.focus == .prompt)
    app.press(Key(.escape))
    #expect(app.effects.isEmpty)
    app.press(Key(.tab), Key(.tab))
    app.press("c")
    #expect(app.effects == [.cancel(reply: AppDriver.id(101))])
  }

  @Test(
    "Once all have ended, the fastest and the cheapest answer are marked, and the title has the whole time and cost")
  func awards() {
    var app = AppDriver(180, 24)
    let choices = app.state.chosenModels.enumerated().map { place, model in
      ModelChoice(reference: model, price: Price(input: 0, output: Double(place)))
    }
    app.tell(.modelsLoaded(choices, defaults: app.state.chosenModels))
    app.send("Who wins?")
    for (model, (first, seconds, tokens)) in [(300, 2, 40), (200, 4, 80), (400, 3, 300)].enumerated() {
      #expect(!app.screen.contains("↯") && !app.screen.contains("¢"), "an answer is missing")
      app.event(model, .firstToken, at: .milliseconds(first))
      app.event(model, .text("a"), at: .milliseconds(first))
      app.event(model, .text(" b"), at: .seconds(seconds))
      app.event(model, .usage(Usage(promptTokens: 9, completionTokens: tokens)), at: .seconds(seconds))
      app.event(model, .finished(.stop), at: .seconds(seconds))
    }
    let names = app.state.chosenModels.map(\.name)
    let awards = PaneAwards(StageLook(app.state.stage, app.state.world), .fallback, .zero)
    #expect(names.indices.map { awards.mark(of: app.state.chosenModels[$0], plainly: false) } == ["¢", "", "↯"])
    #expect(app.screen.contains("¢ done 2.0 s") && app.screen.contains("4.0 s · 1 prompt"), "\(app.screen)")
  }

  @Test("c stops a running answer, R asks again after its end, y copies the whole of it")
  func keys() throws {
    var app = AppDriver.streaming(80, 24)
    app.press(Key(.tab))
    app.press("c")
    #expect(app.effects.isEmpty, "a finished answer cannot be stopped")
    app.press("y")
    let text = app.state.conversation?.exchanges[0].replies[0].text ?? ""
    #expect(app.effects == [.copy(text, words: Figures.plural(text.count, "character"))])
    #expect(text.hasPrefix("## Findings"))
    app.press("R")
    let shown = try #require(app.state.conversation)
    #expect(app.effects == [.retry(reply: AppDriver.id(100), in: shown)])
    app.press(Key(.tab))
    app.press("R")
    #expect(app.effects.isEmpty, "a running answer is stopped first")
    app.press("c")
    #expect(app.effects == [.cancel(reply: AppDriver.id(101))])
    app.press("C")
    #expect(app.effects == [.cancelAll])
  }

  @Test("A retried answer takes the pane of the one it repeats")
  func retried() throws {
    var app = AppDriver.streaming(80, 24)
    let exchange = try #require(app.state.conversation?.exchanges.first)
    let again = Reply(id: AppDriver.id(900), model: exchange.prompt.models[0], attempt: 2, startedAt: AppDriver.launch)
    app.tell(.retryStarted(prompt: exchange.prompt.id, reply: again))
    #expect(app.state.panes.count == 3)
    #expect(!app.screen.contains("Findings"))
    app.tell(.events([ReplyEvent(reply: again.id, at: .seconds(1), event: .text("Anew"))]))
    #expect(app.screen.contains("Anew"))
    #expect(app.state.conversation?.exchanges[0].replies.map(\.id).prefix(2) == [AppDriver.id(100), again.id])
  }

  @Test("Reasoning is open until the answer begins, and r folds and unfolds it")
  func reasoning() {
    var app = AppDriver(80, 24, models: ["a"])
    app.send("Think")
    app.event(0, .firstToken, at: .milliseconds(10))
    app.event(0, .reasoning("I wonder"), at: .milliseconds(20))
    #expect(app.screen.contains("▾ reasoning") && app.screen.contains("┊ I wonder"))
    app.event(0, .text("So."), at: .milliseconds(30))
    #expect(app.screen.contains("▸ reasoning") && !app.screen.contains("I wonder"))
    app.press(Key(.tab))
    app.press("r")
    #expect(app.screen.contains("┊ I wonder"))
    app.press("r")
    #expect(!app.screen.contains("I wonder"))
  }

  @Test("A failure is told by its cause: a label, one red line, the provider's words muted, the keys in the accent")
  func failure() throws {
    var app = AppDriver(100, 30, models: ["a"])
    app.send("Why?")
    let words = "a answered 400 Bad Request: maximum context length is 8,192 tokens, you sent 24,800"
    app.event(0, .failed(SendFailure(.http, words, httpStatus: 400)), at: .seconds(1))
    #expect(app.screen.contains(" too long: 24.8k of 8.2k "), "\(app.screen)")
    let theme = Theme.fallback
    func color(_ words: String) throws -> Color {
      let row = try #require((0..<30).first { app.frame.text(row: $0).contains(words) })
      return app.frame.row(row)[app.frame.row(row).startIndex + 5].style.foreground
    }
    #expect(try color("longer than this model takes") == theme.bad.foreground)
    #expect(try color("a answered 400") == theme.muted.foreground)
    #expect(try color("R asks again") == theme.accent.foreground)
    for (failure, label) in [
      (SendFailure(.missingKey, ""), "no key"), (SendFailure(.unauthorized, "", httpStatus: 401), "key refused"),
      (SendFailure(.rateLimited, "", httpStatus: 429), "rate limit"), (SendFailure(.connection, ""), "offline"),
      (SendFailure(.http, "", httpStatus: 503), "server error"), (SendFailure(.http, "", httpStatus: 404), "refused"),
      (SendFailure(.http, "context length exceeded", httpStatus: 400), "too long"),
      (SendFailure(.idleTimeout, ""), "stream stood still"),
    ] {
      #expect(FailureWords.label(failure) == label)
    }
  }

  @Test("A reply that waits to be asked again says why, with a bar that runs out")
  func retryBar() {
    var app = AppDriver(100, 30, models: ["a"])
    app.send("Why?")
    let limit = SendFailure(.rateLimited, "", httpStatus: 429)
    app.event(0, .retrying(attempt: 1, of: 3, delay: .seconds(6), because: limit), at: .zero)
    #expect(app.screen.contains("rate limit · 1 of 3 · ▰▰▰▰▰▰"), "\(app.screen)")
    app.advance(to: .seconds(4))
    #expect(app.screen.contains("rate limit · 1 of 3 · ▰▰▱▱▱▱"), "\(app.screen)")
  }

  @Test("The countdown to the next try goes down by the clock alone")
  func countdown() {
    var app = AppDriver.streaming(80, 24)
    #expect(app.screen.contains("retry in 4 s"))
    app.advance(to: .milliseconds(8500))
    #expect(app.screen.contains("retry in 3 s"))
    app.advance(to: .milliseconds(20_000))
    #expect(app.screen.contains("retry in 0 s"))
  }

  @Test("A burst of events shows the same as one event at a time, and as the recording opened later")
  func liveAndRecorded() throws {
    let words = "It was 🏳️‍🌈 the best of times,\nit was\tthe worst of times 漢字. ".split(separator: " ").map {
      String($0) + " "
    }
    var events: [ReplyEvent] = []
    for model in 0..<3 {
      let reply = AppDriver.id(100 + model)
      events.append(ReplyEvent(reply: reply, at: .milliseconds(5), event: .connecting(attempt: 1, of: 3)))
      events.append(ReplyEvent(reply: reply, at: .milliseconds(90), event: .firstToken))
      for (index, word) in (words + words + words).enumerated() {
        let at = Duration.milliseconds(100 + index * (model + 1) * 7)
        events.append(ReplyEvent(reply: reply, at: at, event: index < 4 ? .reasoning(word) : .text(word)))
      }
      events.append(ReplyEvent(reply: reply, at: .seconds(2), event: model == 2 ? .cancelled : .finished(.stop)))
    }
    var one = AppDriver(90, 30)
    one.send("Tell")
    var all = one
    for event in events { one.tell(.events([event])) }
    all.tell(.events(events))
    #expect(one.frame == all.frame)
    var later = AppDriver(90, 30)
    later.press(.control("s"))
    let conversation = try #require(one.state.conversation)
    var summary = AppDriver.summaries(1)
    summary[0] = ConversationSummary(
      id: conversation.id, title: conversation.title, createdAt: AppDriver.launch, updatedAt: AppDriver.launch,
      models: [], promptCount: 1, states: [])
    later.tell(.historyLoaded(for: later.state.history.token, HistoryPage(summaries: summary)))
    later.press("c")
    #expect(later.effects == [.openConversation(conversation.id)])
    later.tell(.conversationLoaded(conversation))
    #expect(later.frame == one.frame, "\(later.screen)\n\(one.screen)")
  }

  @Test("Control characters, escapes and bidi overrides in answers, names and errors stay harmless cells")
  func hostile() {
    let nasty = "\u{1B}]0;owned\u{07}\u{202E}evil\u{9B}31m\r\u{0}"
    var app = AppDriver(80, 24, models: ["m" + nasty])
    app.send("Hello")
    app.event(0, .text(nasty + nasty), at: .milliseconds(1))
    app.event(0, .failed(SendFailure(.provider, nasty)), at: .milliseconds(2))
    app.tell(.toast(nasty, .error))
    app.tell(.health(LogHealth(state: .disconnected(reason: nasty))))
    for cell in app.frame.cells {
      for scalar in cell.scalars {
        let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
        let isBidirectional = (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
        #expect(!isControl && !isBidirectional, "U+\(String(scalar.value, radix: 16))")
      }
    }
  }

  @Test("A conversation that is left goes on: its answers are counted, and there when it is opened again")
  func leftRunning() {
    var app = AppDriver.streaming(80, 24)
    app.press(.control("n"))
    #expect(app.state.panes.isEmpty)
    #expect(app.screen.contains("2 elsewhere"))
    app.event(1, .text(" a reset after success."), at: .seconds(8))
    app.press(.control("s"))
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: AppDriver.summaries(2))))
    app.press(Key(.enter))
    #expect(app.effects == [.title("Review the retry logic in sender.swift")])
    #expect(app.screen.contains("a reset after"))
    app.event(1, .finished(.stop), at: .seconds(9))
    #expect(app.state.runningReplies == 1)
  }
}
