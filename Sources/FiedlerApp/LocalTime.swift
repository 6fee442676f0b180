#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The local time zone as the C library knows it; reading it costs far less than loading a calendar.
enum LocalTime {
  /// The zone's offset now, daylight saving included.
  static func secondsFromUTC() -> Int {
    var seconds = time(nil)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return parts.tm_gmtoff
  }
}
