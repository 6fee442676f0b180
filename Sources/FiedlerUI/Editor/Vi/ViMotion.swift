enum ViMotion: Hashable, Sendable {
  case left, right, up, down, rowUp, rowDown
  case wordForward(isBig: Bool), wordBackward(isBig: Bool), wordEnd(isBig: Bool)
  case lineStart, firstNonBlank, lineEnd, firstLine, lastLine
  case find(ViFind), findAgain(isReversed: Bool)
  case paragraphUp, paragraphDown, bracket

  /// What an operator takes with a motion.
  enum Reach { case exclusive, inclusive, lines }

  var reach: Reach {
    switch self {
    case .up, .down, .firstLine, .lastLine: .lines
    case .wordEnd, .bracket: .inclusive
    case .find(let find): find.isForward ? .inclusive : .exclusive
    default: .exclusive
    }
  }
}

/// A character looked for in the cursor's line.
struct ViFind: Hashable, Sendable {
  var character: Character
  var isForward: Bool
  /// Stops before it.
  var isTill: Bool

  func reversed(_ isReversed: Bool) -> ViFind {
    ViFind(character: character, isForward: isForward != isReversed, isTill: isTill)
  }
}

extension Editor.Unit {
  /// What words are made of; a chip is one by itself.
  enum ViClass: Hashable { case blank, word, sign, chip }

  func viClass(isBig: Bool) -> ViClass {
    guard case .character(let character) = self else { return .chip }
    if character.isWhitespace { return .blank }
    return isBig || isWordCharacter || character == "_" ? .word : .sign
  }

  func isCharacter(_ character: Character) -> Bool { self == .character(character) }
}

extension Editor.Document {
  /// The columns of the word, signs, blanks or chip at a column.
  func viRun(_ place: Editor.Position, isBig: Bool) -> Range<Int> {
    let line = lines[place.line]
    let kind = line[place.column].viClass(isBig: isBig)
    guard kind != .chip else { return place.column..<(place.column + 1) }
    if kind == .word, !isBig { return word(of: { $0.viClass(isBig: false) == .word }, at: place) }
    let start = line.lastColumn(before: place.column, where: { $0.viClass(isBig: isBig) != kind }).map { $0 + 1 } ?? 0
    let end = line.firstColumn(from: place.column, where: { $0.viClass(isBig: isBig) != kind }) ?? line.count
    return start..<end
  }

  /// The start of the next word; an empty line is a word.
  func viWordForward(_ place: Editor.Position, isBig: Bool) -> Editor.Position {
    var place = place
    if let unit = unit(at: place), !unit.isBlank { place.column = viRun(place, isBig: isBig).upperBound }
    while true {
      let line = lines[place.line]
      if let column = line.firstColumn(from: place.column, where: { !$0.isBlank }) {
        return Editor.Position(line: place.line, column: column)
      }
      guard place.line + 1 < lines.count else { return end }
      place = Editor.Position(line: place.line + 1, column: 0)
      if lines[place.line].count == 0 { return place }
    }
  }

  /// The last character of this word, or of the next at its end.
  func viWordEnd(_ place: Editor.Position, isBig: Bool) -> Editor.Position {
    var place = place
    place.column += 1
    while true {
      let line = lines[place.line]
      if place.column < line.count, let column = line.firstColumn(from: place.column, where: { !$0.isBlank }) {
        let run = viRun(Editor.Position(line: place.line, column: column), isBig: isBig)
        return Editor.Position(line: place.line, column: run.upperBound - 1)
      }
      guard place.line + 1 < lines.count else {
        return Editor.Position(line: place.line, column: max(0, line.count - 1))
      }
      place = Editor.Position(line: place.line + 1, column: 0)
    }
  }

  /// The start of this word, or of the one before at its start; an empty line is a word.
  func viWordBackward(_ place: Editor.Position, isBig: Bool) -> Editor.Position {
    var place = place
    while true {
      if let column = lines[place.line].lastColumn(before: place.column, where: { !$0.isBlank }) {
        let run = viRun(Editor.Position(line: place.line, column: column), isBig: isBig)
        return Editor.Position(line: place.line, column: run.lowerBound)
      }
      guard place.line > 0 else { return .start }
      place = Editor.Position(line: place.line - 1, column: lines[place.line - 1].count)
      if place.column == 0 { return place }
    }
  }

  func viFirstNonBlank(_ line: Int) -> Editor.Position {
    let text = lines[line].firstColumn(from: 0, where: { !$0.isBlank })
    return Editor.Position(line: line, column: text ?? max(0, lines[line].count - 1))
  }

  /// `skips`: a repetition is not held up by the character that it stands before.
  func viFind(_ find: ViFind, from place: Editor.Position, count: Int, skips: Bool) -> Editor.Position? {
    let line = lines[place.line]
    let step = find.isTill && skips ? 1 : 0
    var column: Int? = place.column
    for round in 0..<count {
      let offset = round == 0 ? step : 0
      guard let here = column else { return nil }
      if find.isForward {
        let from = here + 1 + offset
        column = from < line.count ? line.firstColumn(from: from, where: { $0.isCharacter(find.character) }) : nil
      } else {
        let before = here - offset
        column = before > 0 ? line.lastColumn(before: before, where: { $0.isCharacter(find.character) }) : nil
      }
    }
    return column.map { Editor.Position(line: place.line, column: find.isTill ? $0 + (find.isForward ? -1 : 1) : $0) }
  }

  private static let brackets: [(open: Character, close: Character)] = [("(", ")"), ("[", "]"), ("{", "}")]

  /// The partner of the first bracket from a place to its line's end.
  func viPartner(_ place: Editor.Position) -> Editor.Position? {
    let all = Self.brackets.flatMap { [$0.open, $0.close] }
    let column = lines[place.line].firstColumn(
      from: place.column,
      where: { unit in
        if case .character(let character) = unit { all.contains(character) } else { false }
      })
    guard let column else { return nil }
    let start = Editor.Position(line: place.line, column: column)
    for (open, close) in Self.brackets {
      if unit(at: start)?.isCharacter(open) == true { return viPartner(of: start, open, close, isForward: true) }
      if unit(at: start)?.isCharacter(close) == true { return viPartner(of: start, close, open, isForward: false) }
    }
    return nil
  }

  /// The place where as many `partner` as `own` have been passed, beginning at an `own`.
  func viPartner(
    of place: Editor.Position, _ own: Character, _ partner: Character, isForward: Bool
  ) -> Editor.Position? {
    var depth = 1
    var place = place
    while let next = isForward ? position(after: place) : position(before: place) {
      place = next
      guard let unit = unit(at: place) else { continue }
      if unit.isCharacter(own) { depth += 1 } else if unit.isCharacter(partner) { depth -= 1 }
      if depth == 0 { return place }
    }
    return nil
  }
}
