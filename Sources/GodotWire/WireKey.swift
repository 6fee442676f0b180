/// The names of what stands in the tools' arguments and answers. `data` and `metadata` hold whatever a client likes
/// beside those of these names.
///
/// Who walks through a record's bytes (`LogCall`, `QueuedLog`, `RecordKey`) compares with these words as literals,
/// which costs less a record; tests hold the walks against what reads the same with these.
public enum WireKey {
  // A log record.
  public static let component = "component"
  public static let level = "level"
  public static let message = "message"
  public static let data = "data"
  public static let traceID = "trace_id"
  /// In `data`, or in its `metadata`: the record's id for ever, by which a repeat is recognised.
  public static let logID = "log_id"
  /// In `data` or `metadata`: when the record was made, in milliseconds since 1970.
  public static let loggedAt = "logged_at_ms"
  /// In `data`: what made no sense where it stood.
  public static let repaired = "repaired"
  public static let createdAt = "created_at"

  // A conversation and its turns, in the arguments of the conversation tools and in a log record's `data`.
  public static let conversationID = "conversation_id"
  public static let sessionID = "session_id"
  public static let messageID = "message_id"
  public static let messages = "messages"
  public static let turnNumber = "turn_number"
  public static let role = "role"
  public static let content = "content"
  public static let model = "model"
  public static let inputTokens = "input_tokens"
  public static let outputTokens = "output_tokens"
  public static let timing = "timing_ms"
  public static let metadata = "metadata"

  // A turn's `metadata`.
  /// What a server's index has no room for; the text goes on there.
  public static let contentOverflow = "content_overflow"
  /// Which part of how many the text is, both from 1.
  public static let part = "part"
  public static let parts = "parts"
  /// How the answer ended: a `ReplyState`.
  public static let status = "status"
  public static let provider = "provider"

  // Questions and their answers.
  public static let startTime = "start_time"
  public static let endTime = "end_time"
  public static let beforeTime = "before_time"
  public static let search = "search"
  public static let query = "query"
  public static let limit = "limit"
  public static let offset = "offset"
  /// Only turns with a higher number.
  public static let afterTurn = "after_turn"
  /// In an answer: there are further turns.
  public static let more = "more"
}
