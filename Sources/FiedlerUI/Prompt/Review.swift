import Canvas

/// A text to look at before it is sent, over the screen.
struct ReviewLayer: Screen {
  let name: String
  let text: String
  private(set) var rows = WrappedText()
  /// The first row shown.
  private(set) var top = 0
  /// What it was wrapped for.
  private var size: Size?

  init(name: String, text: String) {
    self.name = name
    self.text = text
  }

  static func box(_ size: Size) -> Rect {
    let width = min(size.width, 124)
    return Rect(x: (size.width - width) / 2, y: 0, width: width, height: max(0, size.height - 1))
  }

  /// Wraps the text for another size; the first line in sight stays.
  mutating func fit(_ size: Size) {
    self.size = size
    let place = rows.rows.isEmpty ? 0 : rows.rows[top].lowerBound
    rows.update(text, columns: Self.box(size).width - 4)
    top = rows.row(holding: place)
    scroll(by: 0, size)
  }

  private mutating func scroll(by step: Int, _ size: Size) {
    let last = max(0, rows.rows.count - max(1, Self.box(size).height - 2))
    top = min(max(0, top + step), last)
  }

  func contexts(_ world: World) -> [KeyContext] { [.review, .everywhere] }

  mutating func settle(_ world: World) { if size != world.size { fit(world.size) } }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    scroll(by: motion.step(page: max(1, Self.box(world.size).height - 3)), world.size)
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    scroll(by: step, world.size)
    return []
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let keys = look.world.keyMap.name(of: .close, in: [.review]).map { "\($0) closes" }
    ReviewView(review: self, help: keys ?? "", theme: look.theme).draw(size, &frame)
  }
}

struct ReviewView {
  let review: ReviewLayer
  /// What closes it.
  let help: String
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    let box = ReviewLayer.box(size)
    guard box.width >= 10, box.height >= 3 else { return }
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    let title = TextWidth.truncate(
      Sanitizer.cells(" \(review.name) ", style: theme.accent.adding(.bold)), to: box.width - 4)
    frame.put(title, at: Point(x: box.x + 2, y: box.y), clip: box.inset(1, 0))
    let inner = box.inset(2, 1)
    let rows = review.rows.rows
    for (line, row) in rows.dropFirst(review.top).prefix(inner.height).enumerated() {
      let cells = Sanitizer.cells(review.text, utf8: row, style: theme.text)
      frame.put(cells, at: Point(x: inner.x, y: inner.y + line), clip: inner)
    }
    let shown = "\(review.top + 1)–\(min(review.top + inner.height, rows.count)) of \(rows.count)"
    let words = " \([shown, help].filter { !$0.isEmpty }.joined(separator: " · ")) "
    let x = box.maxX - 2 - TextWidth.columns(words)
    if x > box.x + 1 { frame.put(words, at: Point(x: x, y: box.maxY - 1), style: theme.muted) }
  }
}
