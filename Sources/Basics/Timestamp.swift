import FoundationEssentials

/// Points in time as text: ISO 8601, in UTC.
public enum Timestamp {
  /// How much of a second is written.
  public enum Fraction: Sendable {
    case none, milliseconds, microseconds
  }

  /// How UTC is written.
  public enum Zone: Sendable {
    /// `Z`.
    case letter
    /// `+00:00`, as Python writes it; parsers in use know no `Z`.
    case number
  }

  /// `2026-01-31T09:05:00.000001Z`. A date outside the years 1 to 9999 is written as the nearest inside.
  public static func text(_ date: Date, _ fraction: Fraction = .microseconds, zone: Zone = .letter) -> String {
    let (days, microsecond) = Int(date.microseconds).quotientAndRemainder(flooredBy: 86_400_000_000)
    let day = CalendarDay(daysSince1970: days)
    let second = microsecond / 1_000_000
    return String(unsafeUninitializedCapacity: 32) { bytes in
      var end = 0
      func put(_ character: Unicode.Scalar) {
        bytes[end] = UInt8(ascii: character)
        end += 1
      }
      func put(_ number: Int, _ width: Int) {
        var rest = number
        for place in (end..<(end + width)).reversed() {
          bytes[place] = UInt8(ascii: "0") + UInt8(rest % 10)
          rest /= 10
        }
        end += width
      }
      put(day.year, 4)
      put("-")
      put(day.month, 2)
      put("-")
      put(day.day, 2)
      put("T")
      put(second / 3600, 2)
      put(":")
      put(second / 60 % 60, 2)
      put(":")
      put(second % 60, 2)
      switch fraction {
      case .none: break
      case .milliseconds:
        put(".")
        put(microsecond / 1000 % 1000, 3)
      case .microseconds:
        put(".")
        put(microsecond % 1_000_000, 6)
      }
      switch zone {
      case .letter: put("Z")
      case .number:
        put("+")
        put(0, 2)
        put(":")
        put(0, 2)
      }
      return end
    }
  }

  /// The date alone, `2026-01-31`, in UTC.
  public static func day(_ date: Date) -> String { String(text(date, .none).prefix(10)) }

  /// Reads what ``Reading`` does; a time without a zone is UTC. `nil` if it is no point in time.
  public static func date(_ text: String) -> Date? { Reading(text)?.date }

  /// What stands in a text that programs have written.
  ///
  /// `2026-01-31T09:05:00.000001Z` and its relatives: a blank or `_` for the `T`, a comma for the point, fewer or more
  /// digits, no fraction, no seconds, no time at all, an offset (`+02:00`, `+0200`, `+02`) for the `Z`, or none; the
  /// basic form `20260131T090500`; blanks around it. Digits behind the microsecond are dropped.
  public struct Reading: Hashable, Sendable {
    /// Taken for UTC where ``hasOffset`` is false. Outside the years 1 to 9999 it is the nearest inside.
    public let date: Date
    public let hasOffset: Bool

    public init?(_ text: String) {
      var text = text
      let read = text.withUTF8 { bytes -> (microseconds: Int, hasOffset: Bool)? in
        var reader = Reader(bytes[...])
        return reader.reading()
      }
      guard let read else { return nil }
      date = Date(microseconds: Int64(read.microseconds))
      hasOffset = read.hasOffset
    }
  }
}

private struct Reader {
  private var bytes: Slice<UnsafeBufferPointer<UInt8>>

  init(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    self.bytes = bytes
    while take(" ") {}
  }

  mutating func reading() -> (microseconds: Int, hasOffset: Bool)? {
    guard let year = year() else { return nil }
    let isBasic = !take("-")
    guard let month = number(2, in: 1...12), isBasic || take("-"), let day = number(2, in: 1...31),
      let date = CalendarDay(year: year, month: month, day: day)
    else { return nil }
    var microseconds = date.daysSince1970 * 86_400_000_000
    guard take("T") || take("t") || take("_") || isBasic && take("-") || takeBlank() else {
      return isAtEnd && !isBasic ? (microseconds, false) : nil
    }
    guard let hour = number(2, in: 0...23), isBasic || take(":"), let minute = number(2, in: 0...59) else { return nil }
    microseconds += (hour * 3600 + minute * 60) * 1_000_000
    if isBasic ? !isAtEnd && !beginsOffset : take(":") {
      // 60 is a leap second.
      guard let second = number(2, in: 0...60) else { return nil }
      microseconds += second * 1_000_000
      if take(".") || take(",") {
        guard let fraction = fraction() else { return nil }
        microseconds += fraction
      }
    }
    let hasOffset = !isAtEnd
    guard let offset = offset(), isAtEnd else { return nil }
    return (microseconds - offset * 1_000_000, hasOffset)
  }

  /// Only blanks are left.
  private var isAtEnd: Bool { bytes.allSatisfy { $0 == UInt8(ascii: " ") } }

  private var beginsOffset: Bool { bytes.first.map { "Zz+-".utf8.contains($0) } ?? false }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard bytes.first == UInt8(ascii: character) else { return false }
    bytes.removeFirst()
    return true
  }

  /// A blank that a time follows.
  private mutating func takeBlank() -> Bool { !isAtEnd && take(" ") }

  private mutating func digit() -> Int? {
    guard let byte = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
    bytes.removeFirst()
    return Int(byte - UInt8(ascii: "0"))
  }

  private mutating func number(_ digits: Int, in range: ClosedRange<Int>) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return range.contains(value) ? value : nil
  }

  /// Four digits, or a sign and four to six.
  private mutating func year() -> Int? {
    let isNegative = take("-")
    let isLong = isNegative || take("+")
    guard var value = number(4, in: 0...9999) else { return nil }
    var more = 0
    while isLong, more < 2, let digit = digit() {
      value = value * 10 + digit
      more += 1
    }
    // Microseconds since 1970 of later years pass an `Int`.
    return value <= 290_000 ? (isNegative ? -value : value) : nil
  }

  /// Microseconds; further digits are dropped.
  private mutating func fraction() -> Int? {
    guard var value = digit() else { return nil }
    var count = 1
    while let digit = digit() {
      if count < 6 { value = value * 10 + digit }
      count += 1
    }
    for _ in 0..<max(0, 6 - count) { value *= 10 }
    return value
  }

  /// Seconds east of UTC.
  private mutating func offset() -> Int? {
    if isAtEnd || take("Z") || take("z") { return 0 }
    let isWest = take("-")
    guard isWest || take("+"), let hours = number(2, in: 0...23) else { return nil }
    var minutes = 0
    if !isAtEnd {
      _ = take(":")
      guard let number = number(2, in: 0...59) else { return nil }
      minutes = number
    }
    return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
  }
}
