import Canvas
import Conversations
import FoundationEssentials

/// A turn as a row of the log: when, what it was, how large, its first words, and, at the first row of a conversation,
/// the conversation's title.
struct TurnLine {
  private let turn: LoggedTurn
  private let time: String
  private let isFirst: Bool
  private let theme: Theme

  init(_ turn: LoggedTurn, at date: Date, _ when: When, isFirst: Bool, theme: Theme) {
    self.turn = turn
    time = RecordTime.text(date, when, isWide: !when.isToday(date))
    self.isFirst = isFirst
    self.theme = theme
  }

  /// `background` is that of a row that is selected.
  func draw(in rect: Rect, _ background: Color?, _ frame: inout Frame) {
    func look(_ style: Style) -> Style {
      background.map { style.on($0).adding(theme.selected.attributes) } ?? style
    }
    var x = rect.x + 2
    var right = rect.maxX - 1
    func column(_ text: String, _ style: Style, width: Int) {
      let cells = TextWidth.truncate(Sanitizer.cells(text, style: look(style)), to: width)
      frame.put(cells, at: Point(x: x, y: rect.y), clip: rect)
      x += width + 2
    }
    column(time, theme.muted, width: TextWidth.columns(time))
    let style = turn.state.map(theme.style(of:)) ?? theme.accent
    x +=
      frame.put(
        turn.state.map { String($0.glyph) } ?? (turn.model == nil ? "❯" : "●"), at: Point(x: x, y: rect.y),
        style: look(style), clip: rect) + 1
    column(turn.model ?? "prompt", theme.text, width: rect.width >= 100 ? 22 : rect.width >= 60 ? 16 : 10)
    if rect.width >= 60 {
      figure(turn.tokens.map { "\(Figures.count($0)) tok" }, width: 9, &x, look(theme.muted), rect, &frame)
    }
    if rect.width >= 76 {
      figure(turn.duration.map(Figures.seconds), width: 8, &x, look(theme.muted), rect, &frame)
    }
    if rect.width >= 100, !turn.title.isEmpty {
      let width = min(30, rect.width / 5)
      if isFirst {
        let title = TextWidth.truncate(
          Sanitizer.cells(LogWords.brief(turn.title, 200), style: look(theme.muted)), to: width)
        frame.put(title, at: Point(x: right - width, y: rect.y), clip: rect)
      }
      right -= width + 2
    }
    let words = Sanitizer.cells(Excerpt.line(turn.words), style: look(turn.model == nil ? theme.strong : theme.text))
    frame.put(TextWidth.truncate(words, to: max(0, right - x)), at: Point(x: x, y: rect.y), clip: rect)
  }

  /// Right-aligned.
  private func figure(
    _ text: String?, width: Int, _ x: inout Int, _ style: Style, _ rect: Rect, _ frame: inout Frame
  ) {
    if let text {
      frame.put(text, at: Point(x: x + width - TextWidth.columns(text), y: rect.y), style: style, clip: rect)
    }
    x += width + 2
  }
}
