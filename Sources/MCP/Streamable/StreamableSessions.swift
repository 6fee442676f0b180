import JSON
import Synchronization

/// The sessions of clients that speak streamable HTTP: a ``ToolSession`` each, by an id that nobody can guess.
///
/// A session outlives its requests, and ends when its client says so, when the server ends, or when there are too many
/// and it is the one of which nothing has been heard for longest.
public final class StreamableSessions: Sendable {
  private struct Entry {
    let session: ToolSession
    /// Its place in the order of use.
    var lastUse: Int
    /// Requests that are under way.
    var requests = 0
    /// Ends the stream that the client listens to for what no request of its own asked for.
    var stream: (number: Int, end: @Sendable () -> Void)?
  }

  private struct State {
    var entries: [String: Entry] = [:]
    /// Counts uses and streams.
    var count = 0
    var isOver = false
  }

  /// Sessions at a time.
  static let most = 256

  private let provider: any ToolProvider
  private let server: MCP.Implementation
  private let instructions: String
  private let state = Mutex(State())

  public init(_ provider: any ToolProvider, server: MCP.Implementation, instructions: String) {
    self.provider = provider
    self.server = server
    self.instructions = instructions
  }

  /// How many there are.
  public var count: Int { state.withLock { $0.entries.count } }

  /// Begins one, with a request under way. `nil` where there are too many and all are in use, or the server ends.
  func begin() -> (id: String, session: ToolSession)? {
    // What a request asked for goes to that request; nothing else is ever sent.
    let session = ToolSession(provider, server: server, instructions: instructions) { _ in }
    let id = (0..<2).map { _ in Self.hex(UInt64.random(in: 0 ... .max)) }.joined()
    let (isBegun, forgotten) = state.withLock { state -> (Bool, ToolSession?) in
      guard !state.isOver else { return (false, nil) }
      var forgotten: ToolSession?
      if state.entries.count >= Self.most {
        let idle = state.entries.filter { $0.value.requests == 0 && $0.value.stream == nil && !$0.value.session.isBusy }
        guard let oldest = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else { return (false, nil) }
        forgotten = oldest.value.session
        state.entries[oldest.key] = nil
      }
      state.count += 1
      state.entries[id] = Entry(session: session, lastUse: state.count, requests: 1)
      return (true, forgotten)
    }
    if let forgotten { Task { await forgotten.end() } }
    return isBegun ? (id, session) : nil
  }

  /// A request to a session begins; `nil` if there is none of this id.
  func enter(_ id: String) -> ToolSession? {
    state.withLock { state in
      state.count += 1
      state.entries[id]?.lastUse = state.count
      state.entries[id]?.requests += 1
      return state.entries[id]?.session
    }
  }

  /// A request to a session has ended.
  func leave(_ id: String) { state.withLock { $0.entries[id]?.requests -= 1 } }

  /// A client begins to listen; who listened before for the same session is ended. Returns the stream's number, for
  /// ``endListening(_:_:)``; `nil` if there is no such session.
  func listen(_ id: String, end: @escaping @Sendable () -> Void) -> Int? {
    let (number, before) = state.withLock { state -> (Int?, (@Sendable () -> Void)?) in
      guard let entry = state.entries[id] else { return (nil, nil) }
      state.count += 1
      state.entries[id]?.stream = (state.count, end)
      state.entries[id]?.lastUse = state.count
      return (state.count, entry.stream?.end)
    }
    before?()
    return number
  }

  func endListening(_ id: String, _ number: Int) {
    state.withLock { state in
      if state.entries[id]?.stream?.number == number { state.entries[id]?.stream = nil }
    }
  }

  /// Ends a session: its calls are stopped, and what has come of them is kept. False if there is none of this id.
  func end(_ id: String) -> Bool {
    guard let entry = state.withLock({ $0.entries.removeValue(forKey: id) }) else { return false }
    entry.stream?.end()
    Task { await entry.session.end() }
    return true
  }

  /// Ends all, and begins no more. Returns when what ran has ended and is answered.
  public func end() async {
    let entries = state.withLock { state in
      state.isOver = true
      defer { state.entries = [:] }
      return Array(state.entries.values)
    }
    for entry in entries {
      entry.stream?.end()
      await entry.session.end()
    }
  }

  private static func hex(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
