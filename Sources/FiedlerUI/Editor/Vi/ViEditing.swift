extension Editor {
  /// Does a command, each as one undo step.
  mutating func run(_ command: ViCommand) {
    let count = command.count ?? 1
    if !command.isVertical { vi?.goal = nil }
    if command.isChange { vi?.last = Vi.Change(command: command) }
    switch command.verb {
    case .undo: for _ in 0..<count { apply(.undo) }
    case .redo: for _ in 0..<count { apply(.redo) }
    case .again: repeatChange(count: command.count)
    case .slash:
      if isEmpty {
        beginInsertion(ViCommand(.insert(.before)))
        apply(.insert("/"))
      } else {
        apply(.historySearch)
      }
    case .move(.rowUp): for _ in 0..<count { apply(.up) }
    case .move(.rowDown): for _ in 0..<count { apply(.down) }
    case .move(.up) where cursor.line == 0 && vi?.mode == .normal: apply(.historyPrevious)
    case .move(.down) where cursor.line == document.lines.count - 1 && vi?.mode == .normal: apply(.historyNext)
    default: step { $0.perform(command) }
    }
    settleVi()
  }

  private mutating func perform(_ command: ViCommand) {
    let count = command.count ?? 1
    switch command.verb {
    case .move(let motion): if let place = viPlace(motion, command.count) { cursor = place }
    case .operate(let operation, let target): operate(operation, target, command)
    case .insert(let place):
      open(place)
      beginInsertion(command)
    case .replace(let character): replace(character, count)
    case .put(let after): put(after: after, count)
    case .putOverSelection: putOverSelection()
    case .visual(let isLines):
      let mode = isLines ? Vi.Mode.visualLines : .visual
      if vi?.mode == mode {
        leaveVisual()
      } else {
        selection = Selection(anchor: selection?.anchor ?? cursor, kind: isLines ? .lines : .inclusive)
        vi?.mode = mode
      }
    case .select(let object): select(object, count)
    case .swapEnds:
      guard let anchor = selection?.anchor else { return }
      selection?.anchor = cursor
      cursor = anchor
    case .undo, .redo, .again, .slash: break
    }
  }

  // MARK: Changes

  private mutating func operate(
    _ operation: ViCommand.Operator, _ target: ViCommand.Target, _ command: ViCommand
  ) {
    guard let span = span(target, operation, command.count) else {
      if vi?.isVisual == true { leaveVisual() }
      return
    }
    var command = command
    if target == .selection || target == .selectedLines {
      command = ViCommand(.operate(operation, span.extent))
      if operation != .yank { vi?.last = Vi.Change(command: command) }
    }
    let start = selectedRange?.lowerBound
    vi?.mode = .normal
    selection = nil
    switch (operation, span) {
    case (.join, _):
      if let start { cursor = start }
      join(span.lineRange)
    case (.yank, .lines(let lines)):
      keep(span)
      switch target {
      case .lines: break
      case .motion(.up), .motion(.down): cursor.line = lines.lowerBound
      case .motion(let motion): cursor = min(cursor, viPlace(motion, command.count) ?? cursor)
      default: cursor = Position(line: lines.lowerBound, column: 0)
      }
    case (.yank, .characters(let range)):
      keep(span)
      cursor = range.lowerBound
    case (.delete, .lines(let lines)):
      keep(span)
      remove(lines)
    case (.delete, .characters(let range)), (.change, .characters(let range)):
      keep(span)
      cursor = range.lowerBound
      change(range, to: .empty)
      if operation == .change { beginInsertion(command) }
    case (.change, .lines(let lines)):
      keep(span)
      cursor = Position(line: lines.lowerBound, column: 0)
      change(document.viRange(lines), to: .empty)
      beginInsertion(command)
    case (.toggleCase, _): rewrite(span, command) { $0.toggledCase }
    case (.replace(let character), _): rewrite(span, command) { _ in [.character(character)] }
    }
  }

  /// Keeps for `p`, and for yank in insert mode.
  private mutating func keep(_ span: ViSpan) {
    guard let range = viRange(span) else { return }
    let fragment = document.fragment(range)
    if case .lines = span { vi?.lines = fragment } else { vi?.lines = nil }
    kills.add(fragment, .forward, continuing: false)
  }

  /// `nil` if no character is in it.
  private func viRange(_ span: ViSpan) -> Range<Position>? {
    switch span {
    case .characters(let range): range.isEmpty ? nil : range
    case .lines(let lines): document.viRange(lines)
    }
  }

  private mutating func remove(_ lines: ClosedRange<Int>) {
    var range = document.viRange(lines)
    let line = lines.lowerBound
    if lines.upperBound + 1 < document.lines.count {
      range = range.lowerBound..<Position(line: lines.upperBound + 1, column: 0)
    } else if line > 0 {
      range = Position(line: line - 1, column: document.lines[line - 1].count)..<range.upperBound
    }
    change(range, to: .empty)
    cursor = document.viFirstNonBlank(min(line, document.lines.count - 1))
  }

  private mutating func rewrite(_ span: ViSpan, _ command: ViCommand, _ new: (Unit) -> [Unit]) {
    guard let range = viRange(span) else { return }
    let lines = document.fragment(range).lines.map { Unit.resegmented($0.flatMap(new)) }
    change(range, to: Fragment(lines: lines))
    // `~` goes on; what was selected, or is a line's, begins where the cursor goes.
    if case .operate(.toggleCase, .motion) = command.verb { return }
    cursor = range.lowerBound
  }

  private mutating func replace(_ character: Character, _ count: Int) {
    let end = Position(line: cursor.line, column: cursor.column + count)
    guard end.column <= document.lines[cursor.line].count else { return }
    let units = Unit.resegmented(Array(repeating: .character(character), count: count))
    change(cursor..<end, to: Fragment(lines: [units]))
    cursor.column = max(0, cursor.column - 1)
  }

  /// Two lines at least become one, a blank where they met. Costs what the lines are long, however many they are.
  private mutating func join(_ lines: ClosedRange<Int>) {
    let last = min(max(lines.upperBound, lines.lowerBound + 1), document.lines.count - 1)
    guard lines.lowerBound < last else { return }
    let first = document.lines[lines.lowerBound]
    let start = Position(line: lines.lowerBound, column: first.count)
    var end = first.count > 0 ? first[first.count - 1] : nil
    var new: [Unit] = []
    var seam = first.count
    for index in (lines.lowerBound + 1)...last {
      let next = document.lines[index]
      let text = next.firstColumn(from: 0, where: { !$0.isBlank }) ?? next.count
      seam = first.count + new.count
      let isClosing = text == next.count || next[text].isCharacter(")")
      if !isClosing, end?.isBlank == false { new.append(.character(" ")) }
      new += next.units(text..<next.count)
      end = new.last ?? end
    }
    change(
      start..<Position(line: last, column: document.lines[last].count), to: Fragment(lines: [Unit.resegmented(new)]))
    cursor = Position(line: start.line, column: min(seam, document.lines[start.line].count))
  }

  // MARK: Putting

  /// What was deleted or yanked last, and whether it is whole lines.
  private var register: (fragment: Fragment, isLines: Bool)? {
    kills.current.map { ($0, vi?.lines == $0) }
  }

  private mutating func put(after: Bool, _ count: Int) {
    guard let (fragment, isLines) = register else { return }
    let most = max(1, ViCommand.greatestGrowth / max(1, fragment.utf8Count))
    var new = fragment
    for _ in 1..<max(1, min(count, most)) {
      if isLines { new.append(.lineEnd) }
      new.append(fragment)
    }
    if isLines {
      let line = cursor.line
      if after {
        var below = Fragment.lineEnd
        below.append(new)
        let end = Position(line: line, column: document.lines[line].count)
        change(end..<end, to: below)
      } else {
        new.append(.lineEnd)
        change(Position(line: line, column: 0)..<Position(line: line, column: 0), to: new)
      }
      cursor = document.viFirstNonBlank(line + (after ? 1 : 0))
      return
    }
    let place = after && document.unit(at: cursor) != nil ? document.position(after: cursor) ?? cursor : cursor
    change(place..<place, to: new)
    cursor = new.lines.count > 1 ? place : Position(line: cursor.line, column: max(0, cursor.column - 1))
  }

  private mutating func putOverSelection() {
    guard let range = selectedRange, let (fragment, isLines) = register else { return leaveVisual() }
    let wasLines = selection?.kind == .lines
    let removed = document.fragment(range)
    var new = fragment
    if isLines, !wasLines {
      var apart = Fragment.lineEnd
      apart.append(fragment)
      apart.append(.lineEnd)
      new = apart
    }
    change(range, to: new)
    kills.add(removed, .forward, continuing: false)
    vi?.lines = wasLines ? removed : nil
    vi?.mode = .normal
    cursor = isLines || wasLines ? range.lowerBound : Position(line: cursor.line, column: max(0, cursor.column - 1))
  }

  // MARK: Insertions and selections

  private mutating func open(_ place: ViCommand.Place) {
    let count = document.lines[cursor.line].count
    switch place {
    case .before: break
    case .after: cursor.column = min(count, cursor.column + 1)
    case .lineStart:
      cursor.column = document.lines[cursor.line].firstColumn(from: 0, where: { !$0.isBlank }) ?? count
    case .lineEnd: cursor.column = count
    case .below:
      let end = Position(line: cursor.line, column: count)
      change(end..<end, to: .lineEnd)
    case .above:
      let start = Position(line: cursor.line, column: 0)
      change(start..<start, to: .lineEnd)
      cursor = start
    }
  }

  private mutating func select(_ object: ViObject, _ count: Int) {
    guard let span = document.viSpan(object, at: cursor, count: count) else { return }
    switch span {
    case .lines(let lines):
      selection = Selection(anchor: Position(line: lines.lowerBound, column: 0), kind: .lines)
      vi?.mode = .visualLines
      cursor = Position(line: lines.upperBound, column: 0)
    case .characters(let range):
      guard !range.isEmpty, let last = document.position(before: range.upperBound) else { return }
      // What was selected before stays so.
      let anchor = selection.map { min($0.anchor, cursor) == cursor ? range.lowerBound : $0.anchor }
      selection = Selection(anchor: anchor ?? range.lowerBound, kind: .inclusive)
      vi?.mode = .visual
      cursor = last
    }
  }
}

extension ViCommand {
  fileprivate var isVertical: Bool { verb == .move(.up) || verb == .move(.down) || verb == .move(.lineEnd) }
}

extension Editor.Unit {
  fileprivate var toggledCase: [Editor.Unit] {
    guard case .character(let character) = self else { return [self] }
    return (character.isUppercase ? character.lowercased() : character.uppercased()).map(Self.character)
  }
}
