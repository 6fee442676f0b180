/// A command of vi's normal and visual modes, as typed.
struct ViCommand: Hashable, Sendable {
  enum Operator: Hashable, Sendable {
    case delete, change, yank, toggleCase, join
    case replace(Character)
  }

  enum Target: Hashable, Sendable {
    case motion(ViMotion)
    case object(ViObject)
    /// Whole lines from the cursor's on, as many as the count says.
    case lines
    /// As much as was selected in a visual mode: what a repetition of its command takes.
    case extent(lines: Int, columns: Int, isLines: Bool)
    case selection
    /// The lines of the selection, whole.
    case selectedLines
  }

  /// Where an insertion begins.
  enum Place: Hashable, Sendable { case before, after, lineStart, lineEnd, below, above }

  enum Verb: Hashable, Sendable {
    case move(ViMotion)
    case operate(Operator, Target)
    case insert(Place)
    case replace(Character)
    case put(after: Bool)
    case putOverSelection
    case visual(isLines: Bool)
    case select(ViObject)
    case swapEnds
    case undo, redo, again
    /// A command of the program in an empty prompt, else a search through earlier prompts.
    case slash
  }

  var count: Int?
  var verb: Verb

  /// Why keys are no command: they are the beginning of one, or of none.
  enum Stop: Error { case more, none }

  /// No count is greater, whatever was typed.
  static let greatestCount = 999
  /// More keys than any command has; what goes on beyond is forgotten.
  static let longest = 64
  /// How Ctrl+R stands among typed characters.
  static let redo: Character = "\u{12}"

  init(count: Int? = nil, _ verb: Verb) {
    self.count = count
    self.verb = verb
  }

  init(_ typed: [Character], isVisual: Bool) throws(Stop) {
    var reader = Reader(rest: typed[...])
    let count = reader.count()
    let first = try reader.next()
    self.count = count
    if isVisual, let verb = try Self.visual(first, &reader) {
      self.verb = verb
    } else if !isVisual, let operation = Self.operators[first] {
      let further = reader.count()
      if count != nil || further != nil {
        self.count = min(Self.greatestCount, (count ?? 1) * (further ?? 1))
      }
      let second = try reader.next()
      if second == first {
        verb = .operate(operation, .lines)
      } else if second == "i" || second == "a" {
        verb = .operate(operation, .object(try reader.object(isAround: second == "a")))
      } else {
        verb = .operate(operation, .motion(try reader.motion(second)))
      }
    } else if !isVisual, let verb = try Self.normal(first, &reader) {
      self.verb = verb
    } else {
      verb = .move(try reader.motion(first))
    }
  }

  private static let operators: [Character: Operator] = ["d": .delete, "c": .change, "y": .yank]

  private static func normal(_ key: Character, _ reader: inout Reader) throws(Stop) -> Verb? {
    switch key {
    case "i": .insert(.before)
    case "a": .insert(.after)
    case "I": .insert(.lineStart)
    case "A": .insert(.lineEnd)
    case "o": .insert(.below)
    case "O": .insert(.above)
    case "x": .operate(.delete, .motion(.right))
    case "X": .operate(.delete, .motion(.left))
    case "s": .operate(.change, .motion(.right))
    case "S": .operate(.change, .lines)
    case "D": .operate(.delete, .motion(.lineEnd))
    case "C": .operate(.change, .motion(.lineEnd))
    case "Y": .operate(.yank, .lines)
    case "~": .operate(.toggleCase, .motion(.right))
    case "J": .operate(.join, .lines)
    case "r": .replace(try reader.next())
    case "p": .put(after: true)
    case "P": .put(after: false)
    case "v": .visual(isLines: false)
    case "V": .visual(isLines: true)
    case "u": .undo
    case redo: .redo
    case ".": .again
    case "/": .slash
    default: nil
    }
  }

  private static func visual(_ key: Character, _ reader: inout Reader) throws(Stop) -> Verb? {
    switch key {
    case "d", "x": .operate(.delete, .selection)
    case "c", "s": .operate(.change, .selection)
    case "y": .operate(.yank, .selection)
    case "D", "X": .operate(.delete, .selectedLines)
    case "C", "S": .operate(.change, .selectedLines)
    case "Y": .operate(.yank, .selectedLines)
    case "~": .operate(.toggleCase, .selection)
    case "J": .operate(.join, .selectedLines)
    case "r": .operate(.replace(try reader.next()), .selection)
    case "p", "P": .putOverSelection
    case "o": .swapEnds
    case "v": .visual(isLines: false)
    case "V": .visual(isLines: true)
    case "i", "a": .select(try reader.object(isAround: key == "a"))
    default: nil
    }
  }

  /// What `.` does again.
  var isChange: Bool {
    switch verb {
    case .operate(.yank, _): false
    case .operate, .insert, .replace, .put: true
    default: false
    }
  }

  private struct Reader {
    var rest: ArraySlice<Character>

    mutating func next() throws(Stop) -> Character {
      guard let first = rest.popFirst() else { throw .more }
      return first
    }

    /// A number; `0` begins none.
    mutating func count() -> Int? {
      var count: Int?
      while let digit = rest.first, digit.isASCII, let value = digit.wholeNumberValue, count != nil || value > 0 {
        count = min(greatestCount, (count ?? 0) * 10 + value)
        rest.removeFirst()
      }
      return count
    }

    mutating func object(isAround: Bool) throws(Stop) -> ViObject {
      let kind: ViObject.Kind? =
        switch try next() {
        case "w": .word(isBig: false)
        case "W": .word(isBig: true)
        case "p": .paragraph
        case "(", ")", "b": .bracket("(", ")")
        case "[", "]": .bracket("[", "]")
        case "{", "}", "B": .bracket("{", "}")
        case "<", ">": .bracket("<", ">")
        case "\"": .quote("\"")
        case "'": .quote("'")
        case "`": .quote("`")
        default: nil
        }
      guard let kind else { throw .none }
      return ViObject(kind: kind, isAround: isAround)
    }

    mutating func motion(_ key: Character) throws(Stop) -> ViMotion {
      switch key {
      case "h": return .left
      case "l", " ": return .right
      case "k": return .up
      case "j": return .down
      case "w": return .wordForward(isBig: false)
      case "W": return .wordForward(isBig: true)
      case "b": return .wordBackward(isBig: false)
      case "B": return .wordBackward(isBig: true)
      case "e": return .wordEnd(isBig: false)
      case "E": return .wordEnd(isBig: true)
      case "0": return .lineStart
      case "^": return .firstNonBlank
      case "$": return .lineEnd
      case "G": return .lastLine
      case "f", "F": return .find(ViFind(character: try next(), isForward: key == "f", isTill: false))
      case "t", "T": return .find(ViFind(character: try next(), isForward: key == "t", isTill: true))
      case ";": return .findAgain(isReversed: false)
      case ",": return .findAgain(isReversed: true)
      case "{": return .paragraphUp
      case "}": return .paragraphDown
      case "%": return .bracket
      case "g":
        switch try next() {
        case "g": return .firstLine
        case "j": return .rowDown
        case "k": return .rowUp
        default: throw .none
        }
      default: throw .none
      }
    }
  }
}
