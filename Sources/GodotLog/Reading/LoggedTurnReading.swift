import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON

extension LoggedTurn {
  /// As much of the text as a list shows, in characters.
  private static let wordsShown = 200

  /// What a log record's data say of a turn; `nil` if it is none. Servers in use have some of it in `metadata`.
  init?(data: JSON) {
    func value(_ key: String) -> JSON? { data[key] ?? data["metadata"]?[key] }
    guard let conversation = value(WireKey.conversationID)?.string.flatMap(UUID.init(canonical:)),
      let number = value(WireKey.turnNumber)?.int, let role = value("role")?.string
    else { return nil }
    let isPrompt = role == Role.user.rawValue
    self.init(
      conversation: conversation, number: number, model: isPrompt ? nil : value("model")?.string ?? role,
      tokens: value(isPrompt ? "input_tokens" : "output_tokens")?.int,
      duration: value("timing_ms")?.int.map { .milliseconds(Int64($0)) },
      state: value("status")?.string.flatMap(ReplyState.init(rawValue:)),
      words: Self.words(value("content")?.string, orError: value("error")?.string))
  }

  init(_ record: TurnRecord) {
    self.init(
      conversation: record.conversationID, number: record.turnNumber,
      model: record.role == .user ? nil : record.model?.name ?? record.role.rawValue,
      tokens: record.role == .user ? record.inputTokens : record.outputTokens,
      duration: record.timingMilliseconds.map { .milliseconds(Int64($0)) }, state: record.status,
      words: Self.words(record.content, orError: record.error))
  }

  /// The beginning of the text; of an answer without one, why it has none.
  private static func words(_ content: String?, orError error: String?) -> String {
    let text = content ?? ""
    return String((text.isEmpty ? error ?? "" : text).prefix(wordsShown))
  }
}
