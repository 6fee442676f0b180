import Basics
import Conversations
import FoundationEssentials

/// The Godot log: what the server refuses, and what it has.
struct LogScreen: Screen {
  enum Part: Hashable, Sendable { case outbox, records }

  var part = Part.outbox
  var outbox = OutboxState()
  var records = RecordsState()
  /// One record, opened over its list.
  var detail: LogDetail?
  /// Sends seen in the history whose records can be asked for by the beginning of their trace.
  let seen: Set<UUID>
  /// How logging stood when this was last shown.
  var health: LogHealth?

  init(seen: Set<UUID> = []) { self.seen = seen }
}

/// The records that the server refuses, and those that wait for it.
struct OutboxState: Sendable {
  var items: [ParkedRecord] = []
  /// Oldest first.
  var waiting: [WaitingRecord] = []
  /// What waits has changed while it was read.
  var isStale = false
  var selected = 0
  var isLoading = false
  /// Why they could not be read.
  var problem: String?

  var selectedItem: ParkedRecord? { items.indices.contains(selected) ? items[selected] : nil }
}

/// The server's records, newest first.
struct RecordsState: Sendable {
  var items: [LoggedRecord] = []
  var selected = 0
  /// What the list was asked for, as it is written; empty for everything.
  var filter = ""
  /// While a filter is typed.
  var typed: LineEditor?
  /// What is wrong with the typed filter.
  var filterProblem: String?
  /// Why they could not be loaded.
  var problem: String?
  /// The number of the request made last.
  var token = 0
  var isLoading = false
  var hasLoaded = false
  /// Records before this may be missing, because the server cannot be asked for them.
  var horizon: Date?
  var limit = LogQuery().limit
  var follows = false
  /// While following: when to load anew.
  var nextLoad: Duration?

  /// How long the list stands still while it is followed.
  static let period: Duration = .seconds(2)

  var selectedItem: LoggedRecord? { items.indices.contains(selected) ? items[selected] : nil }
}

/// A record with all that is known of it, to be read and scrolled.
struct LogDetail: Sendable {
  var title: String
  var text: String
  /// Bytes at the text's beginning where each line begins with a name of ``labelColumns``.
  var labelBytes: Int
  var trace: UUID?
  var wrapped = WrappedText()
  var top = 0
  var height = 1

  static let labelColumns = 11

  var lastTop: Int { max(0, wrapped.rows.count - height) }

  /// `fields` are names and values; `body` follows them.
  init(title: String, fields: [(String, String)], body: String?, trace: UUID? = nil) {
    self.title = title
    self.trace = trace
    text = fields.map { name, value in
      let lines = LogWords.lines(value).joined(separator: "\n" + String(repeating: " ", count: Self.labelColumns))
      return name + String(repeating: " ", count: max(1, Self.labelColumns - name.count)) + lines
    }.joined(separator: "\n")
    labelBytes = text.utf8.count
    if let body { text += "\n\n" + body }
  }

  mutating func scroll(to row: Int) { top = min(max(0, row), lastTop) }

  /// Wraps for another width, the reader's place kept.
  mutating func fit(columns: Int, height: Int) {
    let place = wrapped.rows.indices.contains(top) ? wrapped.rows[top].lowerBound : 0
    wrapped.update(text, columns: columns)
    self.height = max(1, height)
    top = min(wrapped.row(holding: place), lastTop)
  }
}

extension LogDetail {
  init(_ record: LoggedRecord, _ when: When) {
    var fields = [
      ("time", when.exact(record.time)), ("level", record.level.rawValue), ("component", record.component),
      ("message", record.message),
    ]
    if let turn = record.turn {
      fields.insert(("what", turn.model.map { "answer of \($0)" } ?? "prompt"), at: 0)
      if !turn.title.isEmpty { fields.insert(("of", turn.title), at: 1) }
      if !turn.words.isEmpty { fields.insert(("begins", Excerpt.line(turn.words)), at: 2) }
    }
    if let trace = record.trace { fields.append(("trace", trace.lowercased)) }
    fields.append(("id", record.id.lowercased))
    self.init(title: "record", fields: fields, body: record.data, trace: record.trace)
  }

  init(_ record: ParkedRecord, _ when: When) {
    var fields = [
      ("what", record.title), ("why", record.reason), ("refused", Figures.plural(record.attempts, "time")),
      ("size", Figures.bytes(record.size)), ("since", when.full(record.createdAt)), ("number", String(record.id)),
    ]
    if let conversation = record.conversation {
      fields.append(("waits", "conversation \(conversation.lowercased)"))
    }
    let body = """
      It is kept as it is until you decide: send it again once the server takes such records, or save it in a file. \
      Only its own conversation waits behind it.
      """
    self.init(title: "refused record", fields: fields, body: body)
  }
}
