extension Editor {
  /// Where a motion leads; `nil` if it leads nowhere.
  mutating func viPlace(_ motion: ViMotion, _ given: Int?) -> Position? {
    let count = given ?? 1
    let (lines, last) = (document.lines, document.lines.count - 1)
    func often(_ next: (Position) -> Position) -> Position { (0..<count).reduce(cursor) { place, _ in next(place) } }
    switch motion {
    case .left: return Position(line: cursor.line, column: max(0, cursor.column - count))
    case .right: return Position(line: cursor.line, column: min(lines[cursor.line].count, cursor.column + count))
    case .up, .down:
      let line = max(0, min(last, cursor.line + (motion == .up ? -count : count)))
      guard line != cursor.line else { return nil }
      let goal = vi?.goal ?? cursor.column
      vi?.goal = goal
      return Position(line: line, column: min(goal, max(0, lines[line].count - 1)))
    case .rowUp, .rowDown: return nil
    case .wordForward(let isBig): return often { document.viWordForward($0, isBig: isBig) }
    case .wordBackward(let isBig): return often { document.viWordBackward($0, isBig: isBig) }
    case .wordEnd(let isBig): return often { document.viWordEnd($0, isBig: isBig) }
    case .lineStart: return Position(line: cursor.line, column: 0)
    case .firstNonBlank: return document.viFirstNonBlank(cursor.line)
    case .lineEnd:
      vi?.goal = .max
      let line = min(last, cursor.line + count - 1)
      return Position(line: line, column: lines[line].count)
    case .firstLine: return document.viFirstNonBlank(min(last, count - 1))
    case .lastLine: return document.viFirstNonBlank(min(last, (given ?? .max) - 1))
    case .find(let find):
      vi?.lastFind = find
      return document.viFind(find, from: cursor, count: count, skips: false)
    case .findAgain(let isReversed):
      guard let find = vi?.lastFind else { return nil }
      return document.viFind(find.reversed(isReversed), from: cursor, count: count, skips: count == 1)
    case .paragraphUp: return often(document.paragraphStart)
    case .paragraphDown: return often(document.paragraphEnd)
    case .bracket: return document.viPartner(cursor)
    }
  }

  /// What an operator takes.
  mutating func span(_ target: ViCommand.Target, _ operation: ViCommand.Operator, _ count: Int?) -> ViSpan? {
    let last = document.lines.count - 1
    switch target {
    case .lines: return .lines(cursor.line...min(last, cursor.line + max(1, count ?? 1) - 1))
    case .object(let object): return document.viSpan(object, at: cursor, count: count ?? 1)
    case .selectedLines:
      // An empty line is one, too.
      return selection.map { .lines(min($0.anchor, cursor).line...max($0.anchor, cursor).line) }
    case .selection:
      guard selection?.kind != .lines else { return span(.selectedLines, operation, count) }
      return selectedRange.map { .characters($0) }
    case .extent(let lines, let columns, let isLines):
      let line = min(last, cursor.line + lines)
      if isLines { return .lines(cursor.line...line) }
      let column = min(document.lines[line].count, lines == 0 ? cursor.column + columns : columns)
      return .characters(cursor..<max(cursor, Position(line: line, column: column)))
    case .motion(let motion): return span(motion, operation, count)
    }
  }

  private mutating func span(_ motion: ViMotion, _ operation: ViCommand.Operator, _ count: Int?) -> ViSpan? {
    if operation == .change, case .wordForward(let isBig) = motion, document.unit(at: cursor)?.isBlank == false {
      // To the end of the word, but no further where the cursor stands on it.
      var end = Position(line: cursor.line, column: document.viRun(cursor, isBig: isBig).upperBound - 1)
      for _ in 1..<max(1, count ?? 1) { end = document.viWordEnd(end, isBig: isBig) }
      return .characters(cursor..<Position(line: end.line, column: end.column + 1))
    }
    guard let place = viPlace(motion, count) else { return nil }
    // At the text's start it leads nowhere, and nothing is to be changed.
    if case .wordBackward = motion, place == cursor { return nil }
    var (from, to) = (min(cursor, place), max(cursor, place))
    var reach = motion.reach
    if case .findAgain(let isReversed) = motion, let find = vi?.lastFind {
      reach = ViMotion.find(find.reversed(isReversed)).reach
    }
    switch reach {
    case .lines: return .lines(from.line...to.line)
    case .inclusive: if document.unit(at: to) != nil { to.column += 1 }
    case .exclusive:
      guard from.line < to.line else { break }
      let blanksBefore = document.lines[to.line].firstColumn(from: 0, where: { !$0.isBlank }).map { $0 >= to.column }
      if case .wordForward = motion, blanksBefore ?? true, document.unit(at: to) != nil || to.column == 0 {
        // The last word of a line is taken without what follows the line's end.
        to = Position(line: to.line - 1, column: document.lines[to.line - 1].count)
      } else if to.column == 0 {
        to = Position(line: to.line - 1, column: document.lines[to.line - 1].count)
        if from <= document.viFirstNonBlank(from.line) { return .lines(from.line...to.line) }
      }
      from = min(from, to)
    }
    if operation == .delete, from.line < to.line, isBlank(from.line, 0..<from.column),
      isBlank(to.line, to.column..<document.lines[to.line].count)
    {
      // Nothing would be left of them.
      return .lines(from.line...to.line)
    }
    return .characters(from..<to)
  }

  private func isBlank(_ line: Int, _ columns: Range<Int>) -> Bool {
    document.lines[line].units(columns).allSatisfy(\.isBlank)
  }
}

extension ViSpan {
  var lineRange: ClosedRange<Int> {
    switch self {
    case .lines(let lines): lines
    case .characters(let range): range.lowerBound.line...range.upperBound.line
    }
  }

  /// As much from wherever the cursor is.
  var extent: ViCommand.Target {
    switch self {
    case .lines(let lines): return .extent(lines: lines.count - 1, columns: 0, isLines: true)
    case .characters(let range):
      let lines = range.upperBound.line - range.lowerBound.line
      let start = lines == 0 ? range.lowerBound.column : 0
      return .extent(lines: lines, columns: range.upperBound.column - start, isLines: false)
    }
  }
}

extension Editor.Document {
  /// From the first line's start to the last one's end.
  func viRange(_ lines: ClosedRange<Int>) -> Range<Editor.Position> {
    Editor.Position(
      line: lines.lowerBound, column: 0)..<Editor.Position(
        line: lines.upperBound, column: self.lines[lines.upperBound].count)
  }
}
