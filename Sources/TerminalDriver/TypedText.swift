/// UTF-8 as it is typed: bytes in, whole characters out, a character cut in two waits for its other half.
///
/// What is not UTF-8 becomes U+FFFD, once for each maximal part of a character (Unicode 3.9, "substitution of maximal
/// subparts"). Control characters of two bytes are left out.
struct TypedText {
  private var scalars = String.UnicodeScalarView()
  private var value: UInt32 = 0
  /// Bytes that the current character still lacks.
  private var missing = 0
  /// What the next byte may be.
  private var allowed: ClosedRange<UInt8> = 0x80...0xBF

  /// A character has begun and is not complete.
  var isPartial: Bool { missing > 0 }
  /// No character is complete.
  var isEmpty: Bool { scalars.isEmpty }

  mutating func take(_ byte: UInt8) {
    if isPartial {
      if allowed.contains(byte) {
        value = value << 6 | UInt32(byte & 0x3F)
        missing -= 1
        allowed = 0x80...0xBF
        if missing == 0 { append(value) }
        return
      }
      interrupt()
    }
    switch byte {
    case 0..<0x80: append(UInt32(byte))
    case 0xC2...0xDF: begin(byte & 0x1F, 1)
    case 0xE0: begin(byte & 0x0F, 2, 0xA0...0xBF)
    case 0xED: begin(byte & 0x0F, 2, 0x80...0x9F)
    case 0xE1...0xEF: begin(byte & 0x0F, 2)
    case 0xF0: begin(byte & 0x07, 3, 0x90...0xBF)
    case 0xF1...0xF3: begin(byte & 0x07, 3)
    case 0xF4: begin(byte & 0x07, 3, 0x80...0x8F)
    default: append(0xFFFD)
    }
  }

  private mutating func begin(_ bits: UInt8, _ count: Int, _ next: ClosedRange<UInt8> = 0x80...0xBF) {
    value = UInt32(bits)
    missing = count
    allowed = next
  }

  private mutating func append(_ value: UInt32) {
    guard !(0x80..<0xA0).contains(value), let scalar = Unicode.Scalar(value) else { return }
    scalars.append(scalar)
  }

  /// The characters so far; an incomplete one stays.
  mutating func takeAll() -> String {
    guard !scalars.isEmpty else { return "" }
    defer { scalars = String.UnicodeScalarView() }
    return String(scalars)
  }

  /// No more bytes of the current character will come.
  mutating func interrupt() {
    if isPartial { append(0xFFFD) }
    missing = 0
    allowed = 0x80...0xBF
  }

  /// How many of the bytes are there before a last character that is cut off, if one is.
  static func wholeCharacters(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int {
    var start = range.upperBound
    while start > range.lowerBound, range.upperBound - start < 3, bytes[start - 1] & 0xC0 == 0x80 { start -= 1 }
    guard start > range.lowerBound else { return range.count }
    let length =
      switch bytes[start - 1] {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 1
      }
    return range.upperBound - (start - 1) < length ? start - 1 - range.lowerBound : range.count
  }
}
