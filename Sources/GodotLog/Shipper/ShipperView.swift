import Conversations
import HeapModule

/// What the shell reads: when to call again, and how things stand.
extension Shipper {
  /// When the next `tick` is due; `nil` while only another input can change anything.
  func nextWake(after now: Duration) -> Duration? {
    var times: [Duration] = []
    switch link {
    case .idle(let until): times.append(until)
    case .connecting(let since): times.append(since + limits.amber)
    case .connected:
      if let silence = silence(at: now) {
        times.append(now + (silence < limits.amber ? limits.amber : limits.cut) - silence)
      } else {
        times.append(lastHeard + limits.pingAfter)
      }
      if let outage, calls.isEmpty { times.append(outage.until) }
      if let next = deferrals.min { times.append(next.until) }
      if isHeldByPace { times += paced.map(\.until) }
      if case .connected(let dialect) = link, let next = nextConfirmation(dialect) { times.append(next) }
    case .stopped: break
    }
    // What was due by now, the last input has done.
    return times.filter { $0 > now }.min()
  }

  /// Connected, and the outbox holds nothing that may be sent, or nothing that is not queued at the server.
  func isDrained(_ goal: FlushGoal) -> Bool {
    guard case .connected(let dialect) = link else { return false }
    func isDrained(_ buffer: Buffer, _ obstacle: String?) -> Bool {
      !buffer.isLoading
        && (obstacle != nil || (buffer.count == (goal == .stored ? 0 : buffer.queued) && buffer.isAtEnd))
    }
    return isDrained(turns, dialect.turnsObstacle) && isDrained(logs, dialect.logsObstacle)
  }

  /// Why what is queued cannot be sent to this server at all.
  private func obstacle(_ dialect: Dialect) -> String? {
    if turns.count > 0, let obstacle = dialect.turnsObstacle { return obstacle }
    return logs.count > 0 ? dialect.logsObstacle : nil
  }

  func state(at now: Duration) -> LogHealth.State {
    if link == .stopped { return .disconnected(reason: reason ?? "stopped") }
    if case .idle = link { return reason.map(LogHealth.State.disconnected) ?? .connecting }
    if let silence = silence(at: now), silence >= limits.amber { return .waiting(silence) }
    if let outage { return .disconnected(reason: outage.reason) }
    if case .connected(let dialect) = link {
      return obstacle(dialect).map(LogHealth.State.disconnected) ?? .connected
    }
    return reason.map(LogHealth.State.disconnected) ?? .connecting
  }

  /// Time until the next attempt, while nothing can be sent.
  func nextRetry(at now: Duration) -> Duration? {
    if case .idle(let until) = link, reason != nil { return max(until - now, .zero) }
    return outage.map { max($0.until - now, .zero) }
  }
}
