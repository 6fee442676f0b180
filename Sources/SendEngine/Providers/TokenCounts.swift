import Conversations
import JSON

/// A provider's counts, field by field as they come, summed only when asked for: early or late, whole or in pieces,
/// each time anew or once.
struct TokenCounts: Hashable, Sendable {
  enum Field: Hashable {
    /// Input as it is counted first; with Anthropic without what is cached.
    case prompt
    case cacheWrites, cacheReads, toolPrompt
    case completion
    /// Input that ``prompt`` holds and that was kept from before (OpenAI, Gemini).
    case cached
    /// Reasoning that ``completion`` leaves out (Gemini).
    case thoughts
    /// Reasoning that ``completion`` holds (OpenAI).
    case reasoning
    case total
  }

  private var counts: [Field: Int] = [:]

  /// Takes a count over, unless it takes one back: some gateways say 0 where they mean that they do not know. Others
  /// write numbers as texts.
  mutating func read(_ field: Field, _ json: JSON?) {
    guard let count = json?.int ?? json?.string.flatMap({ Int($0) }), count >= 0, count > 0 || counts[field] == nil
    else { return }
    counts[field] = count
  }

  /// What is known; `nil` while nothing is.
  var usage: Usage? {
    guard !counts.isEmpty else { return nil }
    var completion = sum([.completion, .thoughts])
    // xAI leaves the reasoning out of completion_tokens; its total gives that away.
    if let prompt = counts[.prompt], let said = counts[.completion], let reasoning = counts[.reasoning], reasoning > 0,
      let total = counts[.total], total == Self.add(Self.add(prompt, said), reasoning)
    {
      completion = Self.add(said, reasoning)
    }
    return Usage(
      promptTokens: sum([.prompt, .cacheWrites, .cacheReads, .toolPrompt]), completionTokens: completion,
      reasoningTokens: counts[.reasoning] ?? counts[.thoughts],
      cachedTokens: counts[.cached] ?? counts[.cacheReads], cacheWriteTokens: counts[.cacheWrites])
  }

  private func sum(_ fields: [Field]) -> Int? {
    let known = fields.compactMap { counts[$0] }
    return known.isEmpty ? nil : known.reduce(0, Self.add)
  }

  /// A count beyond all reason stays the greatest there is.
  private static func add(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? Int.max : sum
  }
}
