import Canvas

/// Whether to quit while answers still stream.
struct QuitQuestion: Screen {
  func contexts(_ world: World) -> [KeyContext] { [.question, .everywhere] }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let area = Rect(x: 0, y: 0, width: size.width, height: size.height - 1)
    let theme = look.theme
    let running = look.world.runningReplies
    let what = "\(Figures.plural(running, "answer is", "answers are")) still streaming."
    let keys = [ActionID.answerYes, .answerNo].compactMap { look.world.keyMap.name(of: $0, in: [.question]) }
    let answers = keys.isEmpty ? "" : " \(keys.joined(separator: "/"))"
    var text = "\(what) Quit and keep what has come?\(answers)"
    var wrapped = WrappedText(text, columns: max(10, min(area.width - 6, 66)))
    if wrapped.rows.count + 2 > area.height {
      text = "\(Figures.count(running)) streaming. Quit?\(answers)"
      wrapped = WrappedText(text, columns: max(10, area.width - 6))
    }
    let columns = wrapped.rows.map { TextWidth.columns(text, $0) }.max() ?? 0
    let outer = Size(width: min(area.width, columns + 6), height: min(area.height, wrapped.rows.count + 4))
    let box = Rect(
      x: (area.width - outer.width) / 2, y: (area.height - outer.height) / 2, width: outer.width, height: outer.height)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.warning)
    let inner = box.inset(1, outer.height >= wrapped.rows.count + 4 ? 2 : 1)
    for (line, row) in wrapped.rows.enumerated() {
      let cells = Sanitizer.cells(text, utf8: row, style: theme.strong)
      frame.put(cells, at: Point(x: inner.x + 2, y: inner.y + line), clip: inner)
    }
    frame.cursor = nil
  }
}
