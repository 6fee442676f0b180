import Markdown

/// A word, number or identifier where it stands in an answer.
struct Term: Hashable, Sendable {
  /// Its number among ``TermBook/entries``, the same for all spellings of it.
  var name: Int
  /// UTF-8 offsets in the answer.
  var range: Range<Int>
}

/// All terms of the answers that are compared, one entry whatever their case, hyphens and plural.
struct TermBook: Sendable {
  enum Kind: Hashable, Sendable {
    case word, number, identifier
    /// A word without a meaning of its own.
    case glue
  }

  struct Entry: Hashable, Sendable {
    var kind: Kind
    /// As it was first written.
    var spelling: String
    /// How often each answer has it.
    var counts = [0, 0]
    /// How often it stands in headings, inline code and strong text, where writers put what matters to them.
    var prominence = 0
    /// Passages that have it.
    var passages = 0

    var isShared: Bool { counts[0] > 0 && counts[1] > 0 }
  }

  private(set) var entries: [Entry] = []
  private var numbers: [String: Int] = [:]

  mutating func note(_ name: Int, of side: Int, isProminent: Bool) {
    entries[name].counts[side] += 1
    if isProminent { entries[name].prominence += 1 }
  }

  mutating func noteInPassage(_ name: Int) { entries[name].passages += 1 }

  /// How much each entry tells of a passage that has it. Rare terms weigh more, numbers and identifiers more than
  /// words; what is everywhere weighs nothing.
  func weights(passages: Int) -> [Double] {
    entries.map { entry in
      let isEverywhere = passages >= 16 && entry.passages * 4 > passages
      guard entry.kind != .glue, !isEverywhere, entry.passages > 0 else { return 0 }
      // In bits, as by Spärck Jones (https://doi.org/10.1108/eb026526); whole numbers are exact everywhere.
      var rarity = 1
      while entry.passages << rarity < passages { rarity += 1 }
      let kind = entry.kind == .identifier ? 2 : entry.kind == .number ? 1.5 : 1
      return Double(rarity) * kind
    }
  }

  /// What is written in code counts as an identifier from then on.
  mutating func name(_ spelling: String, _ kind: Kind) -> Int {
    let key = Self.key(spelling, kind)
    if let known = numbers[key] {
      if kind == .identifier, entries[known].kind == .word { entries[known].kind = .identifier }
      return known
    }
    numbers[key] = entries.count
    let isGlue = Self.glue.contains(key) || key.utf8.count < (kind == .word ? 3 : 2)
    entries.append(Entry(kind: isGlue ? .glue : kind, spelling: spelling))
    return entries.count - 1
  }

  private static func key(_ spelling: String, _ kind: Kind) -> String {
    var key = spelling.lowercased()
    if key.utf8.contains(where: { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: " ") }) {
      key.removeAll { $0 == "-" || $0 == " " }
    }
    guard kind == .word, key.utf8.count > 4, key.utf8.last == UInt8(ascii: "s"), !key.hasSuffix("ss") else {
      return key
    }
    key.removeLast()
    return key
  }

  /// The most frequent words of English prose and of code, as keys, so without a plural's end. Those of other languages
  /// show themselves by being everywhere.
  private static let glue = Set(
    """
    a about above add after again against all also although alway am an and another any are around as at away back be \
    because become been before being below best better between both but by call can case come could did do does \
    doing done down during each either else end enough even ever every few first for from get give go goe good had ha \
    has have having he here how however i if in instead into is it it's its just keep kind know last least less let \
    like long look made make many may maybe me mean might more most much must my need never new next no not nothing \
    now of off often on once one only or other our out over own part per point put rather really right same say second see \
    set should side since small so some something still such sure take than that that's the their them then there \
    therefore these they thing think this those though three through thu thus time to together too two under until up \
    upon us use used using very want was way we well were what when where whether which while who whole whose why \
    will with within without work would yet you your async await break catch class const continue def elif except \
    false fn func function import nil none null pass pub public private return self static struct switch throw try \
    true type var void
    """.split(separator: " ").map(String.init))
}

/// Reads the terms out of runs of Markdown.
struct TermReader {
  private let source: String.UnicodeScalarView
  private let all: String

