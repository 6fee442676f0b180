import Canvas
import Conversations
import FoundationEssentials

extension HistoryScreen {
  // MARK: Opening

  var canOpen: Bool { selectedItem != nil || isSearching }

  /// What is asked for has yet to come; what the list still shows, if anything, is of the search before.
  var isSearching: Bool { awaited?.isFirst == true && (query != shown || !hasLoaded) }

  static let stillSearching = "The history is still being searched"

  mutating func open(_ world: inout World) -> [Effect] { openSelected(continues: false, &world) }

  /// Opens the selected conversation where its preview stands.
  mutating func openSelected(continues: Bool, _ world: inout World) -> [Effect] {
    if isSearching {
      // What the list still shows is not what was asked for.
      opensFound = continues
      return []
    }
    guard let item = selectedItem else { return [] }
    let hit = item.hit?.exchange.map { ConversationPlace(exchange: $0) }
    let place = continues ? nil : selectedView.map { $0.place(isRead: focus == .preview) } ?? hit
    // What runs here is newer than what is stored.
    let known = [world.conversation].compactMap(\.self) + world.others.filter(world.isRunning)
    let opening = Opening(id: item.id, continues: continues, place: place)
    if let here = known.first(where: { $0.id == item.id }) {
      show(here, opening, &world)
      return []
    }
    self.opening = opening
    return [.openConversation(item.id)]
  }

  /// Leaves the history for a conversation.
  mutating func show(_ conversation: Conversation, _ opening: Opening, _ world: inout World) {
    self.opening = nil
    let word = foundWord
    let continues = opening.continues
    world.then { app in
      app.world.explain(conversation.id)
      app.open(conversation, continues: opening.continues)
      app.compose.reveal = opening.place
      app.compose.revealedWord = continues ? nil : word
      return [.title(conversation.title)]
    }
  }

  /// The records of the selected conversation, once its preview has come.
  mutating func openLog(_ world: inout World) -> [Effect] {
    guard let item = selectedItem else { return [] }
    guard let preview, preview.id == item.id else {
      opensLog = item.id
      return []
    }
    world.then { $0.openLog(of: preview) }
    return []
  }

  // MARK: The conversation that is meant

  func meant(_ world: World) -> MeantConversation? {
    selectedItem.map { item in
      MeantConversation(
        id: item.id, title: item.title, isPinned: item.isPinned,
        exchange: selectedView?.exchangeInSight ?? item.hit?.exchange)
    }
  }

  var shownConversation: Conversation? { preview }

  // MARK: Title and tags

  mutating func beginEdit(_ field: Edit.Field) {
    guard let item = selectedItem else { return }
    let text = field == .title ? item.title : TagWords.text(item.tags)
    let space = field == .tags && !text.isEmpty ? " " : ""
    focus = .list
    edit = .init(conversation: item.id, field: field, line: LineEditor(text + space))
  }

  mutating func acceptEdit(_ world: inout World) -> [Effect] {
    guard let edit else { return [] }
    let item = items.first { $0.id == edit.conversation }
    switch edit.field {
    case .tags:
      self.edit = nil
      let tags = TagWords.parse(edit.line.text)
      return tags == item?.tags ? [] : [.tag(conversation: edit.conversation, tags)]
    case .title:
      let title = edit.line.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      guard !title.isEmpty else {
        let key = world.keyMap.name(of: .close, in: [.historyEdit]).map { "; \($0) keeps the old one" } ?? ""
        world.show("A title needs a letter at least\(key)", .warning)
        return []
      }
      self.edit = nil
      return title == item?.title ? [] : [.rename(conversation: edit.conversation, title: title)]
    }
  }

  // MARK: What has changed

  /// Takes a conversation's new title, tags or pin; one that was deleted stands in the list again.
  mutating func changed(_ summary: ConversationSummary, isShown: Bool, _ world: inout World) -> [Effect] {
    if let back = world.deletions.returned, back.id == summary.id {
      guard isShown else { return [] }
      // Under another query it need not be found: the store knows.
      guard back.query == shown, query == shown else { return load(&world) }
      insert(summary, at: back.row)
      selected = items.firstIndex { $0.id == summary.id } ?? selected
      return previewSelected(&world)
    }
    let old = items.first { $0.id == summary.id }
    update(summary)
    guard let old, old.isPinned != summary.isPinned else { return [] }
    // Else its star tells of it.
    if !isShown || world.isPlain { world.tellOfPin(summary) }
    // A long list keeps its order until it is loaded anew, so that the reader's place is not lost.
    return isShown && !isLong ? load(&world) : []
  }

