import FoundationEssentials

/// How long a provider asks us to wait, from its response headers.
enum RetryAfter {
  /// Reads `retry-after-ms` (OpenAI, Azure: milliseconds) or `Retry-After` (RFC 9110, section 10.2.3:
  /// seconds or an HTTP date). `nil` if there is neither, or nothing that can be understood.
  ///
  /// - Parameter header: looks up a response header by its name, in any case.
  static func seconds(now: Date, header: (String) -> String?) -> Double? {
    if let text = header("retry-after-ms"), let milliseconds = number(text) { return milliseconds / 1000 }
    guard let text = header("retry-after") else { return nil }
    if let seconds = number(text) { return seconds }
    return HTTPDate.parse(text).map { max(0, $0.timeIntervalSince(now)) }
  }

  private static func number(_ text: String) -> Double? {
    guard let value = Double(text.filter { $0 != " " }), value.isFinite, value >= 0 else { return nil }
    // Far beyond what is ever waited, and still safe to turn into a Duration.
    return min(value, 1e9)
  }
}

/// Dates as HTTP writes them.
enum HTTPDate {
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// Reads the preferred form of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
  static func parse(_ text: String) -> Date? {
    let words = text.lowercased().split(separator: " ")
    guard words.count == 6, words[5] == "gmt", let day = Int(words[1]), (1...31).contains(day),
      let month = months.firstIndex(of: String(words[2])), let year = Int(words[3]), (1970...9999).contains(year)
    else { return nil }
    let clock = words[4].split(separator: ":").compactMap { Int($0) }
    guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2])
    else { return nil }
    let seconds = daysSince1970(year, month + 1, day) * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    return Date(timeIntervalSince1970: Double(seconds))
  }

  /// Days from 1970-01-01 to a date of the Gregorian calendar, counting years from March so that the leap day is last.
  private static func daysSince1970(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let year = month <= 2 ? year - 1 : year
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
  }
}
