import Canvas

/// One line of text being typed: the prompt editor's motions, kills and undo, without its rows.
struct LineEditor: Sendable {
  private var editor: Editor

  init(_ text: String = "") { editor = Editor(text: Self.oneLine(text)) }

  var text: String { editor.text }

  /// Columns before the cursor, once the text is sanitised.
  var cursorColumn: Int {
    let line = editor.document.lines[0].units(0..<editor.cursor.column)
    return TextWidth.columns(line.text)
  }

  /// True if the key is one of the line's.
  mutating func take(_ key: Key) -> Bool {
    guard let action = EditorKeys.action(for: key), Self.isOfOneLine(action) else { return false }
    editor.apply(action)
    return true
  }

  mutating func paste(_ text: String) { editor.apply(.insert(Self.oneLine(text))) }

  /// Undo brings the text back that was there.
  mutating func set(_ text: String) { editor.apply(.setText(Self.oneLine(text))) }

  /// Draws the text as the caller has coloured it, scrolled so that the cursor is seen. Returns the columns taken.
  @discardableResult
  func draw(_ cells: [Cell], in rect: Rect, isTyped: Bool, _ frame: inout Frame) -> Int {
    guard !rect.isEmpty else { return 0 }
    guard isTyped else {
      return frame.put(TextWidth.truncate(cells, to: rect.width), at: Point(x: rect.x, y: rect.y), clip: rect)
    }
    let column = min(cursorColumn, cells.count)
    let hidden = max(0, column - (rect.width - 1))
    let columns = frame.put(cells, at: Point(x: rect.x - hidden, y: rect.y), clip: rect)
    frame.cursor = Point(x: rect.x - hidden + column, y: rect.y)
    return min(columns - hidden, rect.width)
  }

  private static func isOfOneLine(_ action: EditorAction) -> Bool {
    switch action {
    case .insert, .left, .right, .wordLeft, .wordRight, .lineStart, .lineEnd, .textStart, .textEnd, .deleteBackward,
      .deleteForward, .killWordBackward, .killWordForward, .killBackToBlank, .killLine, .killToStart, .yank, .yankPop,
      .transpose, .undo, .redo:
      true
    default: false
    }
  }

  private static func oneLine(_ text: String) -> String {
    String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
  }
}
