/// How grave a log record is; the raw value is the word on the wire.
public enum LogLevel: String, Sendable, CaseIterable, Comparable {
  case trace = "TRACE"
  case debug = "DEBUG"
  case info = "INFO"
  case warn = "WARN"
  case error = "ERROR"

  public static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }

  /// 0 for `trace` through 4 for `error`.
  public var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// The level by any of its usual names, in any case.
  public init?(name: String) {
    switch name.uppercased() {
    case "WARNING": self = .warn
    case "CRITICAL", "FATAL": self = .error
    case "NOTICE": self = .info
    case let name: self.init(rawValue: name)
    }
  }
}

/// The names under which Fiedler logs.
public enum LogComponent {
  /// The turns of conversations, where they travel as log records.
  public static let conversations = "fiedler-conversations"
}
