import Basics
import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  /// Opens the Godot log: the outbox where something is wrong with it, else the records; with a filter, the records.
  mutating func openLog(filter: String? = nil) -> [Effect] {
    if top is LogScreen {
      layer = nil
    } else {
      let preview = screen(HistoryScreen.self)?.preview
      open(LogScreen(seen: Set(preview?.exchanges.map(\.id) ?? [])))
    }
    return on(LogScreen.self) { $0.begin(filter: filter, &$1) } ?? []
  }

  mutating func toggleLog() -> [Effect] { top is LogScreen ? leaveScreen() : openLog() }

  /// The records of the conversation that is meant, by its last send; of the exchange in view from a pane.
  mutating func openConversationLog() -> [Effect] {
    if let effects = on(HistoryScreen.self, { $0.openLog(&$1) }) { return effects }
    guard let conversation = world.conversation, let exchange = conversation.exchanges.last else {
      world.show("There is no conversation on the screen whose records could be shown")
      return []
    }
    guard screens.isEmpty, compose.focus == .pane else { return openLog(of: conversation) }
    return openLog(filter: LogFilter.setting(.trace, exchange.id.lowercased, in: ""))
  }

  mutating func openLog(of conversation: Conversation) -> [Effect] {
    let filter = LogFilter.setting(.component, LogComponent.conversations, in: "")
    guard let exchange = conversation.exchanges.last else { return openLog(filter: filter) }
    return openLog(filter: LogFilter.setting(.trace, exchange.id.lowercased, in: filter))
  }
}

extension LogScreen {
  /// Begins to show what it was opened for.
  mutating func begin(filter: String?, _ world: inout World) -> [Effect] {
    detail = nil
    outbox.isLoading = true
    let health = world.health
    self.health = health
    let isWell = health.parked == 0 && (health.state == .connected || health.state == .connecting)
    guard let filter else { return [.loadParked] + show(isWell ? .records : .outbox, &world) }
    part = .records
    return [.loadParked] + apply(filter: filter, &world)
  }

  func contexts(_ world: World) -> [KeyContext] {
    if detail != nil { return [.logDetail, .screens, .everywhere] }
    if records.typed != nil { return [.logFilter, .everywhere] }
    return [part == .outbox ? .outbox : .records, .log, .screens, .everywhere]
  }

