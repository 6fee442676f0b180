import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Text") struct TextTests {
  private static let samples = [
    "", "\n", "one", "one two three four five six seven", "a\n\nb\n", "blanks      at a break\nx",
    "averyveryverylongwordwithoutanyblank and more", "漢字漢字漢字 漢字漢字", "e\u{301}e\u{301}e\u{301} 👨‍👩‍👧‍👦 🏳️‍🌈 flags",
    "tab\tstops\tof\tfour", "crlf\r\nline\r\n", "trailing blanks        ", "mixed 漢 ASCII\u{0}\u{1B}[31m text",
    "     indented by five", "   漢字漢字", "   漢。字、", "          x", "\t\tif longer {\n\t\t\t}",
    String(repeating: "word ", count: 60), String(repeating: "x", count: 200),
  ]

  @Test("Text that comes in pieces wraps as the whole does, whatever the pieces", arguments: samples)
  func incremental(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    for columns in [1, 2, 3, 7, 10, 36] {
      let whole = WrappedText(text, columns: columns)
      for step in [1, 2, 3, 5] {
        var grown = WrappedText()
        var part = ""
        for start in stride(from: 0, to: scalars.count, by: step) {
          part.unicodeScalars.append(contentsOf: scalars[start..<min(start + step, scalars.count)])
          grown.update(part, columns: columns)
        }
        if text.isEmpty { grown.update(text, columns: columns) }
        #expect(grown.rows == whole.rows, "\(columns) columns in steps of \(step)")
      }
    }
  }

  @Test("Rows are in order, leave out nothing but line ends, and fit but for blanks at their end", arguments: samples)
  func rowsCover(_ text: String) {
    let bytes = Array(text.utf8)
    for columns in [2, 3, 7, 10, 36] {
      var next = 0
      for row in WrappedText(text, columns: columns).rows {
        #expect(bytes[next..<row.lowerBound].allSatisfy { $0 == 0x0A || $0 == 0x0D })
        next = row.upperBound
        #expect(TextWidth.columns(text, row) <= columns)
      }
      #expect(bytes[next...].allSatisfy { $0 == 0x0A || $0 == 0x0D })
    }
  }

  @Test("A single line wraps as TextWidth wraps its cells", arguments: samples)
  func asCanvas(_ text: String) {
    guard !text.contains(where: \.isNewline), !text.contains("\t") else { return }
    let cells = Sanitizer.cells(text, style: .plain)
    for columns in [3, 7, 10, 36] {
      let expected = TextWidth.wrap(cells, columns: columns).map { Array(cells[$0]) }
      let rows = WrappedText(text, columns: columns).rows.map { Sanitizer.cells(text, utf8: $0, style: .plain) }
      #expect(rows == expected, "\(columns) columns")
    }
  }

  @Test("A text that becomes shorter and longer again wraps at every length as that length does", arguments: samples)
  func shrunk(_ text: String) {
    let scalars = Array(text.unicodeScalars)
    var random: UInt64 = 7
    for columns in [1, 2, 3, 7, 20, 80] {
      var wrapped = WrappedText()
      for _ in 0..<120 {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        var beginning = String.UnicodeScalarView()
        beginning.append(contentsOf: scalars.prefix(Int(random >> 33) % (scalars.count + 1)))
        wrapped.update(String(beginning), columns: columns)
        #expect(wrapped.rows == WrappedText(String(beginning), columns: columns).rows)
      }
    }
  }

  @Test("A narrower or shorter text is wrapped anew")
  func anew() {
    var wrapped = WrappedText("one two three", columns: 20)
    wrapped.update("one two three", columns: 5)
    #expect(wrapped.rows.count == 3)
    wrapped.update("one", columns: 5)
    #expect(wrapped.rows == [0..<3])
    #expect(WrappedText("ab\ncd", columns: 9).row(holding: 4) == 1)
  }

  @Test("Figures are short and in the same form everywhere")
  func figures() {
    #expect(Figures.seconds(.milliseconds(6_120)) == "6.1 s")
    #expect(Figures.seconds(.milliseconds(59_960)) == "1 min 00 s")
    #expect(Figures.seconds(.seconds(125)) == "2 min 05 s")
    #expect(Figures.seconds(.seconds(3_725)) == "1 h 02 min")
    #expect(Figures.fineSeconds(.milliseconds(310)) == "0.31 s")
    #expect(Figures.fineSeconds(.milliseconds(12_340)) == "12.3 s")
    #expect(Figures.countdown(.milliseconds(3_001)) == "4 s")
    #expect(Figures.countdown(.milliseconds(-5)) == "0 s")
    #expect(Figures.count(3_100) == "3,100")
    #expect(Figures.count(-1_234_567) == "-1,234,567")
    #expect(Figures.count(999) == "999")
    #expect(Figures.rate(71.4) == "71/s")
    #expect(Figures.rate(4.24) == "4.2/s")
    #expect(Figures.bytes(412) == "412 B")
    #expect(Figures.bytes(11_000) == "11 kB")
    #expect(Figures.bytes(1_200_000) == "1.2 MB")
    #expect(Figures.window(128_000) == "128k")
    #expect(Figures.window(1_048_576) == "1M")
    #expect(Figures.money(0.00123) == "$0.0012")
    #expect(Figures.money(0.5) == "$0.50")
    #expect(Figures.money(.nan) == "$0.00")
    #expect(Figures.rate(.infinity) == "1,000,000,000,000/s")
  }
}

