import Basics
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

  /// What `ConversationStore/purge(_:progress:)` is to remove: the conversations whose ids begin so, deleted or not;
  /// all that are deleted where none is named.
  public func purgeable(matching prefixes: [String]) async throws -> [ConversationSummary] {
    guard !prefixes.isEmpty else { return try await deleted() }
    var chosen: [ConversationSummary] = []
    for prefix in prefixes {
      let summary = try await summary(matching: prefix)
      if !chosen.contains(where: { $0.id == summary.id }) { chosen.append(summary) }
    }
    return chosen
  }

  /// Of a conversation that is in the history, or else of a deleted one.
  private func summary(matching prefix: String) async throws -> ConversationSummary {
    do throws(StoreError) {
      let conversation = try await store.conversation(matching: prefix)
      if let summary = try await store.summary(of: conversation.id) { return summary }
    } catch {
      guard case .notFound = error else { throw error }
    }
    return try await deleted(matching: prefix)
  }

  /// Removes conversations for good; `progress` hears what is being done. Returns what was removed, in plain words.
  public func purge(
    _ ids: [UUID], progress: @escaping @Sendable (String) -> Void
  ) async throws(StoreError) -> String {
    let report = try await store.purge(ids, progress: progress)
    do { try OpenedFile.removeAll(paths) } catch {
      return ListingText.line(report) + "\nCopies of pictures and PDFs that were opened could not be removed: \(error)"
    }
    return ListingText.line(report)
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