  mutating func close(_ world: inout World) -> [Effect] {
    if detail != nil {
      detail = nil
    } else if records.typed != nil {
      records.typed = nil
      records.filterProblem = nil
    } else {
      world.leave()
    }
    return []
  }

  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] {
    switch message {
    case .recordsLoaded(token, let items, let horizon): take(items, horizon, world.now)
    case .recordsFailed(token, let why):
      records.problem = why
      loadEnded(world.now)
    case .parkedLoaded(let parked, let waiting):
      take(parked, waiting)
      guard outbox.isStale else { return [] }
      outbox.isStale = false
      outbox.isLoading = true
      return [.loadParked]
    case .parkedFailed(let why):
      outbox.problem = why
      outbox.isLoading = false
    case .health where isShown: return healthChanged(&world)
    default: break
    }
    return []
  }

  /// The number of the request for records whose answer is awaited.
  private var token: Int { records.token }

  /// On every tick: the next load while the list is followed.
  mutating func advance(_ world: inout World) -> [Effect] {
    guard records.follows, !records.isLoading, let next = records.nextLoad, next <= world.now else { return [] }
    return loadRecords(&world)
  }

  /// An age that grows, or the next load.
  func nextChange(_ world: World) -> Duration? {
    let ages: Duration = world.health.oldestPending != nil ? .seconds(1) : .seconds(30)
    return min(world.now + ages, records.nextLoad ?? world.now + ages)
  }

  mutating func settle(_ world: World) {
    guard detail != nil else { return }
    let area = LogLayout(self, world, world.size).detail
    detail?.fit(columns: area.width, height: area.height)
  }

  var tellsOfGodot: Bool { true }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    LogView(log: self, world: look.world, theme: look.theme, now: look.now, hasKeys: look.hasKeys).draw(size, &frame)
  }

  // MARK: Its parts

  mutating func show(_ part: Part, _ world: inout World) -> [Effect] {
    self.part = part
    guard part == .records, !records.hasLoaded, !records.isLoading else { return [] }
    return loadRecords(&world)
  }

  // MARK: Loading

  /// Asks for the records again. A problem with the filter is shown instead.
  mutating func loadRecords(_ world: inout World) -> [Effect] {
    records.nextLoad = nil
    guard world.health.state != .off else { return [] }
    do {
      let filter = try LogFilter(records.filter, world.when, traces: knownTraces(world))
      records.limit = filter.query.limit
      records.token = world.nextToken()
      records.isLoading = true
      return [.loadRecords(filter.query, token: records.token)]
    } catch {
      records.problem = error.message
      return []
    }
  }

  private mutating func take(_ items: [LoggedRecord], _ horizon: Date?, _ now: Duration) {
    let isAtTop = records.selected == 0
    let kept = records.selectedItem?.id
    // Servers differ in what comes first; those of one moment stay in their order.
    records.items = items.enumerated().sorted {
      ($1.element.time, $0.offset) < ($0.element.time, $1.offset)
    }.map(\.element)
    let place =
      isAtTop ? 0 : kept.flatMap { id in records.items.firstIndex { $0.id == id } } ?? records.selected
    records.selected = max(0, min(place, items.count - 1))
    records.problem = nil
    records.horizon = horizon
    records.hasLoaded = true
    loadEnded(now)
  }

  private mutating func loadEnded(_ now: Duration) {
    records.isLoading = false
    records.nextLoad = records.follows ? now + RecordsState.period : nil
  }

  private mutating func take(_ parked: [ParkedRecord], _ waiting: [WaitingRecord]) {
    outbox.waiting = waiting
    let kept = outbox.selectedItem?.id
    outbox.items = parked
    let place = kept.flatMap { id in parked.firstIndex { $0.id == id } } ?? outbox.selected
    outbox.selected = max(0, min(place, parked.count - 1))
    outbox.problem = nil
    outbox.isLoading = false
  }

  /// Loads what has changed with how logging stands.
  private mutating func healthChanged(_ world: inout World) -> [Effect] {
    guard let older = health else { return [] }
    let newer = world.health
    health = newer
    var effects: [Effect] = []
    let isOther = newer.parked != older.parked || newer.parkedReason != older.parkedReason
    if isOther || (part == .outbox && newer.pending != older.pending) {
      if outbox.isLoading, !isOther {
        outbox.isStale = true
      } else {
        outbox.isLoading = true
        effects.append(.loadParked)
      }
    }
    // What could not be loaded while there was no connection.
    let isBack = newer.state == .connected && older.state != .connected
    if isBack, part == .records, records.problem != nil || !records.hasLoaded, !records.isLoading {
      effects += loadRecords(&world)
    }
    return effects
  }

  mutating func reload(_ world: inout World) -> [Effect] {
    if part == .records { return loadRecords(&world) }
    outbox.isLoading = true
    return [.loadParked]
  }

  mutating func toggleFollow(_ world: inout World) -> [Effect] {
    records.follows.toggle()
    records.nextLoad = nil
    return records.follows && !records.isLoading ? loadRecords(&world) : []
  }

  // MARK: The filter

  /// Traces whose beginning can stand for them: those on the screen and those of the sends that are known.
  private func knownTraces(_ world: World) -> Set<UUID> {
    let conversations = [world.wholeConversation].compactMap(\.self) + world.others
    return seen.union(records.items.compactMap(\.trace) + conversations.flatMap { $0.exchanges.map(\.id) })
  }

  /// Filters the records, or says what is wrong with the filter and leaves it to be mended.
  mutating func apply(filter text: String, _ world: inout World) -> [Effect] {
    do {
      let filter = try LogFilter(text, world.when, traces: knownTraces(world))
      if filter.text != records.filter {
        records.items = []
        records.hasLoaded = false
        records.selected = 0
      }
      records.filter = filter.text
      records.typed = nil
      records.filterProblem = nil
      records.problem = nil
      return loadRecords(&world)
    } catch {
      if records.typed?.text != text { records.typed = LineEditor(text) }
      records.filterProblem = error.message
      return []
    }
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    apply(filter: records.typed?.text ?? records.filter, &world)
  }

  mutating func typeFilter() { records.typed = LineEditor(records.filter) }

  var isTyping: Bool { detail == nil && records.typed != nil }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    if records.typed?.take(key) == true { records.filterProblem = nil }
    return []
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    guard records.typed != nil else { return [] }
    records.typed?.paste(text)
    records.filterProblem = nil
    return []
  }

  /// From everything over debug, info and warn to errors alone, and round again.
  mutating func cycleLevel(_ world: inout World) -> [Effect] {
    // The filter was right when it was applied.
    let filter = try? LogFilter(records.filter, world.when, traces: knownTraces(world))
    let level = filter?.query.level
    let levels = LogLevel.allCases
    let next = (level?.rank ?? 0) + 1
    let word = next < levels.count ? levels[next].rawValue.lowercased() : nil
    return apply(filter: LogFilter.setting(.level, word, in: records.filter), &world)
  }

  mutating func filterByTrace(_ world: inout World) -> [Effect] {
    guard let trace else {
      world.show("This record belongs to no trace")
      return []
    }
    detail = nil
    return show(.records, &world)
      + apply(filter: LogFilter.setting(.trace, trace.lowercased, in: ""), &world)
  }
}
