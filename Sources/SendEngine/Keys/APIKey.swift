<<<<<<< HEAD
/// A secret that never prints itself.
public struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
=======
/// A secret that never prints itself, not even to a debugger's dump.
public struct APIKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The key itself, for the request's header and nothing else.
>>>>>>> registry
  public let value: String

  public init(_ value: String) { self.value = value }

  public var description: String { "[REDACTED]" }
<<<<<<< HEAD
  public var debugDescription: String { description }
=======
  public var debugDescription: String { "[REDACTED]" }
>>>>>>> registry
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
