import Conversations
import FoundationEssentials
import GRDB
import GodotWire
import JSON
import MCP

/// Compares every local turn with what the log server has, and sends again what it has lost.
///
/// How it looks depends on the server's tools:
/// - One that reads conversations (`conversation_get`, ours) is read: text, role, model, tokens, status, order.
/// - Where turns travel as log records and these can be queried, they are found by their sends' trace ids.
/// - Where turns were stored with tools that cannot read them (the servers in use), each is stored once more:
///   the server's refusal of the repeat proves that a turn of that number is there, not what it says
///   (``GodotVerification/Kind/uncompared``). One that was lost is stored by that very question
///   (``GodotVerification/Kind/restored``); it is the turn's own text, and nothing else is ever sent.
/// - Where there is no means at all every turn is counted as ``GodotVerification/Kind/unchecked``.
///
/// Sends may go on meanwhile: what looks wrong is looked at a second time, with what is here and there by then.
/// A few conversations at a time are in memory, however many there are.
public struct GodotVerifier: Sendable {
  /// What is looked at, and what is sent again.
  public struct Work: Hashable, Sendable {
    /// Queue again what the server has lost.
    public var resends = false
    /// Turns that another server has are looked for here too.
    public var includesElsewhere = false
    /// With `resends`: queue even what this server gives no means to check, which it may then have twice.
    public var resendsUnchecked = false
    /// With `resends`: put refused turns back among those to be sent.
    public var resendsParked = false
    /// Only these conversations; `nil` for all.
    public var conversations: [UUID]?

    public init() {}
  }

  /// Conversations looked at together.
  private static let width = 8

  private let reader: GodotReader
  private let database: any DatabaseWriter
  private let turns: GodotConfiguration.Turns

  /// What the server is called in `Outbox.deliveries(of:in:)`.
  public var serverName: String { reader.serverName }

  /// - `database`: the one that holds the outbox.
  public init(database: any DatabaseWriter, configuration: GodotConfiguration) {
    reader = GodotReader(configuration)
    self.database = database
    turns = configuration.turns
  }

  /// - `redactor`: takes secrets out of what is compared and sent.
  /// - `patience`: how long turns on their way are waited for at the end.
  /// - `onProgress`: called after each few conversations, with what is known so far.
  /// - `onFinding`: called for each finding, conversation by conversation.
  /// - Returns: what was found, and how many turns were queued again.
  /// - Throws: ``GodotReadError``, ``OutboxProblem``, or what `source` throws.
  public func verify(
    _ source: some TurnSource, _ work: Work = Work(), redactor: Redactor? = nil, patience: Duration = .seconds(5),
    onProgress: (GodotVerification) -> Void = { _ in }, onFinding: (GodotVerification.Finding) -> Void = { _ in }
  ) async throws -> (found: GodotVerification, queued: Int) {
    let look = ConversationLook(
      reader: reader, database: database, means: try await means(), work: work, source: source,
      redactor: redactor ?? reader.redactor)
    var result = GodotVerification()
    var queued = 0
    if case .nothing(let reason) = look.means { result.obstacle = reason }
    // What is on its way is looked at again at the end, if that is not too much to remember.
    var onTheWay: [UUID] = []

    func take(_ looks: [ConversationLook.Result], isLast: Bool) {
      for look in looks {
        queued += look.queued
        if look.isOnTheWay, !isLast, onTheWay.count < 10_000 {
          onTheWay.append(look.conversation)
          continue
        }
        result.turns += look.turns
        result.conversations += look.turns > 0 ? 1 : 0
        result.matching += look.matching
        result.repeats += look.repeats
        result.notLogged += look.notLogged
        for finding in look.findings {
          result.add(finding)
          onFinding(finding)
        }
      }
      onProgress(result)
    }

    var rest = work.conversations.map { $0[...] }
    var last: UUID?
    while true {
      let ids: [UUID]
      if let some = rest {
        ids = Array(some.prefix(500))
        rest = some.dropFirst(500)
      } else {
        ids = try await source.conversationIDs(after: last, limit: 500)
        last = ids.last
      }
      guard !ids.isEmpty else { break }
      for start in stride(from: 0, to: ids.count, by: Self.width) {
        take(try await look.results(of: ids[start..<min(start + Self.width, ids.count)]), isLast: false)
      }
    }
    if !onTheWay.isEmpty {
      try await settle(within: patience)
      for start in stride(from: 0, to: onTheWay.count, by: Self.width) {
        let end = min(start + Self.width, onTheWay.count)
        take(try await look.results(of: onTheWay[start..<end]), isLast: true)
      }
    }
    await reader.close()
    return (result, queued)
  }

  /// Waits until what lies in the outbox now has gone, as long as some of it goes each second.
  private func settle(within patience: Duration) async throws {
    let clock = ContinuousClock()
    let end = clock.now + patience
    let newest = try await waiting(upTo: .max).newest
    var (count, changed) = (Int.max, clock.now)
    while clock.now < end {
      let left = try await waiting(upTo: newest).count
      if left == 0 { return }
      if left < count { (count, changed) = (left, clock.now) }
      if clock.now - changed > .seconds(1) { return }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  private func waiting(upTo newest: Int64) async throws -> (count: Int, newest: Int64) {
    do {
      return try await database.read { db in
        let row = try Row.fetchOne(
          db, sql: "SELECT count(*), max(id) FROM outbox_record WHERE kind = 'turn' AND state <> 'parked' AND id <= ?",
          arguments: [newest])
        return (row?[0] ?? 0, row?[1] ?? 0)
      }
    } catch {
      throw OutboxProblem(error)
    }
  }

  private func means() async throws -> ConversationLook.Means {
    let tools = try await reader.tools()
    if tools.name(.get) != nil { return .conversations }
    let canQuery = tools.name(.query) != nil
    let dialect = tools.dialect.routed(turns)
    if let store = dialect.conversations?.store {
      return .existence(store: store, log: dialect.log, canQuery: canQuery)
    }
    return canQuery ? .logs : .nothing("this server has no tool to read anything")
  }
}
