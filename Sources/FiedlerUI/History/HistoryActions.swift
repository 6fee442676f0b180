import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  // MARK: Opening

  /// Opens the selected conversation where its preview stands.
  mutating func openSelected(continues: Bool) -> [Effect] {
    if history.awaited?.isFirst == true, history.query != history.shown {
      // What the list still shows is not what was asked for.
      history.opensFound = continues
      return []
    }
    guard let item = history.selectedItem else { return [] }
    let hit = item.hit?.exchange.map { ConversationPlace(exchange: $0) }
    let place =
      continues ? nil : history.selectedView.map { $0.place(isRead: history.focus == .preview) } ?? hit
    // What runs here is newer than what is stored.
    let known = [conversation].compactMap(\.self) + others.filter(isRunning)
    let opening = Opening(id: item.id, continues: continues, place: place)
    if let here = known.first(where: { $0.id == item.id }) { return show(here, opening) }
    self.opening = opening
    return [.openConversation(item.id)]
  }

  mutating func opened(_ loaded: Conversation) -> [Effect] {
    guard let opening, opening.id == loaded.id else { return [] }
    return show(loaded, opening)
  }

  private mutating func show(_ conversation: Conversation, _ opening: Opening) -> [Effect] {
    self.opening = nil
    open(conversation, continues: opening.continues)
    reveal = opening.place
    return [.title(conversation.title)]
  }

  // MARK: The conversation that is meant

  /// The selected conversation in the history, else the one on the screen.
  private var meant: (id: UUID, title: String, isPinned: Bool)? {
    if screen == .history { return history.selectedItem.map { ($0.id, $0.title, $0.isPinned) } }
    return conversation.map { ($0.id, $0.title, $0.isPinned) }
  }

  private mutating func meantConversation() -> (id: UUID, title: String, isPinned: Bool)? {
    if meant == nil { show("There is no conversation here yet") }
    return meant
  }

  mutating func togglePin() -> [Effect] {
    meantConversation().map { [.pin(conversation: $0.id, !$0.isPinned)] } ?? []
  }

  mutating func replaySelected() -> [Effect] {
    guard let meant = meantConversation() else { return [] }
    let exchange = history.selectedView?.exchangeInSight ?? history.selectedItem?.hit?.exchange
    return [.replay(conversation: meant.id, exchange: exchange)]
  }

  mutating func openExportPicker() -> [Effect] {
    guard let meant = meantConversation() else { return [] }
    let items = ExportFormat.allCases.map { format in
      PickerState.Item(title: format.words, note: format.note, details: [], problem: nil)
    }
    overlay = .picker(PickerState(kind: .export(meant.id), title: "export", items: items))
    return []
  }

  // MARK: Title and tags

  mutating func beginEdit(_ field: HistoryState.Edit.Field) {
    guard let item = history.selectedItem else { return }
    let text = field == .title ? item.title : TagWords.text(item.tags)
    let space = field == .tags && !text.isEmpty ? " " : ""
    history.focus = .list
    history.edit = .init(conversation: item.id, field: field, line: LineEditor(text + space))
  }

  mutating func acceptEdit() -> [Effect] {
    guard let edit = history.edit else { return [] }
    let item = history.items.first { $0.id == edit.conversation }
    switch edit.field {
    case .tags:
      history.edit = nil
      let tags = TagWords.parse(edit.line.text)
      return tags == item?.tags ? [] : [.tag(conversation: edit.conversation, tags)]
    case .title:
      let title = edit.line.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard !title.isEmpty else {
        let key = keyMap.name(of: .close, in: [.historyEdit]).map { "; \($0) keeps the old one" } ?? ""
        show("A title needs a letter at least\(key)", .warning)
        return []
      }
      history.edit = nil
      return title == item?.title ? [] : [.rename(conversation: edit.conversation, title: title)]
    }
  }

  // MARK: What has changed

  /// Takes a conversation's new title, tags or pin wherever it is shown; one that was deleted stands in the list again.
  mutating func changed(_ summary: ConversationSummary) -> [Effect] {
    var effects: [Effect] = []
    let old = history.items.first { $0.id == summary.id }
    let wasPinned = old?.isPinned ?? (conversation?.id == summary.id ? conversation?.isPinned : nil)
    if conversation?.id == summary.id {
      if conversation?.title != summary.title { effects.append(.title(summary.title)) }
      conversation?.take(summary)
    }
    for index in others.indices where others[index].id == summary.id { others[index].take(summary) }
    if isDeleted(summary.id) { return effects + restored(summary) }
    history.update(summary)
    if let wasPinned, wasPinned != summary.isPinned {
      show(summary.isPinned ? "Pinned: stands first" : "No longer pinned", .success)
      // A long list keeps its order until it is loaded anew, so that the reader's place is not lost.
      if screen == .history, !history.isLong { effects += loadHistory() }
    }
    return effects
  }

  mutating func deleteSelected() -> [Effect] {
    guard let item = history.selectedItem, !history.asked.contains(item.id) else { return [] }
    // What is known here is newer than the list.
    let known = ([conversation].compactMap(\.self) + others).filter { $0.id == item.id }
    let isStreaming = known.isEmpty ? !item.states.allSatisfy(\.isFinal) : known.contains(where: isRunning)
    guard !isStreaming else {
      show("Its answers still stream: stop them before it is deleted", .warning)
      return []
    }
    history.deleting[item.id] = .init(id: item.id, title: item.title, row: history.selected, query: history.shown)
    history.asked.insert(item.id)
    return [.delete(conversation: item.id)]
  }

  mutating func deleted(_ id: UUID) -> [Effect] {
    history.asked.remove(id)
    guard let gone = history.deleting.removeValue(forKey: id) else { return removeFromHistory(id) }
    history.deleted.append(gone)
    let title = String(gone.title.prefix(30)) + (gone.title.count > 30 ? "…" : "")
    let key = keyMap.name(of: .undoDelete).map { " · \($0) brings it back" } ?? ""
    show("Deleted “\(title)”\(key)", .success)
    return removeFromHistory(id)
  }

  private mutating func removeFromHistory(_ id: UUID) -> [Effect] {
    guard let row = history.items.firstIndex(where: { $0.id == id }) else { return [] }
    history.remove(at: row)
    if row < history.selected { history.selected -= 1 }
    history.selected = max(0, min(history.selected, history.items.count - 1))
    if history.edit?.conversation == id { history.edit = nil }
    if history.items.isEmpty { history.focus = .list }
    return previewSelected()
  }

  mutating func undoDelete() -> [Effect] {
    guard let last = history.deleted.last(where: { !history.asked.contains($0.id) }) else {
      show("Nothing was deleted since the program began")
      return []
    }
    history.asked.insert(last.id)
    return [.restore(conversation: last.id)]
  }

  private mutating func restored(_ summary: ConversationSummary) -> [Effect] {
    history.asked.remove(summary.id)
    guard let index = history.deleted.lastIndex(where: { $0.id == summary.id }) else { return [] }
    let back = history.deleted.remove(at: index)
    show("“\(back.title.prefix(30))” is back", .success)
    guard screen == .history else { return [] }
    // Under another query it need not be found: the store knows.
    guard back.query == history.shown, history.query == history.shown else { return loadHistory() }
    history.insert(summary, at: back.row)
    history.selected = history.items.firstIndex { $0.id == summary.id } ?? history.selected
    return previewSelected()
  }

  /// What was asked for may have failed: it can be asked for again.
  mutating func forgetAsked() { history.asked = [] }

  /// Whether a conversation was deleted here and is not back: nothing more is sent in it.
  func isDeleted(_ id: UUID) -> Bool { history.deleted.contains { $0.id == id } }
}

extension Conversation {
  fileprivate mutating func take(_ summary: ConversationSummary) {
    title = summary.title
    tags = summary.tags
    isPinned = summary.isPinned
  }
}

extension ExportFormat {
  var words: String {
    switch self {
    case .markdown: "Markdown"
    case .json: "JSON"
    case .folder: "Folder"
    case .cast: "asciinema cast"
    }
  }

  /// What it is good for.
  var note: String {
    switch self {
    case .markdown: "one file to read"
    case .json: "everything, to be imported again"
    case .folder: "a file an answer"
    case .cast: "the answers as they came, to be played"
    }
  }
}
