/// A secret sent as `Authorization: Bearer`, which never prints itself.
public struct BearerToken: Hashable, Sendable {
  public let value: String

  public init(_ value: String) { self.value = value }
}

extension BearerToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "[REDACTED]" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}
