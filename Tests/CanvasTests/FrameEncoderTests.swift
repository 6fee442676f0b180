import Canvas
import TestSupport
import Testing

@Suite("Frames as bytes") struct FrameEncoderTests {
  private static func random(_ seed: inout UInt64, _ bound: Int) -> Int {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(seed >> 33) % bound
  }

  /// Words of all widths at random places, in random styles.
  private static func scribble(_ frame: inout Frame, _ seed: inout UInt64) {
    let words = ["word", "日本", "e\u{301}x", "╭──╮", "😀", " ", "漢", "█▓▒░"]
    let colors = [
      Color.default, Color(rgb: 0x12_34_56), Color(rgb: 0xFE_DC_BA), Color(palette: 3), Color(palette: 200),
    ]
    for _ in 0..<(1 + random(&seed, 6)) {
      let style = Style(
        colors[random(&seed, 5)], on: colors[random(&seed, 5)], Attributes(rawValue: UInt8(random(&seed, 32))))
      let point = Point(x: random(&seed, frame.size.width + 4) - 2, y: random(&seed, frame.size.height))
      frame.put(words[random(&seed, words.count)], at: point, style: style)
    }
  }

  @Test("The first frame clears the screen and hides the cursor; what does not change costs nothing")
  func first() {
    var encoder = FrameEncoder()
    let frame = Frame(Size(width: 4, height: 2))
    let text = encoder.encode(frame)
    #expect(text.hasPrefix("\u{1B}[0m\u{1B}[2J\u{1B}[?25l"))
    #expect(encoder.encode(frame) == "")
    var changed = frame
    changed.put("x", at: Point(x: 2, y: 1), style: Style(Color(rgb: 0x01_02_03), on: Color(palette: 9), [.bold]))
    #expect(encoder.encode(changed) == "\u{1B}[2;3H\u{1B}[0;1;38;2;1;2;3;101mx")
    #expect(encoder.encode(Frame(Size(width: 5, height: 2))).contains("\u{1B}[2J"))
  }

  @Test("The cursor is shown where it is, moved when it moves and hidden when it goes")
  func cursor() {
    var encoder = FrameEncoder()
    var frame = Frame(Size(width: 4, height: 2))
    _ = encoder.encode(frame)
    frame.cursor = Point(x: 1, y: 0)
    #expect(encoder.encode(frame) == "\u{1B}[1;2H\u{1B}[?25h")
    frame.cursor = Point(x: 3, y: 1)
    #expect(encoder.encode(frame) == "\u{1B}[2;4H")
    frame.cursor = nil
    #expect(encoder.encode(frame) == "\u{1B}[?25l")
  }

  @Test("A terminal that is given the bytes shows the frame, after any number of them", arguments: [1, 2, 12])
  func terminal(frames: Int) throws {
    for seed in 0..<2 {
      var random = UInt64(seed * 100 + frames)
      var encoder = FrameEncoder()
      var frame = Frame(Size(width: 30, height: 6))
      var bytes = ""
      for _ in 0..<frames {
        Self.scribble(&frame, &random)
        bytes += encoder.encode(frame)
      }
      let directory = try TemporaryDirectory()
      let path = try directory.write("bytes", bytes)
      let terminal = Tmux(
        "/bin/sh", ["-c", "cat '\(path)'; exec sleep 1000"], environment: ["TERM": "tmux-256color"], columns: 30,
        rows: 6)
      let shown = terminal.until { Self.trimmed($0) == Self.trimmed(frame.description) }
      #expect(Self.trimmed(shown) == Self.trimmed(frame.description))
      #expect(terminal.value("#{cursor_flag}") == "0")
    }
  }

  @Test("Colours and attributes reach the terminal as the styles say")
  func colors() throws {
    var encoder = FrameEncoder()
    var frame = Frame(Size(width: 20, height: 2))
    frame.put("red", at: Point(x: 0, y: 0), style: Style(Color(rgb: 0xC8_32_0A), on: Color(palette: 236), [.bold]))
    frame.put("line", at: Point(x: 5, y: 1), style: Style(Color(palette: 12), on: .default, [.underline]))
    let directory = try TemporaryDirectory()
    let path = try directory.write("bytes", encoder.encode(frame))
    let terminal = Tmux(
      "/bin/sh", ["-c", "cat '\(path)'; exec sleep 1000"], environment: ["TERM": "tmux-256color"], columns: 20, rows: 2)
    let shown = terminal.until(escapes: true) { $0.contains("red") && $0.contains("line") }
    #expect(shown.contains("38;2;200;50;10") && shown.contains("48;5;236") && shown.contains("\u{1B}[1"), "\(shown)")
    #expect(shown.contains("\u{1B}[4") && shown.contains("94m"), "\(shown)")
  }

  /// Without blanks at the ends of lines and blank lines at the end.
  private static func trimmed(_ screen: String) -> [Substring] {
    var lines = screen.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return line
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
