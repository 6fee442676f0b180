import Canvas

/// A provider's key being typed: as many dots are seen as it has characters.
struct KeyLayer: Screen {
  let provider: String
  /// What was wrong with the one before.
  var problem = ""
  private var line = LineEditor()

  init(provider: String, problem: String = "") {
    self.provider = provider
    self.problem = problem
  }

  func contexts(_ world: World) -> [KeyContext] { [.picker, .everywhere] }

  var isTyping: Bool { true }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    _ = line.take(key)
    return []
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    line.paste(text)
    return []
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    // A key has no blanks; those around it came along with the paste.
    let key = line.text.filter { !$0.isWhitespace }
    guard !key.isEmpty else {
      world.show("No key was given; Escape leaves all as it is", .warning)
      return []
    }
    let provider = provider
    world.then { $0.ask(provider, TypedKey(key)) }
    return []
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  func hints(_ world: World) -> [(ActionID, String)]? { [(.accept, "test it"), (.close, "close")] }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let (theme, area) = (look.theme, Rect(x: 0, y: 0, width: size.width, height: size.height - 1))
    let width = min(area.width, 76)
    guard width >= 20, area.height >= 3 else { return }
    let words = problem.isEmpty ? "It is not shown, and it is tested before anything is kept." : problem
    let wrapped = WrappedText(words, columns: width - 4)
    let rows = min(wrapped.rows.count, area.height - 3)
    let box = Rect(
      x: area.x + (area.width - width) / 2, y: (area.height - rows - 3) / 3, width: width, height: rows + 3)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    frame.put(
      " API key of \(provider) ", at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold),
      clip: box.inset(1, 0))
    let style = problem.isEmpty ? theme.muted : theme.bad
    for (number, row) in wrapped.rows.prefix(rows).enumerated() {
      let cells = Sanitizer.cells(words, utf8: row, style: style)
      frame.put(cells, at: Point(x: box.x + 2, y: box.y + 1 + number), clip: box.inset(1, 1))
    }
    let field = Rect(x: box.x + 2, y: box.maxY - 2, width: width - 4, height: 1)
    frame.put("❯", at: Point(x: field.x, y: field.y), style: theme.accent, clip: field)
    let dots = Sanitizer.cells(String(repeating: "•", count: line.text.count), style: theme.text)
    line.draw(dots, in: Rect(x: field.x + 2, y: field.y, width: field.width - 2, height: 1), isTyped: true, &frame)
  }
}
