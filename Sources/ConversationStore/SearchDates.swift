import FoundationEssentials

/// The dates of `before:` and `after:`, in a time zone that is so many seconds from UTC.
struct SearchDates {
  private let calendar: Calendar
  private let now: Date

  init(secondsFromUTC: Int, now: Date) {
    var calendar = Calendar(identifier: .gregorian)
    // No zone is a day away; one that does not exist is taken as UTC.
    calendar.timeZone = TimeZone(secondsFromGMT: secondsFromUTC) ?? .gmt
    self.calendar = calendar
    self.now = now
  }

  /// When `2026`, `2026-11`, `2026-11-22`, `today` or `yesterday` begins, or the day that was `7d`, `2w`, `3m` or `1y`
  /// ago. `nil` if it is none of these.
  func start(of text: String) -> Date? {
    let today = calendar.startOfDay(for: now)
    switch text {
    case "today": return today
    case "yesterday": return ago(1, .day, from: today)
    default: break
    }
    if let unit = text.last, let number = Self.number(text.dropLast(), digits: 1...4) {
      switch unit {
      case "d": return ago(number, .day, from: today)
      case "w": return ago(7 * number, .day, from: today)
      case "m": return ago(number, .month, from: today)
      case "y": return ago(number, .year, from: today)
      default: break
      }
    }
    return date(text.split(separator: "-", omittingEmptySubsequences: false))
  }

  private func ago(_ number: Int, _ unit: Calendar.Component, from day: Date) -> Date? {
    calendar.date(byAdding: unit, value: -number, to: day).map { calendar.startOfDay(for: $0) }
  }

  private func date(_ parts: [Substring]) -> Date? {
    guard (1...3).contains(parts.count), let year = Self.number(parts[0], digits: 4...4), year >= 1970 else {
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

  private static func number(_ text: Substring, digits: ClosedRange<Int>) -> Int? {
    guard digits.contains(text.count), text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
    return Int(text)
  }
}
