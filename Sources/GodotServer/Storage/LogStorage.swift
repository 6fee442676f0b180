import Conversations
import FoundationEssentials
import JSON

/// Where a log server keeps what it is told.
///
/// All methods may be called from any task. A storage that cannot be reached throws ``StorageUnavailable``; nothing of
/// that call is then known to be stored, and repeating it does no harm, because every write is idempotent.
public protocol LogStorage: Sendable {
  /// Carries out the writes in order in one durable transaction and returns one result for each.
  ///
  /// A write that cannot be stored is refused by itself and takes no other with it. When this returns, what it tells of
  /// as done is on disk.
  func commit(
    _ writes: [StorageWrite]
  ) async throws(StorageUnavailable) -> [Result<StorageReceipt, StorageRefusal>]

  /// Newest first.
  func logs(_ filter: RecordFilter, limit: Int) async throws(StorageUnavailable) -> [LogEntry]

  /// `nil` if there is none.
  func conversation(_ id: UUID) async throws(StorageUnavailable) -> StoredConversation?
  /// By turn number, those above `turn`.
  func messages(
    of conversation: UUID, after turn: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredMessage]
  /// By last change, newest first; those of one session if it is given.
  func conversations(
    session: String?, offset: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredConversation]
  /// Full text; every word must occur. Newest first.
  func search(_ text: String, limit: Int) async throws(StorageUnavailable) -> [SearchHit]

  /// The lowest level kept of each component that has one; `*` stands for all others.
  func levels() async throws(StorageUnavailable) -> [String: LogLevel]

  /// Prepares for the days to come and removes log records made before `limit`, if it is given. To be called at the
  /// start and every hour or so; several processes may do so at once.
  func maintain(now: Date, removingLogsBefore limit: Date?) async throws(StorageUnavailable)

  /// Throws if it cannot be reached.
  func ping() async throws(StorageUnavailable)

  /// Waits for what is under way, then lets go of files and connections.
  func close() async
}

/// One change to what is kept. Ids and times are given by the caller, so that a write can be repeated.
public enum StorageWrite: Hashable, Sendable {
  /// A record whose id is known already is not stored again. `madeAt` is when its maker says it was made, so that an
  /// earlier copy need not be looked for before that; `nil` if it does not say or is not to be recognised.
  case log(LogEntry, madeAt: Date?)
  /// A log record that tells of a conversation's turn: also stored as a message, in a conversation that is made if
  /// need be. A turn that is there already stays as it is. `part` of `parts` is kept until all of them have come.
  case logTurn(LogEntry, madeAt: Date?, StoredMessage, part: Int, parts: Int)
  /// A conversation with a known id stays as it is and is returned.
  case begin(StoredConversation)
  /// With ``StoredMessage/nextTurn`` the next free number. A repeat of a stored turn with the same role and content
  /// succeeds.
  case store(StoredMessage)
  /// All or none, numbered from the next free turn; the conversation is made if `conversation` is new.
  case storeAll(conversation: StoredConversation, mustExist: Bool, [StoredMessage])
  case setLevel(component: String, LogLevel)
  /// Removes log records; messages stay.
  case clear(component: String?, before: Date?)

  /// The one whose messages it stores.
  var conversation: UUID? {
    switch self {
    case .logTurn(_, _, let message, _, _), .store(let message): message.conversationID
    case .storeAll(let conversation, _, _): conversation.id
    case .log, .begin, .setLevel, .clear: nil
    }
  }

  /// Whether messages may be stored by it.
  var bringsMessages: Bool {
    switch self {
    case .logTurn, .store, .storeAll: true
    case .log, .begin, .setLevel, .clear: false
    }
  }
}

/// What a write has done.
public enum StorageReceipt: Hashable, Sendable {
  case logged
  case conversation(StoredConversation)
  /// As it is stored: of a repeat, the first one's id and time.
  case message(id: UUID, turnNumber: Int, createdAt: Date)
  case messages(conversation: UUID, count: Int)
  case levelSet
  case cleared(Int)
}

