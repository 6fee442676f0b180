import FoundationEssentials

/// When something was, as a list shows it.
struct When {
  /// The present, and the local time zone's distance from UTC in seconds.
  var now: Date
  var secondsFromUTC: Int

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

  /// `just now`, `12 min ago`, `today 14:05`, `yesterday 14:05`, `14 Mar`, `14 Mar 2024`; at most 16 columns.
  func text(_ date: Date) -> String {
    let age = now.timeIntervalSince(date)
    if age < 60, age > -60 { return "just now" }
    if age > 0, age < 3600 { return "\(Int(age / 60)) min ago" }
    let then = fields(date)
    let today = fields(now)
    let clock = "\(Figures.twoDigits(then.hour)):\(Figures.twoDigits(then.minute))"
    if then.day == today.day { return "today \(clock)" }
    if then.day == today.day - 1 { return "yesterday \(clock)" }
    let month = Self.months.indices.contains(then.month - 1) ? Self.months[then.month - 1] : "?"
    return then.year == today.year ? "\(then.dayOfMonth) \(month)" : "\(then.dayOfMonth) \(month) \(then.year)"
  }

  private static let monthNames = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
  ]

  /// What a list of days is divided by: `today`, `yesterday`, `this week`, `last week`, `March`, `March 2024`.
  func period(_ date: Date) -> String {
    let then = fields(date)
    let today = fields(now)
    switch today.day - then.day {
    case ...0: return "today"
    case 1: return "yesterday"
    case 2...6: return "this week"
    case 7...13: return "last week"
    default:
      let month = Self.monthNames.indices.contains(then.month - 1) ? Self.monthNames[then.month - 1] : "?"
      return then.year == today.year ? month : "\(month) \(then.year)"
    }
  }

  /// `14 Mar 2024 14:05`.
  func full(_ date: Date) -> String {
    let then = fields(date)
    let month = Self.months.indices.contains(then.month - 1) ? Self.months[then.month - 1] : "?"
    let clock = "\(Figures.twoDigits(then.hour)):\(Figures.twoDigits(then.minute))"
    return "\(then.dayOfMonth) \(month) \(then.year) \(clock)"
  }

  /// `14 Mar 2024 14:05:59.123`.
  func exact(_ date: Date) -> String { full(date).dropLast(5) + clock(date, milliseconds: true) }

  /// `14:05:59`, or `14:05:59.123`.
  func clock(_ date: Date, milliseconds: Bool) -> String {
    let then = fields(date)
    let clock = [then.hour, then.minute, then.second].map(Figures.twoDigits).joined(separator: ":")
    return milliseconds ? clock + "." + String(String(then.millisecond + 1000).dropFirst()) : clock
  }

  func isToday(_ date: Date) -> Bool { fields(date).day == fields(now).day }

  /// The time that a user wrote: `14:05` of today, `2024-03-14` or `2024-03-14T14:05`, local.
  func date(_ text: String) -> Date? {
    let halves = text.uppercased().split(separator: "T", omittingEmptySubsequences: false)
    guard let last = halves.last, halves.count <= 2 else { return nil }
    var parts = DateComponents()
    let day = halves[0].split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
    if halves.count == 2 || !last.contains(":") {
      guard day.count == 3, (1970...9999).contains(day[0]), (1...12).contains(day[1]), (1...31).contains(day[2]) else {
        return nil
      }
      (parts.year, parts.month, parts.day) = (day[0], day[1], day[2])
    } else {
      parts = Self.calendar.dateComponents([.year, .month, .day], from: now.addingTimeInterval(Double(secondsFromUTC)))
    }
    if halves.count == 2 || last.contains(":") {
      let time = last.split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
      guard time.count == 2, (0..<24).contains(time[0]), (0..<60).contains(time[1]) else { return nil }
      (parts.hour, parts.minute) = (time[0], time[1])
    }
    guard let date = Self.calendar.date(from: parts), Self.calendar.component(.day, from: date) == parts.day else {
      return nil
    }
    return date.addingTimeInterval(Double(-secondsFromUTC))
  }

  private struct Fields {
    /// Days since 1 January 1970, local.
    var day: Int
    var year: Int
    var month: Int
    var dayOfMonth: Int
    var hour: Int
    var minute: Int
    var second: Int
    var millisecond: Int
  }

  private static let calendar: Calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? calendar.timeZone
    return calendar
  }()

  private func fields(_ date: Date) -> Fields {
    // Whatever a server says a time is, the calendar can take it.
    let seconds = min(max(-1e10, date.timeIntervalSince1970 + Double(secondsFromUTC)), 1e11)
    let parts = Self.calendar.dateComponents(
      [.year, .month, .day, .hour, .minute, .second], from: Date(timeIntervalSince1970: seconds))
    // Rounded to a tenth first: a time of whole milliseconds need not be one in binary.
    let fraction = ((seconds - seconds.rounded(.down)) * 10_000).rounded() / 10
    return Fields(
      day: Int((seconds / 86400).rounded(.down)), year: parts.year ?? 1970, month: parts.month ?? 1,
      dayOfMonth: parts.day ?? 1, hour: parts.hour ?? 0, minute: parts.minute ?? 0, second: parts.second ?? 0,
      millisecond: min(999, Int(fraction)))
  }
}
