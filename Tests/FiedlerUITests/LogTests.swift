import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("The Godot log") struct LogTests {
  private static let f2 = Key(.function(2))

  @Test("F2, Alt+L, /log and a click on Godot in the status bar lead there; Esc leads back")
  func comingAndGoing() {
    var app = AppDriver(100, 30)
    app.press(Self.f2)
    #expect(app.effects == [.loadParked, .loadRecords(LogQuery(), token: app.state.log.records.token)])
    #expect(app.state.screen == .log && app.screen.contains("Godot log"))
    app.press(Key(.escape))
    #expect(app.state.screen == .compose)
    app.press(.alt("l"))
    #expect(app.state.screen == .log)
    app.press(Self.f2)
    #expect(app.state.screen == .compose, "the key that opens it closes it")
    app.type("/log")
    app.press(Key(.enter))
    #expect(app.state.screen == .log && app.state.prompt.editor.isEmpty)
    app.press("q")
    app.press(.control("s"))
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 97, y: 29)))))
    #expect(app.state.screen == .log)
    app.press(Key(.escape))
    #expect(app.state.screen == .history)
  }

  @Test("A click beside Godot in the status bar does nothing")
  func clickBeside() {
    var app = AppDriver(100, 30)
    app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 60, y: 29)))))
    #expect(app.state.screen == .compose)
  }

  @Test("What was typed stays while the log is read")
  func draftStays() {
    var app = AppDriver(100, 30)
    app.type("Half a thought")
    app.press(Self.f2)
    app.type("jk2")
    app.tell(.input(.paste("into nothing")))
    app.press(Key(.escape))
    #expect(app.state.prompt.editor.text == "Half a thought")
  }

  @Test("The outbox comes first where something is wrong, else the records; Tab and the numbers switch")
  func parts() {
    var app = AppDriver.outbox(80, 24)
    #expect(app.state.log.part == .outbox)
    app.press(Key(.tab))
    #expect(app.state.log.part == .records && app.asked == LogQuery())
    app.press("1")
    #expect(app.state.log.part == .outbox)
    app.press("2")
    #expect(app.effects.isEmpty, "they are being loaded")
    #expect(AppDriver.records(80, 24).state.log.part == .records)
    var click = AppDriver.outbox(80, 24)
    let y = LogLayout(click.state.log, click.state.world, click.state.size).box.y
    click.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: 24, y: y)))))
    #expect(click.state.log.part == .records)
  }

  @Test("s sends one refused record again and S all; e and E save them; nothing is asked for nothing")
  func outboxKeys() {
    var app = AppDriver.outbox(80, 24)
    app.press("j")
    app.press("s")
    #expect(app.effects == [.resendParked([41])])
    app.press("S")
    #expect(app.effects == [.resendParked([40, 41])])
    app.press("e")
    #expect(app.effects == [.exportParked([41])])
    app.press("E")
    #expect(app.effects == [.exportParked([40, 41])])
    app.tell(.parkedLoaded([]))
    for key in ["s", "S", "e", "E"] as [Character] {
      app.press(key)
      #expect(app.effects.isEmpty)
      #expect(app.screen.contains("Nothing is refused"))
    }
  }

  @Test("A turn is a row with its model, figures and words, the conversation's title at the first of its rows")
  func turns() throws {
    var app = AppDriver.records(120, 30)
    let rows = app.screen.split(separator: "\n").filter { $0.contains(" tok ") || $0.contains("❯ prompt") }
    let first = try #require(rows.first)
    for words in ["● deepseek-r1", "139 tok", "2.9 s", "The delay is never reset", "Retry logic"] {
      #expect(first.contains(words), "\(first)")
    }
    #expect(!first.contains("**") && !first.contains("fiedler-conversations"))
    #expect(rows.contains { $0.contains("❯ prompt") && $0.contains("What does attempt do?") && !$0.contains("Retry") })
    for _ in 0..<5 { app.press("j") }
    app.press(Key(.enter))
    #expect(app.screen.contains("answer of deepseek-r1") && app.screen.contains("component  fiedler-conversations"))
  }

  @Test("In an outage the outbox lists what waits, the oldest first, with the time of the next try")
  func waiting() throws {
    var app = AppDriver.outbox(100, 30, 0)
    app.tell(.parkedLoaded([], waiting: LogSamples.waiting))
    #expect(app.screen.contains("14 waiting, the oldest first · next try in 8 s"))
    let rows = app.screen.split(separator: "\n").map(String.init)
    let prompt = try #require(rows.firstIndex { $0.contains("❯ prompt") })
    #expect(rows[prompt + 1].contains("● gpt-4o-mini") && rows[prompt + 2].contains("godot: slow answer"))
  }

  @Test("r tries Godot at once, and says why not where it is off")
  func retry() {
    var app = AppDriver.outbox(80, 24)
    app.press("r")
    #expect(app.effects == [.retryGodot])
    app.tell(.health(LogHealth(state: .off)))
    app.press("r")
    #expect(app.effects.isEmpty && app.screen.contains("Godot is off: set godot.url"))
  }

  @Test("The refused records are read again whenever their number changes, and the selected one stays selected")
  func parkedChanges() {
    var app = AppDriver.outbox(80, 24)
    app.press("j")
    var health = LogSamples.refused
    health.pending = 99
    app.tell(.health(health))
    #expect(app.effects == [.loadParked], "what waits is listed too")
    health.pending = 100
    app.tell(.health(health))
    #expect(app.effects.isEmpty, "it is being read")
    app.tell(.parkedLoaded(LogSamples.parked(2)))
    #expect(app.effects == [.loadParked], "it has changed since")
    app.tell(.parkedLoaded(LogSamples.parked(2)))
    #expect(app.effects.isEmpty)
    health.parked = 1
    app.tell(.health(health))
    #expect(app.effects == [.loadParked])
    app.tell(.parkedLoaded(Array(LogSamples.parked(2).dropFirst())))
    #expect(app.state.log.outbox.selectedItem?.id == 41)
    app.press(Key(.escape))
    health.parked = 0
    app.tell(.health(health))
    #expect(app.effects.isEmpty, "nobody looks")
  }

  @Test("An answer to an older question is dropped, that of the last one counts, even in another visit")
  func staleTokens() {
    var app = AppDriver(80, 24)
    app.press(Self.f2)
    let first = app.state.log.records.token
    app.press("u")
    app.tell(.recordsLoaded(for: first, LogSamples.records))
    #expect(app.state.log.records.items.isEmpty && app.state.log.records.isLoading)
    app.tell(.recordsFailed(for: first, "too late"))
    #expect(app.state.log.records.problem == nil)
    let second = app.state.log.records.token
    app.press(Key(.escape), Self.f2)
    app.tell(.recordsLoaded(for: second, LogSamples.records))
    #expect(app.state.log.records.items.isEmpty)
    app.tell(.recordsLoaded(for: app.state.log.records.token, LogSamples.records))
    #expect(app.state.log.records.items.count == LogSamples.records.count)
  }

  @Test("Records come newest first, whatever order the server gave them in")
  func order() {
    let app = AppDriver.records(80, 24, LogSamples.records.reversed())
    #expect(app.state.log.records.items.map(\.id) == LogSamples.records.map(\.id))
  }

  @Test("A failed load says why and what to do, keeps what was there, and a connection that comes back loads again")
  func failure() {
    var app = AppDriver.records(80, 24)
    app.press("u")
    app.tell(.recordsFailed(for: app.state.log.records.token, "The server took too long."))
    #expect(app.screen.contains("✕ The server took too long. (u loads again)"))
    #expect(app.state.log.records.items.count == LogSamples.records.count)
    app.tell(.health(LogSamples.refused))
    app.tell(.parkedLoaded([]))
    app.tell(.health(LogHealth(state: .connected)))
    #expect(app.asked != nil)
    app.tell(.recordsLoaded(for: app.state.log.records.token, []))
    #expect(!app.screen.contains("took too long") && app.screen.contains("The server has no records yet."))
  }

  @Test("Following loads two seconds after each answer, keeps the selected record, and ends with f or Esc")
  func follow() {
    var app = AppDriver.records(80, 24)
    app.press("j")
    let selected = app.state.log.records.selectedItem?.id
    app.press("f")
    #expect(app.asked != nil)
    app.advance(to: .seconds(50))
    #expect(app.effects.isEmpty, "the answer is still awaited")
    app.tell(.recordsLoaded(for: app.state.log.records.token, LogSamples.records))
    #expect(app.state.nextChange == .seconds(52))
    app.advance(to: .milliseconds(51_999))
    #expect(app.effects.isEmpty)
    app.advance(to: .seconds(52))
    #expect(app.asked != nil)
    var newer = LogSamples.records
    newer.insert(LogSamples.record(200, .warn), at: 0)
    newer[0].time = AppDriver.launch.addingTimeInterval(51)
    app.tell(.recordsLoaded(for: app.state.log.records.token, newer))
    #expect(app.state.log.records.selectedItem?.id == selected && app.state.log.records.selected == 2)
    app.press("f")
    app.advance(to: .seconds(90))
    #expect(app.effects.isEmpty)
    app.press("f")
    app.tell(.recordsLoaded(for: app.state.log.records.token, newer))
    app.press(Key(.escape))
    app.advance(to: .seconds(200))
    #expect(app.effects.isEmpty)
  }

  @Test("On the newest record, following stays on the newest")
  func followTop() {
    var app = AppDriver.records(80, 24, Array(LogSamples.records.dropFirst()))
    app.press("f")
    app.tell(.recordsLoaded(for: app.state.log.records.token, LogSamples.records))
    #expect(app.state.log.records.selected == 0)
  }

  @Test("Enter opens a record, its data scrolls, y copies it, Esc closes it before the log")
  func detail() {
    var records = LogSamples.records
    records[0].data = (1...100).map { "line \($0)" }.joined(separator: "\n")
    var app = AppDriver.records(80, 24, records)
    app.press(Key(.enter))
    #expect(app.screen.contains("trace      1f0c9a2e-1111-4222-8333-444455556666"))
    #expect(!app.screen.contains("line 100"))
    app.press("G")
    #expect(app.screen.contains("line 100"))
    app.tell(.input(.resize(Size(width: 40, height: 12))))
    #expect(app.frame.size == Size(width: 40, height: 12))
    app.press("g")
    #expect(app.screen.contains("time"))
    app.press("y")
    guard case .copy(let text, _)? = app.effects.first else {
      Issue.record("not copied")
      return
    }
    #expect(text.hasSuffix("line 100") && text.contains("message    Conversation 1f0c9a2e turn 0 (assistant)"))
    app.press(Key(.escape))
    #expect(app.state.log.detail == nil && app.state.screen == .log)
    app.press(Key(.escape))
    #expect(app.state.screen == .compose)
  }

  @Test("l raises the least level a step at a time and begins anew, beside the other filters")
  func levels() {
    var app = AppDriver.records(80, 24)
    app.press("/")
    app.type("component:billing")
    app.press(Key(.enter))
    var levels: [LogLevel?] = []
    for _ in 0..<5 {
      app.press("l")
      levels.append(app.asked?.level)
      #expect(app.asked?.component == "billing")
    }
    #expect(levels == [.debug, .info, .warn, .error, nil])
    #expect(app.state.log.records.filter == "component:billing")
    app.press("x")
    #expect(app.asked == LogQuery())
  }

  @Test("t shows all records of the selected one's trace")
  func trace() {
    var app = AppDriver.records(80, 24)
    app.press("t")
    #expect(app.asked == LogQuery(trace: LogSamples.trace))
    var other = AppDriver.records(80, 24)
    other.press("j")
    other.press("t")
    #expect(other.effects.isEmpty && other.screen.contains("no trace"))
  }

  @Test("The wheel and a click move; a click on the selected row opens it")
  func mouse() {
    var app = AppDriver.records(80, 24)
    app.tell(.input(.mouse(Mouse(.wheelDown, at: Point(x: 9, y: 9)))))
    #expect(app.state.log.records.selected == 1)
    let list = LogLayout(app.state.log, app.state.world, app.state.size).list
    let click = Mouse(.press, button: .left, at: Point(x: 9, y: list.y + 3))
    app.tell(.input(.mouse(click)))
    #expect(app.state.log.records.selected == 3 && app.state.log.detail == nil)
    app.tell(.input(.mouse(click)))
    #expect(app.state.log.detail != nil)
  }

  @Test("Footer keys are those that would do something")
  func hints() {
    #expect(AppDriver.outbox(120, 24).screen.contains("r retry now  ⇥ switch  s resend  S resend all  e export"))
    let empty = AppDriver.outbox(120, 24, 0).screen
    #expect(empty.contains("r retry now") && !empty.contains("resend"))
    #expect(!AppDriver.records(120, 24).screen.contains("retry now"))
  }

  @Test("A record's time takes the same columns on any day", arguments: [0.0, 86_400, 518_400, 25_920_000])
  func times(_ age: Double) {
    let when = When(now: AppDriver.launch, secondsFromUTC: 0)
    let date = AppDriver.launch.addingTimeInterval(-age)
    #expect(RecordTime.text(date, when, isWide: true).count == 12)
    #expect(RecordTime.text(date, when, isWide: false).count == 8)
  }

  @Test("L in a pane leads to the records of that send, from the palette to those of the conversation")
  func fromPane() {
    var app = AppDriver.streaming(100, 30)
    let send = app.state.conversation?.exchanges.last?.id
    app.press(Key(.tab))
    app.press("L")
    #expect(app.asked == LogQuery(trace: send))
    app.press(Key(.escape), Key(.enter), .control("p"))
    app.type("This conversation in the Godot log")
    app.press(Key(.enter))
    #expect(app.asked == LogQuery(component: "fiedler-conversations", trace: send))
    var none = AppDriver(100, 30)
    none.press(.control("p"))
    none.type("This conversation in the Godot log")
    none.press(Key(.enter))
    #expect(none.effects.isEmpty && none.screen.contains("no conversation on the screen"))
  }

  @Test("L in the history leads to the selected conversation's records, as soon as its preview has come")
  func fromHistory() {
    var app = AppDriver(100, 30)
    app.press(.control("s"))
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: AppDriver.summaries(3))))
    app.press("L")
    #expect(app.effects.isEmpty && app.state.screen == .history)
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    #expect(app.state.screen == .log)
    #expect(app.asked == LogQuery(component: "fiedler-conversations", trace: AppDriver.id(400)))
    app.press(Key(.escape))
    #expect(app.state.screen == .history)
    app.press("L")
    #expect(app.state.screen == .log, "the preview is there")
    app.press(Key(.escape))
    app.press("j")
    app.press("L")
    app.press("k")
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    #expect(app.state.screen == .history, "the user has gone on")
  }

  @Test("A conversation opened before does not come over the log")
  func lateConversation() {
    var app = AppDriver(100, 30)
    app.press(.control("s"))
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: AppDriver.summaries(3))))
    app.press(Key(.enter), Self.f2)
    app.tell(.conversationLoaded(AppDriver.conversation))
    #expect(app.state.screen == .log)
  }

  @Test("Counts, ages and the countdown stand in the head and go on by the clock")
  func head() {
    var app = AppDriver.outbox(120, 40)
    let words = [
      "○ Not connected: connection refused. Next try in 8 s.", "14 waiting (oldest 90 s)", "1,204 sent", "2 refused",
      "3 dropped", "Last error: duplicate key value",
    ]
    for word in words { #expect(app.screen.contains(word), "\(word)") }
    #expect(app.state.nextChange == .seconds(1))
    app.advance(to: .seconds(5))
    #expect(app.screen.contains("Next try in 3 s.") && app.screen.contains("(oldest 95 s)"))
    #expect(AppDriver.records(120, 40).screen.contains("● Connected (embedded)."))
  }
}
