import Logging
import MCP
import Synchronization

/// Tells the log of each outage of the storage: when it begins, when its reason changes, and when it is over.
final class StorageWatch: Sendable {
  /// A full disk can still be read, so that one may work while the other does not.
  enum Use: Hashable, CaseIterable {
    case reading, writing
  }

  private struct State {
    var reasons: [Use: String] = [:]
    var since: ContinuousClock.Instant?
    var outages = 0
  }

  private let logger: Logger
  private let state = Mutex(State())

  init(logger: Logger) { self.logger = logger }

  func failed(_ error: StorageUnavailable, _ use: Use) {
    let isNew = state.withLock { state in
      if state.since == nil {
        state.since = .now
        state.outages += 1
      }
      let isKnown = state.reasons.values.contains(error.reason)
      state.reasons[use] = error.reason
      return !isKnown
    }
    guard isNew else { return }
    logger.error("the storage is unavailable", metadata: ["reason": "\(error.reason)"])
  }

  func worked(_ use: Use) {
    let since = state.withLock { state -> ContinuousClock.Instant? in
      guard state.reasons.removeValue(forKey: use) != nil, state.reasons.isEmpty else { return nil }
      return state.since.take()
    }
    guard let since else { return }
    let seconds = Int(((ContinuousClock.now - since) / .seconds(1)).rounded())
    logger.notice("the storage is back", metadata: ["after": "\(seconds) s"])
  }

  /// Whether the storage works, and how often it has gone.
  var status: (isUp: Bool, outages: Int) { state.withLock { ($0.since == nil, $0.outages) } }
}

/// Tells the log what the server did to clients: each kind at once when it is new, then summed up, so that a hostile
/// client cannot fill the log.
final class IncidentLog: Sendable {
  private struct Tally {
    var count = 0
    var toldAt: ContinuousClock.Instant
  }

  private static let interval = Duration.seconds(10)

  private let logger: Logger
  private let tallies = Mutex<[ServerIncident: Tally]>([:])

  init(logger: Logger) { self.logger = logger }

  func add(_ incident: ServerIncident) {
    let now = ContinuousClock.now
    let count = tallies.withLock { tallies -> Int? in
      guard var tally = tallies[incident] else {
        tallies[incident] = Tally(toldAt: now)
        return 1
      }
      tally.count += 1
      let isDue = now - tally.toldAt >= Self.interval
      tallies[incident] = isDue ? Tally(toldAt: now) : tally
      return isDue ? tally.count : nil
    }
    if let count {
      logger.warning(
        "a connection was refused or cut", metadata: ["reason": "\(incident.rawValue)", "count": "\(count)"])
    }
  }
}
