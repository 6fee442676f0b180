import Foundation
import GodotLog

/// How far a command has come through a known number of things.
enum ProgressBar {
  /// `[########            ]  41 % · 410,000 of 1,000,000 turns · 3 s left`
  ///
  /// - `elapsed`: since the beginning.
  static func text(_ done: Int, of total: Int, _ unit: String, elapsed: Duration) -> String {
    let whole = max(total, done, 1)
    let filled = 20 * done / whole
    let bar = String(repeating: "#", count: filled) + String(repeating: " ", count: 20 - filled)
    let percent = String(100 * done / whole)
    let pad = String(repeating: " ", count: 3 - percent.count)
    var text = "[\(bar)] \(pad)\(percent) % · \(figure(done)) of \(figure(whole)) \(unit)"
    let left = Double(elapsed.components.seconds) * Double(whole - done) / Double(max(done, 1))
    if elapsed > .seconds(2), done > 0, left >= 1 { text += " · \(Int(left)) s left" }
    return text
  }

  private static func figure(_ number: Int) -> String {
    var digits = Substring(String(number))
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits = digits.dropLast(3)
    }
    return ([digits] + groups).joined(separator: ",")
  }
}

/// The progress of a check, on standard error.
struct VerifyProgress {
  private let total: Int
  private let begin = ContinuousClock.now
  private var line = ProgressLine()

  init(total: Int) { self.total = total }

  mutating func show(_ found: GodotVerification) {
    let done = found.turns + found.notLogged
    line.show(ProgressBar.text(done, of: total, "turns", elapsed: ContinuousClock.now - begin))
  }
}
