import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Screens of the Godot log") struct LogScreenTests {
  static let sizes = ScreenTests.sizes

  @Test("The outbox shows what is refused, why, and how logging stands", arguments: sizes)
  func outbox(_ size: Size) throws {
    try ScreenTests.expect(.outbox(size.width, size.height), is: "log-outbox")
  }

  @Test("With nothing refused the outbox says what was dropped and lists what waits, oldest first", arguments: sizes)
  func nothingParked(_ size: Size) throws {
    var app = AppDriver.outbox(size.width, size.height, 0)
    var health = LogSamples.refused
    health.parked = 0
    app.tell(.health(health))
    app.tell(.parkedLoaded([], waiting: LogSamples.waiting))
    try ScreenTests.expect(app, is: "log-nothing-parked")
  }

  @Test("The server's records, newest first", arguments: sizes)
  func records(_ size: Size) throws {
    var app = AppDriver.records(size.width, size.height)
    app.press("j")
    try ScreenTests.expect(app, is: "log-records")
  }

  @Test("A filter is shown over the records it leaves", arguments: sizes)
  func filtered(_ size: Size) throws {
    var app = AppDriver.records(size.width, size.height)
    app.press("/")
    app.type("component:fiedler-conversations level:info since:2d")
    app.press(Key(.enter))
    app.press("f")
    let left = LogSamples.records.filter { $0.component == "fiedler-conversations" }.prefix(7)
    app.tell(.recordsLoaded(for: app.state.log.records.token, Array(left)))
    try ScreenTests.expect(app, is: "log-filtered")
  }

  @Test("A wrong filter stays to be mended, with the wrong word named", arguments: sizes)
  func wrongFilter(_ size: Size) throws {
    var app = AppDriver.records(size.width, size.height)
    app.press("/")
    app.type("component:billing level:wran")
    app.press(Key(.enter))
    try ScreenTests.expect(app, is: "log-wrong-filter")
  }

  @Test("Records that cannot be loaded: why, and what to do", arguments: sizes)
  func failed(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.press(Key(.function(2)))
    app.tell(.health(LogSamples.refused))
    let why = "The server at ws://127.0.0.1:9060 refuses the connection. Start it, or change godot.url in config.yaml."
    app.tell(.recordsFailed(for: app.state.log.records.token, why))
    try ScreenTests.expect(app, is: "log-failed")
  }

  @Test("A record opens with its trace and its data", arguments: sizes)
  func detail(_ size: Size) throws {
    var app = AppDriver.records(size.width, size.height)
    app.press(Key(.enter))
    try ScreenTests.expect(app, is: "log-record")
  }

  @Test("A refused record opens with the whole reason", arguments: sizes)
  func parkedDetail(_ size: Size) throws {
    var app = AppDriver.outbox(size.width, size.height)
    app.press(Key(.enter))
    try ScreenTests.expect(app, is: "log-refused-record")
  }

  @Test("A notice in the Godot log leaves its head alone", arguments: sizes)
  func notice(_ size: Size) throws {
    var app = AppDriver.outbox(size.width, size.height, 9)
    app.press("r")
    try ScreenTests.expect(app, is: "log-notice")
  }

  @Test("Godot that is off says how to switch it on", arguments: sizes)
  func off(_ size: Size) throws {
    var app = AppDriver(size.width, size.height)
    app.tell(.health(LogHealth(state: .off)))
    app.press(Key(.function(2)))
    app.tell(.parkedLoaded([]))
    app.press("2")
    #expect(app.effects.isEmpty, "there is no server to ask")
    try ScreenTests.expect(app, is: "log-off")
  }

  @Test("The selected row is told by a mark and, without colours, by reverse video")
  func selection() throws {
    for app in [AppDriver.records(80, 24), .outbox(80, 24)] {
      let frame = view(app.state, size: app.state.size, theme: .monochrome, now: app.state.now)
      let rows = (0..<23).filter { frame[1, $0].style.attributes.contains(.reverse) }
      let first = try #require(rows.first)
      #expect(frame.text(row: first).contains("│› "))
      #expect(rows.count == (app.state.log.part == .records ? 1 : 2))
    }
  }

  @Test("Text of strangers cannot leave its row or reach the terminal raw")
  func hostile() {
    var records = LogSamples.records
    records[0].component = "\u{202E}evil\u{1B}]0;title\u{7}"
    records[0].data = "\u{1B}[2J\u{9B}31m\u{0}" + String(repeating: "\u{301}", count: 500)
    for (width, height) in [(40, 12), (80, 24), (120, 40)] {
      var app = AppDriver.records(width, height, records)
      for _ in 0..<2 {
        let text = app.screen
        #expect(!text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || (0x7F..<0xA0).contains($0.value) })
        #expect(!text.unicodeScalars.contains("\u{202E}"))
        #expect(app.frame.size == Size(width: width, height: height))
        app.press(Key(.enter))
      }
    }
  }

  @Test("Nothing breaks at any size, in any state of the log")
  func anySize() {
    var states: [AppDriver] = [.records(80, 24), .outbox(80, 24, 30), .outbox(80, 24, 0)]
    var detail = AppDriver.records(80, 24)
    detail.press(Key(.enter))
    var typing = AppDriver.records(80, 24)
    typing.press("/")
    typing.type("level:漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字 component:x")
    var wrong = typing
    wrong.press(Key(.enter))
    var failed = AppDriver.records(80, 24)
    failed.press("u")
    failed.tell(.recordsFailed(for: failed.state.log.records.token, String(repeating: "a long reason ", count: 60)))
    failed.tell(.parkedFailed("The database is locked."))
    var off = AppDriver(80, 24)
    off.tell(.health(LogHealth(state: .off)))
    off.press(Key(.function(2)))
    states += [detail, typing, wrong, failed, off]
    for (number, state) in states.enumerated() {
      for width in Array(1...24) + [36, 40, 59, 60, 76, 80, 120, 300] {
        for height in Array(1...16) + [24, 40, 100] where (width + height + number) % 5 == 0 {
          let size = Size(width: width, height: height)
          var app = state
          #expect(view(app.state, size: size, theme: .fallback, now: .seconds(9)).size == size)
          app.tell(.input(.resize(size)))
          for key in [Key(.pageDown), Key(.character("G")), Key(.tab), Key(.pageUp), Key(.enter), Key(.down)] {
            app.press(key)
            #expect(app.frame.size == size)
            if let cursor = app.frame.cursor { #expect(app.frame.bounds.contains(cursor)) }
          }
          for y in stride(from: 0, to: height, by: 3) {
            app.tell(.input(.mouse(Mouse(.press, button: .left, at: Point(x: width / 3, y: y)))))
            app.tell(.input(.mouse(Mouse(.wheelDown, at: Point(x: width / 2, y: y)))))
          }
          #expect(app.frame.size == size)
        }
      }
    }
  }
}
