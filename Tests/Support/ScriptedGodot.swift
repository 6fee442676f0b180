import JSON
import NIOCore
import Synchronization

/// A real WebSocket server that plays a log server of one of the three dialects in use, keeps what it is told, and
/// fails on request. It keeps its data when stopped, so that it can die and return on the same port.
///
/// As the real ones, it acknowledges a log record when that is queued; a worker stores the queue in batches and loses
/// a whole batch for one record that cannot be stored, for its size, or because the database is away. Unless a test
/// asks for such a worker (``Faults/worker``), each record is stored at once. A conversation's message is
/// acknowledged when it is stored.
public final class ScriptedGodot: Sendable {
  /// `a`: logs only. `b`: conversations too, answers even notifications. `c`: as `b` with `godot_` before each name.
  public enum Dialect: String, Sendable, CaseIterable { case a, b, c }

  public struct Conversation: Sendable, Hashable {
    public var id: String
    public var sessionID: String?
    public var metadata: JSON
  }

  public struct Message: Sendable, Hashable {
    public var conversationID: String
    public var turnNumber: Int
    public var role: String
    public var content: String
    public var metadata: JSON
    /// Seconds after the first moment there is.
    public var createdAt: Int
  }

  public struct Call: Sendable, Hashable {
    /// From 1, over all connections.
    public var number: Int
    public var tool: String
    public var arguments: JSON
    public var frameSize: Int
    public var at: ContinuousClock.Instant
  }

  /// Everything it was told, in the order of arrival.
  public struct Records: Sendable {
    public var conversations: [Conversation] = []
    public var messages: [Message] = []
    /// Arguments of log calls whose record is stored, in that order.
    public var logs: [JSON] = []
    /// Arguments of log calls that would destroy a real server's batch.
    public var poison: [JSON] = []
    /// Acknowledged records that wait for the worker.
    public var queue: [JSON] = []
    /// Acknowledged records that were destroyed with their batch, or with the worker that held it.
    public var destroyed: [JSON] = []
    /// Acknowledged records that fell out of the full queue, the oldest first.
    public var trimmed: [JSON] = []
    public var calls: [Call] = []
    public var handshakes = 0
    /// The `Authorization` header of each handshake.
    public var authorizations: [String?] = []
    /// Text frames refused with 1009.
    public var tooBig = 0

    /// The server's messages of the conversation begun with this session id, as they were stored.
    public func messages(session: String) -> [Message] {
      let ids = Set(conversations.filter { $0.sessionID == session }.map(\.id))
      return messages.filter { ids.contains($0.conversationID) }
    }
  }

  /// What goes wrong. May be changed at any time.
  public struct Faults: Sendable {
    /// Nothing is answered, pings and handshakes included; what was held back is answered afterwards.
    public var isFrozen = false
    /// Every call that needs the database fails with this text (-32603).
    public var databaseDown: String?
    /// An error text for this call, `nil` to let it pass. The call is not carried out.
    public var failure: (@Sendable (Call) -> String?)?
    /// Carries out this call, then drops the connection without an answer and without a close frame.
    public var dropAfterCall: Int?
    /// Text frames over this many bytes close the connection with 1009.
    public var maximumFrame: Int?
    /// Handshakes without `Authorization: Bearer` and this token get a 401.
    public var token: String?
    /// Calls from this number on wait until it is `nil` again.
    public var holdFromCall: Int?

    /// How queued log records are stored.
    public var worker = Worker.immediate
    /// A worker's batch whose encoded records come to more bytes is destroyed.
    public var batchBytes = 1 << 20
    /// The queue loses its oldest beyond this.
    public var queueLimit = 100_000
    /// Log calls fail with this text, as where the queue is away.
    public var queueDown: String?
    /// Queries are answered as the servers in use do: a tool's result within the tool's result, `data` as text.
    public var wrapsQueries = true

    /// Promises that log records are committed before they are acknowledged, and reads conversations
    /// (`conversation_get`).
    public var isDurable = false

    public init() {}
  }

  public enum Worker: Sendable {
    /// Each record by itself, before its acknowledgement; one that cannot be stored harms no other.
    case immediate
    /// Ten times a second the next 100.
    case running
    /// Nothing, but what ``work()`` asks for.
    case stopped
  }

  public let dialect: Dialect
  /// PEM files for `wss://`.
  public let certificate: (chain: String, key: String)?

  struct State {
    var records = Records()
    var faults = Faults()
    var port: Int
    var listener: (any Channel)?
    var connections: [ObjectIdentifier: any Channel] = [:]
  }
  let state: Mutex<State>

  /// It keeps its port through ``stop()`` and ``start()``.
  public init(_ dialect: Dialect, port: Int = LoopbackPort.unused(), certificate: (chain: String, key: String)? = nil) {
    self.dialect = dialect
    self.certificate = certificate
    var faults = Faults()
    if dialect == .b { faults.maximumFrame = 1_048_576 }
    var initial = State(port: port)
    initial.faults = faults
    state = Mutex(initial)
  }

  public var port: Int { state.withLock { $0.port } }
  public var url: String { "\(certificate == nil ? "ws" : "wss")://localhost:\(port)/mcp" }
  public var records: Records { state.withLock { $0.records } }

  public func change(_ body: @Sendable (inout Faults) -> Void) {
    state.withLock { body(&$0.faults) }
  }

  /// Loses what it had stored, as a database that was rewound.
  public func forget(_ body: @Sendable (inout Records) -> Void) {
    state.withLock { body(&$0.records) }
  }

  /// Waits for what it was told to fulfil a condition; false if the deadline came first.
  public func wait(
    _ deadline: Duration = .seconds(60), until condition: @Sendable (Records) -> Bool
  ) async throws -> Bool {
    let limit = ContinuousClock.now + deadline
    while !condition(records) {
      if ContinuousClock.now >= limit { return false }
      try await Task.sleep(for: .milliseconds(5))
    }
    return true
  }
}