@Suite("Godot in the status bar") struct GodotStatusTests {
  @Test(
    "Every state has its own glyph and words",
    arguments: [
      (LogHealth(state: .off), "Godot off"),
      (LogHealth(state: .connecting), "Godot ◐ connecting"),
      (LogHealth(state: .connected), "Godot ● connected"),
      (LogHealth(state: .connected, pending: 3), "Godot ◐ 3 waiting"),
      (LogHealth(state: .waiting(.seconds(3)), pending: 14), "Godot ◐ 14 waiting · no answer for 3 s"),
      (
        LogHealth(state: .disconnected(reason: "connection refused"), pending: 14, nextRetry: .seconds(8)),
        "Godot ○ connection refused · 14 waiting · retry in 8 s"
      ),
      (
        LogHealth(state: .connected, parked: 1, parkedReason: "message too large"),
        "Godot ✕ 1 refused: message too large"
      ),
      (LogHealth(state: .broken(reason: "disk full"), pending: 2), "Godot ✕ disk full · 2 waiting"),
      (LogHealth(state: .connected, evicted: 1_200), "Godot ● connected · 1,200 dropped"),
      (LogHealth(state: .connected, isEmbedded: true), "Godot ● embedded"),
      (LogHealth(state: .connected, pending: 2, isEmbedded: true), "Godot ◐ 2 waiting"),
      (
        LogHealth(state: .connected, unconfirmed: 12, oldestUnconfirmed: .seconds(2)),
        "Godot ● connected · 12 unconfirmed"
      ),
      (
        LogHealth(state: .connected, pending: 3, unconfirmed: 12, oldestUnconfirmed: .seconds(75)),
        "Godot ◐ 3 waiting · 12 unconfirmed · oldest 75 s"
      ),
    ])
  func words(_ health: LogHealth, _ expected: String) {
    #expect(GodotStatus(health, age: .zero).text == expected)
  }

  @Test("The durations go on between two reports")
  func ages() {
    let refused = LogHealth(state: .disconnected(reason: "refused"), nextRetry: .seconds(8))
    #expect(GodotStatus(refused, age: .seconds(3)).text == "Godot ○ refused · retry in 5 s")
    #expect(GodotStatus(LogHealth(state: .waiting(.seconds(3))), age: .seconds(2)).text == "Godot ◐ no answer for 5 s")
  }

  @Test("However narrow the screen, the glyph and the count are seen", arguments: 20...200)
  func narrow(_ width: Int) {
    var app = AppDriver(width, 10)
    let refused = LogHealth.State.disconnected(reason: "connection refused")
    app.tell(.health(LogHealth(state: refused, pending: 14, nextRetry: .seconds(8))))
    let bar = app.frame.text(row: 9)
    #expect(bar.contains("○") && bar.contains("14"), "\(bar)")
    if width >= 56 { #expect(bar.contains("connection refused · 14 waiting · retry in 8 s"), "\(bar)") }
  }
}
