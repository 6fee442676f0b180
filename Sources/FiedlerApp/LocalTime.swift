import Conversations
import FoundationEssentials
import Glibc

/// The local time zone as the C library knows it; reading it costs far less than loading a calendar.
enum LocalTime {
  /// The zone's offset now, daylight saving included.
  static func secondsFromUTC() -> Int { zone.secondsFromUTC(Date()) }

  /// The zone with its summer times.
  static let zone = LocalZone { date in
    // Years that the C library can tell: what it cannot would leave `parts` as they are, which is UTC.
    var seconds = time_t(min(max(date.timeIntervalSince1970, -1e11), 1e12))
    var parts = tm()
    localtime_r(&seconds, &parts)
    return parts.tm_gmtoff
  }

  /// A date in local time, `2026-01-31 09:05`.
  static func text(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    localtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
      + "\(two(parts.tm_hour)):\(two(parts.tm_min))"
  }
}
