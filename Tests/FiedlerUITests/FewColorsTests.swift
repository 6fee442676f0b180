import Canvas
import Conversations
import Testing

@testable import FiedlerUI
@testable import TerminalDriver

/// Screens as terminals of 8 and 16 colours show them: below the text stands the colour of each character, then that of
/// each background, after the driver has chosen among what there is.
@Suite("Screens in few colours") struct FewColorsTests {
  struct Terminal: CustomTestStringConvertible {
    let depth: ColorDepth
    let ground: Color
    var isLight: Bool { ground != Color(rgb: 0) }
    var name: String { "few-colours-\(depth)-on-\(isLight ? "white" : "black")" }
    var testDescription: String { name }
  }

  static let terminals = [ColorDepth.palette8, .palette16].flatMap { depth in
    [0xFFFFFF, 0].map { Terminal(depth: depth, ground: Color(rgb: $0)) }
  }

  private static func shown(_ app: AppDriver, _ terminal: Terminal) -> Frame {
    var frame = view(app.state, size: app.state.size, theme: .terminal, now: app.state.now)
    frame.restyle(frame.bounds) { $0 = terminal.depth.nearest($0, ground: terminal.ground) }
    return frame
  }

  /// A letter a cell: `.` is the terminal's own colour, `k r g y b m c w` are black, red, green, yellow, blue, magenta,
  /// cyan and white, capitals the bright ones.
  private static func letters(_ frame: Frame, of color: (Cell) -> Color?) -> String {
    (0..<frame.size.height).map { y in
      let row = (0..<frame.size.width).map { x -> Character in
        guard let color = color(frame[x, y]) else { return " " }
        return color.paletteIndex.map { Array("krgybmcwKRGYBMCW")[Int($0)] } ?? "."
      }
      return String(String(row.reversed().drop { $0 == " " }).reversed())
    }.joined(separator: "\n")
  }

  private static func picture(_ frame: Frame) -> String {
    let above = letters(frame) { $0.scalar == 0x20 ? nil : $0.style.foreground }
    let below = letters(frame) { $0.style.background == .default ? nil : $0.style.background }
    return "\(frame.description)\n\ncharacters\n\(above)\n\nbackgrounds\n\(below)"
  }

  private static let failed = SendFailure(.unauthorized, "The provider refused the key.", httpStatus: 401)

  /// Answers with code, one of them done, one of them failed; the first one has the keys.
  private static func answers(_ size: Size) -> AppDriver {
    var app = AppDriver(size.width, size.height)
    app.send("Review the retry logic")
    app.event(0, .firstToken, at: .milliseconds(300))
    app.event(
      0,
      .text(
        """
        ## Findings
        The `delay` is [never](https://example.com) reset:
        ```swift
        let delay = 30  // seconds
        wait("for \\(delay)")
        ```
        """), at: .seconds(2))
    app.event(0, .usage(Usage(promptTokens: 900, completionTokens: 412)), at: .seconds(2))
    app.event(0, .finished(.stop), at: .seconds(2))
    app.event(1, .reasoning("Let me think."), at: .seconds(1))
    app.event(2, .failed(failed), at: .seconds(1))
    app.tell(.health(LogHealth(state: .disconnected(reason: "refused"), pending: 14)))
    app.tell(.toast("Theme changed", .success))
    app.tell(.attachmentFailed("photo.png is not text and cannot be attached."))
    app.press(Key(.tab))
    return app
  }

  private static func history(_ size: Size) -> AppDriver {
    var app = AppDriver(size.width, size.height)
    app.press(.control("s"))
    let page = HistoryPage(summaries: AppDriver.summaries(30), next: HistoryCursor(place: ["30"]))
    app.tell(.historyLoaded(for: app.state.history.token, page))
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    return app
  }

  @Test("Answers, code, failures and notices have colours that can be read", arguments: terminals)
  func answers(_ terminal: Terminal) throws {
    let app = Self.answers(Size(width: 100, height: 30))
    let picture = Self.picture(Self.shown(app, terminal))
    try ScreenTests.expect(picture, size: app.state.size, is: terminal.name)
  }

  @Test("A chosen row can be read", arguments: terminals) func chosen(_ terminal: Terminal) throws {
    let app = Self.history(Size(width: 80, height: 24))
    let picture = Self.picture(Self.shown(app, terminal))
    try ScreenTests.expect(picture, size: app.state.size, is: terminal.name + "-history")
  }

  @Test("No character of any screen stands out from its background by less than 2.5:1", arguments: terminals)
  func contrast(_ terminal: Terminal) {
    let size = Size(width: 100, height: 30)
    var apps = [Self.answers(size), Self.history(size), .streaming(size.width, size.height)]
    for keys in [
      [Key(.tab), Key(.character("t"))], [Key(.tab), Key(.character("d"))], [Key(.tab), Key(.character("?"))],
      [Key(.tab), Key(.character("V"))], [Key(.tab), Key(.character("/")), Key(.character("d"))],
      [.control("o")], [.control("p")], [Key(.function(2))], [.control("q")],
    ] {
      var app = Self.answers(size)
      for key in keys { app.press(key) }
      apps.append(app)
    }
    for app in apps {
      let frame = Self.shown(app, terminal)
      let unreadable = frame.cells.first { cell in
        cell.scalar != 0x20 && !cell.isContinuation && Self.contrast(cell.style, terminal) < 2.5
      }
      #expect(unreadable == nil, "\(String(describing: unreadable))\n\(frame)")
    }
  }

  /// In the worse of xterm's and VGA's colours. The terminal's own text can be read on its own background alone.
  private static func contrast(_ style: Style, _ terminal: Terminal) -> Double {
    let below = style.background.paletteIndex
    guard let above = style.foreground.paletteIndex else { return below == nil ? 21 : 1 }
    let ratios = [RGB.xterm, RGB.vga].map { palette in
      let behind = below.map { Color(rgb: palette[Int($0)]) } ?? terminal.ground
      return Contrast.ratio(Color(rgb: palette[Int(above)]), behind)
    }
    return min(ratios[0], ratios[1])
  }
}
