import FoundationEssentials
import Synchronization

/// Points in time as they stand in calls and answers (ISO 8601).
enum Timestamp {
  /// In UTC with microseconds: `2025-01-31T08:09:10.123456+00:00`.
  static func text(_ date: Date) -> String {
    let microseconds = Int(date.microseconds)
    let (seconds, fraction) = microseconds.quotientAndRemainder(flooredBy: 1_000_000)
    let (days, second) = seconds.quotientAndRemainder(flooredBy: 86400)
    let (year, month, day) = civil(daysSince1970: days)
    let date = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    let time = "\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2)).\(pad(fraction, 6))"
    return "\(date)T\(time)+00:00"
  }

  /// A date, or a date and time with `T` or a space between them; without a zone it is UTC. `nil` if it is neither.
  static func date(_ text: String) -> Date? {
    var reader = Reader(bytes: text.utf8.drop { $0 == 0x20 })
    guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"),
      let day = reader.digits(2), (1...12).contains(month), (1...31).contains(day)
    else { return nil }
    let daysSince1970 = days(year: year, month: month, day: day)
    // Not so for the 31st of a month that has 30 days.
    guard civil(daysSince1970: daysSince1970).day == day else { return nil }
    var seconds = Double(daysSince1970 * 86400)
    if reader.take("T") || reader.take("t") || reader.take(" ") {
      guard let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2), hour < 24, minute < 60 else {
        return nil
      }
      seconds += Double(hour * 3600 + minute * 60)
      if reader.take(":") {
        guard let second = reader.digits(2), second <= 60 else { return nil }
        seconds += Double(second)
        if reader.take(".") || reader.take(",") {
          guard let fraction = reader.fraction() else { return nil }
          seconds += fraction
        }
      }
      guard let offset = reader.zone() else { return nil }
      seconds -= Double(offset)
    }
    return reader.isAtEnd ? Date(timeIntervalSince1970: seconds) : nil
  }

  private static func pad(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
  }

  // The proleptic Gregorian calendar in eras of 400 years, years beginning in March.

  private static func days(year: Int, month: Int, day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = year.quotientAndRemainder(flooredBy: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
  }

  private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
    let (era, dayOfEra) = (days + 719468).quotientAndRemainder(flooredBy: 146097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
  }

  private struct Reader {
    var bytes: Substring.UTF8View

    init(bytes: Substring.UTF8View) { self.bytes = bytes }

    var isAtEnd: Bool { bytes.allSatisfy { $0 == 0x20 } }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard bytes.first == UInt8(ascii: character) else { return false }
      bytes.removeFirst()
      return true
    }

    mutating func digits(_ count: Int) -> Int? {
      let digits = bytes.prefix(count)
      guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
      bytes.removeFirst(count)
      return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    mutating func fraction() -> Double? {
      let digits = bytes.prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty else { return nil }
      bytes.removeFirst(digits.count)
      return Double("0." + String(Substring(digits)))
    }

    /// Seconds east of Greenwich.
    mutating func zone() -> Int? {
      if take("Z") || take("z") || isAtEnd { return 0 }
      let sign = take("+") ? 1 : take("-") ? -1 : 0
      guard sign != 0, let hours = digits(2), hours < 24 else { return nil }
      _ = take(":")
      let minutes = isAtEnd ? 0 : digits(2)
      guard let minutes, minutes < 60 else { return nil }
      return sign * (hours * 3600 + minutes * 60)
    }
  }
}

extension Int {
  fileprivate func quotientAndRemainder(flooredBy divisor: Int) -> (Int, Int) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

/// The time, never the same twice, so that what came later is later.
final class IncreasingClock: Sendable {
  private let last = Mutex(0)

  func now() -> Date {
    let microseconds = Int(Date.now.timeIntervalSince1970 * 1_000_000)
    let given = last.withLock { last in
      last = max(last + 1, microseconds)
      return last
    }
    return Date(timeIntervalSince1970: Double(given) / 1_000_000)
  }
}
