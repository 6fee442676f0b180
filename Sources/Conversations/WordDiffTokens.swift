/// A text cut into what is compared as a whole.
struct Tokens {
  enum Kind: UInt8 { case word, blank, mark, lineEnd }

  /// UTF-8 offsets of where each token begins, and at last the text's end.
  private(set) var starts: [Int] = []
  private(set) var kinds: [Kind] = []
  /// Equal for equal bytes, whichever text they are from.
  private(set) var names: [Int32] = []

  var count: Int { kinds.count }

  init(
    _ bytes: UnsafeBufferPointer<UInt8>, _ unit: WordDiff.Unit, _ side: TokenNames.Side, _ known: inout TokenNames
  ) {
    starts.reserveCapacity(bytes.count / 3 + 2)
    kinds.reserveCapacity(bytes.count / 3 + 1)
    switch unit {
    case .words: cutWords(bytes)
    case .lines: cutLines(bytes)
    }
    starts.append(bytes.count)
    names.reserveCapacity(count)
    for index in 0..<count { names.append(known.name(of: starts[index]..<starts[index + 1], side)) }
  }

  private mutating func cutLines(_ bytes: UnsafeBufferPointer<UInt8>) {
    var isAtStart = true
    for (offset, byte) in bytes.enumerated() {
      if isAtStart { begin(.word, at: offset) }
      isAtStart = byte == UInt8(ascii: "\n")
    }
  }

  private mutating func begin(_ kind: Kind, at offset: Int) {
    starts.append(offset)
    kinds.append(kind)
  }

  private mutating func cutWords(_ bytes: UnsafeBufferPointer<UInt8>) {
    var offset = 0
    /// The kind of token that the next scalar may go on with.
    var open: Kind?
    var joins = false
    while offset < bytes.count {
      let byte = bytes[offset]
      let (kind, length, runs): (Kind, Int, Bool)
      if byte < 0x80 {
        (kind, length, runs) = Self.ascii(byte, next: offset + 1 < bytes.count ? bytes[offset + 1] : nil)
      } else {
        let (scalar, size) = Self.decode(bytes, offset)
        // What belongs to the character before: accents, variation selectors, skin tones, and what a joiner joins.
        let isPart = (joins || scalar.extends) && count > 0 && kinds[count - 1] != .lineEnd
        joins = scalar == "\u{200D}"
        if isPart {
          offset += size
          continue
        }
        (kind, runs) = scalar.tokenKind
        length = size
      }
      if byte < 0x80 { joins = false }
      if !runs || open != kind { begin(kind, at: offset) }
      open = runs ? kind : nil
      offset += length
    }
  }

  /// Kind, bytes, and whether it forms one token with its like.
  @inline(__always)
  private static func ascii(_ byte: UInt8, next: UInt8?) -> (Kind, Int, Bool) {
    switch byte {
    case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, 0x5F: (.word, 1, true)
    case 0x20, 0x09: (.blank, 1, true)
    case 0x0A: (.lineEnd, 1, false)
    case 0x0D where next == 0x0A: (.lineEnd, 2, false)
    default: (.mark, 1, false)
    }
  }

  /// `bytes` are valid UTF-8, as a `String` guarantees.
  @inline(__always)
  private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> (Unicode.Scalar, Int) {
    func bits(_ offset: Int, _ mask: UInt8) -> UInt32 { UInt32(bytes[index + offset] & mask) }
    let (value, length): (UInt32, Int) =
      switch bytes[index] {
      case ..<0xE0: (bits(0, 0x1F) << 6 | bits(1, 0x3F), 2)
      case ..<0xF0: (bits(0, 0x0F) << 12 | bits(1, 0x3F) << 6 | bits(2, 0x3F), 3)
      default: (bits(0, 0x07) << 18 | bits(1, 0x3F) << 12 | bits(2, 0x3F) << 6 | bits(3, 0x3F), 4)
      }
    return (Unicode.Scalar(value) ?? "\u{FFFD}", length)
  }
}

extension Unicode.Scalar {
  /// Whether it is a part of the character before it.
  fileprivate var extends: Bool {
    switch value {
    case 0x300..<0x370, 0x200D, 0xFE00..<0xFE10, 0x1F3FB..<0x1F400, 0xE0020..<0xE0080: true
    case ..<0x300, 0x370..<0x483, 0x2010..<0x20D0, 0x3041..<0x3099, 0x4E00..<0xA66F, 0xAC00..<0xD7A4: false
    default: properties.isGraphemeExtend
    }
  }

  /// As a token, and whether it forms one with its like. Ideographs stand alone: nothing parts their words.
  fileprivate var tokenKind: (Tokens.Kind, Bool) {
    switch value {
    case 0xC0..<0x250 where value != 0xD7 && value != 0xF7: (.word, true)
    case 0x386..<0x483, 0xAC00..<0xD7A4: (.word, true)
    case 0x3041..<0x3100, 0x3400..<0x4DC0, 0x4E00..<0xA000, 0xF900..<0xFB00, 0x20000..<0x40000: (.word, false)
    case 0x2010..<0x2028, 0x2190..<0x2C00: (.mark, false)
    // Two of them are a flag.
    case 0x1F1E6..<0x1F200: (.mark, true)
    default:
      if properties.isAlphabetic || properties.numericType != nil {
        (.word, !properties.isIdeographic)
      } else {
        properties.isWhitespace ? (.blank, true) : (.mark, false)
      }
    }
  }
}

/// Small numbers for equal stretches of two texts.
struct TokenNames {
  enum Side { case old, new }

  private struct Entry {
    var hash: Int
    var side: Side
    var start: Int
    var length: Int
  }

  private let old: UnsafeBufferPointer<UInt8>
  private let new: UnsafeBufferPointer<UInt8>
  private var entries: [Entry] = []
  /// Open addressing: a place holds the number of an entry, or -1. Never more than half full.
  private var table: [Int32]

  var count: Int { entries.count }

  init(old: UnsafeBufferPointer<UInt8>, new: UnsafeBufferPointer<UInt8>) {
    self.old = old
    self.new = new
    table = Array(repeating: -1, count: 1024)
  }

  mutating func name(of range: Range<Int>, _ side: Side) -> Int32 {
    let bytes = UnsafeBufferPointer(rebasing: (side == .old ? old : new)[range])
    let hash = Self.hash(bytes)
    var place = hash & (table.count - 1)
    while table[place] >= 0 {
      let entry = entries[Int(table[place])]
      if entry.hash == hash, entry.length == bytes.count, isEqual(entry, bytes) { return table[place] }
      place = (place + 1) & (table.count - 1)
    }
    let name = Int32(entries.count)
    table[place] = name
    entries.append(Entry(hash: hash, side: side, start: range.lowerBound, length: range.count))
    if entries.count * 2 > table.count { grow() }
    return name
  }

  private func isEqual(_ entry: Entry, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let known = (entry.side == .old ? old : new)[entry.start..<(entry.start + entry.length)]
    return known.elementsEqual(bytes)
  }

  private mutating func grow() {
    table = Array(repeating: -1, count: table.count * 2)
    for (name, entry) in entries.enumerated() {
      var place = entry.hash & (table.count - 1)
      while table[place] >= 0 { place = (place + 1) & (table.count - 1) }
      table[place] = Int32(name)
    }
  }

  /// Swift's own, with a seed of the process's: words can be made to collide under any hash that is known.
  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    var hasher = Hasher()
    hasher.combine(bytes: UnsafeRawBufferPointer(bytes))
    return hasher.finalize()
  }
}
