import Basics

extension Editor {
  /// What the cursor moves over and a deletion takes: a character (grapheme cluster) or a chip.
  enum Unit: Hashable, Sendable {
    case character(Character)
    indirect case chip(Chip)

    /// Bytes of UTF-8 in what is sent.
    var utf8Count: Int {
      switch self {
      case .character(let character): character.utf8.count
      case .chip(let chip): chip.text.utf8.count
      }
    }

    var isChip: Bool {
      if case .chip = self { true } else { false }
    }

    var isBlank: Bool {
      if case .character(let character) = self { character.isWhitespace } else { false }
    }

    /// Letters and digits make words; a chip is a word by itself.
    var isWordCharacter: Bool {
      if case .character(let character) = self { character.isLetter || character.isNumber } else { false }
    }

    /// Whether two neighbours are not (or not only) these two characters when their text stands together:
    /// a letter and a combining mark, two halves of a flag, an emoji and a joiner.
    static func merge(_ left: Unit, _ right: Unit) -> Bool {
      guard case .character(let left) = left, case .character(let right) = right else { return false }
      if left.isASCII, right.isASCII { return false }
      var text = String(left)
      text.append(right)
      return text.first.map { $0.utf8.count != left.utf8.count } ?? false
    }

    /// The characters that the text of these units has when it is read as one.
    static func resegmented(_ units: [Unit]) -> [Unit] {
      var result: [Unit] = []
      var run = ""
      for unit in units {
        switch unit {
        case .character(let character): run.append(character)
        case .chip:
          result += run.map(Unit.character)
          result.append(unit)
          run = ""
        }
      }
      return result + run.map(Unit.character)
    }
  }

  /// A long paste, shown as one label.
  struct Chip: Hashable, Sendable {
    let text: String
    let label: String

    init(_ text: String) {
      self.text = text
      let breaks = text.utf8.count { $0 == 0x0A }
      let lines = max(1, text.utf8.last == 0x0A ? breaks : breaks + 1)
      label = "⟦pasted \(Plural.text(lines, "line")) · \(Self.size(text.utf8.count))⟧"
    }

    /// More than 10 lines or 2,000 characters.
    static func isDue(for text: String) -> Bool {
      guard text.utf8.count > 10 else { return false }
      let breaks = text.utf8.count { $0 == 0x0A }
      if (text.utf8.last == 0x0A ? breaks : breaks + 1) > 10 { return true }
      guard text.utf8.count > 2_000 else { return false }
      return text.index(text.startIndex, offsetBy: 2_001, limitedBy: text.endIndex) != nil
    }

    /// Powers of 1,000, with one decimal below 10: `812 B`, `4.1 kB`, `12 kB`, `1.0 MB`.
    static func size(_ bytes: Int) -> String {
      if bytes < 1_000 { return "\(bytes) B" }
      let (unit, name) = bytes < 999_500 ? (1_000, "kB") : (1_000_000, "MB")
      let tenths = (bytes * 10 + unit / 2) / unit
      return tenths < 100 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\((bytes + unit / 2) / unit) \(name)"
    }
  }

  /// A piece of text with its chips: what an edit removes or inserts, and what the kill ring keeps.
  struct Fragment: Hashable, Sendable {
    /// The units between line ends; one empty line if there is nothing.
    private(set) var lines: [[Unit]]

    static let empty = Fragment(lines: [[]])
    static let lineEnd = Fragment(lines: [[], []])

    /// `lines` must not be empty.
    init(lines: [[Unit]]) { self.lines = lines }

    /// `\r\n` and `\r` become `\n`.
    init(_ text: String) {
      var text = Self.withLineFeeds(text)
      lines = text.withUTF8 { bytes in
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { line in
          line.allSatisfy { $0 < 0x80 }
            ? line.map { .character(Character(Unicode.Scalar($0))) }
            : String(decoding: line, as: UTF8.self).map(Unit.character)
        }
      }
    }

    init(_ chip: Chip) { lines = [[.chip(chip)]] }

    static func withLineFeeds(_ text: String) -> String {
      guard text.utf8.contains(0x0D) else { return text }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(text.utf8.count)
      var afterReturn = false
      for byte in text.utf8 {
        if byte != 0x0A || !afterReturn { bytes.append(byte == 0x0D ? 0x0A : byte) }
        afterReturn = byte == 0x0D
      }
      return String(decoding: bytes, as: UTF8.self)
    }

    var isEmpty: Bool { lines.count == 1 && lines[0].isEmpty }

    var utf8Count: Int { lines.reduce(lines.count - 1) { $1.reduce($0) { $0 + $1.utf8Count } } }

    var hasChip: Bool { lines.contains { $0.contains(where: \.isChip) } }

    /// Chips expanded.
    var text: String {
      var text = ""
      text.reserveCapacity(utf8Count)
      for (index, line) in lines.enumerated() {
        if index > 0 { text.append("\n") }
        line.appendText(to: &text)
      }
      return text
    }

    /// Where it ends if it starts at `start`.
    func end(from start: Position) -> Position {
      let last = lines[lines.count - 1].count
      return lines.count == 1
        ? Position(line: start.line, column: start.column + last)
        : Position(line: start.line + lines.count - 1, column: last)
    }

    mutating func append(_ other: Fragment) {
      lines[lines.count - 1] += other.lines[0]
      lines += other.lines.dropFirst()
    }
  }
}

extension Collection where Element == Editor.Unit {
  func appendText(to text: inout String) {
    for unit in self {
      switch unit {
      case .character(let character): text.append(character)
      case .chip(let chip): text += chip.text
      }
    }
  }

  /// Chips expanded.
  var text: String {
    var text = ""
    appendText(to: &text)
    return text
  }
}
