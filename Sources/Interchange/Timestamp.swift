import Conversations
import FoundationEssentials

/// Points in time as text: ISO 8601 with microseconds, UTC, `2026-01-31T09:05:00.000001Z`.
enum Timestamp {
  static func text(_ date: Date) -> String {
    let microseconds = date.microseconds
    let days = microseconds.dividingDown(by: 86_400_000_000)
    var rest = microseconds - days * 86_400_000_000
    let day = Day(sinceEpoch: days)
    let fraction = rest % 1_000_000
    rest /= 1_000_000
    return "\(day)T\(padded(rest / 3600)):\(padded(rest / 60 % 60)):\(padded(rest % 60)).\(padded(fraction, 6))Z"
  }

  /// The date alone, `2026-01-31`, in UTC.
  static func day(_ date: Date) -> String {
    "\(Day(sinceEpoch: date.microseconds.dividingDown(by: 86_400_000_000)))"
  }

  /// Reads `2026-01-31T09:05:00.000001Z` and what other programs write instead: a space for the `T`, fewer or more
  /// digits, no fraction, no seconds, an offset (`+02:00`, `+0200`) for the `Z`, or none, which counts as UTC.
  static func date(_ text: String) -> Date? { reading(text)?.date }

  /// The same, with `20251002_182924` and `20251002T182924`; a time without an offset counts as the zone's own.
  static func reading(_ text: String, in zone: LocalZone = .utc) -> (date: Date, assumesZone: Bool)? {
    var bytes = Array(text.utf8)
    // The basic form becomes the extended one.
    let isBasic = bytes.count >= 15 && bytes[..<8].allSatisfy { (0x30...0x39).contains($0) }
    if isBasic, [UInt8(ascii: "_"), UInt8(ascii: "T"), UInt8(ascii: "-"), UInt8(ascii: " ")].contains(bytes[8]) {
      bytes[8] = UInt8(ascii: "T")
      for place in [13, 11] { bytes.insert(UInt8(ascii: ":"), at: place) }
      for place in [6, 4] { bytes.insert(UInt8(ascii: "-"), at: place) }
    }
    var reader = Reader(bytes: bytes[...])
    guard let microseconds = reader.date() else { return nil }
    let date = Date(microseconds: microseconds)
    return reader.hasOffset ? (date, false) : (zone.date(wall: date), true)
  }

  static func padded(_ number: Int64, _ digits: Int = 2) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private struct Reader {
    var bytes: ArraySlice<UInt8>
    /// Whether it was read that the time has an offset.
    private(set) var hasOffset = false

    init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    mutating func date() -> Int64? {
      guard let year = year(), take("-"), let month = number(2, in: 1...12), take("-"),
        let day = number(2, in: 1...31), take("T") || take("t") || take(" "),
        let hour = number(2, in: 0...24), take(":"), let minute = number(2, in: 0...59)
      else { return nil }
      var second: Int64 = 0
      var fraction: Int64 = 0
      if take(":") {
        guard let number = number(2, in: 0...60) else { return nil }
        second = number
        if take(".") || take(",") {
          guard let digits = self.fraction() else { return nil }
          fraction = digits
        }
      }
      guard let offset = offset(), bytes.isEmpty else { return nil }
      let days = Day(year: year, month: month, day: day).sinceEpoch
      return (days * 86_400 + hour * 3600 + minute * 60 + second - offset) * 1_000_000 + fraction
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard bytes.first == UInt8(ascii: character) else { return false }
      bytes.removeFirst()
      return true
    }

    private mutating func digit() -> Int64? {
      guard let byte = bytes.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      bytes.removeFirst()
      return Int64(byte - UInt8(ascii: "0"))
    }

    private mutating func number(_ digits: Int, in range: ClosedRange<Int64>) -> Int64? {
      var value: Int64 = 0
      for _ in 0..<digits {
        guard let digit = digit() else { return nil }
        value = value * 10 + digit
      }
      return range.contains(value) ? value : nil
    }

    /// Four digits, or a sign and four to six.
    private mutating func year() -> Int64? {
      let isNegative = take("-")
      let isLong = isNegative || take("+")
      guard var value = number(4, in: 0...9999) else { return nil }
      var more = 0
      while isLong, more < 2, let digit = digit() {
        value = value * 10 + digit
        more += 1
      }
      // What a signed number of microseconds can reach.
      return value <= 290_000 ? (isNegative ? -value : value) : nil
    }

    /// Microseconds; further digits are dropped.
    private mutating func fraction() -> Int64? {
      guard var value = digit() else { return nil }
      var count = 1
      while let digit = digit() {
        if count < 6 { value = value * 10 + digit }
        count += 1
      }
      while count < 6 {
        value *= 10
        count += 1
      }
      return value
    }

    /// Seconds east of UTC.
    private mutating func offset() -> Int64? {
      if bytes.isEmpty { return 0 }
      hasOffset = true
      if take("Z") || take("z") { return 0 }
      let isWest = take("-")
      guard isWest || take("+"), let hours = number(2, in: 0...23) else { return nil }
      var minutes: Int64 = 0
      if !bytes.isEmpty {
        _ = take(":")
        guard let number = number(2, in: 0...59) else { return nil }
        minutes = number
      }
      return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
  }
}

/// A day of the Gregorian calendar, extended to all years.
private struct Day: CustomStringConvertible {
  var year: Int64
  var month: Int64
  var day: Int64

  init(year: Int64, month: Int64, day: Int64) {
    self.year = year
    self.month = month
    self.day = day
  }

  // Years are counted from March, so that the leap day is a year's last one; 719,468 days lie between
  // 0000-03-01 and 1970-01-01, and 146,097 in every 400 years.

  init(sinceEpoch days: Int64) {
    let shifted = days + 719_468
    let era = shifted.dividingDown(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var sinceEpoch: Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = shifted.dividingDown(by: 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  var description: String {
    let sign = year < 0 ? "-" : year > 9999 ? "+" : ""
    return "\(sign)\(Timestamp.padded(abs(year), 4))-\(Timestamp.padded(month))-\(Timestamp.padded(day))"
  }
}

extension Int64 {
  fileprivate func dividingDown(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

extension Date {
  /// Since 1970, as the history keeps it; a date beyond 290,000 years counts as that.
  var microseconds: Int64 {
    let value = (timeIntervalSince1970 * 1_000_000).rounded()
    return value.isNaN ? 0 : Int64(min(max(value, -9e18), 9e18))
  }

  init(microseconds: Int64) { self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000) }
}

extension Duration {
  var wholeMicroseconds: Int64 {
    let (seconds, attoseconds) = components
    // What is longer than what is read back is written as that.
    let whole = Int(Bounds.seconds.nearest(Double(seconds))) * 1_000_000
    return Int64(Bounds.microseconds.nearest(whole + Int((attoseconds + 500_000_000_000) / 1_000_000_000_000)))
  }
}

extension UUID {
  var text: String { uuidString.lowercased() }
}
