import FoundationEssentials
import Glibc

func readLine(_ path: String) throws -> String {
  let text = try String(contentsOfFile: path, encoding: .utf8)
  return String(text.split(separator: "\n").first ?? "")
}

func lines(_ path: String) throws -> Int {
  try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").count
}

/// Whether a process runs; one that has ended but is not reaped yet does not.
func isAlive(_ id: pid_t) -> Bool {
  guard kill(id, 0) == 0 else { return false }
  // Gone between the two calls: not alive either.
  let status = (try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)) ?? ""
  let state = status.split(separator: ")").last?.split(separator: " ").first
  return state != nil && state != "Z"
}

/// Waits for a condition, at most ten seconds.
func becomesTrue(_ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + .seconds(10)
  while !condition() {
    guard ContinuousClock.now < deadline else { return false }
    await Task.yield()
  }
  return true
}
