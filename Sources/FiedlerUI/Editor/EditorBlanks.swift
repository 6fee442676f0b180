import Conversations

/// The blanks of a template in the text: `{{name}}`.
extension Editor {
  /// Puts a template in the place of the text, one undo step: `input`, then what stands here, fill
  /// ``PromptTemplate/input`` or follow the template if it has none. Chips stay chips. Costs as much as the text is
  /// long.
  mutating func take(_ template: PromptTemplate, input: String) {
    if search != nil { apply(.acceptSearch) }
    var given = Fragment(input)
    if !document.isEmpty {
      if !given.isEmpty { given.append(.lineEnd) }
      given.append(document.whole)
    }
    let values = template.values
    var text = Fragment.empty
    for piece in template.pieces {
      switch piece {
      case .text(let part): text.append(Fragment(part))
      case .variable(PromptTemplate.input) where !given.isEmpty: text.append(given)
      case .variable(let name):
        text.append(Fragment(values[name] ?? PromptTemplate.mark(name)))
      }
    }
    if !template.takesInput, !given.isEmpty {
      if !text.isEmpty { text.append(Fragment("\n\n")) }
      text.append(given)
    }
    let whole = Fragment(lines: text.lines.map(Unit.resegmented))
    step { $0.change($0.document.all, to: whole) }
  }

  /// Which of these names still stand as blanks, in the order of the text. Walks all of it.
  func blanks(of names: Set<String>) -> [String] {
    var found: [String] = []
    var known: Set<String> = []
    for line in document.lines.indices where found.count < names.count {
      for (name, _) in blanks(of: names, line: line) where known.insert(name).inserted { found.append(name) }
    }
    return found
  }

  /// Selects the first blank behind the cursor, or else the first of all, ready to be typed over. False, and nothing
  /// changed, if there is none but the one that is selected.
  mutating func selectBlank(of names: Set<String>, fromStart: Bool = false) -> Bool {
    let from = fromStart ? .start : selectedRange?.upperBound ?? cursor
    guard let range = blank(of: names, from: from), range != selectedRange else { return false }
    step { editor in
      editor.beginViAnew()
      editor.selection = Selection(anchor: range.lowerBound, kind: .held)
      editor.cursor = range.upperBound
    }
    return true
  }

  private func blank(of names: Set<String>, from start: Position) -> Range<Position>? {
    let count = document.lines.count
    // The first line comes again at the end, for what stands before the cursor.
    for offset in 0...count {
      let line = (start.line + offset) % count
      for (_, range) in blanks(of: names, line: line) where offset > 0 || range.lowerBound >= start { return range }
    }
    return nil
  }

  private func blanks(of names: Set<String>, line: Int) -> [(name: String, range: Range<Position>)] {
    let units = document.lines[line].units(0..<document.lines[line].count)
    let (open, close) = (Unit.character("{"), Unit.character("}"))
    var found: [(String, Range<Position>)] = []
    var column = 0
    while column + 4 < units.count {
      guard units[column] == open, units[column + 1] == open, units[column + 2] != open else {
        column += 1
        continue
      }
      var end = column + 2
      var name = ""
      while end < units.count, case .character(let character) = units[end],
        PromptTemplate.isNameCharacter(character)
      {
        name.append(character)
        end += 1
      }
      guard end + 1 < units.count, units[end] == close, units[end + 1] == close, names.contains(name) else {
        column = end
        continue
      }
      found.append((name, Position(line: line, column: column)..<Position(line: line, column: end + 2)))
      column = end + 2
    }
    return found
  }
}
