import Conversations
import FoundationEssentials

/// The dates of `before:` and `after:`, in the user's time zone. Each date has its own offset from UTC.
struct SearchDates {
  /// Shows days as clocks on the wall do: what it takes for UTC is the zone's own time.
  private let calendar: Calendar
  private let zone: LocalZone
  private let now: Date

  init(zone: LocalZone, now: Date) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    self.calendar = calendar
    self.zone = zone
    self.now = now
  }

  /// When `2026`, `2026-11`, `2026-11-22`, `2026-11-22T09:30`, `today` or `yesterday` begins, the day that was `7d`,
  /// `2w`, `3m` or `1y` ago, or the hour that was `3h` ago. `nil` if it is none of these.
  ///
  /// A time may have seconds and an offset (`Z`, `+02:00`), and stand behind a blank instead of the `T`.
  func start(of text: String) -> Date? {
    let today = calendar.startOfDay(for: zone.wall(now))
    switch text {
    case "today": return zone.date(wall: today)
    case "yesterday": return ago(1, .day, from: today)
    default: break
    }
    if let unit = text.last, let number = Self.number(text.dropLast(), digits: 1...4) {
      switch unit {
      case "h": return now.addingTimeInterval(-3600 * Double(number))
      case "d": return ago(number, .day, from: today)
      case "w": return ago(7 * number, .day, from: today)
      case "m": return ago(number, .month, from: today)
      case "y": return ago(number, .year, from: today)
      default: break
      }
    }
    guard let split = text.firstIndex(where: { $0 == "t" || $0 == "T" || $0 == " " }) else {
      return day(text[...]).map(zone.date(wall:))
    }
    return time(text[..<split], text[split...].dropFirst())
  }

  private func ago(_ number: Int, _ unit: Calendar.Component, from day: Date) -> Date? {
    calendar.date(byAdding: unit, value: -number, to: day).map { zone.date(wall: calendar.startOfDay(for: $0)) }
  }

  /// Years from 1583 on, the first whole one of this calendar.
  private func day(_ text: Substring) -> Date? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), let year = Self.number(parts[0], digits: 4...4), year >= 1583 else {
      return nil
    }
    var components = DateComponents(calendar: calendar, timeZone: calendar.timeZone, year: year, month: 1, day: 1)
    if parts.count > 1 {
      guard let month = Self.number(parts[1], digits: 1...2) else { return nil }
      components.month = month
    }
    if parts.count > 2 {
      guard let day = Self.number(parts[2], digits: 1...2) else { return nil }
      components.day = day
    }
    guard components.isValidDate(in: calendar) else { return nil }
    return calendar.date(from: components)
  }

  private func time(_ day: Substring, _ time: Substring) -> Date? {
    guard day.split(separator: "-").count == 3, let start = self.day(day) else { return nil }
    let sign = time.lastIndex { "zZ+-".contains($0) }
    let parts = time[..<(sign ?? time.endIndex)].split(separator: ":", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), let hour = Self.number(parts[0], digits: 1...2), hour < 24,
      sign == nil || parts.count > 1
    else { return nil }
    var seconds = hour * 3600
    for (part, factor) in zip(parts.dropFirst(), [60, 1]) {
      guard let number = Self.number(part, digits: 2...2), number < 60 else { return nil }
      seconds += number * factor
    }
    let wall = start.addingTimeInterval(Double(seconds))
    guard let sign else { return zone.date(wall: wall) }
    return Self.offset(time[sign...]).map { wall.addingTimeInterval(-Double($0)) }
  }

  /// `Z`, `+02:00`, `-0730` or `+2`, in seconds.
  private static func offset(_ text: Substring) -> Int? {
    let digits = text.dropFirst().filter { $0 != ":" }
    if text.first == "z" || text.first == "Z" { return digits.isEmpty ? 0 : nil }
    guard let number = number(digits[...], digits: 1...4), digits.count != 3 else { return nil }
    let (hours, minutes) = digits.count < 3 ? (number, 0) : (number / 100, number % 100)
    guard hours < 24, minutes < 60 else { return nil }
    return (text.first == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  private static func number(_ text: some StringProtocol, digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }
}
