import Conversations

/// How logging stands, for commands without a status bar.
public enum LogHealthText {
  /// `connected`, `connection refused · 14 queued`.
  public static func line(_ health: LogHealth) -> String {
    var parts: [String] =
      switch health.state {
      case .off: ["off"]
      case .connecting: ["connecting"]
      case .connected: ["connected"]
      case .waiting(let time): ["no answer for \(time.components.seconds) s"]
      case .disconnected(let reason), .broken(let reason): [reason]
      }
    if health.pending > 0 { parts.append("\(health.pending) queued") }
    if health.parked > 0 {
      parts.append("\(health.parked) parked" + (health.parkedReason.map { ": \($0)" } ?? ""))
    }
    return parts.joined(separator: " · ")
  }

  /// What a command says on its way out when something is left in the outbox.
  static func remaining(_ health: LogHealth) -> String {
    line(health) + (health.pending > 0 ? "; what is queued is kept and goes out with the next run" : "")
  }
}
