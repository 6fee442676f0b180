import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  /// Opens the history where it was left, or with another query.
  mutating func openHistory(query: String? = nil) -> [Effect] {
    if query == nil, let effects = on(HistoryScreen.self, { history, _ in history.beginSearch() }) { return effects }
    var effects: [Effect] = []
    if top is HistoryScreen {
      layer = nil
    } else {
      effects = leaveScreens()
      open(takeKept(HistoryScreen.self) ?? HistoryScreen())
    }
    return effects + (on(HistoryScreen.self) { $0.begin(query: query, &$1) } ?? [])
  }
}

extension HistoryScreen {
  // MARK: Coming and going

  mutating func begin(query text: String?, _ world: inout World) -> [Effect] {
    focus = .list
    cover()
    if let text {
      search.set(text)
      query.text = text
    }
    return load(&world)
  }

  mutating func cover() {
    isFiltering = false
    edit = nil
    opensLog = nil
    opensFound = nil
    opening = nil
  }

  /// Escape: ends what is typed, goes back to the list, clears the query, and leaves, each where it applies.
  mutating func close(_ world: inout World) -> [Effect] {
    if edit != nil {
      edit = nil
    } else if isFiltering, search.text.isEmpty {
      isFiltering = false
    } else if !isFiltering, focus == .preview {
      focus = .list
    } else if !search.text.isEmpty {
      isFiltering = false
      return clearSearch(&world)
    } else {
      world.leave()
    }
    return []
  }

  func contexts(_ world: World) -> [KeyContext] { contexts }

  var contexts: [KeyContext] {
    if edit != nil { return [.historyEdit, .everywhere] }
    if isFiltering { return [.historyFilter, .everywhere] }
    return [.history, .screens, .everywhere]
  }

  var isTyping: Bool { edit != nil || isFiltering }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    if edit != nil {
      _ = edit?.line.take(key)
      return []
    }
    guard isFiltering, search.take(key) else { return [] }
    return searchChanged(&world)
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    if edit != nil {
      edit?.line.paste(text)
      return []
    }
    guard isFiltering else { return [] }
    search.paste(text)
    return searchChanged(&world)
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    if edit != nil { return acceptEdit(&world) }
    isFiltering = false
    return []
  }

  // MARK: Searching

  mutating func beginSearch() -> [Effect] {
    edit = nil
    focus = .list
    isFiltering = true
    return []
  }

  private mutating func searchChanged(_ world: inout World) -> [Effect] {
    guard search.text != query.text else { return [] }
    query.text = search.text
    return load(&world)
  }

  private mutating func clearSearch(_ world: inout World) -> [Effect] {
    search.set("")
    query = HistoryQuery("", order: query.order)
    return load(&world)
  }

  /// Newest, oldest, by title, and by relevance where words are looked for.
  mutating func changeOrder(_ world: inout World) -> [Effect] {
    let orders = HistoryOrder.allCases.filter { $0 != .relevance || QueryParts(query.text).hasWords }
    let place = orders.firstIndex(of: query.order) ?? 0
    query.order = orders[(place + 1) % orders.count]
    return load(&world)
  }

  // MARK: Loading

  /// Asks for the first page. The old list stays until the answer comes.
  mutating func load(_ world: inout World) -> [Effect] {
    token = world.nextToken()
    opensFound = nil
    awaited = .init(token: token, since: awaited?.since ?? world.now)
    return [.loadHistory(query, after: nil, token: token)]
  }

  mutating func loadMore(_ world: inout World) -> [Effect] {
    guard let next, awaited == nil, query == shown, selected >= items.count - 5 else { return [] }
    token = world.nextToken()
    awaited = .init(token: token, since: world.now, isFirst: false)
    return [.loadHistory(shown, after: next, token: token)]
  }

  mutating func take(_ page: HistoryPage, _ world: inout World) -> [Effect] {
    guard let awaited else { return [] }
    problem = nil
    if awaited.isFirst, page.summaries.isEmpty, let next = page.next {
      // A page looks only so far. The old list stays until something is found, or nothing is left to look at.
      token = world.nextToken()
      self.awaited?.token = token
      return [.loadHistory(query, after: next, token: token)]
    }
    self.awaited = nil
    if awaited.isFirst { total = page.total }
    // One that was deleted after the page was read does not come back with it.
    let summaries = page.summaries.filter { !world.deletions.contains($0.id) }
    if awaited.isFirst {
      takeFirst(summaries, next: page.next)
    } else {
      // A conversation that moved to the top meanwhile may come again.
      append(summaries)
      self.next = page.next
      isLong = true
    }
    hasHits = hasHits || summaries.contains { $0.hit != nil }
    if let continues = opensFound {
      opensFound = nil
      return openSelected(continues: continues, &world)
    }
    return previewSelected(&world) + loadMore(&world)
  }

  private mutating func takeFirst(_ summaries: [ConversationSummary], next newNext: HistoryCursor?) {
    let isSame = hasLoaded && query == shown
    // The best match stays the selected one while the query changes, unless another was gone to.
    let kept = isSame || selected > 0 ? selectedItem?.id : nil
    var new = summaries
    var cursor = newNext
    if isSame, newNext != nil, let last = summaries.last?.id,
      let place = items.firstIndex(where: { $0.id == last }), place + 1 < items.count
    {
      // What had been loaded behind this page stays, so that nobody is thrown back to the beginning.
      let known = Set(summaries.map(\.id))
      new += items[(place + 1)...].filter { !known.contains($0.id) }
      cursor = isLong ? next : newNext
    } else {
      isLong = false
    }
    replaceItems(new)
    next = cursor
    shown = query
    hasHits = false
    hasLoaded = true
    selected = kept.flatMap { id in items.firstIndex { $0.id == id } } ?? 0
    if !isSame { top = 0 }
    if edit.map({ edit in !items.contains { $0.id == edit.conversation } }) ?? false { edit = nil }
  }

  mutating func take(_ message: Message, isShown: Bool, _ world: inout World) -> [Effect] {
    switch message {
    case .historyLoaded(token, let page): return take(page, &world)
    case .historyFailed(token, let why):
      awaited = nil
      opensFound = nil
      problem = why
    case .conversationLoaded(let loaded):
      guard let opening, opening.id == loaded.id else { return [] }
      show(loaded, opening, &world)
    case .previewLoaded(let loaded, let hits): return takePreview(loaded, hits, isShown: isShown, &world)
    case .verdictsChanged(let prompt, let verdicts):
      guard var conversation = preview, conversation.exchanges.contains(where: { $0.id == prompt }) else { return [] }
      conversation.exchanges.take(verdicts, on: prompt)
      view?.update(conversation)
    case .loadFailed:
      opening = nil
      previewFailed()
    case .conversationChanged(let summary): return changed(summary, isShown: isShown, &world)
    case .conversationDeleted(let id): return remove(id, &world)
    default: break
    }
    return []
  }

  /// When it is to be said that an answer is awaited, if that is still to come, or an age grows.
  func nextChange(_ world: World) -> Duration? {
    let awaited = [awaited?.since, awaitedPreview?.since].compactMap { $0.map { $0 + Self.patience } }
    return (awaited.filter { $0 > world.now } + (world.movesByItself ? [world.now + .seconds(30)] : [])).min()
  }
}
