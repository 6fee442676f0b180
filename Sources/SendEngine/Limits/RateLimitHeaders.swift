import FoundationEssentials

/// What remains of a provider's rate limits, by the headers of an answer: `x-ratelimit-remaining-requests` and
/// `x-ratelimit-reset-requests` (OpenAI, Azure, Groq, xAI, Together, Cerebras with the span behind it),
/// `anthropic-ratelimit-tokens-remaining` (Anthropic), `ratelimit-remaining` (RFC draft).
struct RateLimitHeaders: Hashable, Sendable {
  struct Budget: Hashable, Sendable {
    /// Tokens are counted, not requests.
    var countsTokens: Bool
    var limit: Int?
    var remaining: Int
    /// Until there is more.
    var reset: Duration
  }

  /// By the headers' name without `limit`, `remaining` and `reset`.
  var budgets: [String: Budget] = [:]

  init(_ headers: [(name: String, value: String)], now: Date) {
    var fields: [String: [String: String]] = [:]
    for header in headers {
      var words = header.name.lowercased().split(separator: "-").map(String.init)
      guard words.contains("ratelimit"),
        let place = words.firstIndex(where: { ["limit", "remaining", "reset"].contains($0) })
      else { continue }
      let field = words.remove(at: place)
      fields[words.joined(separator: "-"), default: [:]][field] = header.value
    }
    for (name, fields) in fields {
      guard let remaining = fields["remaining"].flatMap(Self.count),
        let reset = fields["reset"].flatMap({ RetryAfter.wait($0, now: now) })
      else { continue }
      budgets[name] = Budget(
        countsTokens: name.contains("token"), limit: fields["limit"].flatMap(Self.count), remaining: remaining,
        reset: .milliseconds(Int64((min(reset, 1e6) * 1000).rounded(.up))))
    }
  }

  /// Some write `1.0` for a count.
  private static func count(_ text: String) -> Int? {
    Double(text.filter { $0 != " " }).flatMap { $0.isFinite ? Int(min(max($0, 0), 1e15)) : nil }
  }
}
