import Foundation

/// How far a long command has come, on standard error: a line that is written over, or, where that is no terminal, a
/// line now and then.
struct ProgressLine {
  private static let isTerminal = isatty(STDERR_FILENO) == 1
  private var last = ContinuousClock.now

  mutating func show(_ text: String) {
    let now = ContinuousClock.now
    guard now - last >= (Self.isTerminal ? .milliseconds(100) : .seconds(5)) else { return }
    last = now
    if Self.isTerminal { Output.overwrite(text) } else { Output.error(text) }
  }

  /// Makes room for a line that stays.
  static func clear() { if isTerminal { Output.overwrite("") } }
}
