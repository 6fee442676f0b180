import Conversations
import Synchronization

/// The lowest level kept of each component.
final class LevelTable: Sendable {
  private struct State {
    var levels: [String: LogLevel] = [:]
    /// Counts changes made here, so that what was read before one does not undo it.
    var changes = 0
  }

  private let state = Mutex(State())

  func keeps(_ level: LogLevel, of component: String) -> Bool {
    state.withLock { state in
      guard let lowest = state.levels[component] ?? state.levels["*"] else { return true }
      return level >= lowest
    }
  }

  func set(_ level: LogLevel, for component: String) {
    state.withLock { state in
      state.levels[component] = level
      state.changes += 1
    }
  }

  /// Reads what this and other servers have set.
  func refresh(from storage: any LogStorage) async throws(StorageUnavailable) {
    let before = state.withLock { $0.changes }
    let levels = try await storage.levels()
    state.withLock { if $0.changes == before { $0.levels = levels } }
  }
}
