import Canvas
import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import SendEngine
import Settings

extension Services {
  /// The conversations that `search` finds (all if `nil`), newest first.
  public func history(matching search: String?, limit: Int) async throws(StoreError) -> [ConversationSummary] {
    try await store.history(
      HistoryQuery(search ?? ""), limit: limit, secondsFromUTC: TimeZone.current.secondsFromGMT()
    ).summaries
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
    // The first page is all there is, as a summary does not say where the next one begins.
    guard last == nil else { return HistoryPage(query: query, after: last, summaries: [], more: false) }
    let page = try await store.history(
      HistoryQuery(query), limit: 100, secondsFromUTC: TimeZone.current.secondsFromGMT())
    return HistoryPage(query: query, after: nil, summaries: page.summaries, more: false)
  }

  static func completions(of prefix: String, in environment: LaunchEnvironment) -> [String] {
    PathCompletion.complete(
      prefix, relativeTo: environment.workingDirectory, home: environment.variables["HOME"])
  }
}
