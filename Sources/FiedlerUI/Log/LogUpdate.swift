import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  // MARK: Coming and going

  /// Opens the Godot log: the outbox where something is wrong with it, else the records; with a filter, the records.
  mutating func openLog(filter: String? = nil) -> [Effect] {
    if screen != .log {
      let token = log.records.token
      let origin = screen
      log = LogState()
      log.origin = origin
      // An answer to what was asked before does not come into the new list.
      log.records.token = token + 1
    }
    screen = .log
    log.detail = nil
    overlay = nil
    opening = nil
    history.isFiltering = false
    history.opensLog = nil
    log.outbox.isLoading = true
    let isWell = health.parked == 0 && (health.state == .connected || health.state == .connecting)
    guard let filter else { return [.loadParked] + showLog(isWell ? .records : .outbox) }
    log.part = .records
    return [.loadParked] + apply(filter: filter)
  }

  mutating func closeLog() -> [Effect] {
    screen = log.origin
    log.records.follows = false
    return []
  }

  mutating func closeInLog() -> [Effect] {
    if log.detail != nil {
      log.detail = nil
    } else if log.records.typed != nil {
      log.records.typed = nil
      log.records.filterProblem = nil
    } else {
      return closeLog()
    }
    return []
  }

  /// The records of the conversation that is selected or on the screen, by its last send.
  mutating func openConversationLog() -> [Effect] {
    if screen == .history {
      guard let item = history.selectedItem else { return [] }
      guard let conversation = history.preview, conversation.id == item.id else {
        history.opensLog = item.id
        return []
      }
      return openLog(of: conversation)
    }
    guard let conversation, let exchange = conversation.exchanges.last else {
      show("There is no conversation on the screen whose records could be shown")
      return []
    }
    guard screen == .compose, focus == .pane else { return openLog(of: conversation) }
    return openLog(filter: LogFilter.setting(.trace, exchange.id.uuidString.lowercased(), in: ""))
  }

  mutating func openLog(of conversation: Conversation) -> [Effect] {
    let filter = LogFilter.setting(.component, Self.conversationsComponent, in: "")
    guard let exchange = conversation.exchanges.last else { return openLog(filter: filter) }
    return openLog(filter: LogFilter.setting(.trace, exchange.id.uuidString.lowercased(), in: filter))
  }

  /// What conversation turns are logged as.
  static let conversationsComponent = "fiedler-conversations"

  mutating func showLog(_ part: LogState.Part) -> [Effect] {
    log.part = part
    guard part == .records, !log.records.hasLoaded, !log.records.isLoading else { return [] }
    return loadRecords()
  }

  var logContexts: [KeyContext] {
    if log.detail != nil { return [.logDetail, .screens, .everywhere] }
    if log.records.typed != nil { return [.logFilter, .everywhere] }
    return [log.part == .outbox ? .outbox : .records, .log, .screens, .everywhere]
  }

  // MARK: Loading

  /// Asks for the records again. A problem with the filter is shown instead.
  mutating func loadRecords() -> [Effect] {
    log.records.nextLoad = nil
    guard health.state != .off else { return [] }
    do {
      let filter = try LogFilter(log.records.filter, when, traces: knownTraces)
      log.records.limit = filter.query.limit
      log.records.token += 1
      log.records.isLoading = true
      return [.loadRecords(filter.query, token: log.records.token)]
    } catch {
      log.records.problem = error.message
      return []
    }
  }

  /// On every tick: the next load while the list is followed.
  mutating func followRecords() -> [Effect] {
    guard screen == .log, log.records.follows, !log.records.isLoading, let next = log.records.nextLoad, next <= now
    else { return [] }
    return loadRecords()
  }

  /// When the screen changes by itself: an age that grows, or the next load.
  var nextLogChange: Duration {
    let ages: Duration = health.oldestPending != nil ? .seconds(1) : .seconds(30)
    return min(now + ages, log.records.nextLoad ?? now + ages)
  }

  mutating func take(_ records: [LoggedRecord], _ horizon: Date?, for token: Int) {
    guard token == log.records.token else { return }
    let isAtTop = log.records.selected == 0
    let kept = log.records.selectedItem?.id
    // Servers differ in what comes first; those of one moment stay in their order.
    log.records.items = records.enumerated().sorted {
      ($1.element.time, $0.offset) < ($0.element.time, $1.offset)
    }.map(\.element)
    let place =
      isAtTop ? 0 : kept.flatMap { id in log.records.items.firstIndex { $0.id == id } } ?? log.records.selected
    log.records.selected = max(0, min(place, records.count - 1))
    log.records.problem = nil
    log.records.horizon = horizon
    log.records.hasLoaded = true
    loadEnded()
  }

  mutating func recordsFailed(_ token: Int, _ why: String) {
    guard token == log.records.token else { return }
    log.records.problem = why
    loadEnded()
  }

  private mutating func loadEnded() {
    log.records.isLoading = false
    log.records.nextLoad = log.records.follows ? now + RecordsState.period : nil
  }

  mutating func take(_ parked: [ParkedRecord]) {
    let kept = log.outbox.selectedItem?.id
    log.outbox.items = parked
    let place = kept.flatMap { id in parked.firstIndex { $0.id == id } } ?? log.outbox.selected
    log.outbox.selected = max(0, min(place, parked.count - 1))
    log.outbox.problem = nil
    log.outbox.isLoading = false
  }

  mutating func parkedFailed(_ why: String) {
    log.outbox.problem = why
    log.outbox.isLoading = false
  }

  mutating func take(_ newer: LogHealth) -> [Effect] {
    let older = health
    health = newer
    healthAt = now
    guard screen == .log else { return [] }
    var effects: [Effect] = []
    if newer.parked != older.parked || newer.parkedReason != older.parkedReason {
      log.outbox.isLoading = true
      effects.append(.loadParked)
    }
    // What could not be loaded while there was no connection.
    let isBack = newer.state == .connected && older.state != .connected
    if isBack, log.part == .records, log.records.problem != nil || !log.records.hasLoaded, !log.records.isLoading {
      effects += loadRecords()
    }
    return effects
  }

  mutating func reloadLog() -> [Effect] {
    if log.part == .records { return loadRecords() }
    log.outbox.isLoading = true
    return [.loadParked]
  }

  mutating func toggleFollow() -> [Effect] {
    log.records.follows.toggle()
    log.records.nextLoad = nil
    return log.records.follows && !log.records.isLoading ? loadRecords() : []
  }

  // MARK: The filter

  /// Traces whose beginning can stand for them: those on the screen and those of the sends that are known.
  private var knownTraces: Set<UUID> {
    let conversations = [wholeConversation, history.preview].compactMap(\.self) + others
    return Set(log.records.items.compactMap(\.trace) + conversations.flatMap { $0.exchanges.map(\.id) })
  }

  /// Filters the records, or says what is wrong with the filter and leaves it to be mended.
  mutating func apply(filter text: String) -> [Effect] {
    do {
      let filter = try LogFilter(text, when, traces: knownTraces)
      if filter.text != log.records.filter {
        log.records.items = []
        log.records.hasLoaded = false
        log.records.selected = 0
      }
      log.records.filter = filter.text
      log.records.typed = nil
      log.records.filterProblem = nil
      log.records.problem = nil
      return loadRecords()
    } catch {
      if log.records.typed?.text != text { log.records.typed = LineEditor(text) }
      log.records.filterProblem = error.message
      return []
    }
  }

  mutating func acceptLogFilter() -> [Effect] { apply(filter: log.records.typed?.text ?? log.records.filter) }

  mutating func typeLogFilter(_ key: Key) {
    guard log.records.typed?.take(key) == true else { return }
    log.records.filterProblem = nil
  }

  mutating func pasteLogFilter(_ text: String) {
    guard log.records.typed != nil else { return }
    log.records.typed?.paste(text)
    log.records.filterProblem = nil
  }

  /// From everything over debug, info and warn to errors alone, and round again.
  mutating func cycleLevel() -> [Effect] {
    let level = (try? LogFilter(log.records.filter, when, traces: knownTraces))?.query.level  // was right when applied
    let levels = LogLevel.allCases
    let next = (level?.rank ?? 0) + 1
    let word = next < levels.count ? levels[next].rawValue.lowercased() : nil
    return apply(filter: LogFilter.setting(.level, word, in: log.records.filter))
  }

  mutating func filterByTrace() -> [Effect] {
    guard let trace = log.detail != nil ? log.detail?.trace : log.records.selectedItem?.trace else {
      show("This record belongs to no trace")
      return []
    }
    log.detail = nil
    return showLog(.records) + apply(filter: LogFilter.setting(.trace, trace.uuidString.lowercased(), in: ""))
  }
}
