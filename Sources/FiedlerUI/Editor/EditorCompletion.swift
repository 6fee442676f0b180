extension Editor {
  /// What the word before the cursor asks to complete.
  public enum CompletionContext: Hashable, Sendable {
    /// A word that begins with `@`, at the start of a line or behind a blank: what stands between `@` and the cursor.
    /// `range` is what ``EditorAction/complete(_:)`` will replace, the `@` included.
    case file(prefix: String, range: Range<Position>)
    /// The first word of a text that begins with `/`, or more of it if it has but one line: what stands between `/` and
    /// the cursor.
    case command(prefix: String)
  }

  public var completionContext: CompletionContext? {
    guard search == nil, selection == nil, !takesCommands, let range = completionRange else { return nil }
    let prefix = document.lines[range.lowerBound.line].units((range.lowerBound.column + 1)..<cursor.column).text
    return document.unit(at: range.lowerBound) == .character("/")
      ? .command(prefix: prefix) : .file(prefix: prefix, range: range)
  }

  /// From the `@` or `/` to the cursor.
  private var completionRange: Range<Position>? {
    let line = document.lines[cursor.line]
    let start = line.lastColumn(before: cursor.column, where: { $0.isBlank || $0.isChip }).map { $0 + 1 } ?? 0
    if start < cursor.column, line[start] == .character("@") {
      return start == 0 || line[start - 1].isBlank ? Position(line: cursor.line, column: start)..<cursor : nil
    }
    guard cursor.line == 0, cursor.column > 0, line[0] == .character("/"), start == 0 || document.lines.count == 1,
      !line.units(0..<cursor.column).contains(where: \.isChip)
    else { return nil }
    return Position(line: 0, column: 0)..<cursor
  }

  mutating func complete(_ text: String) {
    if let range = completionRange { change(range, to: Fragment(text)) }
  }
}
