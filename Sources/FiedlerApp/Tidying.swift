import ConversationStore
import Conversations
import FoundationEssentials

/// Taking conversations out of the history, and bringing them back.
extension Services {
  /// Takes the one conversation whose id begins so out of the history. Returns it.
  public func delete(matching prefix: String) async throws -> Conversation {
    let conversation = try await store.conversation(matching: prefix)
    try await store.delete(conversation.id)
    return conversation
  }

  /// Brings the one deleted conversation whose id begins so back. Returns it.
  public func restore(matching prefix: String) async throws -> ConversationSummary {
    let found = try await deleted(matching: prefix)
    try await store.restore(found.id)
    return found
  }

  /// The deleted conversations that are not purged, the newest first.
  public func deleted() async throws(StoreError) -> [ConversationSummary] { try await store.deleted() }

  /// What ``ConversationStore/purge(_:progress:)`` is to remove: the conversations whose ids begin so, deleted or not;
  /// all that are deleted where none is named.
  public func purgeable(matching prefixes: [String]) async throws -> [ConversationSummary] {
    guard !prefixes.isEmpty else { return try await deleted() }
    var chosen: [ConversationSummary] = []
    for prefix in prefixes {
      let summary: ConversationSummary
      do {
        let id = try await store.conversation(matching: prefix).id
        guard let known = try await store.summary(of: id) else { continue }
        summary = known
      } catch StoreError.notFound {
        summary = try await deleted(matching: prefix)
      }
      if !chosen.contains(where: { $0.id == summary.id }) { chosen.append(summary) }
    }
    return chosen
  }

  private func deleted(matching prefix: String) async throws -> ConversationSummary {
    let digits = prefix.lowercased().filter { $0 != "-" }
    let found = try await deleted().filter { $0.id.lowercased.filter { $0 != "-" }.hasPrefix(digits) }
    guard let first = found.first, !digits.isEmpty else {
      throw StoreError.notFound(path: store.path, what: "deleted conversation \(prefix)")
    }
    guard found.count == 1 else { throw StoreError.ambiguous(prefix: prefix, candidates: found) }
    return first
  }
}
