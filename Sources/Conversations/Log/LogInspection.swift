import FoundationEssentials

/// Which of a log server's records to look at.
public struct LogQuery: Hashable, Sendable {
  public var component: String?
  /// This level and graver ones.
  public var level: LogLevel?
  /// A send's correlation id.
  public var trace: UUID?
  public var from: Date?
  public var to: Date?
  /// At most so many, the newest; from 1.
  public var limit: Int

  public init(
    component: String? = nil, level: LogLevel? = nil, trace: UUID? = nil, from: Date? = nil, to: Date? = nil,
    limit: Int = 200
  ) {
    self.component = component
    self.level = level
    self.trace = trace
    self.from = from
    self.to = to
    self.limit = limit
  }
}

/// A record as a log server gives it back.
public struct LoggedRecord: Hashable, Sendable, Identifiable {
  public var id: UUID
  public var time: Date
  public var level: LogLevel
  public var component: String
  public var message: String
  public var trace: UUID?
  /// The record's `data` as indented JSON; `nil` where it has none.
  public var data: String?

  public init(
    id: UUID, time: Date, level: LogLevel, component: String, message: String, trace: UUID? = nil, data: String? = nil
  ) {
    self.id = id
    self.time = time
    self.level = level
    self.component = component
    self.message = message
    self.trace = trace
    self.data = data
  }
}

/// A record that the log server refuses while it takes others; it is kept until the user decides.
public struct ParkedRecord: Hashable, Sendable, Identifiable {
  /// Its number in the outbox.
  public var id: Int64
  /// What it is, in plain words: `turn 3 of 1f0c9a2e (assistant)`, or an ordinary record's component and message.
  public var title: String
  /// The conversation that waits behind it.
  public var conversation: UUID?
  /// Why the server refuses it.
  public var reason: String
  /// Refusals so far.
  public var attempts: Int
  /// Bytes.
  public var size: Int
  public var createdAt: Date

  public init(
    id: Int64, title: String, conversation: UUID?, reason: String, attempts: Int, size: Int, createdAt: Date
  ) {
    self.id = id
    self.title = title
    self.conversation = conversation
    self.reason = reason
    self.attempts = attempts
    self.size = size
    self.createdAt = createdAt
  }
}
