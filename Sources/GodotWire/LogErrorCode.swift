import JSON

/// What went wrong, for programs: `code` in an error's `data`. The message is for people, and for clients that know the
/// texts of the servers in use.
public enum LogErrorCode: String, CaseIterable, Sendable {
  /// The storage cannot be reached: try again for as long as it takes.
  case storageAway = "storage_away"
  case conversationNotFound = "conversation_not_found"
  /// The turn is stored already, with another role or text.
  case turnTaken = "turn_taken"
  /// The storage can never hold it.
  case unstorable = "unstorable"
  case invalidArgument = "invalid_argument"
  case unknownTool = "unknown_tool"
  case unknownMethod = "unknown_method"
  case notJSON = "not_json"
  case invalidRequest = "invalid_request"
  case failed = "failed"

  /// - `data`: an error's `data`; `nil` for those of other servers, and for codes of later ones.
  public init?(data: JSON?) {
    guard let code = data?["code"]?.string.flatMap(Self.init(rawValue:)) else { return nil }
    self = code
  }

  /// An error's `data`.
  public var data: JSON { ["code": .string(rawValue)] }
}

/// Words in an error's message by which clients know it.
public enum LogErrorWords {
  /// Stands before the reason why the storage is away: clients of the servers in use try again for as long as it takes.
  public static let away = "Connect call failed: "
  /// The constraint that PostgreSQL names where a turn is stored already.
  public static let turnTaken = "messages_conversation_id_turn_number_key"
}