  mutating func deleteSelected(_ world: inout World) -> [Effect] {
    guard let item = selectedItem, !world.deletions.asked.contains(item.id) else { return [] }
    // What is known here is newer than the list.
    let known = ([world.conversation].compactMap(\.self) + world.others).filter { $0.id == item.id }
    let isStreaming = known.isEmpty ? !item.states.allSatisfy(\.isFinal) : known.contains(where: world.isRunning)
    guard !isStreaming else {
      world.show("Its answers still stream: stop them before it is deleted", .warning)
      return []
    }
    world.deletions.deleting[item.id] = .init(id: item.id, title: item.title, row: selected, query: shown)
    world.deletions.asked.insert(item.id)
    return [.delete(conversation: item.id)]
  }

  mutating func remove(_ id: UUID, _ world: inout World) -> [Effect] {
    guard let row = items.firstIndex(where: { $0.id == id }) else { return [] }
    remove(at: row)
    if row < selected { selected -= 1 }
    selected = max(0, min(selected, items.count - 1))
    if edit?.conversation == id { edit = nil }
    if items.isEmpty { focus = .list }
    return previewSelected(&world)
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    HistoryView(history: self, world: look.world, theme: look.theme, now: look.now, hasKeys: look.hasKeys)
      .draw(size, &frame)
  }
}

extension AppState {
  /// What actions for a conversation are about: what is selected on the screen, else the live one.
  var meant: MeantConversation? { top.meant(world) }

  var hasMeant: Possibility {
    if top(HistoryScreen.self)?.isSearching == true { return .no(HistoryScreen.stillSearching) }
    return meant == nil ? .no("There is no conversation here yet") : .yes
  }

  mutating func togglePin() -> [Effect] {
    meant.map { [.pin(conversation: $0.id, !$0.isPinned)] } ?? []
  }

  mutating func openExportPicker() -> [Effect] {
    guard let meant else { return [] }
    let items = ExportFormat.allCases.map { format in
      PickerLayer.Item(title: format.words, note: format.note, details: [], problem: nil)
    }
    layer = PickerLayer(kind: .export(meant.id), title: "export", items: items)
    return []
  }
}

extension World {
  /// Takes a conversation's new title, tags or pin, or that it is back, wherever it runs. Give it before the screens.
  /// `showsPins`: whether the screen that is shown tells of its pin.
  mutating func changed(_ summary: ConversationSummary, showsPins: Bool) -> [Effect] {
    var effects: [Effect] = []
    deletions.returned = nil
    if conversation?.id == summary.id {
      if !showsPins, conversation?.isPinned != summary.isPinned { tellOfPin(summary) }
      if conversation?.title != summary.title { effects.append(.title(summary.title)) }
      conversation?.take(summary)
    }
    for index in others.indices where others[index].id == summary.id { others[index].take(summary) }
    if deletions.contains(summary.id) { restored(summary) }
    return effects
  }

  fileprivate mutating func tellOfPin(_ summary: ConversationSummary) {
    show(summary.isPinned ? "Pinned: stands first" : "No longer pinned", .success)
  }

  mutating func deleted(_ id: UUID) {
    deletions.asked.remove(id)
    guard let gone = deletions.deleting.removeValue(forKey: id) else { return }
    deletions.deleted.append(gone)
    let title = String(gone.title.prefix(30)) + (gone.title.count > 30 ? "…" : "")
    let key = keyMap.name(of: .undoDelete).map { " · \($0) brings it back" } ?? ""
    show("Deleted “\(title)”\(key)", .success)
  }

  mutating func undoDelete() -> [Effect] {
    guard let last = deletions.deleted.last(where: { !deletions.asked.contains($0.id) }) else {
      show("Nothing was deleted since the program began")
      return []
    }
    deletions.asked.insert(last.id)
    return [.restore(conversation: last.id)]
  }

  private mutating func restored(_ summary: ConversationSummary) {
    deletions.asked.remove(summary.id)
    guard let index = deletions.deleted.lastIndex(where: { $0.id == summary.id }) else { return }
    let back = deletions.deleted.remove(at: index)
    deletions.returned = back
    show("“\(back.title.prefix(30))” is back", .success)
  }
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
