import Basics
import Canvas
import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import SendEngine
import Settings

/// What the history and models.yaml have, as commands and screens ask for it.
extension Services {
  /// The user's time zone, with its summer times.
  public static var localZone: LocalZone { LocalTime.zone }

  /// The first conversations that a query finds, in its order.
  public func history(_ query: HistoryQuery, limit: Int) async throws(StoreError) -> [ConversationSummary] {
    var found: [ConversationSummary] = []
    var known: Set<UUID> = []
    var cursor: HistoryCursor?
    repeat {
      let page = try await store.history(
        query, after: cursor, limit: limit - found.count, zone: LocalTime.zone)
      // One that has older hits, too, may come again.
      found += page.summaries.filter { known.insert($0.id).inserted }
      cursor = page.next
    } while cursor != nil && found.count < limit
    return found
  }

  /// The one conversation whose id begins with `prefix`.
  public func conversation(matching prefix: String) async throws(StoreError) -> Conversation {
    try await withLatestAnswers { () throws(StoreError) in try await store.conversation(matching: prefix) }
  }

  /// What other processes of this machine send just now.
  public func running() async throws(StoreError) -> [RunningConversation] { try await store.runningElsewhere() }

  func conversation(_ id: UUID) async throws(StoreError) -> Conversation {
    try await withLatestAnswers { () throws(StoreError) in
      guard let stored = try await store.conversation(id) else { throw notFound(id) }
      return stored
    }
  }

  func notFound(_ conversation: UUID) -> StoreError {
    .notFound(path: store.path, what: "conversation \(conversation.lowercased)")
  }

  /// The models as the screens offer them; none while models.yaml cannot be read.
  var modelChoices: [ModelChoice] {
    get throws {
      let registry = try registry()
      // What is asked by default can be chosen, though it may be a model that the file has not.
      let known = Set(registry.models.map(\.reference))
      let all = registry.models + registry.defaults.filter { !known.contains($0.reference) } + registry.listed
      let keyless = Set(registry.providers.filter(keys.lacksKey).map(\.name))
      return all.map {
        ModelChoice(
          reference: $0.reference, aliases: $0.aliases, contextWindow: $0.contextWindow, price: $0.price,
          problem: keyless.contains($0.reference.provider) ? "no key" : nil, capabilities: $0.capabilities)
      }
    }
  }
}
