import Basics
import Conversations
import FoundationEssentials

/// Numbers as the screens show them: short, with a unit, the same in every locale.
enum Figures {
  /// `6.1 s`, `2 min 05 s`, `1 h 02 min`.
  static func seconds(_ duration: Duration) -> String {
    let seconds = Bounds.seconds.nearest(duration.inSeconds)
    if seconds < 59.95 { return "\(fixed(seconds, 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    return "\(whole / 3600) h \(twoDigits(whole % 3600 / 60)) min"
  }

  /// Two decimals below ten seconds: `0.31 s`.
  static func fineSeconds(_ duration: Duration) -> String {
    let seconds = max(0, duration.inSeconds)
    return seconds < 9.995 ? "\(fixed(seconds, 2)) s" : self.seconds(duration)
  }

  /// Whole seconds, rounded up so that a countdown ends as it reaches nothing: `4 s`.
  static func countdown(_ duration: Duration) -> String {
    let whole = Int(Bounds.seconds.nearest(duration.inSeconds).rounded(.up))
    return whole < 120 ? "\(whole) s" : "\(whole / 60) min"
  }

  /// `71/s`, below ten with a decimal.
  static func rate(_ perSecond: Double) -> String {
    perSecond > 9.95 ? "\(count(Int(min(perSecond, 1e12).rounded())))/s" : "\(fixed(perSecond, 1))/s"
  }

  /// Grouped by thousands: `3,100`.
  static func count(_ number: Int) -> String {
    var digits = Array(String(number.magnitude))
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return (number < 0 ? "-" : "") + String(digits)
  }

  /// `128k` for a context window, where the exact figure does not matter.
  static func window(_ tokens: Int) -> String {
    if tokens >= 1_000_000 { return trimmed(Double(tokens) / 1_000_000) + "M" }
    return tokens >= 1000 ? trimmed(Double(tokens) / 1000) + "k" : String(tokens)
  }

  /// `412 B`, `11 kB`, `1.2 MB`.
  static func bytes(_ bytes: Int) -> String {
    if bytes < 1000 { return "\(bytes) B" }
    if bytes < 999_500 { return "\(Int((Double(bytes) / 1000).rounded())) kB" }
    return "\(fixed(Double(bytes) / 1_000_000, 1)) MB"
  }

  /// `$0.0012` below a cent, else `$1.23`.
  static func money(_ amount: Double) -> String {
    guard amount.isFinite, amount > 0 else { return "$0.00" }
    return amount < 0.00995 ? "$\(fixed(amount, 4))" : "$\(fixed(amount, 2))"
  }

  static func plural(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(count(number)) \(Plural.word(number, one, many))"
  }

  /// A number with so many decimals, rounded, with a point.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard !value.isNaN else { return fixed(0, decimals) }
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    let scaled = Int(min(abs(value) * scale, 1e15).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + String(scaled) }
    let fraction = String(scaled % Int(scale))
    return sign + "\(scaled / Int(scale))." + String(repeating: "0", count: decimals - fraction.count) + fraction
  }

  private static func trimmed(_ value: Double) -> String {
    let text = fixed(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
