import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("The log's filter") struct LogFilterTests {
  private let when = When(now: AppDriver.launch, secondsFromUTC: 2 * 3600)

  private func query(_ text: String, traces: Set<UUID> = []) throws -> LogQuery {
    try LogFilter(text, when, traces: traces).query
  }

  @Test("Every word asks for what it says")
  func words() throws {
    #expect(try query("") == LogQuery())
    #expect(try query("  component:billing   level:warn ") == LogQuery(component: "billing", level: .warn))
    #expect(try query("level:WARNING").level == .warn)
    #expect(try query("trace:1f0c9a2e-1111-4222-8333-444455556666").trace == LogSamples.trace)
    #expect(try query("limit:1000").limit == 1000)
    #expect(try query("component:a:b").component == "a:b")
  }

  @Test(
    "Times are ages or local dates",
    arguments: [
      ("since:90s", -90), ("since:30m", -1800), ("since:1h", -3600), ("since:2d", -172_800), ("since:1w", -604_800),
      // The launch is 15 November 2023 00:13:20 at this offset.
      ("since:00:05", -500), ("since:2023-11-15", -800), ("since:2023-11-14T23:13", -3620),
    ])
  func times(_ text: String, _ seconds: Double) throws {
    #expect(try query(text).from == AppDriver.launch.addingTimeInterval(seconds))
  }

  @Test("The beginning of a trace on the screen stands for it, and is written out")
  func shortTrace() throws {
    let traces: Set<UUID> = [LogSamples.trace, AppDriver.id(1)]
    let filter = try LogFilter("level:info trace:1f0c", when, traces: traces)
    #expect(filter.query.trace == LogSamples.trace)
    #expect(filter.text == "level:info trace:1f0c9a2e-1111-4222-8333-444455556666")
  }

  @Test(
    "What is wrong is named with the word that is",
    arguments: [
      ("wran", "“wran” is no filter. There are component: level: trace: since: until: limit:."),
      ("colour:red", "“colour:red” is no filter. There are component: level: trace: since: until: limit:."),
      ("level:wran", "“level:wran” is no level. There are trace debug info warn error."),
      ("level:", "“level:” has nothing behind the colon: level:warn."),
      ("level:info level:warn", "“level:” stands there twice."),
      ("trace:1f0c", "“trace:1f0c” begins none of the traces shown. Type all 36 characters of it."),
      ("since:soon", "“since:soon” is no time: 30m, 1h, 2d, 14:05, 2024-03-14 or 2024-03-14T14:05."),
      ("until:25:00", "“until:25:00” is no time: 30m, 1h, 2d, 14:05, 2024-03-14 or 2024-03-14T14:05."),
      ("since:2023-02-30", "“since:2023-02-30” is no time: 30m, 1h, 2d, 14:05, 2024-03-14 or 2024-03-14T14:05."),
      ("limit:0", "“limit:0” is not a number from 1 to 10000."),
      ("since:1h until:2h", "“since:” is not before “until:”, so nothing can match."),
    ])
  func problems(_ text: String, _ expected: String) {
    #expect(throws: LogFilter.Problem(expected)) { _ = try LogFilter(text, when) }
  }

  @Test("Two traces that begin alike must be told apart")
  func ambiguous() {
    let traces: Set<UUID> = [AppDriver.id(1), AppDriver.id(2)]
    #expect(throws: LogFilter.Problem("“trace:0000” begins 2 of the traces shown. Type more of it.")) {
      _ = try LogFilter("trace:0000", when, traces: traces)
    }
  }

  @Test("Enter applies, a wrong word stays to be mended, Esc leaves the filter as it was")
  func typing() {
    var app = AppDriver.records(80, 24)
    app.press("/")
    app.type("level:wran")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty && app.screen.contains("“level:wran” is no level"))
    app.press(.control("w"))
    #expect(!app.screen.contains("is no level"))
    app.tell(.input(.paste("level:warn\nsince:1h")))
    app.press(Key(.enter))
    #expect(app.asked?.level == .warn && app.asked?.from == AppDriver.launch.addingTimeInterval(-3600))
    #expect(app.state.log.records.items.isEmpty, "what does not match is not shown under the filter")
    app.press("/")
    app.press(.control("u"))
    app.type("x")
    app.press(Key(.escape))
    #expect(app.state.screen == .log && app.state.log.records.filter == "level:warn since:1h")
  }

  @Test("An age counts from each load, not from when it was typed")
  func ages() {
    var app = AppDriver.records(80, 24)
    app.press("/")
    app.type("since:1h")
    app.press(Key(.enter))
    app.advance(to: .seconds(600))
    app.press("u")
    #expect(app.asked?.from == AppDriver.launch.addingTimeInterval(600 - 3600))
  }

  @Test("/log takes a filter, and a wrong one is shown to be mended")
  func command() {
    var app = AppDriver(80, 24)
    app.type("/log level:error")
    app.press(Key(.enter))
    #expect(app.asked?.level == .error && app.state.log.part == .records)
    app.press(Key(.escape))
    app.type("/log eror")
    app.press(Key(.enter))
    #expect(app.effects == [.loadParked] && app.screen.contains("“eror” is no filter"))
  }

  @Test("Setting one word leaves the others")
  func setting() {
    #expect(
      LogFilter.setting(.level, "warn", in: "component:a Level:info since:1h") == "component:a level:warn since:1h")
    #expect(LogFilter.setting(.level, nil, in: "component:a level:info") == "component:a")
    #expect(LogFilter.setting(.trace, "x", in: "") == "trace:x")
  }

  @Test("Clocks show milliseconds as they are, and dates outside the calendar do no harm")
  func clocks() {
    #expect(when.clock(AppDriver.launch.addingTimeInterval(0.123), milliseconds: true) == "00:13:20.123")
    #expect(when.clock(AppDriver.launch.addingTimeInterval(0.999_999), milliseconds: true) == "00:13:20.999")
    #expect(when.exact(AppDriver.launch) == "15 Nov 2023 00:13:20.000")
    for extreme in [-Double.infinity, -1e300, 1e300, .infinity, .nan] {
      #expect(!when.exact(Date(timeIntervalSince1970: extreme)).isEmpty)
    }
  }

  @Test("The filter's line is edited like every other: cursor, words, kill, yank and undo")
  func line() {
    var app = AppDriver.records(80, 24)
    app.press("/")
    app.type("level:warn since:1h")
    app.press(.control("w"))
    #expect(app.state.log.records.typed?.text == "level:warn ")
    app.press(.control("y"), Key(.home))
    app.type("x ")
    #expect(app.state.log.records.typed?.text == "x level:warn since:1h")
    app.press(.control("_"), .control("k"))
    #expect(app.state.log.records.typed?.text == "")
    app.press(.control("_"))
    #expect(app.state.log.records.typed?.text == "level:warn since:1h")
  }
}
