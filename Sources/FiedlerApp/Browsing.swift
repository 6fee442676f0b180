import Canvas
import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import SendEngine
import Settings

extension Services {
  /// Conversations whose texts contain `search` (all if `nil`), newest first.
  public func history(matching search: String?, limit: Int) async throws(StoreError) -> [ConversationSummary] {
    if let search, !search.isEmpty { return try await store.search(search, limit: limit) }
    return try await store.summaries(limit: limit)
  }

  /// The one conversation whose id begins with `prefix`.
  public func conversation(matching prefix: String) async throws(StoreError) -> Conversation {
    try await store.conversation(matching: prefix)
  }

  func conversation(_ id: UUID) async throws -> Conversation {
    guard let conversation = try await store.conversation(id) else {
      throw StoreError.notFound(path: store.path, what: "conversation \(id.lowercased)")
    }
    return conversation
  }

  /// The models as the screens offer them; none while models.yaml cannot be read.
  var modelChoices: [ModelChoice] {
    get throws {
      try registry().models.map {
        ModelChoice(reference: $0.reference, aliases: $0.aliases, contextWindow: $0.contextWindow, price: $0.price)
      }
    }
  }

  /// The chosen theme; `nil` where none was chosen and the one that comes with the program is not to be found.
  func theme() throws(ThemeLoader.Failure) -> Theme? {
    do {
      return try ThemeLoader(directories: paths.themeDirectories).load(settings.theme)
    } catch {
      if case .unknown = error, settings.theme == Settings().theme { return nil }
      throw error
    }
  }

  /// A page of the history for the screens.
  func historyPage(query: String, after last: ConversationSummary?) async throws(StoreError) -> HistoryPage {
    let limit = 100
    let found =
      query.isEmpty
      ? try await store.summaries(limit: limit + 1, after: last)
      : last == nil ? try await store.search(query, limit: limit) : []
    return HistoryPage(
      query: query, after: last, summaries: Array(found.prefix(limit)), more: found.count > limit)
  }

  static func completions(of prefix: String, in environment: LaunchEnvironment) -> [String] {
    PathCompletion.complete(
      prefix, relativeTo: environment.workingDirectory, home: environment.variables["HOME"])
  }
}
