import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON

/// What a server has of one turn, or of a part of it.
struct FoundTurn: Hashable, Sendable {
  var turnNumber: Int
  var role: String
  var content: String
  var model: String?
  var inputTokens: Int?
  var outputTokens: Int?
  var provider: String?
  var status: String?
  /// Of a log record.
  var level: LogLevel?
  var logID: String?
  var time: Date?
  var part = 1
  var parts = 1

  init(_ turn: ServerTurn) {
    (turnNumber, role, content, model) = (turn.turnNumber, turn.role, turn.content, turn.model)
    (inputTokens, outputTokens, time) = (turn.inputTokens, turn.outputTokens, turn.createdAt)
    // Made by the server's answer, so it is JSON.
    read((try? JSON(turn.metadata)) ?? .null)
  }

  /// `nil` where the record is no turn of this conversation.
  init?(_ found: ServerRecord, of conversation: UUID) {
    let data = found.data
    guard data[WireKey.conversationID]?.string?.lowercased() == conversation.lowercased,
      let number = data[WireKey.turnNumber]?.int, let role = data[WireKey.role]?.string,
      let content = data[WireKey.content]?.string
    else { return nil }
    (turnNumber, self.role, self.content) = (number, role, content)
    (level, time) = (found.record.level, found.record.time)
    model = data[WireKey.model]?.string
    inputTokens = data[WireKey.inputTokens]?.int
    outputTokens = data[WireKey.outputTokens]?.int
    read(data[WireKey.metadata] ?? .null)
  }

  private mutating func read(_ metadata: JSON) {
    part = Bounds.ordinals.only(metadata[WireKey.part]?.int) ?? 1
    parts = Bounds.ordinals.only(metadata[WireKey.parts]?.int) ?? 1
    logID = metadata[WireKey.logID]?.string
    provider = metadata[WireKey.provider]?.string
    status = metadata[WireKey.status]?.string
  }
}

/// Compares the turns of one conversation with what a server has of it.
struct TurnComparison {
  /// Takes out of local texts what was taken out on the way.
  let redactor: Redactor

  enum Outcome: Hashable {
    case same
    case missing
    case different(String)
  }

  struct Result: Hashable {
    var outcome: Outcome
    /// More of it than one, under different log ids.
    var isDuplicated = false
    /// Records beyond the first with the same log id.
    var repeats = 0
    /// When the server stored it.
    var time: Date?
  }

  /// - `found`: everything the server has of this turn number.
  func compare(_ turn: TurnRecord, _ found: [FoundTurn]) -> Result {
    // An attempt in larger parts may have come before the one that was completed.
    let complete = Dictionary(grouping: found, by: \.parts).filter { parts, pieces in
      Set(pieces.map(\.part)).isSuperset(of: 1...parts)
    }
    guard let (parts, pieces) = complete.max(by: { $0.key < $1.key }) else { return Result(outcome: .missing) }
    var result = Result(outcome: .same, time: pieces.compactMap(\.time).min())
    let ids = Set(complete.values.joined().map(\.logID))
    let surplus = complete.values.reduce(0) { $0 + $1.count } - parts
    // Every part of one sending has its log id, and so has each repeat of it.
    if surplus > 0 {
      if ids.count == 1, ids != [nil] { result.repeats = surplus } else { result.isDuplicated = true }
    }
    let byPart = Dictionary(pieces.map { ($0.part, $0) }) { first, _ in first }
    let ordered = (1...parts).compactMap { byPart[$0] }
    let differences = differences(turn, ordered)
    if !differences.isEmpty { result.outcome = .different(differences.joined(separator: "; ")) }
    return result
  }

  private func differences(_ turn: TurnRecord, _ pieces: [FoundTurn]) -> [String] {
    guard let first = pieces.first else { return [] }
    var words: [String] = []
    func check<Value: Equatable>(_ name: String, _ local: Value?, _ server: Value?, isKnown: Bool = true) {
      guard isKnown, local != server else { return }
      func text(_ value: Value?) -> String { value.map { ServerAnswer.plain("\($0)") } ?? "none" }
      words.append("\(name) \(text(server)) on the server, \(text(local)) here")
    }
    let content = pieces.count == 1 ? first.content : pieces.map(\.content).joined()
    if !isSame(turn.content, content) { words.append(difference(turn.content, content)) }
    check("role", turn.role.rawValue, pieces.first { $0.role != turn.role.rawValue }?.role ?? first.role)
    check("model", turn.model.map { redactor.redact($0.name.withoutNUL) }, first.model)
    check("input tokens", turn.inputTokens, first.inputTokens)
    check("output tokens", turn.outputTokens, first.outputTokens)
    // A server of another make may keep no metadata.
    check("status", turn.status?.rawValue, first.status, isKnown: first.status != nil)
    check("level", turn.level.rawValue, first.level?.rawValue, isKnown: first.level != nil)
    return words
  }

  private func difference(_ local: String, _ server: String) -> String {
    let (ours, theirs) = (local.unicodeScalars.count, server.unicodeScalars.count)
    if ours != theirs { return "text of \(theirs) characters on the server, \(ours) here" }
    let same = zip(local.unicodeScalars, server.unicodeScalars).prefix { $0 == $1 }.count
    return "text differs from character \(same + 1) on"
  }

  /// Equal but for what was redacted or repaired on the way, whatever secrets were known then.
  func isSame(_ local: String, _ server: String) -> Bool {
    if local.utf8.elementsEqual(server.utf8) { return true }
    let local = redactor.redact(local.withoutNUL)
    if local == server { return true }
    return Array(local.utf8).withUnsafeBytes { local in
      Array(server.utf8).withUnsafeBytes { server in Self.isSame(local, asRedacted: server) }
    }
  }

  /// Whether what a text on a server has between its marks stands in ours in that order, from its beginning to its end.
  ///
  /// By bytes: a mark may be joined to what follows it.
  private static func isSame(_ ours: UnsafeRawBufferPointer, asRedacted theirs: UnsafeRawBufferPointer) -> Bool {
    let mark = Array(Redactor.mark.utf8)
    var pieces: [Slice<UnsafeRawBufferPointer>] = []
    var start = 0
    while let end = theirs.firstOffset(of: mark, from: start) {
      pieces.append(theirs[start..<end])
      start = end + mark.count
    }
    let last = theirs[start...]
    guard let first = pieces.first, ours.starts(with: first), ours.suffix(last.count).elementsEqual(last) else {
      return false
    }
    var reached = first.count
    for piece in pieces.dropFirst() + [last] where !piece.isEmpty {
      guard let found = ours.firstOffset(of: Array(piece), from: reached) else { return false }
      reached = found + piece.count
    }
    return true
  }
}
