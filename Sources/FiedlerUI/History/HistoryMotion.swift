import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  // MARK: The preview

  mutating func previewSelected() -> [Effect] {
    guard let item = history.selectedItem else {
      history.view = nil
      history.awaitedPreview = nil
      return []
    }
    let query = history.shown.text.allSatisfy(\.isWhitespace) ? nil : history.shown
    if let preview = history.preview, preview.id == item.id, preview.updatedAt == item.updatedAt,
      history.viewQuery == query
    {
      history.awaitedPreview = nil
      return []
    }
    let awaited = history.awaitedPreview
    guard awaited?.id != item.id || awaited?.query != query else { return [] }
    history.awaitedPreview = .init(id: item.id, query: query, since: awaited?.since ?? now)
    return [.previewConversation(item.id, query: query)]
  }

  mutating func takePreview(_ conversation: Conversation, _ hits: [TextHits]) -> [Effect] {
    guard let item = history.selectedItem, item.id == conversation.id else { return [] }
    let isAwaited = history.awaitedPreview?.id == conversation.id
    let query = isAwaited ? history.awaitedPreview?.query : history.viewQuery
    if history.view?.shows(conversation, hits) == true, history.viewQuery == query {
      history.view?.update(conversation)
    } else {
      history.view = HistoryPreview(conversation, hits: hits, at: item.hit, isPlain: isSuspect(conversation.id))
    }
    history.viewQuery = query
    history.awaitedPreview = nil
    guard history.opensLog == conversation.id, screen == .history else { return [] }
    history.opensLog = nil
    return openLog(of: conversation)
  }

  /// No preview is better than another conversation's.
  mutating func previewFailed() {
    history.awaitedPreview = nil
    if history.selectedView == nil { history.view = nil }
  }

  /// Goes to the next hit of the selected conversation, or the one before.
  mutating func moveHit(by step: Int) {
    guard let view = history.selectedView, view.document.hitCount > 0 else {
      let isFound = history.selectedItem?.hit != nil
      let way = [
        keyMap.name(of: .search, in: [.history]).map { "\($0) looks for words" },
        keyMap.name(of: .nextHit, in: [.history]).map { "\($0) goes to them" },
      ].compactMap(\.self).joined(separator: ", ")
      let unasked = way.isEmpty ? "No words are looked for" : way
      show(isFound ? "Nothing found in its texts, only in its title or tags" : unasked)
      return
    }
    // Where the list stands alone, the first press shows the hit.
    if HistoryLayout(self, size).preview.isEmpty {
      history.isFiltering = false
      history.focus = .preview
    } else if history.view?.moveHit(by: step) == true {
      show(step > 0 ? "On from the first hit" : "On from the last hit")
    }
  }

  // MARK: Moving

  mutating func moveInHistory(by step: Int) -> [Effect] {
    if history.focus == .preview, !history.isFiltering {
      history.view?.scroll(by: step)
      return []
    }
    return moveHistory(to: history.selected + step)
  }

  mutating func moveHistory(to row: Int) -> [Effect] {
    guard !history.items.isEmpty else { return [] }
    history.selected = min(max(0, row), history.items.count - 1)
    history.opensLog = nil
    return previewSelected() + loadMore()
  }

  /// Rows that a page motion goes.
  var historyPage: Int {
    if history.focus == .preview, !history.isFiltering { return max(1, (history.view?.height ?? 1) - 1) }
    return max(1, HistoryLayout(self, size).visible - 1)
  }

  mutating func switchHistory() {
    history.isFiltering = false
    history.focus = history.focus == .list && history.selectedItem != nil ? .preview : .list
  }

  /// Lays out what will be drawn.
  mutating func settleHistory() {
    let layout = HistoryLayout(self, size)
    history.top = layout.first
    let body = layout.previewBody
    if !body.isEmpty { history.view?.fit(columns: body.width, height: body.height) }
  }

  mutating func takeInHistory(_ mouse: Mouse, _ step: Int) -> [Effect] {
    guard !ComposeLayout.isTooSmall(size), history.edit == nil else { return [] }
    let layout = HistoryLayout(self, size)
    if step != 0 {
      guard layout.preview.contains(mouse.point) else { return moveHistory(to: history.selected + step.signum()) }
      history.view?.scroll(by: step)
      return []
    }
    guard mouse.action == .press, mouse.button == .left else { return [] }
    if layout.head.contains(mouse.point) {
      beginSearch()
    } else if layout.preview.contains(mouse.point) {
      history.isFiltering = false
      history.focus = .preview
    } else if let row = layout.row(at: mouse.point), history.items.indices.contains(row) {
      history.isFiltering = false
      history.focus = .list
      return row == history.selected ? openSelected(continues: false) : moveHistory(to: row)
    }
    return []
  }
}
