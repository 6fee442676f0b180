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
    // A line that wraps could not be written over.
    if Self.isTerminal { Output.overwrite(String(text.prefix(Self.columns - 1))) } else { Output.error(text) }
  }

  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1 ? Int(size.ws_col) : 80
  }

  /// Makes room for a line that stays.
  static func clear() { if isTerminal { Output.overwrite("") } }
}
