import Logging
import MCP
import Synchronization

/// Tells the log when the storage goes and when it is back, once each.
final class StorageWatch: Sendable {
  private let logger: Logger
  private let isDown = Mutex(false)

  init(logger: Logger) { self.logger = logger }

  func failed(_ error: StorageUnavailable) {
    guard change(to: true) else { return }
    logger.error("the storage is unavailable", metadata: ["reason": "\(error.reason)"])
  }

  func worked() {
    guard change(to: false) else { return }
    logger.notice("the storage is back")
  }

  private func change(to value: Bool) -> Bool {
    isDown.withLock { isDown in
      defer { isDown = value }
      return isDown != value
    }
  }
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
