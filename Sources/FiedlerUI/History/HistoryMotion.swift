import Canvas
import Conversations
import FoundationEssentials

extension HistoryScreen {
  // MARK: The preview

  mutating func previewSelected(_ world: inout World) -> [Effect] {
    guard let item = selectedItem else {
      view = nil
      awaitedPreview = nil
      return []
    }
    let query = shown.text.allSatisfy(\.isWhitespace) ? nil : shown
    if let preview = preview, preview.id == item.id, preview.updatedAt == item.updatedAt,
      viewQuery == query
    {
      awaitedPreview = nil
      return []
    }
    let awaited = awaitedPreview
    guard awaited?.id != item.id || awaited?.query != query else { return [] }
    awaitedPreview = .init(id: item.id, query: query, since: awaited?.since ?? world.now)
    return [.previewConversation(item.id, query: query)]
  }

  mutating func takePreview(
    _ conversation: Conversation, _ hits: [TextHits], isShown: Bool, _ world: inout World
  ) -> [Effect] {
    guard let item = selectedItem, item.id == conversation.id else { return [] }
    let conversation = world.shown(conversation)
    let isAwaited = awaitedPreview?.id == conversation.id
    let query = isAwaited ? awaitedPreview?.query : viewQuery
    if view?.shows(conversation, hits) == true, viewQuery == query {
      view?.update(conversation)
    } else {
      view = HistoryPreview(conversation, hits: hits, at: item.hit, isPlain: world.isSuspect(conversation.id))
    }
    viewQuery = query
    awaitedPreview = nil
    guard opensLog == conversation.id, isShown else { return [] }
    opensLog = nil
    world.then { $0.openLog(of: conversation) }
    return []
  }

  /// No preview is better than another conversation's.
  mutating func previewFailed() {
    awaitedPreview = nil
    if selectedView == nil { view = nil }
  }

  /// Goes to the next hit of the selected conversation, or the one before.
  mutating func moveHit(by step: Int, _ world: inout World) {
    guard let shown = selectedView, shown.document.hitCount > 0 else {
      let isFound = selectedItem?.hit != nil
      let way = [
        world.keyMap.name(of: .search, in: [.history]).map { "\($0) looks for words" },
        world.keyMap.name(of: .nextHit, in: [.history]).map { "\($0) goes to them" },
      ].compactMap(\.self).joined(separator: ", ")
      let unasked = way.isEmpty ? "No words are looked for" : way
      world.show(isFound ? "Nothing found in its texts, only in its title or tags" : unasked)
      return
    }
    // Where the list stands alone, the first press shows the hit.
    if HistoryLayout(self, world, world.size).preview.isEmpty {
      isFiltering = false
      focus = .preview
    } else if view?.moveHit(by: step) == true {
      world.show(step > 0 ? "From the first hit again" : "From the last hit again")
    }
  }

  // MARK: Moving

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    if focus == .preview, !isFiltering {
      let page = max(1, (view?.height ?? 1) - 1)
      view?.scroll(by: motion.step(page: page))
      return []
    }
    let page = max(1, HistoryLayout(self, world, world.size).visible - 1)
    return select(row: selected + motion.step(page: page), &world)
  }

  private mutating func select(row: Int, _ world: inout World) -> [Effect] {
    guard !items.isEmpty else { return [] }
    selected = min(max(0, row), items.count - 1)
    opensLog = nil
    return previewSelected(&world) + loadMore(&world)
  }

  mutating func switchParts() {
    isFiltering = false
    focus = focus == .list && selectedItem != nil ? .preview : .list
  }

  mutating func settle(_ world: World) {
    let layout = HistoryLayout(self, world, world.size)
    top = layout.first
    let body = layout.previewBody
    if !body.isEmpty { view?.fit(columns: body.width, height: body.height) }
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    guard edit == nil else { return [] }
    let layout = HistoryLayout(self, world, world.size)
    if step != 0 {
      guard layout.preview.contains(mouse.point) else { return select(row: selected + step.signum(), &world) }
      view?.scroll(by: step)
      return []
    }
    guard mouse.action == .press, mouse.button == .left else { return [] }
    if layout.head.contains(mouse.point) {
      return beginSearch()
    } else if layout.preview.contains(mouse.point) {
      isFiltering = false
      focus = .preview
    } else if let row = layout.row(at: mouse.point), items.indices.contains(row) {
      isFiltering = false
      focus = .list
      return row == selected ? openSelected(continues: false, &world) : select(row: row, &world)
    }
    return []
  }
}
