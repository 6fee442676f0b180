import CAllocator
import MCP
import Synchronization

/// Lets only so many bytes of large messages be worked on at a time: read as JSON, a message can take a dozen times its
/// size, and what is to be stored lives until it is committed.
final class HeavyWork: Sendable {
  private struct State {
    var free = most
    var waiting: [(bytes: Int, continuation: CheckedContinuation<Void, Never>)] = []
  }

  /// A message from this size on.
  static let threshold = 1 << 18
  private static let most = 16 << 20

  private let state = Mutex(State())

  /// Returns when there is room, first come first served; ``end(_:)`` must follow. A message larger than everything
  /// waits until nothing else is under way.
  func begin(_ bytes: Int) async {
    await withCheckedContinuation { continuation in
      let starts = state.withLock { state in
        guard state.waiting.isEmpty, state.free >= Self.share(bytes) else {
          state.waiting.append((bytes, continuation))
          return false
        }
        state.free -= Self.share(bytes)
        return true
      }
      if starts { continuation.resume() }
    }
  }

  func end(_ bytes: Int) {
    let next = state.withLock { state in
      state.free += Self.share(bytes)
      var next: [CheckedContinuation<Void, Never>] = []
      while let first = state.waiting.first, state.free >= Self.share(first.bytes) {
        state.free -= Self.share(first.bytes)
        next.append(state.waiting.removeFirst().continuation)
      }
      return next
    }
    for continuation in next { continuation.resume() }
  }

  private static func share(_ bytes: Int) -> Int { min(bytes, most) }
}

/// Gives memory back to the system: large frames as soon as they are done with, and the rest now and then. The
/// allocator keeps what was freed, and after one bad hour a server would look as if it still needed what it held then.
enum MemoryUpkeep {
  private static let interval = Duration.seconds(5)

  static func start(_ transport: WebSocketServer) -> Task<Void, Never> {
    allocator_return_large()
    return Task {
      while !Task.isCancelled {
        // Cancellation ends the loop.
        try? await Task.sleep(for: interval)
        if transport.hasEased() { allocator_trim() }
      }
    }
  }
}
