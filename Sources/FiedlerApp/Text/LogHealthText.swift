import Conversations
import JSON

/// How logging stands, for commands without a status bar.
public enum LogHealthText {
  /// `connected`, `connection refused · 14 waiting`.
  public static func line(_ health: LogHealth) -> String {
    var parts: [String] =
      switch health.state {
      case .off: ["off"]
      case .connecting: ["connecting"]
      case .connected: [health.isEmbedded ? "embedded" : "connected"]
      case .waiting(let time): ["no answer for \(time.components.seconds) s"]
      case .disconnected(let reason), .broken(let reason): [reason]
      }
    if health.pending > 0 { parts.append("\(health.pending) waiting") }
    if health.unconfirmed > 0 { parts.append("\(health.unconfirmed) unconfirmed") }
    if health.parked > 0 {
      parts.append("\(health.parked) refused" + (health.parkedReason.map { ": \($0)" } ?? ""))
    }
    return parts.joined(separator: " · ")
  }

  /// What a command says on its way out when something is left in the outbox.
  static func remaining(_ health: LogHealth) -> String {
    line(health) + (health.pending > 0 ? "; what waits is kept and goes out with the next run" : "")
  }

  /// Whether everything is delivered, or on its way with nothing amiss.
  public static func isGood(_ health: LogHealth) -> Bool {
    switch health.state {
    case .off, .connected: health.parked == 0
    default: false
    }
  }

  /// Several lines, for `fiedler godot status`.
  public static func report(_ health: LogHealth) -> String {
    var rows = [("state", line(health)), ("waiting", "\(health.pending)"), ("sent", "\(health.sent)")]
    if let age = health.oldestPending { rows[1].1 += ", the oldest for \(age.components.seconds) s" }
    if health.unconfirmed > 0 {
      let age = health.oldestUnconfirmed.map { ", the oldest for \($0.components.seconds) s" } ?? ""
      rows.insert(("unconfirmed", "\(health.unconfirmed)\(age)"), at: 2)
    }
    rows.append(("refused", "\(health.parked)"))
    rows.append(("dropped", "\(health.evicted)"))
    if let error = health.lastError { rows.append(("last error", error)) }
    if let retry = health.nextRetry { rows.append(("next try", "in \(retry.components.seconds + 1) s")) }
    return rows.map { name, value in
      name + String(repeating: " ", count: 13 - name.count) + value + "\n"
    }.joined()
  }

  public static func json(_ health: LogHealth) -> JSON {
    let (state, reason): (String, String?) =
      switch health.state {
      case .off: ("off", nil)
      case .connecting: ("connecting", nil)
      case .connected: ("connected", nil)
      case .waiting: ("waiting", "no answer")
      case .disconnected(let reason): ("disconnected", reason)
      case .broken(let reason): ("broken", reason)
      }
    return [
      "state": .string(state), "reason": JSON(reason), "embedded": .bool(health.isEmbedded),
      "pending": .int(health.pending), "unconfirmed": .int(health.unconfirmed), "sent": .int(health.sent),
      "parked": .int(health.parked),
      "parked_reason": JSON(health.parkedReason), "evicted": .int(health.evicted),
      "oldest_pending_ms": JSON(health.oldestPending.map { Int($0.wholeMilliseconds) }),
      "oldest_unconfirmed_ms": JSON(health.oldestUnconfirmed.map { Int($0.wholeMilliseconds) }),
      "next_retry_ms": JSON(health.nextRetry.map { Int($0.wholeMilliseconds) }), "last_error": JSON(health.lastError),
    ]
  }
}