/// Why one write was not carried out.
public enum StorageRefusal: Error, Hashable, Sendable {
  case conversationNotFound(UUID)
  /// The turn is stored with another role or content.
  case turnTaken(conversation: UUID, turnNumber: Int)
  /// What the storage cannot hold, in plain words.
  case invalid(String)
}

/// The storage cannot be reached or used; plain words for a client's status bar, without any detail of the server's.
public struct StorageUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
  public var reason: String
  /// No answer came in time: to try again at once would only wait again.
  public var gaveUpWaiting = false
  /// It is there, and will not let this server in until somebody mends a setting.
  public var isMisconfigured = false
  public init(_ reason: String) { self.reason = reason }
  public var description: String { reason }
}

public struct LogEntry: Hashable, Sendable {
  public var id: UUID
  public var traceID: UUID?
  public var component: String
  public var level: LogLevel
  public var message: String
  /// `null` where there is none.
  public var data: JSONText
  public var createdAt: Date

  public init(
    id: UUID, traceID: UUID?, component: String, level: LogLevel, message: String, data: JSONText, createdAt: Date
  ) {
    self.id = id
    self.traceID = traceID
    self.component = component
    self.level = level
    self.message = message
    self.data = data
    self.createdAt = createdAt
  }
}

/// Which log records; those that fit all that is given.
public struct RecordFilter: Hashable, Sendable {
  public var traceID: UUID?
  public var component: String?
  /// This level and graver ones.
  public var level: LogLevel?
  public var from: Date?
  public var to: Date?
  /// Words in the message.
  public var search: String?

  public init(
    traceID: UUID? = nil, component: String? = nil, level: LogLevel? = nil, from: Date? = nil, to: Date? = nil,
    search: String? = nil
  ) {
    self.traceID = traceID
    self.component = component
    self.level = level
    self.from = from
    self.to = to
    self.search = search
  }
}

public struct StoredConversation: Hashable, Sendable {
  public var id: UUID
  public var sessionID: String?
  public var metadata: JSON
  public var createdAt: Date
  public var updatedAt: Date

  public init(id: UUID, sessionID: String?, metadata: JSON, createdAt: Date, updatedAt: Date) {
    self.id = id
    self.sessionID = sessionID
    self.metadata = metadata
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// One turn. Model, tokens and timing have columns of their own; the rest of what is known stands in `metadata`.
public struct StoredMessage: Hashable, Sendable {
  /// Stands for the next free turn number.
  public static let nextTurn = Int.min

  public var id: UUID
  public var conversationID: UUID
  /// From 1 as a rule; others' clients use 0 and less too. ``nextTurn`` in a message that is to get a number.
  public var turnNumber: Int
  /// `user`, `assistant`, `system` or `tool`.
  public var role: String
  public var content: String
  public var model: String?
  public var inputTokens: Int?
  public var outputTokens: Int?
  /// Milliseconds.
  public var timing: Int?
  public var metadata: JSON
  public var createdAt: Date

  public init(
    id: UUID, conversationID: UUID, turnNumber: Int, role: String, content: String, model: String? = nil,
    inputTokens: Int? = nil, outputTokens: Int? = nil, timing: Int? = nil, metadata: JSON = .null, createdAt: Date
  ) {
    self.id = id
    self.conversationID = conversationID
    self.turnNumber = turnNumber
    self.role = role
    self.content = content
    self.model = model
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.timing = timing
    self.metadata = metadata
    self.createdAt = createdAt
  }
}

/// A message that a search found.
public struct SearchHit: Hashable, Sendable {
  public var conversationID: UUID
  public var turnNumber: Int
  public var role: String
  public var model: String?
  /// The words around the hit.
  public var snippet: String
  public var createdAt: Date

  public init(
    conversationID: UUID, turnNumber: Int, role: String, model: String?, snippet: String, createdAt: Date
  ) {
    self.conversationID = conversationID
    self.turnNumber = turnNumber
    self.role = role
    self.model = model
    self.snippet = snippet
    self.createdAt = createdAt
  }
}
