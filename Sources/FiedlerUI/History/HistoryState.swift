import Conversations
import FoundationEssentials

/// The list of conversations and what is seen of the selected one.
struct HistoryState: Sendable {
  var items: [ConversationSummary] = []
  /// Older ones can be loaded.
  var more = false
  var isLoading = false
  var selected = 0
  /// What the list was asked for.
  var query = ""
  /// While the filter is typed.
  var isFiltering = false
  /// The conversation beside the list, once it has come.
  var preview: Conversation?
  /// Whose records are to be shown once its preview has come.
  var opensLog: UUID?

  var selectedItem: ConversationSummary? { items.indices.contains(selected) ? items[selected] : nil }
}
