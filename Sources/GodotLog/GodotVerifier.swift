import Conversations
import FoundationEssentials
import GRDB
import JSON

/// A turn as the program itself keeps it, to be compared with the log server's.
public struct LocalTurn: Hashable, Sendable {
  public var conversationID: UUID
  public var turnNumber: Int
  public var role: Role
  /// As it was given to ``Outbox/append(_:redactor:in:)``.
  public var content: String
  /// The send's correlation id.
  public var traceID: UUID

  public init(conversationID: UUID, turnNumber: Int, role: Role, content: String, traceID: UUID) {
    self.conversationID = conversationID
    self.turnNumber = turnNumber
    self.role = role
    self.content = content
    self.traceID = traceID
  }
}

/// What a comparison found.
public struct GodotVerification: Hashable, Sendable {
  public struct Finding: Hashable, Sendable, CustomStringConvertible {
    public var conversation: UUID
    public var turnNumber: Int

    public var description: String { "turn \(turnNumber) of \(conversation.lowercased)" }
  }

  /// A number of turns, and the first of them.
  public struct Findings: Hashable, Sendable {
    public static let mostExamples = 20
    public private(set) var count = 0
    public private(set) var examples: [Finding] = []

    mutating func add(_ conversation: UUID, _ turnNumber: Int) {
      count += 1
      guard examples.count < Self.mostExamples else { return }
      examples.append(Finding(conversation: conversation, turnNumber: turnNumber))
    }
  }

  /// Local turns looked at.
  public var turns = 0
  public var conversations = 0
  /// Here and on the server, with the same role and text.
  public var matching = 0
  /// Here, neither pending nor parked, and not on the server.
  public var lost = Findings()
  /// On the server more than once.
  public var duplicated = Findings()
  /// On the server in a conversation of ours, and not here.
  public var unexpected = Findings()
  /// On the server with another role or text.
  public var different = Findings()
  /// In the outbox, still to be sent.
  public var queued = Findings()
  /// In the outbox, refused by the server, or waiting behind such a one.
  public var parked = Findings()
  /// What this server gives no means to check.
  public var unchecked = Findings()
  /// Why, in plain words.
  public var uncheckedReason: String?

  /// Nothing is lost, duplicated, unexpected or different. What could not be checked does not count.
  public var isClean: Bool { lost.count + duplicated.count + unexpected.count + different.count == 0 }
}

/// Compares every local turn with what the log server has.
///
/// Where the server can read conversations they are read whole. Else, where turns travel as log records and the
/// server can read those, they are found by their sends' trace ids. Else nothing is checked, and the result says why.
public struct GodotVerifier: Sendable {
  private let reader: GodotReader
  private let database: any DatabaseReader
  private let turns: GodotConfiguration.Turns

  /// What the server is called in ``Outbox/deliveries(of:in:)``.
  public var serverName: String { reader.serverName }

  /// - Parameter database: the one that holds the outbox.
  public init(database: any DatabaseReader, configuration: GodotConfiguration) {
    reader = GodotReader(configuration)
    self.database = database
    turns = configuration.turns
  }

  /// Turns that are logged or queued while this runs may count as unexpected, so no other program should be sending.
  ///
  /// - Parameters:
  ///   - next: gives all turns of the next conversation, `nil` after the last one. Only turns that were queued to be
  ///     logged belong here; others would count as lost.
  ///   - onProgress: called after each conversation.
  /// - Throws: ``GodotReadError``, ``OutboxProblem``, or what `next` throws.
  public func verify(
    onProgress: (GodotVerification) -> Void = { _ in }, next: () async throws -> [LocalTurn]?
  ) async throws -> GodotVerification {
    var result = GodotVerification()
    let means = try await means()
    while let conversation = try await next() {
      guard let id = conversation.first?.conversationID else { continue }
      result.turns += conversation.count
      result.conversations += 1
      let outbox = try await outbox(id)
      switch means {
      case .nothing(let reason):
        result.uncheckedReason = reason
        compare(conversation, outbox, nil, &result)
      case .conversations:
        let found = try await reader.conversation(named: outbox.serverID ?? id.lowercased) ?? []
        compare(conversation, outbox, found.map(Found.init), &result)
      case .logs:
        compare(conversation, outbox, try await records(of: conversation, id), &result)
      }
      onProgress(result)
    }
    await reader.close()
    return result
  }

  // MARK: - How to look

  private enum Means {
    case conversations
    case logs
    case nothing(String)
  }

  private func means() async throws -> Means {
    let tools = try await reader.tools()
    if tools.name("conversation_get") != nil { return .conversations }
    let canQuery = tools.name("logger_query") != nil
    if tools.dialect.routed(turns).conversations == nil, canQuery { return .logs }
    return .nothing(
      canQuery
        ? "this server keeps conversations but has no tool to read them"
        : "this server has no tool to read anything")
  }

