/// The forms in which conversations leave the history.
public enum ExportFormat: String, Sendable, CaseIterable {
  /// See ``ConversationMarkdown``.
  case markdown = "md"
  /// See ``ConversationJSON``.
  case json
  /// See ``ConversationFolder``.
  case folder
}
