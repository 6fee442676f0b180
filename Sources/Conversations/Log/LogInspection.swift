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
  /// The turn of a conversation that it tells of; `nil` for any other record.
  public var turn: LoggedTurn?

  public init(
    id: UUID, time: Date, level: LogLevel, component: String, message: String, trace: UUID? = nil, data: String? = nil,
    turn: LoggedTurn? = nil
  ) {
    self.id = id
    self.time = time
    self.level = level
    self.component = component
    self.message = message
    self.trace = trace
    self.data = data
    self.turn = turn
  }
}

/// A turn of a conversation as a person knows it.
public struct LoggedTurn: Hashable, Sendable {
  public var conversation: UUID
  /// In the conversation, from 1.
  public var number: Int
  /// The model that answered; `nil` for a prompt.
  public var model: String?
  /// Of a prompt or an answer; `nil` where that is not known.
  public var tokens: Int?
  /// What the answer took.
  public var duration: Duration?
  /// How the answer ended; `nil` for a prompt.
  public var state: ReplyState?
  /// The conversation's title; empty where the history on this machine does not have it.
  public var title: String
  /// The text's beginning; empty where it is not known.
  public var words: String

  public init(
    conversation: UUID, number: Int, model: String? = nil, tokens: Int? = nil, duration: Duration? = nil,
    state: ReplyState? = nil, title: String = "", words: String = ""
  ) {
    self.conversation = conversation
    self.number = number
    self.model = model
    self.tokens = tokens
    self.duration = duration
    self.state = state
    self.title = title
    self.words = words
  }
}

/// A record that waits for a log server to take it.
public struct WaitingRecord: Hashable, Sendable, Identifiable {
  /// Its number in the outbox.
  public var id: Int64
  /// An ordinary record's component and message; of a turn what ``turn`` lacks.
  public var title: String
  public var turn: LoggedTurn?
  public var createdAt: Date

  public init(id: Int64, title: String, turn: LoggedTurn? = nil, createdAt: Date) {
    self.id = id
    self.title = title
    self.turn = turn
    self.createdAt = createdAt
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
