import Basics
import Conversations
import FoundationEssentials
import GRDB

/// Stores conversations that are not here yet, many in a transaction, each with as few statements as can be.
///
/// What is searched is put in last, by ``index()``, in the order of the documents and a row a statement: FTS5 keeps the
/// words of a transaction in memory until an earlier document comes, or a statement that SQLite may have to undo by
/// itself, such as one with triggers. Then it writes what it has, and small pieces have to be merged again and again.
final class NewConversations {
  private let db: Database
  private var entries: [Entry] = []
  private var facets: [Facet: [String: Int64]] = [:]
  private var modelTexts: [[ModelReference]: String] = [:]
  /// The conversations that were stored.
  private(set) var ids: Set<UUID> = []

  /// What a document says, as the view `search_content` tells it.
  private struct Entry {
    /// Microseconds since 1970; afterwards the document's id.
    var place: Int64
    var prompt: Int64?
    var reply: Int64?
    var facets: String
    var text: String?
    var title: String?
    var reasoning: String?
    var files: String?
    var tags: String?
  }

  init(_ db: Database) { self.db = db }

  /// Stores a conversation with all its turns, numbered anew where they have no number. Its id must not be here.
  func store(_ conversation: Conversation, _ additions: [Merge.Addition]) throws {
    ids.insert(conversation.id)
    let id = try Merge.insert(conversation, db)
    let tags = conversation.tags.isEmpty ? [] : try Tags.of(id, db)
    let common = Common(
      facets: (conversation.isPinned ? " pinned" : "")
        + (try tags.map { " \(try facet(.tag, Tags.key($0)))" }.joined()),
      tags: tags.isEmpty ? nil : tags.joined(separator: ", "))
    var found = [
      Entry(
        place: conversation.createdAt.microseconds, facets: "title" + common.facets, title: conversation.title,
        tags: common.tags)
    ]
    var prompts: [UUID: Int64] = [:]
    for addition in additions {
      let row = try store(addition.exchange.prompt, in: id, prompts, common, &found)
      prompts[addition.exchange.id] = row
      try store(addition, of: row, in: id, common, &found)
    }
    let judged = try StoredVerdicts.merge(conversation, into: id, db)
    for reply in judged { try judge(reply, &found) }
    try place(&found, of: id)
    entries += found
  }

  private struct Common {
    var facets: String
    var tags: String?
  }

  private func store(
    _ prompt: Prompt, in conversation: Int64, _ earlier: [UUID: Int64], _ common: Common, _ found: inout [Entry]
  ) throws -> Int64 {
    let row = try Insertion.promptRow(
      prompt, parent: prompt.parent.flatMap { earlier[$0] }, models: text(prompt.models), in: conversation, db)
    try Merge.take(prompt.turnNumber, in: conversation, prompt: row, db)
    var facets: [Int64] = []
    for model in prompt.models {
      for facet in try self.facets(of: model) where !facets.contains(facet) { facets.append(facet) }
    }
    found.append(
      Entry(
        place: prompt.sentAt.microseconds, prompt: row,
        facets: "turn" + common.facets + facets.map { " \($0)" }.joined(), text: prompt.text,
        files: Self.files(prompt), tags: common.tags))
    return row
  }

  private func store(
    _ addition: Merge.Addition, of prompt: Int64, in conversation: Int64, _ common: Common, _ found: inout [Entry]
  ) throws {
    let files = Self.files(addition.exchange.prompt)
    for (reply, position) in addition.positions {
      let row = try Insertion.endedRow(reply, of: prompt, at: position, db)
      try Merge.take(reply.turnNumber, in: conversation, reply: row, db)
      let facets = try self.facets(of: reply.model).map { " \($0)" }.joined()
      found.append(
        Entry(
          place: reply.startedAt.microseconds + Int64(reply.duration?.wholeMicroseconds ?? 0), prompt: prompt,
          reply: row, facets: "turn \(reply.state.rawValue)" + common.facets + facets, text: reply.text,
          reasoning: reply.reasoning, files: files, tags: common.tags))
    }
  }

  private static func files(_ prompt: Prompt) -> String? {
    prompt.attachments.isEmpty ? nil : prompt.attachments.map(\.name).joined(separator: "\n")
  }

  /// Adds what was thought of a reply to what filters know it by.
  private func judge(_ reply: UUID, _ found: inout [Entry]) throws {
    guard let row: Int64 = try StoredVerdicts.place(of: reply, db)?["id"],
      let index = found.firstIndex(where: { $0.reply == row })
    else { return }
    found[index].facets += try StoredVerdicts.facets(of: row, db)
  }

  /// Makes the documents of a conversation, in the order of their times.
  private func place(_ entries: inout [Entry], of conversation: Int64) throws {
    entries = entries.enumerated().sorted { ($0.element.place, $0.offset) < ($1.element.place, $1.offset) }
      .map(\.element)
    for index in entries.indices {
      let entry = entries[index]
      entries[index].place = try SearchIndex.document(
        of: conversation, prompt: entry.prompt, reply: entry.reply, at: Date(microseconds: entry.place),
        facets: entry.facets, db)
    }
  }

  /// Puts what was stored into the search index.
  func index() throws {
    for entry in entries.sorted(by: { $0.place < $1.place }) {
      try SearchIndex.insert(
        entry.place,
        [
          .text: entry.text, .title: entry.title, .tags: entry.tags, .reasoning: entry.reasoning, .files: entry.files,
        ], facets: entry.facets, db)
    }
    entries = []
  }

  // MARK: What is the same again and again

  private func text(_ models: [ModelReference]) -> String {
    if let known = modelTexts[models] { return known }
    let text = StoredModels.text(models)
    modelTexts[models] = text
    return text
  }

  private func facets(of model: ModelReference) throws -> [Int64] {
    [try facet(.model, model.name), try facet(.provider, model.provider)]
  }

  private func facet(_ kind: Facet, _ name: String) throws -> Int64 {
    if let known = facets[kind]?[name] { return known }
    try SearchIndex.know(kind, name, db)
    let id = try SearchIndex.facet(kind, name, db)
    facets[kind, default: [:]][name] = id
    return id
  }
}
