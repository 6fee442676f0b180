/// Verdicts in words.
public enum VerdictText {
  /// What is thought of an answer, a line each: `Verdict: better than openai/gpt-5.1 (blind): it names its sources`.
  public static func lines(on reply: Reply, of exchange: Exchange) -> [String] {
    exchange.verdicts.filter { $0.replies.contains(reply.id) }.map { verdict in
      let otherID = verdict.replies.first { $0 != reply.id }
      let other = exchange.replies.first { $0.id == otherID }.map { name($0, in: exchange) } ?? "another"
      let words =
        switch verdict.kind {
        case .best: "best"
        case .bad: "bad"
        case .better: verdict.reply == reply.id ? "better than \(other)" : "worse than \(other)"
        case .tie: "as good as \(other)"
        }
      let blind = verdict.isBlind ? " (blind)" : ""
      return "Verdict: \(words)\(blind)" + (verdict.note.isEmpty ? "" : ": \(verdict.note)")
    }
  }

  /// The model, and which attempt it was where there are several.
  public static func name(_ reply: Reply, in exchange: Exchange) -> String {
    let attempts = exchange.replies.count { $0.model == reply.model }
    return reply.model.description + (attempts > 1 ? " (attempt \(reply.attempt))" : "")
  }
}
