import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  // MARK: Coming and going

  /// Opens the history where it was left, or with another query.
  mutating func openHistory(query: String? = nil) -> [Effect] {
    if screen == .history, query == nil {
      beginSearch()
      return []
    }
    screen = .history
    overlay = nil
    history.focus = .list
    history.isFiltering = false
    history.edit = nil
    history.opensLog = nil
    if let query {
      history.search.set(query)
      history.query.text = query
    }
    return loadHistory()
  }

  mutating func closeHistory() {
    screen = .compose
    history.isFiltering = false
    history.edit = nil
    history.opensFound = nil
    opening = nil
  }

  /// Escape: ends what is typed, goes back to the list, clears the query, and leaves, each where it applies.
  mutating func closeInHistory() -> [Effect] {
    if history.edit != nil {
      history.edit = nil
    } else if history.isFiltering, history.search.text.isEmpty {
      history.isFiltering = false
    } else if !history.isFiltering, history.focus == .preview {
      history.focus = .list
    } else if !history.search.text.isEmpty {
      history.isFiltering = false
      return clearSearch()
    } else {
      closeHistory()
    }
    return []
  }

  var historyContexts: [KeyContext] {
    if history.edit != nil { return [.historyEdit, .everywhere] }
    if history.isFiltering { return [.historyFilter, .everywhere] }
    return [.history, .screens, .everywhere]
  }

  /// Keys that no action takes go to the line that is typed.
  mutating func typeInHistory(_ key: Key) -> [Effect] {
    if history.edit != nil {
      _ = history.edit?.line.take(key)
      return []
    }
    guard history.isFiltering, history.search.take(key) else { return [] }
    return searchChanged()
  }

  mutating func pasteInHistory(_ text: String) -> [Effect] {
    if history.edit != nil {
      history.edit?.line.paste(text)
      return []
    }
    guard history.isFiltering else { return [] }
    history.search.paste(text)
    return searchChanged()
  }

  mutating func acceptInHistory() -> [Effect] {
    if history.edit != nil { return acceptEdit() }
    history.isFiltering = false
    return []
  }

  // MARK: Searching

  mutating func beginSearch() {
    history.edit = nil
    history.focus = .list
    history.isFiltering = true
  }

  private mutating func searchChanged() -> [Effect] {
    guard history.search.text != history.query.text else { return [] }
    history.query.text = history.search.text
    return loadHistory()
  }

  private mutating func clearSearch() -> [Effect] {
    history.search.set("")
    history.query = HistoryQuery("", order: history.query.order)
    return loadHistory()
  }

  /// Newest, oldest, by title, and by relevance where words are looked for.
  mutating func changeOrder() -> [Effect] {
    let orders = HistoryOrder.allCases.filter { $0 != .relevance || QueryParts(history.query.text).hasWords }
    let place = orders.firstIndex(of: history.query.order) ?? 0
    history.query.order = orders[(place + 1) % orders.count]
    return loadHistory()
  }

  // MARK: Loading

  /// Asks for the first page. The old list stays until the answer comes.
  mutating func loadHistory() -> [Effect] {
    history.token += 1
    history.opensFound = nil
    history.awaited = .init(token: history.token, since: history.awaited?.since ?? now)
    return [.loadHistory(history.query, after: nil, token: history.token)]
  }

  mutating func loadMore() -> [Effect] {
    guard let next = history.next, history.awaited == nil, history.query == history.shown,
      history.selected >= history.items.count - 5
    else { return [] }
    history.token += 1
    history.awaited = .init(token: history.token, since: now, isFirst: false)
    return [.loadHistory(history.shown, after: next, token: history.token)]
  }

  mutating func take(_ page: HistoryPage, for token: Int) -> [Effect] {
    guard token == history.token, let awaited = history.awaited else { return [] }
    history.problem = nil
    if awaited.isFirst, page.summaries.isEmpty, let next = page.next {
      // A page looks only so far. The old list stays until something is found, or nothing is left to look at.
      history.token += 1
      history.awaited?.token = history.token
      return [.loadHistory(history.query, after: next, token: history.token)]
    }
    history.awaited = nil
    // One that was deleted after the page was read does not come back with it.
    let summaries = page.summaries.filter { !isDeleted($0.id) }
    if awaited.isFirst {
      takeFirst(summaries, next: page.next)
    } else {
      // A conversation that moved to the top meanwhile may come again.
      history.append(summaries)
      history.next = page.next
      history.isLong = true
    }
    history.hasHits = history.hasHits || summaries.contains { $0.hit != nil }
    if let continues = history.opensFound {
      history.opensFound = nil
      return openSelected(continues: continues)
    }
    return previewSelected() + loadMore()
  }

  private mutating func takeFirst(_ summaries: [ConversationSummary], next: HistoryCursor?) {
    let isSame = history.hasLoaded && history.query == history.shown
    // The best match stays the selected one while the query changes, unless another was gone to.
    let kept = isSame || history.selected > 0 ? history.selectedItem?.id : nil
    var items = summaries
    var next = next
    if isSame, let cursor = next, let last = summaries.last?.id,
      let place = history.items.firstIndex(where: { $0.id == last }), place + 1 < history.items.count
    {
      // What had been loaded behind this page stays, so that nobody is thrown back to the beginning.
      let known = Set(summaries.map(\.id))
      items += history.items[(place + 1)...].filter { !known.contains($0.id) }
      next = history.isLong ? history.next : cursor
    } else {
      history.isLong = false
    }
    history.replaceItems(items)
    history.next = next
    history.shown = history.query
    history.hasHits = false
    history.hasLoaded = true
    history.selected = kept.flatMap { id in items.firstIndex { $0.id == id } } ?? 0
    if !isSame { history.top = 0 }
    if history.edit.map({ edit in !items.contains { $0.id == edit.conversation } }) ?? false { history.edit = nil }
  }

  mutating func historyFailed(_ token: Int, _ why: String) {
    guard token == history.token else { return }
    history.awaited = nil
    history.opensFound = nil
    history.problem = why
  }
}
