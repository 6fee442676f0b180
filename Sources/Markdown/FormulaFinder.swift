/// Finds formulas in a part of a document: what stands between `$`, `$$`, `\(` and `\)`, `\[` and `\]`, or
/// `\begin{…}` and `\end{…}`, as Pandoc's extensions `tex_math_dollars`, `tex_math_single_backslash` and `raw_tex` have
/// it, with more care for prices and shell variables.
///
/// Markdown takes a backslash, `_`, `*` or a line of `=` in a formula for its own. What was found is hidden from its
/// parser, see ``masked(_:_:)``. As in TeX, a formula ends at a blank line at the latest.
struct FormulaFinder {
  private let bytes: UnsafeBufferPointer<UInt8>
  /// What Markdown makes of each byte.
  private let uses: [Use]
  /// Up to where no end was found, by kind, so that openings without an end cost no second search.
  private var hopeless: [Kind: Int] = [:]

  /// A formula may go through tags, for `<` and `>` are comparisons there, but neither begins nor ends in one.
  private enum Use: UInt8 { case none, text, tag, link, raw }
  private enum Kind: Hashable { case dollar, dollars, parenthesis, bracket, environment }

  /// Bytes of a formula in one line of prose.
  private static let proseLimit = 1024

  /// Whether there can be a formula at all.
  static func mayFind(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var wasBackslash = false
    for byte in bytes {
      if byte == UInt8(ascii: "$") { return true }
      if wasBackslash, [UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "b")].contains(byte) { return true }
      wasBackslash = byte == UInt8(ascii: "\\")
    }
    return false
  }

  /// `blocks` are those of `bytes` read without formulas, their places counted from `offset` on.
  static func formulas(
    in bytes: UnsafeBufferPointer<UInt8>, _ blocks: [MarkdownBlock], offset: Int
  ) -> [Range<Int>] {
    var finder = FormulaFinder(bytes, blocks, offset: offset)
    return finder.find()
  }

  private init(_ bytes: UnsafeBufferPointer<UInt8>, _ blocks: [MarkdownBlock], offset: Int) {
    self.bytes = bytes
    var uses = Array(repeating: Use.none, count: bytes.count)
    for block in blocks {
      let isRaw = block.kind == .html || block.isCode
      for run in block.allRuns {
        let range = (run.range.lowerBound - offset)..<(run.range.upperBound - offset)
        let isTag = run.look.contains(.html) || run.content == .lineBreak
        let use: Use =
          isRaw || run.look.contains(.code) ? .raw : isTag ? .tag : run.link != nil ? .link : .text
        for index in range.clamped(to: 0..<bytes.count) { uses[index] = use }
      }
    }
    self.uses = uses
  }

  private mutating func find() -> [Range<Int>] {
    var found: [Range<Int>] = []
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\\"):
        if let end = backslashed(index) {
          found.append(index..<end)
          index = end
        } else {
          index += 2
        }
      case UInt8(ascii: "$"):
        let (end, skipped) = dollars(index)
        if let end { found.append(index..<end) }
        index = end ?? skipped
      default: index += 1
      }
    }
    return found
  }

  // MARK: Openings

  private mutating func backslashed(_ start: Int) -> Int? {
    guard start + 1 < bytes.count else { return nil }
    switch bytes[start + 1] {
    case UInt8(ascii: "("):
      guard uses[start + 1] == .text else { return nil }
      return end(of: .parenthesis, from: start + 2, start: nil) {
        $0.isPair(UInt8(ascii: ")"), at: $1) ? 2 : nil
      }
    case UInt8(ascii: "["):
      guard uses[start + 1] == .text else { return nil }
      return end(of: .bracket, from: start + 2, start: start) {
        $0.isPair(UInt8(ascii: "]"), at: $1) ? 2 : nil
      }
    case UInt8(ascii: "b"):
      guard uses[start] == .text, let name = argument(of: "\\begin{", at: start) else { return nil }
      let close = Array("\\end{".utf8) + name + [UInt8(ascii: "}")]
      return end(of: .environment, from: start + 8 + name.count, start: start) {
        $0.has(close, at: $1) ? close.count : nil
      }
    default: return nil
    }
  }

  /// Where the formula ends that begins at a dollar; else where to look on.
  private mutating func dollars(_ start: Int) -> (end: Int?, next: Int) {
    var count = 1
    while start + count < bytes.count, bytes[start + count] == UInt8(ascii: "$") { count += 1 }
    let next = start + count
    guard count <= 2, uses[start] == .text, next < bytes.count || count == 2 else { return (nil, next) }
    if count == 2 {
      let end = end(of: .dollars, from: next, start: start) {
        $0.isPair(UInt8(ascii: "$"), at: $1, first: UInt8(ascii: "$")) ? 2 : nil
      }
      return (end, next)
    }
    let isInWord = start > 0 && bytes[start - 1].isAlphanumeric
    guard !isInWord, bytes[next] > 0x20 else { return (nil, next) }
    var index = next
    let limit = min(bytes.count, start + Self.proseLimit)
    while index < limit, bytes[index] != UInt8(ascii: "$") {
      if uses[index] == .raw || uses[index] == .link || endsParagraph(index) { return (nil, next) }
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    guard index < limit, uses[index] == .text, bytes[index - 1] > 0x20, !opens(index + 1), isNoProse(next..<index)
    else {
      return (nil, next)
    }
    return (index + 1, next)
  }

  /// Whether what follows a dollar makes it the beginning of an amount, a variable or a command.
  private func opens(_ index: Int) -> Bool {
    guard index < bytes.count else { return false }
    return bytes[index].isAlphanumeric || "{($_".utf8.contains(bytes[index])
  }

  /// `$5 or 10$` is no formula: words between dollars with nothing of a formula about them.
  private func isNoProse(_ range: Range<Int>) -> Bool {
    let text = range.filter { uses[$0] != .tag }.map { bytes[$0] }
    if text.contains(where: { "\\^_=<>+".utf8.contains($0) }) { return true }
    let words = text.split(whereSeparator: { $0 <= 0x20 })
    return words.count < 2 || !words.contains { $0.count(where: \.isLetter) > 1 }
  }

  // MARK: Ends

  /// Where a formula ends whose text goes on at `place`: behind its mark or, if its line begins with it at `start`,
  /// with the text, as one does that is still being written.
  private mutating func end(
    of kind: Kind, from place: Int, start: Int?, closing: (FormulaFinder, Int) -> Int?
  ) -> Int? {
    if let known = hopeless[kind], place <= known { return nil }
    var index = place
    while index < bytes.count {
      if let length = closing(self, index), uses[index + length - 1] == .text { return index + length }
      if uses[index] == .raw || endsParagraph(index) {
        hopeless[kind] = index
        return nil
      }
      index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
    }
    if let start, isFirstInLine(start) { return trimmedEnd }
    hopeless[kind] = bytes.count
    return nil
  }

  private var trimmedEnd: Int {
    var end = bytes.count
    while end > 0, bytes[end - 1] <= 0x20 { end -= 1 }
    return end
  }

  /// Whether a blank line follows the line that ends at `index`.
  private func endsParagraph(_ index: Int) -> Bool {
    guard bytes[index] == UInt8(ascii: "\n") else { return false }
    var next = index + 1
    while next < bytes.count, bytes[next] != UInt8(ascii: "\n") {
      guard [0x20, 0x09, 0x0D, UInt8(ascii: ">")].contains(bytes[next]) else { return false }
      next += 1
    }
    return next < bytes.count
  }

  private func isPair(_ last: UInt8, at index: Int, first: UInt8 = UInt8(ascii: "\\")) -> Bool {
    index + 1 < bytes.count && bytes[index] == first && bytes[index + 1] == last
  }

  private func has(_ text: [UInt8], at index: Int) -> Bool {
    index + text.count <= bytes.count && bytes[index..<index + text.count].elementsEqual(text)
  }

  /// The name in braces behind `command`.
  private func argument(of command: String, at start: Int) -> [UInt8]? {
    let command = Array(command.utf8)
    guard has(command, at: start) else { return nil }
    let name = bytes[(start + command.count)...].prefix(32).prefix { $0.isLetter || $0 == UInt8(ascii: "*") }
    guard !name.isEmpty, name.endIndex < bytes.count, bytes[name.endIndex] == UInt8(ascii: "}") else { return nil }
    return Array(name)
  }

  /// Whether only blanks and the marks of quotes and lists stand before it in its line.
  private func isFirstInLine(_ start: Int) -> Bool {
    var index = start
    while index > max(0, start - 64), bytes[index - 1] != UInt8(ascii: "\n") {
      index -= 1
      guard " \t>-+*.)0123456789".utf8.contains(bytes[index]) else { return false }
    }
    return index == 0 || bytes[index - 1] == UInt8(ascii: "\n")
  }

  // MARK: Hiding

  /// The text with formulas as words between dollars, which mean nothing to Markdown. Line ends stay, and so do the
  /// blanks and the marks of quotes that the lines begin with.
  static func masked(_ bytes: UnsafeBufferPointer<UInt8>, _ formulas: [Range<Int>]) -> [UInt8] {
    var masked = Array(bytes)
    var line = 0
    var seen = 0
    for formula in formulas {
      if let newline = bytes[seen..<formula.lowerBound].lastIndex(of: UInt8(ascii: "\n")) { line = newline + 1 }
      seen = formula.lowerBound
      let isAmongQuotes = { [0x20, 0x09, UInt8(ascii: ">")].contains($0) }
      let quotes = bytes[line..<formula.lowerBound].prefix(while: isAmongQuotes).count { $0 == UInt8(ascii: ">") }
      var left = 0
      for index in formula {
        switch bytes[index] {
        case UInt8(ascii: "\n"): left = quotes
        case 0x20, 0x09, 0x0D: break
        case UInt8(ascii: ">") where left > 0: left -= 1
        default:
          left = 0
          let isEdge = index < formula.lowerBound + 2 || index >= formula.upperBound - 2
          let isMark = "$\\()[]".utf8.contains(bytes[index])
          masked[index] = isEdge && isMark ? UInt8(ascii: "$") : UInt8(ascii: "x")
        }
      }
    }
    return masked
  }
}

extension MarkdownBlock {
  fileprivate var isCode: Bool { if case .code = kind { true } else { false } }

  /// The runs of the text or of all cells.
  var allRuns: [MarkdownRun] {
    if case .table(let table) = kind { table.rows.flatMap { $0.flatMap(\.self) } } else { runs }
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool { (0x41...0x5A).contains(self & 0xDF) }
  fileprivate var isAlphanumeric: Bool { isLetter || (0x30...0x39).contains(self) }
}