  init(_ text: String) {
    all = text
    source = text.unicodeScalars
  }

  /// What stands behind a number and belongs to it.
  private static let units: Set<String> = [
    "ns", "µs", "us", "ms", "s", "min", "h", "d", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "Hz", "kHz", "MHz",
    "GHz", "k", "x", "px", "sec", "seconds", "second", "minutes", "minute", "hours", "hour", "days", "day", "weeks",
    "years", "tokens", "percent",
  ]

  /// The terms of a part of the text, given as UTF-8 offsets, in order.
  func terms(in range: Range<Int>, isCode: Bool, _ book: inout TermBook) -> [Term] {
    let start = all.utf8.index(all.utf8.startIndex, offsetBy: range.lowerBound)
    let end = all.utf8.index(start, offsetBy: range.count)
    let part = source[start..<end]
    var terms: [Term] = []
    var index = part.startIndex
    var offset = range.lowerBound
    var ideograph: (index: String.Index, offset: Int)?
    while index < end {
      let scalar = part[index]
      let width = UTF8.width(scalar)
      guard Self.isWord(scalar) else {
        ideograph = nil
        index = part.index(after: index)
        offset += width
        continue
      }
      if Self.isIdeograph(scalar) {
        // Where nothing parts the words, two characters are the least that has a meaning.
        let next = part.index(after: index)
        if let ideograph {
          let spelling = String(part[ideograph.index..<next])
          terms.append(Term(name: book.name(spelling, .word), range: ideograph.offset..<(offset + width)))
        }
        ideograph = (index, offset)
        index = next
        offset += width
        continue
      }
      ideograph = nil
      let word = word(from: index, before: end, isCode: isCode)
      var last = word.end
      var kind = word.kind
      if kind == .number, let unit = unit(after: last, before: end) { last = unit }
      let length = all.utf8.distance(from: index, to: last)
      if isCode, kind == .word { kind = .identifier }
      terms.append(Term(name: book.name(String(part[index..<last]), kind), range: offset..<(offset + length)))
      index = last
      offset += length
    }
    return terms
  }

  private func word(
    from start: String.Index, before end: String.Index, isCode: Bool
  ) -> (end: String.Index, kind: TermBook.Kind) {
    var index = start
    var isNumber = true
    var isIdentifier = false
    var wasLower = false
    while index < end {
      let scalar = source[index]
      let next = source.index(after: index)
      if Self.isWord(scalar), !Self.isIdeograph(scalar) {
        let isUpper = 0x41...0x5A ~= scalar.value
        if isUpper, wasLower { isIdentifier = true }
        wasLower = 0x61...0x7A ~= scalar.value
        if scalar == "_" { isIdentifier = true }
        if !(0x30...0x39 ~= scalar.value) { isNumber = false }
      } else {
        guard Self.joins(scalar, inNumber: isNumber), next < end, Self.isWord(source[next]),
          !Self.isIdeograph(source[next])
        else { break }
        if scalar == ".", !isNumber { isIdentifier = true }
        wasLower = false
      }
      index = next
    }
    return (index, isNumber ? .number : isIdentifier ? .identifier : .word)
  }

  /// Where the unit behind a number ends.
  private func unit(after number: String.Index, before end: String.Index) -> String.Index? {
    guard number < end else { return nil }
    var start = number
    if source[start] == " " || source[start] == "\u{A0}" { start = source.index(after: start) }
    guard start < end else { return nil }
    if source[start] == "%" { return source.index(after: start) }
    var last = start
    while last < end, Self.isWord(source[last]) { last = source.index(after: last) }
    return Self.units.contains(String(source[start..<last])) ? last : nil
  }

  private static func joins(_ scalar: Unicode.Scalar, inNumber isNumber: Bool) -> Bool {
    switch scalar {
    case ".": true
    case ",": isNumber
    case "-", "'", "’": !isNumber
    default: false
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F: true
    case ..<0x80: false
    default: scalar.properties.isAlphabetic || scalar.properties.generalCategory == .decimalNumber
    }
  }

  private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x3040...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x3FFFF: true
    default: false
    }
  }
}
