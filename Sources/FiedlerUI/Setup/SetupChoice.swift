import Conversations

/// A provider that could be used, as ``Message/providersFound(_:)`` offers it.
public struct SetupChoice: Hashable, Sendable {
  public var provider: String
  /// What is known of it: `runs here, 3 models`, `key in $OPENAI_API_KEY`.
  public var words: String
  /// Its key must be typed.
  public var needsKey: Bool

  public init(provider: String, words: String, needsKey: Bool) {
    self.provider = provider
    self.words = words
    self.needsKey = needsKey
  }
}

/// A key as it was typed. It never prints itself, not even to a debugger's dump.
public struct TypedKey: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public let value: String

  public init(_ value: String) { self.value = value }

  public var description: String { "[REDACTED]" }
  public var debugDescription: String { "[REDACTED]" }
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// What a provider lists for a key that was typed, or for the one that is there.
public struct SetupListing: Hashable, Sendable {
  public var provider: String
  public var key: TypedKey?
  /// Those first that are probably meant.
  public var models: [String]

  public init(provider: String, key: TypedKey?, models: [String]) {
    self.provider = provider
    self.key = key
    self.models = models
  }
}
