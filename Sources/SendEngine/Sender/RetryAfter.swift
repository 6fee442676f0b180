import Basics
import FoundationEssentials
import JSON

/// How long a provider asks us to wait: in its response's headers, in its error's fields, or in words.
enum RetryAfter {
  /// What the headers ask for: `retry-after-ms` (OpenAI, Azure: milliseconds) or `Retry-After` (RFC 9110, section
  /// 10.2.3: seconds or an HTTP date; `2.5s` and the like are understood too). `nil` if there is neither, or nothing
  /// that can be understood.
  ///
  /// - `header`: looks up a response header by its name, in any case.
  static func seconds(now: Date, header: (String) -> String?) -> Double? {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
      if let text = header(name), let milliseconds = number(text) { return bounded(milliseconds / 1000) }
    }
    return header("retry-after").flatMap { wait($0, now: now) }.map(bounded)
  }

  /// When a rate limit is over, by `x-ratelimit-reset-requests` and its like: Go durations (OpenAI, Groq), seconds,
  /// RFC 3339 dates (Anthropic), or seconds or milliseconds since 1970 (GitHub, OpenRouter). Of several limits those
  /// count of which nothing remains; where no header tells what remains, the longest wait.
  static func reset(now: Date, headers: [(name: String, value: String)]) -> Double? {
    let headers = headers.map { (name: $0.name.lowercased(), value: $0.value) }
    var spent: [Double] = []
    var others: [Double] = []
    for header in headers {
      let words = header.name.split(separator: "-")
      guard words.contains("ratelimit"), words.contains("reset"), let wait = wait(header.value, now: now) else {
        continue
      }
      let twin = words.map { $0 == "reset" ? "remaining" : $0 }.joined(separator: "-")
      let remaining = headers.first { $0.name == twin }.flatMap { number($0.value) }
      if remaining == 0 { spent.append(wait) } else if remaining == nil { others.append(wait) }
    }
    return spent.max() ?? others.max()
  }

  /// What an error's body asks for: Google's `RetryInfo`, a field of its own, headers that a gateway packed into it
  /// (OpenRouter), the time that a model takes to load (Hugging Face), or plain words.
  static func seconds(in body: JSON, message: String, now: Date) -> Double? {
    let body = body[0] ?? body
    let error = body["error"]?.object == nil ? body : body["error"] ?? body
    for detail in error["details"]?.array ?? [] where detail["@type"]?.string?.hasSuffix("RetryInfo") == true {
      if let text = detail["retryDelay"]?.string, let wait = duration(text) { return wait }
      if let seconds = detail["retryDelay"]?["seconds"], let wait = seconds.double ?? seconds.string.flatMap(number) {
        return bounded(wait)
      }
    }
    for place in [error, body, error["metadata"] ?? .null] {
      for name in ["retry_after_ms", "retryAfterMs"] {
        if let wait = place[name]?.double { return bounded(wait / 1000) }
      }
      for name in ["retry_after", "retryAfter", "retry_after_seconds", "estimated_time"] {
        if let wait = place[name]?.double ?? place[name]?.string.flatMap({ Self.wait($0, now: now) }) {
          return bounded(wait)
        }
      }
    }
    if let wait = inWords(message) { return wait }
    guard let packed = error["metadata"]?["headers"]?.object else { return nil }
    let headers = packed.compactMap { name, value in
      (value.string ?? value.int.map(String.init)).map { (name: name, value: $0) }
    }
    return seconds(now: now) { name in headers.first { $0.name.lowercased() == name }?.value }
      ?? reset(now: now, headers: headers)
  }

  /// `Please try again in 2.5s.`, `retry after 20 seconds`, `wait 1m30s`.
  static func inWords(_ text: String) -> Double? {
    let asking =
      #/
      (?i) \b (?: again | retry | retrying | wait | available | resets? ) \b [^0-9\n]{0,40}?
      ( (?: \d+ (?: \.\d+ )? \s*
        (?: milliseconds? | ms | seconds? | secs? | s | minutes? | mins? | m | hours? | hrs? | h | days? | d )
        (?! [a-z] ) \s* )+ )
      /#
    return text.prefix(4096).firstMatch(of: asking).flatMap { duration(String($0.output.1)) }
  }

  /// A header's value: seconds, a duration with units, a date, or a moment counted from 1970.
  static func wait(_ text: String, now: Date) -> Double? {
    if let seconds = number(text) {
      // No wait is as long as thirty years, and no limit has been over for as long.
      if seconds > 1e12 { return bounded(seconds / 1000 - now.timeIntervalSince1970) }
      return seconds > 1e9 ? bounded(seconds - now.timeIntervalSince1970) : seconds
    }
    if let duration = duration(text) { return duration }
    let date = HTTPDate.parse(text) ?? Timestamp.date(text)
    return date.map { max(0, $0.timeIntervalSince(now)) }
  }

  /// `1m26.4s`, `120ms`, `6m0s`, `20 seconds`; `nil` if anything else stands there.
  static func duration(_ text: String) -> Double? {
    var rest = text.lowercased()[...]
    var seconds = 0.0
    var isEmpty = true
    while true {
      rest = rest.drop { $0.isWhitespace }
      guard !rest.isEmpty else { return isEmpty ? nil : bounded(seconds) }
      let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
      guard let value = Double(digits), value.isFinite else { return nil }
      rest = rest.dropFirst(digits.count).drop { $0.isWhitespace }
      let unit = rest.prefix { $0.isLetter }
      guard let length = lengths[String(unit)] ?? lengths[String(unit.last == "s" ? unit.dropLast() : unit)] else {
        return nil
      }
      rest = rest.dropFirst(unit.count)
      seconds += value * length
      isEmpty = false
    }
  }

  private static let lengths = [
    "ms": 0.001, "millisecond": 0.001, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600,
    "hr": 3600, "hour": 3600, "d": 86_400, "day": 86_400,
  ]

  private static func number(_ text: String) -> Double? {
    guard let value = Double(text.filter { $0 != " " }), value.isFinite, value >= 0 else { return nil }
    return min(value, 1e15)
  }

  /// Far beyond what is ever waited, and still safe to turn into a Duration.
  private static func bounded(_ seconds: Double) -> Double { min(max(0, seconds), 1e9) }
}

/// Dates as HTTP writes them.
enum HTTPDate {
  private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]

  /// Reads the three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37
  /// GMT` and `Sun Nov  6 08:49:37 1994`.
  static func parse(_ text: String) -> Date? {
    var words = text.lowercased().split { $0 == " " }
    if words.count == 4, words[3] == "gmt" {
      let date = words[1].split(separator: "-")
      guard date.count == 3 else { return nil }
      words = [words[0]] + date + words[2...]
    } else if words.count == 5 {
      words = [words[0], words[2], words[1], words[4], words[3], "gmt"]
    }
    guard words.count == 6, words[5] == "gmt", let day = Int(words[1]),
      let month = months.firstIndex(of: String(words[2])), let written = Int(words[3])
    else { return nil }
    let year = words[3].utf8.count == 2 ? written + (written < 70 ? 2000 : 1900) : written
    guard (1970...9999).contains(year) else { return nil }
    let clock = words[4].split(separator: ":").compactMap { Int($0) }
    guard clock.count == 3, (0..<24).contains(clock[0]), (0..<60).contains(clock[1]), (0...60).contains(clock[2])
    else { return nil }
    guard let date = CalendarDay(year: year, month: month + 1, day: day) else { return nil }
    let seconds = date.daysSince1970 * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    return Date(timeIntervalSince1970: Double(seconds))
  }
}
