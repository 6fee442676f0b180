extension Editor {
  /// What is selected: from where it began to the cursor.
  public struct Selection: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
      /// Begun with a motion that selects; a plain motion drops it.
      case held
      /// Begun with a mark; every motion goes on with it.
      case mark
      /// As `mark`, the character at the further end included.
      case inclusive
      /// As `mark`, in whole lines.
      case lines
    }

    public var anchor: Position
    public var kind: Kind
  }

  /// What is selected, in whole characters; `nil` if nothing is.
  public var selectedRange: Range<Position>? {
    guard let selection else { return nil }
    let (from, to) = (min(selection.anchor, cursor), max(selection.anchor, cursor))
    let range =
      switch selection.kind {
      case .held, .mark: from..<to
      case .inclusive: from..<(document.position(after: to) ?? to)
      case .lines:
        Position(line: from.line, column: 0)..<Position(line: to.line, column: document.lines[to.line].count)
      }
    return range.isEmpty ? nil : range
  }

  /// The selected text, chips expanded.
  public var selectedText: String? { selectedRange.map { document.fragment($0).text } }

  /// Where text that comes in goes: in the selection's place, else at the cursor.
  var insertionRange: Range<Position> { selectedRange ?? cursor..<cursor }

  mutating func toggleMark() {
    let isHere = selection?.kind == .mark && selection?.anchor == cursor
    selection = isHere ? nil : Selection(anchor: cursor, kind: .mark)
  }

  mutating func selectAll() {
    selection = Selection(anchor: .start, kind: .held)
    cursor = document.end
  }

  /// Keeps what is selected for yank.
  mutating func copySelection() {
    guard let range = selectedRange else { return }
    kills.add(document.fragment(range), .forward, continuing: false)
    selection = nil
  }

  /// What an action does to the selection instead of what it does without one. False if it is still to be done.
  mutating func takeSelection(_ action: EditorAction) -> Bool {
    guard let range = selectedRange else { return false }
    switch action {
    case .deleteBackward, .deleteForward: change(range, to: .empty)
    case .killWordBackward, .killWordForward, .killBackToBlank, .killLine, .killToStart:
      kill(range, .forward, after: .none)
      run = .none
    case .left where selection?.kind == .held: cursor = range.lowerBound
    case .right where selection?.kind == .held: cursor = range.upperBound
    // With a mark set, the ends of the text are ends: an earlier prompt would end the selection.
    case .upOrHistory where selection?.kind != .held: moveRows(-1)
    case .downOrHistory where selection?.kind != .held: moveRows(1)
    default: return false
    }
    return true
  }

  /// Whether the selection outlasts an action that changed no text.
  func keepsSelection(_ action: EditorAction) -> Bool {
    switch action {
    case .select, .selectAll, .setMark: true
    default: action.isMotion && selection?.kind != .held
    }
  }
}

extension EditorAction {
  var isMotion: Bool {
    switch self {
    case .left, .right, .wordLeft, .wordRight, .up, .down, .upOrHistory, .downOrHistory, .pageUp, .pageDown,
      .lineStart, .lineEnd, .textStart, .textEnd, .paragraphUp, .paragraphDown:
      true
    default: false
    }
  }
}
