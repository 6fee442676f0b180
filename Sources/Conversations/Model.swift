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

  /// Whether it is one of the models that come along with Fiedler, which answer offline.
  public var isBuiltIn: Bool { provider == "demo" }
}

/// Who wrote a message, in the words all chat APIs share.
public enum Role: String, Sendable, Codable, CaseIterable {
  case system, user, assistant, tool
}

/// One message of a chat, as it is put before a model.
public struct ChatMessage: Hashable, Sendable {
  public var role: Role
  public var content: String
  /// Pictures and PDFs that go along.
  public var files: [Attachment]
  /// Of an answer: what goes back to its provider besides the text.
  public var continuation: Continuation?

  public init(role: Role, content: String, files: [Attachment] = [], continuation: Continuation? = nil) {
    self.role = role
    self.content = content
    self.files = files
    self.continuation = continuation
  }
}

/// Tokens as the provider counted them. `nil` means the provider did not say.
///
/// A number out of ``Bounds/tokens`` is no count, wherever it comes from: it reads as `nil`.
public struct Usage: Hashable, Sendable {
  public private(set) var promptTokens: Int?
  /// Everything generated, reasoning included.
  public private(set) var completionTokens: Int?
  /// The part of `completionTokens` spent on reasoning.
  public private(set) var reasoningTokens: Int?
  /// The part of `promptTokens` that the provider had kept from before.
  public private(set) var cachedTokens: Int?
  /// The part of `promptTokens` that it keeps for later, where it counts that.
  public private(set) var cacheWriteTokens: Int?

  public init(
    promptTokens: Int? = nil, completionTokens: Int? = nil, reasoningTokens: Int? = nil, cachedTokens: Int? = nil,
    cacheWriteTokens: Int? = nil
  ) {
    self.promptTokens = Bounds.tokens.only(promptTokens)
    self.completionTokens = Bounds.tokens.only(completionTokens)
    self.reasoningTokens = Bounds.tokens.only(reasoningTokens)
    self.cachedTokens = Bounds.tokens.only(cachedTokens)
    self.cacheWriteTokens = Bounds.tokens.only(cacheWriteTokens)
  }

  /// The sum of those that are counts; `nil` if none is.
  public static func sum(_ counts: Int?...) -> Int? {
    let counts = counts.compactMap(Bounds.tokens.only)
    return counts.isEmpty ? nil : counts.reduce(0, +)
  }

  /// Takes every figure `newer` has; providers report usage in pieces.
  public mutating func merge(_ newer: Usage) {
    promptTokens = newer.promptTokens ?? promptTokens
    completionTokens = newer.completionTokens ?? completionTokens
    reasoningTokens = newer.reasoningTokens ?? reasoningTokens
    cachedTokens = newer.cachedTokens ?? cachedTokens
    cacheWriteTokens = newer.cacheWriteTokens ?? cacheWriteTokens
  }
}

/// Money per million tokens, in whatever currency `models.yaml` speaks of (dollars by custom).
public struct Price: Hashable, Sendable, Codable {
  public var input: Double
  public var output: Double
  /// Of input that the provider had kept; as other input where it is not set.
  public var cached: Double?
  /// Of input that it keeps for later; as other input where it is not set.
  public var cacheWrite: Double?

  public init(input: Double, output: Double, cached: Double? = nil, cacheWrite: Double? = nil) {
    self.input = input
    self.output = output
    self.cached = cached
    self.cacheWrite = cacheWrite
  }

  /// The cost of one reply, or `nil` while the provider has not said both counts.
  public func cost(of usage: Usage) -> Double? {
    guard let prompt = usage.promptTokens, let completion = usage.completionTokens else { return nil }
    let cached = Double(min(usage.cachedTokens ?? 0, prompt))
    let written = min(Double(usage.cacheWriteTokens ?? 0), Double(prompt) - cached)
    let read = Double(prompt) - cached - written
    let reading = read * input + cached * (self.cached ?? input) + written * (cacheWrite ?? input)
    return (reading + Double(completion) * output) / 1_000_000
  }
}

/// A rough token count for text no provider has counted yet.
public enum TokenEstimate {
  /// About four bytes a token, the usual rule of thumb for English and code.
  public static func tokens(inUTF8Bytes bytes: Int) -> Int { (bytes + 3) / 4 }
}

/// Models that are chosen together, by a name.
public struct ModelSet: Hashable, Sendable {
  public var name: String
  public var models: [ModelReference]

  public init(name: String, models: [ModelReference]) {
    self.name = name
    self.models = models
  }

  /// Whether a set can be called so: `-m @NAME` and lists with commas must tell where the name ends.
  public static func canBeCalled(_ name: String) -> Bool {
    !name.isEmpty && !name.contains { $0 == "@" || $0 == "," || $0.isWhitespace }
  }
}
