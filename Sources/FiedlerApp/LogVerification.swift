import ConversationStore
import Conversations
import FoundationEssentials
import GodotLog
import JSON

/// What `fiedler godot verify` found.
public struct LogVerification: Sendable {
  public var godot: GodotVerification
  /// Turns that another server has, because Fiedler was set up for it when they were sent.
  public var elsewhere = 0
  /// Turns that were stored while logging was off.
  public var notLogged = 0

  /// Lines for a person.
  public var report: String {
    var lines = [
      "turns looked at, of \(godot.conversations == 1 ? "1 conversation" : "\(godot.conversations) conversations"): \(godot.turns)",
      row("on the server, the same", godot.matching, []),
    ]
    let findings: [(String, GodotVerification.Findings)] = [
      ("lost", godot.lost), ("duplicated", godot.duplicated), ("unexpected", godot.unexpected),
      ("different", godot.different), ("still queued", godot.queued), ("parked", godot.parked),
      ("not to be checked", godot.unchecked),
    ]
    for (name, found) in findings { lines.append(row(name, found.count, found.examples.map(\.description))) }
    if let reason = godot.uncheckedReason { lines.append("  what could not be checked: \(reason)") }
    if elsewhere > 0 { lines.append(row("on another server", elsewhere, [])) }
    if notLogged > 0 { lines.append(row("stored while logging was off", notLogged, [])) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func row(_ name: String, _ count: Int, _ examples: [String]) -> String {
    let line = "  " + name + String(repeating: " ", count: max(1, 30 - name.count)) + "\(count)"
    let more = count - examples.count
    return ([line] + examples.map { "      \($0)" } + (more > 0 && !examples.isEmpty ? ["      and \(more) more"] : []))
      .joined(separator: "\n")
  }

  public var json: JSON {
    func found(_ findings: GodotVerification.Findings) -> JSON {
      [
        "count": .int(findings.count),
        "examples": .array(
          findings.examples.map {
            ["conversation_id": .string($0.conversation.lowercased), "turn_number": .int($0.turnNumber)]
          }),
      ]
    }
    return [
      "clean": .bool(godot.isClean), "turns": .int(godot.turns), "conversations": .int(godot.conversations),
      "matching": .int(godot.matching), "lost": found(godot.lost), "duplicated": found(godot.duplicated),
      "unexpected": found(godot.unexpected), "different": found(godot.different), "queued": found(godot.queued),
      "parked": found(godot.parked), "unchecked": found(godot.unchecked),
      "unchecked_reason": JSON(godot.uncheckedReason), "elsewhere": .int(elsewhere), "not_logged": .int(notLogged),
    ]
  }
}

extension Services {
  /// Compares every turn that was to be logged with what the log server has. `onProgress` hears how many turns have
  /// been looked at.
  ///
  /// Throws `GodotReadError` where the server cannot be read, `StoreError` where the history cannot.
  public func verify(onProgress: (Int) -> Void = { _ in }) async throws -> LogVerification {
    var elsewhere = 0
    var notLogged = 0
    var ids: [UUID] = []
    var last: UUID?
    let result = try await verifier.verify(onProgress: { onProgress($0.turns) }) {
      while true {
        if ids.isEmpty {
          ids = try await store.conversationIDs(after: last, limit: 500).reversed()
          guard !ids.isEmpty else { return nil }
          last = ids[0]
        }
        let id = ids.removeLast()
        let stored = try await store.turns(of: id)
        let deliveries = try await logger.deliveries(of: id)
        var turns: [LocalTurn] = []
        for numbered in stored {
          let servers = deliveries[numbered.turn.turnNumber] ?? []
          if !numbered.isLogged, servers.isEmpty {
            notLogged += 1
          } else if !servers.isEmpty, !servers.contains(verifier.serverName) {
            elsewhere += 1
          } else {
            turns.append(numbered.turn)
          }
        }
        if !turns.isEmpty { return turns }
      }
    }
    return LogVerification(godot: result, elsewhere: elsewhere, notLogged: notLogged)
  }
}
