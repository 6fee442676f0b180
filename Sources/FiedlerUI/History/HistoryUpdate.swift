import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  mutating func openHistory(query: String = "") -> [Effect] {
    screen = .history
    overlay = nil
    history = HistoryState()
    history.query = query
    history.isLoading = true
    return [.loadHistory(query: query, after: nil)]
  }

  mutating func closeHistory() {
    screen = .compose
    history.isFiltering = false
  }

  mutating func take(_ page: HistoryPage) -> [Effect] {
    guard page.query == history.query else { return [] }
    if page.after == nil {
      let kept = history.selectedItem?.id
      history.items = page.summaries
      history.selected = kept.flatMap { id in page.summaries.firstIndex { $0.id == id } } ?? 0
    } else {
      // A conversation that moved to the top meanwhile may come again.
      let known = Set(history.items.map(\.id))
      history.items += page.summaries.filter { !known.contains($0.id) }
    }
    history.more = page.more
    history.isLoading = false
    return previewSelected()
  }

  mutating func takePreview(_ conversation: Conversation) -> [Effect] {
    guard history.selectedItem?.id == conversation.id else { return [] }
    history.preview = conversation
    guard history.opensLog == conversation.id, screen == .history else { return [] }
    history.opensLog = nil
    return openLog(of: conversation)
  }

  private mutating func previewSelected() -> [Effect] {
    guard let item = history.selectedItem else {
      history.preview = nil
      return []
    }
    guard history.preview?.id != item.id || history.preview?.updatedAt != item.updatedAt else { return [] }
    return [.previewConversation(item.id)]
  }

  mutating func moveHistory(to row: Int) -> [Effect] {
    guard !history.items.isEmpty else { return [] }
    history.selected = min(max(0, row), history.items.count - 1)
    history.opensLog = nil
    return previewSelected() + loadMore()
  }

  private mutating func loadMore() -> [Effect] {
    guard history.more, !history.isLoading, history.selected >= history.items.count - 5,
      let last = history.items.last
    else { return [] }
    history.isLoading = true
    return [.loadHistory(query: history.query, after: last)]
  }

  /// Rows that a page motion goes.
  var historyPage: Int { max(1, HistoryLayout(size).visible - 1) }

  mutating func openSelected(continues: Bool) -> [Effect] {
    guard let item = history.selectedItem else { return [] }
    // What runs here is newer than what is stored.
    let known = [conversation].compactMap(\.self) + others.filter(isRunning)
    if let here = known.first(where: { $0.id == item.id }) { return opened(here, continues: continues) }
    opening = Opening(id: item.id, continues: continues)
    return [.openConversation(item.id)]
  }

  mutating func opened(_ loaded: Conversation, continues: Bool? = nil) -> [Effect] {
    guard continues != nil || opening?.id == loaded.id else { return [] }
    let continues = continues ?? opening?.continues ?? false
    opening = nil
    open(loaded, continues: continues)
    return [.title(loaded.title)]
  }

  mutating func typeFilter(_ key: Key) -> [Effect] {
    switch (key.code, key.modifiers) {
    case (.character(let character), []), (.character(let character), .shift): history.query.append(character)
    case (.backspace, _) where !history.query.isEmpty: history.query.removeLast()
    case (.character("u"), .control), (.character("w"), .control): history.query = ""
    default: return []
    }
    return reload()
  }

  mutating func pasteFilter(_ text: String) -> [Effect] {
    history.query += text.filter { !$0.isNewline }
    return reload()
  }

  mutating func clearFilter() -> [Effect] {
    history.query = ""
    return reload()
  }

  private mutating func reload() -> [Effect] {
    history.isLoading = true
    return [.loadHistory(query: history.query, after: nil)]
  }
}
