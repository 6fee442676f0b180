import Basics
import ConversationStore
import Conversations
import FoundationEssentials
import GodotLog
import JSON

/// What `fiedler godot verify` found.
public struct LogVerification: Sendable {
  public var godot: GodotVerification
  /// Turns that were queued again before this was found.
  public var resent = 0

  /// Lines for a person.
  public var report: String {
    var lines = [
      "turns looked at, of \(Plural.text(godot.conversations, "conversation")): \(godot.turns)",
      row("on the server, the same", godot.matching),
    ]
    for kind in GodotVerification.Kind.allCases {
      let found = godot[kind]
      // What ought to be nothing is said to be nothing.
      guard found.count > 0 || [.lost, .duplicated, .unexpected, .different].contains(kind) else { continue }
      lines.append(row(kind.words, found.count, found.examples.map(\.description)))
      if found.count > 0, let advice = kind.advice { lines.append("    " + advice) }
    }
    if let obstacle = godot.obstacle { lines.append("  nothing could be compared: \(obstacle)") }
    if godot.repeats > 0 { lines.append(row("repeats that readers know by their log_id", godot.repeats)) }
    if godot.notLogged > 0 { lines.append(row("stored while logging was off", godot.notLogged)) }
    if resent > 0 { lines.append(row("queued again before this check", resent)) }
    lines.append(verdict)
    return lines.joined(separator: "\n") + "\n"
  }

  /// The last line: what it comes to.
  private var verdict: String {
    if godot.isClean { return godot.turns == 0 ? "clean: there is nothing to check" : "clean: every turn was checked" }
    return godot.isCleanButForText
      ? "every turn is there; what they say on the server cannot be read" : "not clean"
  }

  private func row(_ name: String, _ count: Int, _ examples: [String] = []) -> String {
    let line = "  " + name + String(repeating: " ", count: max(1, 30 - name.count)) + "\(count)"
    let more = count - examples.count
    return ([line] + examples.map { "      \($0)" } + (more > 0 && !examples.isEmpty ? ["      and \(more) more"] : []))
      .joined(separator: "\n")
  }

  /// Everything but the findings one by one, of which `--json` writes each as it comes.
  public var json: [String: JSON] {
    var members: [String: JSON] = [
      "clean": .bool(godot.isClean), "turns": .int(godot.turns), "conversations": .int(godot.conversations),
      "matching": .int(godot.matching), "repeats": .int(godot.repeats), "not_logged": .int(godot.notLogged),
      "resent": .int(resent), "obstacle": JSON(godot.obstacle),
    ]
    for kind in GodotVerification.Kind.allCases {
      let found = godot[kind]
      members[kind.rawValue] = ["count": .int(found.count), "examples": .array(found.examples.map(Self.json))]
    }
    return members
  }

  public static func json(_ finding: GodotVerification.Finding) -> JSON {
    [
      "kind": .string(finding.kind.rawValue), "conversation_id": .string(finding.conversation.lowercased),
      "turn_number": .int(finding.turnNumber), "reason": JSON(finding.reason),
    ]
  }
}

extension GodotVerification.Kind {
  var words: String {
    switch self {
    case .lost: "lost"
    case .restored: "lost, and stored by this check"
    case .duplicated: "duplicated"
    case .unexpected: "unexpected"
    case .different: "different"
    case .disordered: "in another order"
    case .queued: "still queued"
    case .parked: "parked"
    case .unconfirmed: "unconfirmed"
    case .uncompared: "there, text not compared"
    case .elsewhere: "on another server"
    case .unchecked: "not to be checked"
    }
  }

  /// What it means, or what to do.
  var advice: String? {
    switch self {
    case .lost: "fiedler godot resend sends them again, under their own numbers"
    case .restored: "this server cannot be read, so each turn is stored once more, which shows what is missing"
    case .duplicated, .different: nil
    case .unexpected: "the server has them in conversations of yours; this machine has not"
    case .disordered: "the server stored them after turns that followed them"
    case .queued: "fiedler godot flush delivers them"
    case .parked: "F2 in Fiedler says why; fiedler godot resend --all tries them again"
    case .unconfirmed: "the server has queued them; they go out again if it does not store them"
    case .uncompared: "this server has no tool to read conversations; --allow-uncompared is content with this"
    case .elsewhere: "fiedler godot resend --all sends them here too"
    case .unchecked: "nothing is known of them; they are not called lost"
    }
  }
}

/// Which turns `fiedler godot resend` sends again.
public enum ResendChoice: Hashable, Sendable {
  /// What the server has lost.
  case lost
  /// What it has lost of these conversations, and what it has refused of them.
  case conversations([UUID])
  /// What it has lost or refused, and what another server has.
  case all
}

extension Services {
  /// How many turns a check has to look at.
  public func turnsToVerify(_ choice: ResendChoice = .lost) async throws -> Int {
    if case .conversations(let ids) = choice { return try await store.turnCount(of: ids) }
    return try await store.turnCount()
  }

  /// Compares every turn that was to be logged with what the log server has. `onProgress` hears how it stands,
  /// `onFinding` of each turn that is not simply there.
  ///
  /// Throws `GodotReadError` where the server cannot be read, `StoreError` where the history cannot.
  public func verify(
    _ choice: ResendChoice = .lost, onProgress: (GodotVerification) -> Void = { _ in },
    onFinding: (GodotVerification.Finding) -> Void = { _ in }
  ) async throws -> LogVerification {
    var work = GodotVerifier.Work()
    if case .conversations(let ids) = choice { work.conversations = ids }
    let (found, _) = try await verifier.verify(
      store, work, redactor: logger.redactor, onProgress: onProgress, onFinding: onFinding)
    return LogVerification(godot: found)
  }

  /// Queues again what `choice` says and the server has not, in order, under its own numbers.
  ///
  /// - `evenUnchecked`: send what the server gives no means to check, too; it may then be there twice.
  /// - Returns: how many turns were queued again, and what was found before.
  public func resend(
    _ choice: ResendChoice, evenUnchecked: Bool = false, onProgress: (GodotVerification) -> Void = { _ in }
  ) async throws -> (queued: Int, found: GodotVerification) {
    var work = GodotVerifier.Work()
    work.resends = true
    work.resendsUnchecked = evenUnchecked
    switch choice {
    case .lost: break
    case .all: (work.includesElsewhere, work.resendsParked) = (true, true)
    case .conversations(let ids): (work.conversations, work.resendsParked) = (ids, true)
    }
    let (found, queued) = try await verifier.verify(
      store, work, redactor: logger.redactor, onProgress: onProgress)
    if queued > 0 { logger.nudge() }
    return (queued, found)
  }
}
