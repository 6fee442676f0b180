import Conversations
import FoundationEssentials
import GodotServer
import JSON
import Synchronization
import TestSupport

/// Keeps what it is told in memory, and can be slow or gone.
final class MemoryLogs: LogStorage {
  struct Contents {
    var logs: [LogEntry] = []
    var madeAt: [UUID: Date] = [:]
    var conversations: [StoredConversation] = []
    var messages: [StoredMessage] = []
    var parts: [String: [Int: String]] = [:]
    var levels: [String: LogLevel] = [:]
    /// How many writes each commit had.
    var commits: [Int] = []
    var removedBefore: [Date?] = []
    /// Every call fails with it.
    var outage: String?
    /// So many commits fail, then they work.
    var failingCommits = 0
  }

  private let contents = Mutex(Contents())
  /// Commits and reads wait here.
  let commitGate = Gate()
  let readGate = Gate()

  init(holdsCommits: Bool = false, holdsReads: Bool = false) {
    if !holdsCommits { commitGate.open() }
    if !holdsReads { readGate.open() }
  }

  var now: Contents { contents.withLock { $0 } }
  func change(_ body: (inout Contents) -> Void) { contents.withLock { body(&$0) } }

  private func read<Value>(_ body: (Contents) -> Value) throws(StorageUnavailable) -> Value {
    let contents = now
    if let outage = contents.outage { throw StorageUnavailable(outage) }
    return body(contents)
  }

  func commit(
    _ writes: [StorageWrite]
  ) async throws(StorageUnavailable) -> [Result<StorageReceipt, StorageRefusal>] {
    await commitGate.wait()
    let results = contents.withLock {
      contents -> Result<[Result<StorageReceipt, StorageRefusal>], StorageUnavailable> in
      if let outage = contents.outage { return .failure(StorageUnavailable(outage)) }
      if contents.failingCommits > 0 {
        contents.failingCommits -= 1
        return .failure(StorageUnavailable("it stumbles"))
      }
      contents.commits.append(writes.count)
      return .success(writes.map { contents.perform($0) })
    }
    return try results.get()
  }

  func logs(_ filter: RecordFilter, limit: Int) async throws(StorageUnavailable) -> [LogEntry] {
    await readGate.wait()
    return try read { contents in
      let found = contents.logs.filter { entry in
        (filter.traceID == nil || entry.traceID == filter.traceID)
          && (filter.component == nil || entry.component == filter.component)
          && entry.level >= (filter.level ?? .trace) && entry.createdAt >= (filter.from ?? .distantPast)
          && entry.createdAt <= (filter.to ?? .distantFuture)
          && (filter.search.map(entry.message.contains) ?? true)
      }
      return Array(found.sorted { $0.createdAt > $1.createdAt }.prefix(limit))
    }
  }

  func conversation(_ id: UUID) async throws(StorageUnavailable) -> StoredConversation? {
    try read { $0.conversations.first { $0.id == id } }
  }

  func messages(
    of conversation: UUID, after turn: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredMessage] {
    try read { contents in
      let found = contents.messages.filter { $0.conversationID == conversation && $0.turnNumber > turn }
      return Array(found.sorted { $0.turnNumber < $1.turnNumber }.prefix(limit))
    }
  }

  func conversations(
    session: String?, offset: Int, limit: Int
  ) async throws(StorageUnavailable) -> [StoredConversation] {
    try read { contents in
      let found = contents.conversations.filter { session == nil || $0.sessionID == session }
      return Array(found.sorted { $0.updatedAt > $1.updatedAt }.dropFirst(offset).prefix(limit))
    }
  }

  func search(_ text: String, limit: Int) async throws(StorageUnavailable) -> [SearchHit] {
    try read { contents in
      let found = contents.messages.filter { $0.content.contains(text) }.prefix(limit)
      return found.map {
        SearchHit(
          conversationID: $0.conversationID, turnNumber: $0.turnNumber, role: $0.role, model: $0.model,
          snippet: $0.content, createdAt: $0.createdAt)
      }
    }
  }

  func levels() async throws(StorageUnavailable) -> [String: LogLevel] { try read { $0.levels } }
  func ping() async throws(StorageUnavailable) { try read { _ in } }
  func close() async {}

  func maintain(now: Date, removingLogsBefore limit: Date?) async throws(StorageUnavailable) {
    try read { _ in }
    change { $0.removedBefore.append(limit) }
  }
}

extension MemoryLogs.Contents {
  fileprivate mutating func perform(_ write: StorageWrite) -> Result<StorageReceipt, StorageRefusal> {
    switch write {
    case .log(let entry, let madeAt):
      if entry.message == "unstorable" { return .failure(.invalid("this cannot be stored")) }
      guard !logs.contains(where: { $0.id == entry.id }) else { return .success(.logged) }
      logs.append(entry)
      madeAt.map { self.madeAt[entry.id] = $0 }
      return .success(.logged)
    case .logTurn(let entry, let madeAt, var message, let part, let count):
      _ = perform(.log(entry, madeAt: madeAt))
      let key = "\(message.conversationID) \(message.turnNumber)"
      parts[key, default: [:]][part] = message.content
      guard let pieces = parts[key], pieces.count == count else { return .success(.logged) }
      message.content = (1...count).map { pieces[$0] ?? "" }.joined()
      if !conversations.contains(where: { $0.id == message.conversationID }) {
        conversations.append(
          StoredConversation(
            id: message.conversationID, sessionID: nil, metadata: .null, createdAt: message.createdAt,
            updatedAt: message.createdAt))
      }
      _ = store(message)
      return .success(.logged)
    case .begin(let conversation):
      if let known = conversations.first(where: { $0.id == conversation.id }) { return .success(.conversation(known)) }
      conversations.append(conversation)
      return .success(.conversation(conversation))
    case .store(let message): return store(message)
    case .storeAll(let conversation, let mustExist, let list):
      if !conversations.contains(where: { $0.id == conversation.id }) {
        if mustExist { return .failure(.conversationNotFound(conversation.id)) }
        conversations.append(conversation)
      }
      for message in list { _ = store(message) }
      return .success(.messages(conversation: conversation.id, count: list.count))
    case .setLevel(let component, let level):
      levels[component] = level
      return .success(.levelSet)
    case .clear(let component, let before):
      let count = logs.count
      logs.removeAll { (component == nil || $0.component == component) && $0.createdAt < (before ?? .distantFuture) }
      return .success(.cleared(count - logs.count))
    }
  }

  private mutating func store(_ given: StoredMessage) -> Result<StorageReceipt, StorageRefusal> {
    var message = given
    guard conversations.contains(where: { $0.id == message.conversationID }) else {
      return .failure(.conversationNotFound(message.conversationID))
    }
    let others = messages.filter { $0.conversationID == message.conversationID }
    if message.turnNumber == StoredMessage.nextTurn { message.turnNumber = (others.map(\.turnNumber).max() ?? 0) + 1 }
    if let known = others.first(where: { $0.turnNumber == message.turnNumber }) {
      guard known.role == message.role, known.content == message.content else {
        return .failure(.turnTaken(conversation: message.conversationID, turnNumber: message.turnNumber))
      }
      return .success(.message(id: known.id, turnNumber: known.turnNumber, createdAt: known.createdAt))
    }
    messages.append(message)
    return .success(.message(id: message.id, turnNumber: message.turnNumber, createdAt: message.createdAt))
  }
}
