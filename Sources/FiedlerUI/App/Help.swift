import Canvas

/// The help screen, over any other.
struct HelpLayer: Screen {
  /// The first row shown.
  private(set) var top = 0
  /// The prompt editor's keys, which it tells too.
  let keys: Editor.Keys

  /// Opens at the keys of the place where it was asked for.
  init(at contexts: [KeyContext], _ world: World, _ keys: Editor.Keys) {
    self.keys = keys
    scroll(by: HelpView.firstRow(of: contexts, world.keyMap, keys), world)
  }

  func contexts(_ world: World) -> [KeyContext] { [.help, .everywhere] }

  private mutating func scroll(by step: Int, _ world: World) {
    top = min(max(0, top + step), HelpView.lastTop(world.keyMap, keys, world.size))
  }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    scroll(by: motion.step(page: 8), world)
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    scroll(by: step, world)
    return []
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    HelpView(help: self, keyMap: look.world.keyMap, keys: keys, theme: look.theme).draw(size, &frame)
  }
}

extension AppState {
  mutating func toggleHelp() {
    layer = layer is HelpLayer ? nil : HelpLayer(at: activeContexts, world, prompt.editor.keys)
  }
}

/// The help screen, made from the tables of keys.
struct HelpView {
  enum Row: Hashable {
    case heading(String)
    case entry(keys: String, title: String)
    case gap
  }

  static func rows(_ keyMap: KeyMap, _ keys: Editor.Keys = .emacs) -> [Row] {
    var rows: [Row] = []
    for (title, contexts) in ActionSections.sections {
      rows.append(.heading(title))
      rows += ActionSections.rows(contexts, keyMap).map { row in
        .entry(keys: row.names.joined(separator: "  "), title: row.title)
      }
      rows.append(.gap)
    }
    rows.append(.heading("Searching the history"))
    rows += HistoryView.searchHelp.map { .entry(keys: $0, title: $1) }
    rows.append(.gap)
    if keys == .vi {
      rows.append(.heading("Editing, vi’s normal and visual modes"))
      rows += ViKeys.help.map { .entry(keys: $0.keys, title: $0.title) }
      rows += [.gap, .heading("Editing, vi’s insert mode"), .entry(keys: "Esc", title: "Normal mode")]
    } else {
      rows.append(.heading("Editing"))
    }
    return rows + editing(keyMap)
  }

  /// The row of the heading under which the keys of a place stand. The prompt's is near enough to the beginning.
  static func firstRow(of contexts: [KeyContext], _ keyMap: KeyMap, _ keys: Editor.Keys) -> Int {
    let sections = ActionSections.sections
    guard let place = contexts.first, let section = sections.first(where: { $0.contexts.contains(place) }),
      !section.contexts.contains(.prompt)
    else { return 0 }
    return rows(keyMap, keys).firstIndex(of: .heading(section.title)) ?? 0
  }

  /// The editor's keys that reach it, those of one meaning together.
  private static func editing(_ keyMap: KeyMap) -> [Row] {
    var titles: [String] = []
    var keys: [String: [String]] = [:]
    for binding in EditorKeys.table
    where keyMap.action(for: binding.key, in: [.prompt, .screens, .everywhere]) == nil {
      if keys[binding.description] == nil { titles.append(binding.description) }
      keys[binding.description, default: []].append(keyMap.text(binding.key))
    }
    return titles.map { .entry(keys: keys[$0, default: []].joined(separator: "  "), title: $0) }
  }

  static func box(_ size: Size) -> Rect {
    let width = min(size.width, 78)
    let height = min(size.height - 1, 44)
    return Rect(x: (size.width - width) / 2, y: (size.height - 1 - height) / 2, width: width, height: height)
  }

  /// The last `top` that still fills the box.
  static func lastTop(_ keyMap: KeyMap, _ keys: Editor.Keys, _ size: Size) -> Int {
    max(0, rows(keyMap, keys).count - (box(size).height - 2))
  }

  let help: HelpLayer
  let keyMap: KeyMap
  let keys: Editor.Keys
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    let box = Self.box(size)
    guard box.width >= 10, box.height >= 3 else { return }
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    frame.put(" help ", at: Point(x: box.x + 2, y: box.y), style: theme.accent.adding(.bold), clip: box)
    let rows = Self.rows(keyMap, keys)
    let inner = box.inset(2, 1)
    let top = min(help.top, Self.lastTop(keyMap, keys, size))
    let keyColumns = min(max(min(12, inner.width / 2), inner.width / 3), 30)
    for (line, row) in rows.dropFirst(top).prefix(inner.height).enumerated() {
      let y = inner.y + line
      switch row {
      case .gap: break
      case .heading(let title): frame.put(title, at: Point(x: inner.x, y: y), style: theme.strong, clip: inner)
      case .entry(let keys, let title):
        let cells = TextWidth.truncate(Sanitizer.cells(keys, style: theme.accent), to: keyColumns - 1)
        frame.put(cells, at: Point(x: inner.x + 1, y: y), clip: inner)
        let room = max(0, inner.width - keyColumns - 1)
        let words = TextWidth.truncate(Sanitizer.cells(title, style: theme.text), to: room)
        frame.put(words, at: Point(x: inner.x + 1 + keyColumns, y: y), clip: inner)
      }
    }
    let closes = keyMap.name(of: .close, in: [.help]).map { " · \($0) closes" } ?? ""
    let position = " \(top + 1)–\(min(top + inner.height, rows.count)) of \(rows.count)\(closes) "
    let x = box.maxX - 2 - TextWidth.columns(position)
    if x > box.x + 1 { frame.put(position, at: Point(x: x, y: box.maxY - 1), style: theme.muted) }
  }
}
