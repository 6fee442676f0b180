import Foundation

/// Something whose size an outsider chooses, and what reads it. The sizes are bytes of input, or keys where keys are
/// typed.
struct Input: Sendable {
  /// Where the work is done.
  enum Place: String {
    /// On the screen's thread: nothing else is drawn or typed meanwhile.
    case screen
    case aside
  }

  var name: String
  var place: Place
  /// Makes the input; the work that it returns is what is timed.
  var make: @Sendable (Int) -> () -> Void

  init(_ name: String, _ place: Place = .screen, _ make: @escaping @Sendable (Int) -> () -> Void) {
    self.name = name
    self.place = place
    self.make = make
  }
}

/// Prints how the time grows with the size, as a table of Markdown. `Growth [BEGINNING OF A NAME]`
@main struct Growth {
  private static let sizes = [10_000, 100_000, 1_000_000]
  /// After one size has taken so long, in milliseconds, no larger one is tried.
  private static let patience = 20_000.0

  static func main() {
    let beginning = CommandLine.arguments.dropFirst().first ?? ""
    put("| input | place | 10 kB | 100 kB | 1 MB | exponent |")
    put("|---|---|---|---|---|---|")
    for input in Inputs.all where input.name.hasPrefix(beginning) {
      var times: [Double] = []
      for size in sizes where (times.last ?? 0) < patience { times.append(measure(input, size)) }
      let shown = (0..<sizes.count).map { times.indices.contains($0) ? words(times[$0]) : "not run" }
      put(
        "| \(input.name) | \(input.place.rawValue) | \(shown.joined(separator: " | ")) | \(exponent(times)) |")
    }
  }

  /// In milliseconds, the best of three where one is short.
  private static func measure(_ input: Input, _ size: Int) -> Double {
    var best = Double.infinity
    for _ in 0..<3 {
      let work = input.make(size)
      let start = ContinuousClock.now
      work()
      best = min(best, (ContinuousClock.now - start) / .milliseconds(1))
      if best > 300 { break }
    }
    return best
  }

  /// Of the last two sizes that were run: 1 where ten times the size takes ten times as long.
  private static func exponent(_ times: [Double]) -> String {
    guard times.count > 1, let last = times.last, last > 0.5 else { return "too short to say" }
    return String(format: "%.2f", log10(last / max(times[times.count - 2], 0.001)))
  }

  private static func words(_ milliseconds: Double) -> String {
    milliseconds < 1_000
      ? String(format: "%.2f ms", milliseconds) : String(format: "%.1f s", milliseconds / 1_000)
  }

  private static func put(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
