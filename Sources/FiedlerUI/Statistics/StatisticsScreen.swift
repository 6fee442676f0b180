import Canvas
import Conversations
import FoundationEssentials

/// Figures of the models over a search of the history, sorted by any of them, and the ranking by verdicts.
struct StatisticsScreen: Screen {
  /// What is shown of them.
  enum Page: Hashable { case figures, ranking }

  private(set) var page = Page.figures
  private(set) var isByProvider = false
  /// What the rows are sorted by; where the cursor stands in them.
  private(set) var column = StatisticsColumn.sends
  private(set) var isAscending = false
  /// What is drawn is of this row.
  private(set) var selected = 0
  private(set) var search = LineEditor()
  private(set) var isSearching = false
  /// What the figures are of.
  private(set) var query = ""
  private(set) var problem: String?
  private var figures: StatisticsReport?
  private var token = 0
  private(set) var isLoading = false

  /// What is shown; `nil` until it is there.
  var shown: (statistics: Statistics, ranking: ModelRanking)? {
    figures.map { isByProvider ? ($0.providers, $0.providerRanking) : ($0.models, $0.modelRanking) }
  }

  /// In the order of the column; what has no value in it stands last.
  var rows: [ModelFigures] {
    (shown?.statistics.models ?? []).map { (column.value($0), $0) }.sorted { one, other in
      switch (one.0, other.0) {
      case (let a?, let b?) where a != b: isAscending ? a < b : a > b
      case (.some, nil): true
      case (nil, .some): false
      default: one.1.model.description < other.1.model.description
      }
    }.map(\.1)
  }

  var rowCount: Int { page == .figures ? shown?.statistics.models.count ?? 0 : shown?.ranking.places.count ?? 0 }

  // MARK: Loading

  mutating func begin(_ text: String, _ world: inout World) -> [Effect] {
    search.set(text)
    return load(&world)
  }

  private mutating func load(_ world: inout World) -> [Effect] {
    query = search.text
    token = world.nextToken()
    isLoading = true
    return [.loadStatistics(query, token: token)]
  }

  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] {
    switch message {
    case .statisticsLoaded(token, let report):
      figures = report
      problem = nil
      isLoading = false
    case .statisticsFailed(token, let why):
      problem = why
      isLoading = false
    default: break
    }
    return []
  }

  // MARK: What the user does

  func contexts(_ world: World) -> [KeyContext] {
    isSearching ? [.statisticsSearch, .everywhere] : [.statistics, .list, .screens, .everywhere]
  }

  var isTyping: Bool { isSearching }

  mutating func beginSearch() { isSearching = true }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    if isSearching { _ = search.take(key) }
    return []
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    if isSearching { search.paste(text) }
    return []
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    guard isSearching else { return [] }
    isSearching = false
    return load(&world)
  }

  mutating func close(_ world: inout World) -> [Effect] {
    if isSearching {
      isSearching = false
      search.set(query)
    } else if !query.isEmpty {
      search.set("")
      return load(&world)
    } else {
      world.leave()
    }
    return []
  }

  mutating func cover() { isSearching = false }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    let page = max(1, StatisticsLayout(world.room(in: world.size)).list.height - 1)
    selected = max(0, min(selected + motion.step(page: page), rowCount - 1))
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    step == 0 ? [] : move(.rows(step.signum()), &world)
  }

  mutating func settle(_ world: World) { selected = max(0, min(selected, rowCount - 1)) }

  mutating func moveColumn(by step: Int) {
    let all = StatisticsColumn.allCases
    let place = all.firstIndex(of: column) ?? 0
    follow { $0.column = all[max(0, min(all.count - 1, place + step))] }
  }

  mutating func turn() { follow { $0.isAscending.toggle() } }

  /// The row that is selected stays so, wherever it comes to stand.
  private mutating func follow(_ change: (inout Self) -> Void) {
    let model = rows.indices.contains(selected) ? rows[selected].model : nil
    change(&self)
    if let model, let row = rows.firstIndex(where: { $0.model == model }) { selected = row }
  }

  mutating func group() {
    isByProvider.toggle()
    selected = 0
  }

  mutating func turnPage() {
    page = page == .figures ? .ranking : .figures
    selected = 0
  }

  // MARK: What lies behind a number

  var canOpen: Bool { rowCount > 0 }

  /// The history of what the selected number counts.
  mutating func open(_ world: inout World) -> [Effect] {
    guard let query = behind else { return [] }
    world.then { app in
      // Over the figures: Escape leads back to them.
      app.open(app.takeKept(HistoryScreen.self) ?? HistoryScreen())
      return app.on(HistoryScreen.self) { $0.begin(query: query, &$1) } ?? []
    }
    return []
  }

  var behind: String? {
    let model: ModelReference
    switch page {
    case .figures:
      guard rows.indices.contains(selected) else { return nil }
      model = rows[selected].model
    case .ranking:
      guard let places = shown?.ranking.places, places.indices.contains(selected) else { return nil }
      model = places[selected].model
    }
    let filter = page == .ranking ? "verdict:any" : column.filter
    let name = model.name.isEmpty ? "provider:\(quoted(model.provider))" : "model:\(quoted(model.name))"
    return [query, name, filter].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func quoted(_ name: String) -> String { name.contains(where: \.isWhitespace) ? "\"\(name)\"" : name }

  // MARK: What it shows

  /// It is about all conversations.
  func meant(_ world: World) -> MeantConversation? { nil }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    StatisticsView(screen: self, look: look).draw(look.world.room(in: size), &frame)
  }
}
