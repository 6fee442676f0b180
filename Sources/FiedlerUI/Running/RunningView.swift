import Canvas
import Conversations

/// Draws what still runs: a row a conversation, with the state of each model, whether another process
/// streams it, and the time since the oldest began.
struct RunningView {
  let running: RunningScreen
  let world: World
  let theme: Theme
  let now: Duration

  /// Rows of the list.
  static func rows(_ size: Size) -> Int { max(0, size.height - 4) }

  func draw(_ size: Size, _ frame: inout Frame) {
    let rows = RunningRow.all(world)
    let head = Rect(x: 0, y: 0, width: size.width, height: 1)
    frame.put("Running", at: Point(x: 1, y: 0), style: theme.strong, clip: head)
    let count = Figures.plural(rows.reduce(0) { $0 + $1.answers.count }, "answer")
    frame.put(count, at: Point(x: size.width - 1 - TextWidth.columns(count), y: 0), style: theme.muted, clip: head)
    let box = Rect(x: 0, y: 1, width: size.width, height: size.height - 2)
    guard box.height >= 2 else { return }
    frame.box(box, style: theme.focusedBorder)
    let list = box.inset(1, 1)
    guard !rows.isEmpty else {
      frame.put("Nothing runs.", at: Point(x: list.x + 1, y: list.y), style: theme.muted, clip: list)
      return
    }
    let selected = running.row(world)
    let first = max(0, min(selected - list.height / 2, rows.count - list.height))
    for (line, row) in rows.dropFirst(first).prefix(list.height).enumerated() {
      let rect = Rect(x: list.x, y: list.y + line, width: list.width, height: 1)
      draw(row, isSelected: first + line == selected, rect, &frame)
    }
  }

  /// A style in a row that is selected, seen without colours too.
  private func style(_ style: Style, _ isSelected: Bool) -> Style {
    isSelected ? style.on(theme.selection).adding(theme.selected.attributes) : style
  }

  private func draw(_ row: RunningRow, isSelected: Bool, _ rect: Rect, _ frame: inout Frame) {
    frame.fill(rect, style: isSelected ? theme.selected : theme.text)
    frame.put(
      isSelected ? "›" : " ", at: Point(x: rect.x, y: rect.y), style: style(theme.accent, isSelected), clip: rect)
    let age = world.movesByItself ? row.start.map { Figures.seconds(max(.zero, now - $0)) } ?? "" : ""
    let time = row.isElsewhere ? age.isEmpty ? "elsewhere" : "elsewhere · \(age)" : age
    var x = rect.maxX - 1 - TextWidth.columns(time)
    frame.put(time, at: Point(x: x, y: rect.y), style: style(theme.muted, isSelected), clip: rect)
    for answer in row.answers.prefix(8).reversed() {
      let name = rect.width >= 60 ? " " + world.label(answer.model) : ""
      let cells =
        Sanitizer.cells(String(answer.state.glyph), style: style(theme.style(of: answer.state), isSelected))
        + TextWidth.truncate(Sanitizer.cells(name, style: style(theme.muted, isSelected)), to: 16)
      guard x - cells.count - 2 > rect.x + rect.width / 3 else { break }
      x -= cells.count + 2
      frame.put(cells, at: Point(x: x, y: rect.y), clip: rect)
    }
    let title = Sanitizer.cells(row.title, style: style(isSelected ? theme.strong : theme.text, isSelected))
    frame.put(
      TextWidth.truncate(title, to: max(0, x - rect.x - 4)), at: Point(x: rect.x + 2, y: rect.y), clip: rect)
  }
}
