import Conversations
import FoundationEssentials

/// The list of conversations, what is looked for in them, and what is seen of the selected one.
struct HistoryScreen: KeptScreen {
  enum Focus: Hashable, Sendable { case list, preview }

  /// A question to the store that is not answered yet.
  struct Awaited: Hashable, Sendable {
    var token: Int
    var since: Duration
    /// The answer takes the place of the whole list.
    var isFirst = true
  }

  struct AwaitedPreview: Hashable, Sendable {
    var id: UUID
    var query: HistoryQuery?
    /// When the first of those that follow each other without an answer was asked for.
    var since: Duration
  }

  /// A conversation's title or tags being typed in its entry.
  struct Edit: Sendable {
    enum Field: Hashable, Sendable { case title, tags }

    var conversation: UUID
    var field: Field
    var line: LineEditor
  }

  /// An entry being opened: whether its prompt is to be continued.
  struct Opening: Hashable, Sendable {
    var id: UUID
    var continues: Bool
    /// What its panes are to show; their end if `nil`.
    var place: ConversationPlace?
  }

  private(set) var items: [ConversationSummary] = []
  /// Those in `items`, so that a page costs what is new in it.
  private var known: Set<UUID> = []
  /// Where the next page begins; `nil` if there is none.
  var next: HistoryCursor?
  var hasLoaded = false
  /// All conversations there are, where nothing is looked for.
  var total: Int?
  /// More than one page has come.
  var isLong = false
  /// Some entries have a snippet, so all have room for one.
  var hasHits = false
  var selected = 0
  /// The first entry shown.
  var top = 0
  var focus = Focus.list

  /// What was asked for last, and what the list shows.
  var query = HistoryQuery()
  var shown = HistoryQuery()
  var search = LineEditor()
  /// While the search line is typed.
  var isFiltering = false
  /// Why the last question has no answer; stands under the search line.
  var problem: String?
  /// The number of the question asked last.
  var token = 0
  var awaited: Awaited?
  /// What is found first is to be opened once the answer has come, to be continued if it is true.
  var opensFound: Bool?

  var view: HistoryPreview?
  /// What `view` was asked for.
  var viewQuery: HistoryQuery?
  /// The preview that is asked for and has not come yet.
  var awaitedPreview: AwaitedPreview?
  /// Whose records are to be shown once its preview has come.
  var opensLog: UUID?

  var edit: Edit?
  var opening: Opening?

  /// How long an answer may take before it is said that it is awaited.
  static let patience: Duration = .milliseconds(150)

  var selectedItem: ConversationSummary? { items.indices.contains(selected) ? items[selected] : nil }
  /// The conversation in the preview, whether or not it is the selected one already.
  var preview: Conversation? { view?.conversation }
  /// The preview, if it is of the selected conversation.
  var selectedView: HistoryPreview? { view.flatMap { $0.conversation.id == selectedItem?.id ? $0 : nil } }

  // MARK: The list

  mutating func replaceItems(_ new: [ConversationSummary]) {
    items = new
    known = Set(new.map(\.id))
  }

  /// Those that are in the list already are left out.
  mutating func append(_ new: [ConversationSummary]) {
    for item in new where known.insert(item.id).inserted { items.append(item) }
  }

  mutating func insert(_ item: ConversationSummary, at row: Int) {
    if known.insert(item.id).inserted { items.insert(item, at: min(row, items.count)) }
  }

  mutating func remove(at row: Int) { known.remove(items.remove(at: row).id) }

  /// Puts a conversation's newer summary in its place. The change says nothing of where a search found it.
  mutating func update(_ summary: ConversationSummary) {
    guard known.contains(summary.id), let row = items.firstIndex(where: { $0.id == summary.id }) else { return }
    let hit = summary.hit ?? items[row].hit
    items[row] = summary
    items[row].hit = hit
  }

  /// Rows an entry takes.
  var entryHeight: Int { hasHits ? 3 : 2 }

  static func isLate(_ since: Duration?, _ now: Duration) -> Bool { since.map { now - $0 >= patience } ?? false }
}
