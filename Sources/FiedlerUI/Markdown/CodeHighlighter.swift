import Canvas

/// Tells keywords, strings, comments and numbers of common languages apart, line by line. It guesses as a reader does
/// and knows no grammar; a language it does not know is plain.
struct CodeHighlighter {
  enum Kind: Hashable, Sendable { case plain, keyword, string, comment, number }

  private let language: CodeLanguage?
  /// What an earlier line left open ends with this.
  private var open: (end: [UInt8], kind: Kind)?

  init(language name: String) { language = CodeLanguage.named(name) }

  /// The kind of every byte of the next line.
  mutating func kinds(_ line: [UInt8]) -> [Kind] {
    var kinds = Array(repeating: Kind.plain, count: line.count)
    guard let language else { return kinds }
    var index = 0
    var hasLoneQuotes = false
    func matches(_ text: [UInt8]) -> Bool { line[index...].starts(with: text) }
    func mark(to end: Int, _ kind: Kind) {
      for place in index..<min(end, line.count) { kinds[place] = kind }
      index = min(end, line.count)
    }
    while index < line.count {
      let byte = line[index]
      if let (end, kind) = open {
        if matches(end) {
          mark(to: index + end.count, kind)
          open = nil
        } else {
          mark(to: index + 1, kind)
        }
      } else if language.lineComments.contains(where: matches), language.commentsInWords || !isInWord(line, index) {
        mark(to: line.count, .comment)
      } else if let (start, end, kind) = language.blocks.first(where: { matches($0.start) }) {
        mark(to: index + start.count, kind)
        open = (end, kind)
      } else if language.quotes.contains(byte) {
        let end = hasLoneQuotes && byte == UInt8(ascii: "'") ? index + 1 : endOfString(line, index, language)
        // A quote that nothing closes: nothing closes the later ones, since this search has passed them by as escaped.
        if byte == UInt8(ascii: "'"), end == index + 1 { hasLoneQuotes = true }
        mark(to: end, .string)
      } else if Self.isDigit(byte), !isInWord(line, index) {
        mark(to: end(of: line, index) { Self.isWord($0) || $0 == UInt8(ascii: ".") }, .number)
      } else if Self.isWord(byte), !Self.isDigit(byte) {
        let end = end(of: line, index, while: Self.isWord)
        let word = String(decoding: line[index..<end], as: UTF8.self)
        mark(to: end, language.knows(word) ? .keyword : .plain)
      } else {
        index += 1
      }
    }
    return kinds
  }

  /// Behind the closing quote; the line's end if there is none.
  private func endOfString(_ line: [UInt8], _ start: Int, _ language: CodeLanguage) -> Int {
    var index = start + 1
    while index < line.count {
      if line[index] == UInt8(ascii: "\\") {
        index += 2
      } else if line[index] == line[start] {
        return index + 1
      } else {
        index += 1
      }
    }
    // A lone quote: an apostrophe, a lifetime.
    return line[start] == UInt8(ascii: "'") ? start + 1 : line.count
  }

  private func end(of line: [UInt8], _ start: Int, while isPart: (UInt8) -> Bool) -> Int {
    line[start...].firstIndex { !isPart($0) } ?? line.count
  }

  private func isInWord(_ line: [UInt8], _ index: Int) -> Bool { index > 0 && Self.isWord(line[index - 1]) }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 0x80 || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
  }
}

extension Theme {
  func style(of kind: CodeHighlighter.Kind) -> Style {
    switch kind {
    case .plain: text
    case .keyword: isMonochrome ? text.adding(.bold) : special
    case .string: good
    case .comment: dim.adding(.italic)
    case .number: isMonochrome ? text : caution
    }
  }
}
