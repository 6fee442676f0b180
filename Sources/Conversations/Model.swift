/// Names one model at one provider, for example `together` / `deepseek-ai/DeepSeek-R1`.
public struct ModelReference: Hashable, Sendable, Codable, CustomStringConvertible {
  public var provider: String
  /// The name the provider's API knows the model by.
  public var name: String

  public init(provider: String, name: String) {
    self.provider = provider
    self.name = name
  }

  public var description: String { "\(provider)/\(name)" }
}

/// Who wrote a message, in the words all chat APIs share.
public enum Role: String, Sendable, Codable, CaseIterable {
  case system, user, assistant, tool
}

/// One message of a chat, as it is put before a model.
public struct ChatMessage: Hashable, Sendable, Codable {
  public var role: Role
  public var content: String

  public init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// Tokens as the provider counted them. `nil` means the provider did not say.
public struct Usage: Hashable, Sendable, Codable {
  public var promptTokens: Int?
  /// Everything generated, reasoning included.
  public var completionTokens: Int?
  /// The part of `completionTokens` spent on reasoning.
  public var reasoningTokens: Int?

  public init(promptTokens: Int? = nil, completionTokens: Int? = nil, reasoningTokens: Int? = nil) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
    self.reasoningTokens = reasoningTokens
  }

  /// Takes every figure `newer` has; providers report usage in pieces.
  public mutating func merge(_ newer: Usage) {
    promptTokens = newer.promptTokens ?? promptTokens
    completionTokens = newer.completionTokens ?? completionTokens
    reasoningTokens = newer.reasoningTokens ?? reasoningTokens
  }
}

/// Money per million tokens, in whatever currency `models.yaml` speaks of (dollars by custom).
public struct Price: Hashable, Sendable, Codable {
  public var input: Double
  public var output: Double

  public init(input: Double, output: Double) {
    self.input = input
    self.output = output
  }

  /// The cost of one reply, or `nil` while the provider has not said both counts.
  public func cost(of usage: Usage) -> Double? {
    guard let prompt = usage.promptTokens, let completion = usage.completionTokens else { return nil }
    return (Double(prompt) * input + Double(completion) * output) / 1_000_000
  }
}

/// A rough token count for text no provider has counted yet.
public enum TokenEstimate {
  /// About four bytes a token, the usual rule of thumb for English and code.
  public static func tokens(inUTF8Bytes bytes: Int) -> Int { (bytes + 3) / 4 }
}
