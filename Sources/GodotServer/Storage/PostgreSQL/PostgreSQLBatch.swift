import Conversations
import FoundationEssentials
import JSON

/// Writes that are carried out in one transaction, with as few round trips as their order allows.
struct PostgreSQLBatch {
  typealias Outcome = Result<StorageReceipt, StorageRefusal>

  private let writes: [Result<StorageWrite, StorageRefusal>]
  /// Log records that go in with one statement.
  private static let mostRecords = 1000
  private static let mostBytes = 8 << 20

  init(_ writes: [StorageWrite]) {
    self.writes = writes.map { write in
      Result { () throws(StorageRefusal) in try write.cleaned() }
    }
  }

  func commit(on connection: PostgreSQLConnection) throws -> [Outcome] {
    guard !writes.isEmpty else { return [] }
    var attempts = 0
    while true {
      do {
        return try attempt(on: connection, alone: false)
      } catch let error where Self.isPoison(error) {
        // Each by itself, so that it takes no other with it.
        do {
          return try attempt(on: connection, alone: true)
        } catch let error as PostgreSQLError where error.isConflict && attempts < 3 {}
      } catch let error as PostgreSQLError where error.isConflict && attempts < 3 {}
      attempts += 1
    }
  }

  /// Whether one of the writes cannot be carried out, perhaps found only after a part of it was.
  private static func isPoison(_ error: any Error) -> Bool {
    error is StorageRefusal || (error as? PostgreSQLError)?.isRefusal == true
  }

  private func attempt(on connection: PostgreSQLConnection, alone: Bool) throws -> [Outcome] {
    try connection.transaction(begin: logLocks) {
      var writer = PostgreSQLWriter(connection: connection)
      try writer.lock(Set(writes.compactMap(\.conversation)))
      return alone ? try eachAlone(&writer) : try together(&writer)
    }
  }

  private func together(_ writer: inout PostgreSQLWriter) throws -> [Outcome] {
    var outcomes = [Outcome](repeating: .success(.logged), count: writes.count)
    var records = PostgreSQLRecords()
    var beginnings = PostgreSQLBeginnings()
    var messages = PostgreSQLMessages()
    // Conversations first, as their turns may come in the same batch.
    func store() throws {
      for (place, receipt) in try writer.begin(beginnings) { outcomes[place] = .success(receipt) }
      beginnings = PostgreSQLBeginnings()
      for (place, outcome) in try writer.store(messages) { outcomes[place] = outcome }
      messages = PostgreSQLMessages()
    }
    for (place, write) in writes.enumerated() {
      switch write {
      case .failure(let refusal): outcomes[place] = .failure(refusal)
      case .success(let write):
        if let (entry, madeAt) = write.record { records.add(entry, madeAt: madeAt) }
        switch write {
        case .log: break
        case .begin(let conversation):
          // One that is told of late does not pass the turns that came before it.
          if messages.hold(conversation.id) || !beginnings.add(conversation, at: place) {
            try store()
            _ = beginnings.add(conversation, at: place)
          }
        case .store(let message) where PostgreSQLMessages.takes(message):
          if !messages.add(message, at: place) {
            try store()
            _ = messages.add(message, at: place)
          }
        default:
          try store()
          if case .clear = write { try writer.insert(&records) }
          outcomes[place] = try Self.outcome(of: write, &writer)
        }
        if messages.bytes >= Self.mostBytes { try store() }
        if records.count >= Self.mostRecords || records.bytes >= Self.mostBytes { try writer.insert(&records) }
      }
    }
    try store()
    try writer.insert(&records)
    return outcomes
  }

  private func eachAlone(_ writer: inout PostgreSQLWriter) throws -> [Outcome] {
    var outcomes: [Outcome] = []
    for write in writes {
      guard case .success(let write) = write else {
        outcomes.append(write.map { _ in .logged })
        continue
      }
      let before = writer
      try writer.connection.run("SAVEPOINT one")
      do {
        var records = PostgreSQLRecords()
        if let (entry, madeAt) = write.record { records.add(entry, madeAt: madeAt) }
        try writer.insert(&records)
        outcomes.append(.success(try writer.carryOut(write)))
        try writer.connection.run("RELEASE SAVEPOINT one")
      } catch let error where Self.isPoison(error) {
        let refusal = (error as? StorageRefusal) ?? .invalid("the database refuses it: \(Self.words(for: error))")
        outcomes.append(.failure(refusal))
        try writer.connection.run("ROLLBACK TO SAVEPOINT one")
        writer = before
      }
    }
    return outcomes
  }

  private static func words(for error: any Error) -> String { (error as? PostgreSQLError)?.message ?? "\(error)" }

  /// Two refusals are found before anything is written, so nothing need be taken back.
  private static func outcome(of write: StorageWrite, _ writer: inout PostgreSQLWriter) throws -> Outcome {
    do { return .success(try writer.carryOut(write)) } catch let refusal as StorageRefusal {
      if case .invalid = refusal { throw refusal }
      return .failure(refusal)
    }
  }

  /// Two servers that are told the same record at once must not both find that it is not there: each id is locked
  /// until the end of the transaction, or all of them where there are very many, as a database has room for some
  /// thousands of locks.
  private var logLocks: String {
    var keys: Set<Int64> = []
    for case .success(let write) in writes {
      if let (entry, madeAt) = write.record, madeAt != nil { keys.insert(entry.id.lockKey) }
    }
    guard !keys.isEmpty else { return "" }
    let all = PostgreSQLSchema.AdvisoryLock.logs.rawValue
    guard keys.count <= Self.mostRecords else { return "SELECT pg_advisory_xact_lock(\(all))" }
    // In the same order everywhere, so that no two wait for each other.
    let list = keys.sorted().map(String.init).joined(separator: ",")
    return """
      SELECT pg_advisory_xact_lock_shared(\(all));
      SELECT pg_advisory_xact_lock(key) FROM unnest('{\(list)}'::bigint[]) AS key
      """
  }
}

extension UUID {
  /// Its first eight bytes.
  fileprivate var lockKey: Int64 {
    withUnsafeBytes(of: uuid) { Int64(bitPattern: $0.loadUnaligned(as: UInt64.self).bigEndian) }
  }
}

extension StorageWrite {
  fileprivate var record: (LogEntry, madeAt: Date?)? {
    switch self {
    case .log(let entry, let madeAt), .logTurn(let entry, let madeAt, _, _, _): (entry, madeAt)
    case .begin, .store, .storeAll, .setLevel, .clear: nil
    }
  }
}

extension Result<StorageWrite, StorageRefusal> {
  /// The conversation whose turns it adds to.
  fileprivate var conversation: UUID? {
    switch self {
    case .success(.store(let message)), .success(.logTurn(_, _, let message, _, _)): message.conversationID
    case .success(.storeAll(let conversation, _, _)): conversation.id
    case .success, .failure: nil
    }
  }
}

/// Log records that wait to go in with one statement; of those with the same id only the first.
struct PostgreSQLRecords {
  private(set) var entries: [(entry: LogEntry, madeAt: Date?, data: String?)] = []
  private(set) var bytes = 0
  private var ids: Set<UUID> = []

  var count: Int { entries.count }

  mutating func add(_ entry: LogEntry, madeAt: Date?) {
    guard ids.insert(entry.id).inserted else { return }
    let data = entry.data.text
    entries.append((entry, madeAt, data))
    bytes += entry.message.utf8.count + entry.component.utf8.count + (data?.utf8.count ?? 0) + 100
  }
}