  /// What the server has of one turn, or of a part of it.
  private struct Found {
    var turnNumber: Int
    var role: String
    var content: String
    var part = 1
    var parts = 1

    init(_ turn: ServerTurn) {
      (turnNumber, role, content) = (turn.turnNumber, turn.role, turn.content)
    }

    init?(_ data: JSON, of conversation: UUID) {
      guard data["conversation_id"]?.string?.lowercased() == conversation.lowercased,
        let number = data["turn_number"]?.int, let role = data["role"]?.string, let content = data["content"]?.string
      else { return nil }
      (turnNumber, self.role, self.content) = (number, role, content)
      part = Bounds.ordinals.only(data["metadata"]?["part"]?.int) ?? 1
      parts = Bounds.ordinals.only(data["metadata"]?["parts"]?.int) ?? 1
    }
  }

  private func records(of turns: [LocalTurn], _ conversation: UUID) async throws -> [Found] {
    var found: [Found] = []
    for trace in Set(turns.map(\.traceID)) {
      let query = LogQuery(component: TurnRecord.component, trace: trace, limit: 1000)
      found += try await reader.logs(query).records.compactMap { Found($0.data, of: conversation) }
    }
    return found
  }

  private struct Queued {
    var pending: Set<Int> = []
    var parked: Set<Int> = []
    var serverID: String?
  }

  private func outbox(_ conversation: UUID) async throws -> Queued {
    let (id, server) = (conversation.lowercased, reader.serverName)
    do {
      return try await database.read { db in
        var queued = Queued()
        var isHeld = false
        let rows = try Row.fetchAll(
          db, sql: "SELECT turn_number, state FROM outbox_record WHERE conversation_id = ? ORDER BY id",
          arguments: [id])
        for row in rows {
          isHeld = isHeld || row["state"] as String == "parked"
          guard let number: Int = row["turn_number"] else { continue }
          if isHeld { queued.parked.insert(number) } else { queued.pending.insert(number) }
        }
        queued.serverID = try String.fetchOne(
          db,
          sql: "SELECT server_conversation_id FROM outbox_conversation WHERE server = ? AND conversation_id = ?",
          arguments: [server, id])
        return queued
      }
    } catch {
      throw OutboxProblem(error)
    }
  }

  // MARK: - Comparing

  /// - Parameter found: `nil` where nothing can be known.
  private func compare(
    _ local: [LocalTurn], _ outbox: Queued, _ found: [Found]?, _ result: inout GodotVerification
  ) {
    let byNumber = Dictionary(grouping: found ?? [], by: \.turnNumber)
    for turn in local {
      let (id, number) = (turn.conversationID, turn.turnNumber)
      if outbox.pending.contains(number) {
        result.queued.add(id, number)
      } else if outbox.parked.contains(number) {
        result.parked.add(id, number)
      } else if found == nil {
        result.unchecked.add(id, number)
      } else if let there = byNumber[number] {
        compare(turn, there, &result)
      } else {
        result.lost.add(id, number)
      }
    }
    guard let id = local.first?.conversationID else { return }
    let known = Set(local.map(\.turnNumber))
    for number in byNumber.keys.filter({ !known.contains($0) }).sorted() { result.unexpected.add(id, number) }
  }

  private func compare(_ turn: LocalTurn, _ found: [Found], _ result: inout GodotVerification) {
    let (id, number) = (turn.conversationID, turn.turnNumber)
    // An attempt in larger parts may have come before the one that was completed.
    let complete = Dictionary(grouping: found, by: \.parts).filter { parts, pieces in
      Set(pieces.map(\.part)).isSuperset(of: 1...max(parts, 1))
    }
    guard let (parts, pieces) = complete.max(by: { $0.key < $1.key }) else { return result.lost.add(id, number) }
    if complete.count > 1 || pieces.count > parts { result.duplicated.add(id, number) }
    let byPart = Dictionary(pieces.map { ($0.part, $0) }) { first, _ in first }
    let content = (1...max(parts, 1)).compactMap { byPart[$0]?.content }.joined()
    if pieces.allSatisfy({ $0.role == turn.role.rawValue }), isSame(turn.content, content) {
      result.matching += 1
    } else {
      result.different.add(id, number)
    }
  }

  /// Equal but for what was redacted or repaired on the way, whatever secrets were known then.
  private func isSame(_ local: String, _ server: String) -> Bool {
    let local = reader.redactor.redact(Repair.text(local))
    if local == server { return true }
    let pieces = server.split(separator: Redactor.mark, omittingEmptySubsequences: false)
    guard pieces.count > 1 else { return false }
    guard local.hasPrefix(pieces[0]), local.hasSuffix(pieces[pieces.count - 1]) else { return false }
    var rest = local.dropFirst(pieces[0].count)
    for piece in pieces.dropFirst() where !piece.isEmpty {
      guard let range = rest.firstRange(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
