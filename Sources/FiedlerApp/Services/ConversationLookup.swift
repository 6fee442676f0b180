import Basics
import Canvas
import ConversationStore
import Conversations
import FiedlerUI
import FoundationEssentials
import SendEngine
import Settings

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

  /// The chosen theme: of the settings, else of the picker; `nil` where none was chosen.
  func theme() throws(ThemeLoader.Failure) -> Theme? {
    guard let name = settings.theme ?? ThemeFile(paths).read() else { return nil }
    return shown(try ThemeLoader(directories: paths.themeDirectories).load(name))
  }

  /// A theme as the settings want it drawn.
  private func shown(_ theme: Theme) -> Theme {
    var theme = theme
    theme.keepsTerminalBackground = settings.screen.background == .terminal
    return theme
  }

  /// The theme for a background; `nil` where the user chose one.
  func theme(onLight isLight: Bool) throws(ThemeLoader.Failure) -> Theme? {
    guard settings.theme == nil, ThemeFile(paths).read() == nil else { return nil }
    return shown(
      try ThemeLoader(directories: paths.themeDirectories).load(isLight ? Settings.lightTheme : Settings.darkTheme))
  }

  /// Has a theme at the next start. Returns what there is to know about it, in plain words.
  func keep(theme slug: String) throws -> String {
    try ThemeFile(paths).write(slug)
    guard let name = settings.theme, name != slug else { return "Kept for the next start" }
    return "Until you leave: config.yaml has theme: \(name). Take that out to keep what you choose here"
  }

  /// Every theme that can be read; `fiedler themes check` tells what is wrong with another.
  func themes() -> [ThemeChoice] {
    let loader = ThemeLoader(directories: paths.themeDirectories)
    return loader.list().compactMap { entry in
      // A broken scheme that nobody chose must not keep the rest from being shown.
      (try? loader.load(entry)).map { ThemeChoice(slug: entry.slug, theme: shown($0)) }
    }
  }
}
