import Conversations
import GodotWire
import JSON
import MCP
import Synchronization

/// Counts what a server does, for `GET /metrics` in Prometheus's text form (exposition format 0.0.4).
final class ServerMetrics: Sendable {
  private struct State {
    var records: [LogLevel: Int] = [:]
    var turns = 0
    var commits = 0
    var failedCommits = 0
    var refusals: [String: Int] = [:]
    var incidents: [ServerIncident: Int] = [:]
    var commitTime = Histogram()
    var writeTime = Histogram()
  }

  private struct Histogram {
    /// Upper bounds in seconds.
    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    private var counts = [Int](repeating: 0, count: bounds.count)
    private var count = 0
    private var sum = 0.0

    mutating func add(_ duration: Duration) {
      let seconds = duration / .seconds(1)
      count += 1
      sum += seconds
      if let index = Self.bounds.firstIndex(where: { seconds <= $0 }) { counts[index] += 1 }
    }

    func lines(_ name: String) -> [String] {
      var total = 0
      return zip(Self.bounds, counts).map { bound, count in
        total += count
        return "\(name)_bucket{le=\"\(bound)\"} \(total)"
      } + ["\(name)_bucket{le=\"+Inf\"} \(count)", "\(name)_sum \(sum)", "\(name)_count \(count)"]
    }
  }

  private let state = Mutex(State())

  /// - `waited`: when each client's writes came in.
  func committed(
    _ writes: [StorageWrite], _ outcome: Result<[Result<StorageReceipt, StorageRefusal>], StorageUnavailable>,
    took: Duration, waited: [ContinuousClock.Instant]
  ) {
    let now = ContinuousClock.now
    state.withLock { state in
      state.commitTime.add(took)
      for begin in waited { state.writeTime.add(now - begin) }
      guard case .success(let results) = outcome else {
        state.failedCommits += 1
        return
      }
      state.commits += 1
      for (write, result) in zip(writes, results) {
        guard case .success = result else { continue }
        switch write {
        case .log(let entry, _): state.records[entry.level, default: 0] += 1
        case .logTurn(let entry, _, _, let part, let parts):
          state.records[entry.level, default: 0] += 1
          if part == parts { state.turns += 1 }
        case .store: state.turns += 1
        case .storeAll(_, _, let messages): state.turns += messages.count
        case .begin, .setLevel, .clear: break
        }
      }
    }
  }

  func refused(_ error: JSONRPCError) {
    let code = error.data?["code"]?.string ?? LogErrorCode.failed.rawValue
    state.withLock { $0.refusals[code, default: 0] += 1 }
  }

  func add(_ incident: ServerIncident) { state.withLock { $0.incidents[incident, default: 0] += 1 } }

  func text(
    _ usage: ServerUsage, queue: (writes: Int, bytes: Int), storage: (isUp: Bool, outages: Int)
  ) -> String {
    let state = state.withLock { $0 }
    var lines: [String] = []
    func add(_ name: String, _ type: String, _ help: String, _ samples: [String]) {
      lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(type)"] + samples
    }
    func add(_ name: String, _ type: String, _ help: String, _ value: Int) {
      add(name, type, help, ["\(name) \(value)"])
    }
    add(
      "godot_records_total", "counter", "Log records committed, repeats included.",
      LogLevel.allCases.map { "godot_records_total{level=\"\($0.rawValue)\"} \(state.records[$0] ?? 0)" })
    add("godot_turns_total", "counter", "Conversation turns committed, repeats included.", state.turns)
    add("godot_commits_total", "counter", "Transactions committed.", state.commits)
    add("godot_commit_failures_total", "counter", "Transactions that failed with the storage.", state.failedCommits)
    add("godot_queue_writes", "gauge", "Writes that wait for the next transaction.", queue.writes)
    add("godot_queue_bytes", "gauge", "Bytes of those writes.", queue.bytes)
    add(
      "godot_refusals_total", "counter", "Requests answered with an error, by its code.",
      LogErrorCode.allCases.map { "godot_refusals_total{code=\"\($0.rawValue)\"} \(state.refusals[$0.rawValue] ?? 0)" })
    add(
      "godot_connections_cut_total", "counter", "Connections refused or cut, by reason.",
      state.incidents.sorted { $0.key.rawValue < $1.key.rawValue }
        .map { "godot_connections_cut_total{reason=\"\($0.key.rawValue)\"} \($0.value)" })
    add("godot_connections", "gauge", "Open connections.", usage.connections)
    add("godot_held_bytes", "gauge", "Bytes held for clients: requests and unread answers.", usage.heldBytes)
    add("godot_storage_up", "gauge", "Whether the storage works.", storage.isUp ? 1 : 0)
    add("godot_storage_outages_total", "counter", "How often the storage has gone.", storage.outages)
    add(
      "godot_commit_duration_seconds", "histogram", "How long a transaction takes.",
      state.commitTime.lines("godot_commit_duration_seconds"))
    add(
      "godot_write_duration_seconds", "histogram", "From a client's writes to their answer.",
      state.writeTime.lines("godot_write_duration_seconds"))
    return lines.joined(separator: "\n") + "\n"
  }
}
