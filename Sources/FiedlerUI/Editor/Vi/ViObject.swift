/// What `iw`, `a"` and their kin stand for.
struct ViObject: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case word(isBig: Bool)
    case quote(Character)
    case bracket(Character, Character)
    case paragraph
  }

  var kind: Kind
  var isAround: Bool
}

/// What an operator takes: characters, or whole lines.
enum ViSpan: Equatable {
  case characters(Range<Editor.Position>)
  case lines(ClosedRange<Int>)
}

extension Editor.Document {
  /// `nil` where there is no such thing around the place.
  func viSpan(_ object: ViObject, at place: Editor.Position, count: Int) -> ViSpan? {
    switch object.kind {
    case .word(let isBig):
      guard var columns = viWord(place, isBig: isBig, isAround: object.isAround) else { return nil }
      for _ in 1..<max(1, count) where columns.upperBound < lines[place.line].count {
        let next = Editor.Position(line: place.line, column: columns.upperBound)
        guard let further = viWord(next, isBig: isBig, isAround: object.isAround) else { break }
        columns = columns.lowerBound..<further.upperBound
      }
      return viCharacters(place.line, columns)
    case .quote(let mark): return viQuoted(mark, place, object.isAround).map { viCharacters(place.line, $0) }
    case .bracket(let open, let close): return viBracketed(open, close, place, object.isAround)
    case .paragraph: return .lines(viParagraph(place.line, object.isAround, count: count))
    }
  }

  private func viCharacters(_ line: Int, _ columns: Range<Int>) -> ViSpan {
    .characters(
      Editor.Position(line: line, column: columns.lowerBound)..<Editor.Position(line: line, column: columns.upperBound))
  }

  private func viWord(_ place: Editor.Position, isBig: Bool, isAround: Bool) -> Range<Int>? {
    let line = lines[place.line]
    guard let unit = unit(at: place) else { return line.count == 0 ? 0..<0 : nil }
    let run = viRun(place, isBig: isBig)
    guard isAround else { return run }
    let end = Editor.Position(line: place.line, column: run.upperBound)
    if unit.isBlank {
      guard run.upperBound < line.count else { return run }
      return run.lowerBound..<viRun(end, isBig: isBig).upperBound
    }
    let (wide, isBehind) = viWithBlanks(run, place.line)
    // The blanks that a line begins with are its indentation.
    return isBehind || wide.lowerBound > 0 ? wide : run
  }

  /// With the blanks behind, or those before where there are none behind.
  private func viWithBlanks(_ columns: Range<Int>, _ line: Int) -> (Range<Int>, isBehind: Bool) {
    let line = lines[line]
    let end = line.firstColumn(from: columns.upperBound, where: { !$0.isBlank }) ?? line.count
    if end > columns.upperBound { return (columns.lowerBound..<end, true) }
    let start = line.lastColumn(before: columns.lowerBound, where: { !$0.isBlank }).map { $0 + 1 } ?? 0
    return (start..<columns.upperBound, false)
  }

  /// Between two marks of the line: the pair that the place stands in, else the next one.
  private func viQuoted(_ mark: Character, _ place: Editor.Position, _ isAround: Bool) -> Range<Int>? {
    let line = lines[place.line]
    var from = 0
    while let open = line.firstColumn(from: from, where: { $0.isCharacter(mark) }),
      let close = line.firstColumn(from: open + 1, where: { $0.isCharacter(mark) })
    {
      if close >= place.column { return isAround ? viWithBlanks(open..<(close + 1), place.line).0 : (open + 1)..<close }
      from = close + 1
    }
    return nil
  }

  private func viBracketed(
    _ open: Character, _ close: Character, _ place: Editor.Position, _ isAround: Bool
  ) -> ViSpan? {
    var start: Editor.Position? = place
    if unit(at: place)?.isCharacter(open) != true {
      // From a closing bracket its partner is the opening one; from elsewhere the one that is not closed before.
      start = viPartner(of: place, close, open, isForward: false)
    }
    guard let start, let end = viPartner(of: start, open, close, isForward: true), end >= place else { return nil }
    let inner = Editor.Position(line: start.line, column: start.column + 1)
    let outer = Editor.Position(line: end.line, column: end.column + 1)
    return .characters(isAround ? start..<outer : inner..<end)
  }

  private func viParagraph(_ line: Int, _ isAround: Bool, count: Int) -> ClosedRange<Int> {
    func last(from line: Int) -> Int {
      var last = line
      while last + 1 < lines.count, isBlank(last + 1) == isBlank(line) { last += 1 }
      return last
    }
    var first = line
    while first > 0, isBlank(first - 1) == isBlank(line) { first -= 1 }
    var end = last(from: line)
    let parts = isAround ? 2 * max(1, count) : max(1, count)
    for _ in 1..<max(2, parts) where parts > 1 && end + 1 < lines.count { end = last(from: end + 1) }
    // Blank lines before it where there are none behind.
    if isAround, !isBlank(line), !isBlank(end) {
      while first > 0, isBlank(first - 1) { first -= 1 }
    }
    return first...end
  }
}
