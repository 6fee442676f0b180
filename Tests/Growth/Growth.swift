import CSteps
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
  /// Makes the input; the work that it returns is what is measured.
  var make: @Sendable (Int) -> () -> Void

  init(_ name: String, _ place: Place = .screen, _ make: @escaping @Sendable (Int) -> () -> Void) {
    self.name = name
    self.place = place
    self.make = make
  }
}

/// Prints how steps and time grow with the size, as a table of Markdown, and fails where they grow too much.
/// `Growth [BEGINNING OF A NAME]`
@main struct Growth {
  private struct Measure {
    /// Of processor time, the best of three where one is short.
    var milliseconds: Double
    var steps: Double
  }

  private static let sizes = [10_000, 100_000, 1_000_000]
  /// After one size has taken so long, in milliseconds, no larger one is tried.
  private static let patience = 20_000.0
  /// Steps are the same in each run, and ten times the size may take 15.8 times as many. They are those of Fiedler's
  /// own code: what a library does shows in the time alone, which caches and other programs make longer, too, but not
  /// as much as the square of a size would.
  private static let mostOfSteps = 1.2
  private static let mostOfTime = 1.6
  /// Times under this many milliseconds are too short to compare, and steps under so many.
  private static let shortest = 20.0
  private static let fewest = 2_000.0

  static func main() {
    let beginning = CommandLine.arguments.dropFirst().first ?? ""
    var failures: [String] = []
    put("| input | place | 10 kB | 100 kB | 1 MB | exponent of steps | of time |")
    put("|---|---|---|---|---|---|---|")
    for input in Inputs.all where input.name.hasPrefix(beginning) {
      var measures: [Measure] = []
      for size in sizes where (measures.last?.milliseconds ?? 0) < patience { measures.append(measure(input, size)) }
      let shown = sizes.indices.map { measures.indices.contains($0) ? words(measures[$0].milliseconds) : "not run" }
      let steps = exponent(measures.map(\.steps), from: fewest)
      let time = exponent(measures.map(\.milliseconds), from: shortest)
      let cells = [input.name, input.place.rawValue] + shown + [words(steps), words(time)]
      put("| \(cells.joined(separator: " | ")) |")
      if measures.count < sizes.count || steps ?? 0 > mostOfSteps || time ?? 0 > mostOfTime {
        failures.append(input.name)
      }
    }
    guard failures.isEmpty else {
      put("\nThese grow more than their size:\n" + failures.map { "- \($0)" }.joined(separator: "\n"))
      exit(1)
    }
  }

  private static func measure(_ input: Input, _ size: Int) -> Measure {
    var best = Measure(milliseconds: .infinity, steps: .infinity)
    for _ in 0..<3 {
      let work = input.make(size)
      let (start, steps) = (processorTime(), stepsTaken())
      work()
      best.steps = min(best.steps, Double(stepsTaken() - steps))
      best.milliseconds = min(best.milliseconds, processorTime() - start)
      if best.milliseconds > 300 { break }
    }
    return best
  }

  /// In milliseconds.
  private static func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e3 + Double(time.tv_nsec) / 1e6
  }

  /// Of the last two sizes: 1 where ten times the size takes ten times as much. `nil` where it is too little to say.
  private static func exponent(_ amounts: [Double], from least: Double) -> Double? {
    guard amounts.count > 1, let last = amounts.last, last > least else { return nil }
    return log10(last / max(amounts[amounts.count - 2], 0.001))
  }

  private static func words(_ exponent: Double?) -> String {
    exponent.map { String(format: "%.2f", $0) } ?? "too short to say"
  }

  private static func words(_ milliseconds: Double) -> String {
    milliseconds < 1_000
      ? String(format: "%.2f ms", milliseconds) : String(format: "%.1f s", milliseconds / 1_000)
  }

  private static func put(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
