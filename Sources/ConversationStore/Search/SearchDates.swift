import Basics
import Conversations
import FoundationEssentials

/// The dates of `before:` and `after:`, in the user's time zone. Each date has its own offset from UTC.
struct SearchDates {
  private let zone: LocalZone
  private let now: Date

  init(zone: LocalZone, now: Date) {
    self.zone = zone
    self.now = now
  }

  /// When `2026`, `2026-11`, `2026-11-22`, `2026-11-22T09:30`, `today` or `yesterday` begins, the day that was `7d`,
  /// `2w`, `3m` or `1y` ago, or the hour that was `3h` ago. `nil` if it is none of these.
  ///
  /// A time may have seconds and an offset (`Z`, `+02:00`), and stand behind a blank instead of the `T`.
  func start(of text: String) -> Date? {
    let today = CalendarDay(daysSince1970: Int((zone.wall(now).timeIntervalSince1970 / 86_400).rounded(.down)))
    switch text {
    case "today": return start(of: today)
    case "yesterday": return start(days: 1, before: today)
    default: break
    }
    if let unit = text.last, let number = Self.number(text.dropLast(), digits: 1...4) {
      switch unit {
      case "h": return now.addingTimeInterval(-3600 * Double(number))
      case "d": return start(days: number, before: today)
      case "w": return start(days: 7 * number, before: today)
      case "m": return start(of: today.adding(months: -number))
      case "y": return start(of: today.adding(months: -12 * number))
      default: break
      }
    }
    guard let split = text.firstIndex(where: { $0 == "t" || $0 == "T" || $0 == " " }) else {
      return day(text[...]).map(start(of:))
    }
    return time(text[..<split], text[split...].dropFirst())
  }

  private func start(days: Int, before day: CalendarDay) -> Date {
    start(of: CalendarDay(daysSince1970: day.daysSince1970 - days))
  }

  private func start(of day: CalendarDay) -> Date { zone.date(wall: Self.midnight(day)) }

  /// When a day begins by a clock on the wall, as if that showed UTC.
  private static func midnight(_ day: CalendarDay) -> Date {
    Date(timeIntervalSince1970: Double(day.daysSince1970) * 86_400)
  }

  /// Years from 1583 on, the first whole one of this calendar.
  private func day(_ text: Substring) -> CalendarDay? {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard (1...3).contains(parts.count), let year = Self.number(parts[0], digits: 4...4), year >= 1583 else {
      return nil
    }
    var numbers = [1, 1]
    for (index, part) in parts.dropFirst().enumerated() {
      guard let number = Self.number(part, digits: 1...2) else { return nil }
      numbers[index] = number
    }
    return CalendarDay(year: year, month: numbers[0], day: numbers[1])
  }

  private func time(_ day: Substring, _ time: Substring) -> Date? {
    guard day.split(separator: "-").count == 3, let start = self.day(day).map(Self.midnight) else { return nil }
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
