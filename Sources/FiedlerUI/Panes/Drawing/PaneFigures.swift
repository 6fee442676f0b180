import Canvas
import Conversations

/// The figures of a reply: what its pane's borders say.
struct PaneFigures {
  let state: StageLook
  let theme: Theme
  let now: Duration

  /// An answer whose text all came within this is a burst: it has no rate.
  static let burst: Duration = .milliseconds(50)

  /// Time since the send of a reply began, or the whole time it took.
  func elapsed(_ reply: Reply) -> Duration? {
    reply.duration ?? state.stage.past?.position ?? state.world.start(of: reply.id).map { max(.zero, now - $0) }
  }

  /// The words at the right of the header: `done 6.1 s`, `7.4 s`, `retry in 4 s`.
  func status(_ reply: Reply) -> String {
    guard isSteady(reply) || state.world.movesByItself, !state.world.hidesNames else {
      return reply.state == .streaming ? "streaming" : reply.state == .retrying ? "retrying" : reply.state.word
    }
    let elapsed = elapsed(reply)
    if reply.state == .retrying {
      guard let at = reply.retryAt, let elapsed else { return "retrying" }
      return "\(reply.tries == 0 ? "sent" : "retry") in \(Figures.countdown(at - elapsed))"
    }
    if reply.state == .failed, let failure = reply.failure { return FailureWords.label(failure) }
    guard let elapsed, reply.state != .queued else { return reply.state.word }
    return [reply.state.word, Figures.seconds(elapsed)].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whether its figures stay as they are, or the user moves them, in a replay.
  private func isSteady(_ reply: Reply) -> Bool { reply.state.isFinal || state.stage.past != nil }

  /// Tokens after the first over the time since it; `nil` before there are any, and for a burst.
  func rate(_ pane: Pane, _ reply: Reply) -> Double? {
    guard let arrivals = pane.arrivals, arrivals.last - arrivals.first >= Self.burst else { return nil }
    let end = reply.state.isFinal ? arrivals.last : max(arrivals.last, elapsed(reply) ?? arrivals.last)
    let seconds = (end - arrivals.first).inSeconds
    let tokens = reply.completionTokens - 1
    return tokens > 0 && seconds > 0 ? Double(tokens) / seconds : nil
  }

  /// The figures in the order of their worth, as many as fit.
  func cells(_ pane: Pane, _ reply: Reply, columns: Int) -> [Cell] {
    guard !state.world.isSuspect(state.conversation?.id), !state.world.hidesNames else { return [] }
    var line: [Cell] = []
    for (text, style) in parts(pane, reply) {
      let separator = Sanitizer.cells(line.isEmpty ? "" : " · ", style: theme.dim)
      let figure = Sanitizer.cells(text, style: style)
      guard line.count + separator.count + figure.count <= columns else { continue }
      line += separator + figure
    }
    return line
  }

  private func parts(_ pane: Pane, _ reply: Reply) -> [(String, Style)] {
    if reply.state == .retrying { return retryParts(pane, reply) }
    if reply.state == .failed { return [] }
    var parts: [(String, Style)] = []
    let showsFigures = isSteady(reply) || state.world.movesByItself
    if let cost = state.choice(pane.model)?.price?.cost(of: reply.usage) {
      parts.append((Figures.money(cost), theme.muted))
    }
    let hasTokens = !reply.text.isEmpty || !reply.reasoning.isEmpty || reply.usage.completionTokens != nil
    if hasTokens, showsFigures {
      let mark = reply.usage.completionTokens == nil ? "~" : ""
      parts.append(("\(mark)\(Figures.count(reply.completionTokens)) tok", theme.muted))
    }
    if showsFigures, let rate = rate(pane, reply) { parts.append((Figures.rate(rate), theme.muted)) }
    if let first = reply.timeToFirstToken { parts.append(("first \(Figures.fineSeconds(first))", theme.muted)) }
    if !parts.isEmpty { parts += reply.options.assignments.map { ($0, theme.dim) } }
    if parts.isEmpty, !reply.state.isFinal {
      let word = reply.state == .queued ? "waiting to be sent" : "waiting for the first token"
      let tries = reply.tries > 1 ? " (\(reply.tries) of \(reply.maximumTries))" : ""
      parts.append((word + tries, theme.dim))
    }
    return parts
  }

  /// Why it waits, a bar that runs out until it is asked again, and the tries.
  private func retryParts(_ pane: Pane, _ reply: Reply) -> [(String, Style)] {
    var parts = [(reply.failure.map(FailureWords.label) ?? "failed", theme.warning)]
    // Before the first request it only waits for its turn.
    if reply.tries > 0 { parts.append(("\(reply.tries) of \(reply.maximumTries)", theme.muted)) }
    if let wait = pane.retryWait, let at = reply.retryAt, let elapsed = elapsed(reply), state.world.movesByItself {
      let left = max(0, min(1, (at - elapsed).inSeconds / max(0.001, wait.inSeconds)))
      let lit = Int((left * Double(Self.barColumns)).rounded(.up))
      let bar = String(repeating: "▰", count: lit) + String(repeating: "▱", count: Self.barColumns - lit)
      parts.append((bar, theme.warning))
    }
    return parts
  }

  private static let barColumns = 6
}
