/// What help lists: the tables of keys, section by section.
enum HelpTable {
  struct Entry: Hashable {
    var keys: String
    var title: String
    /// What Enter does; `nil` for what only has a meaning in text.
    var action: ActionID?
  }

  enum Row: Hashable {
    case heading(String)
    case entry(Entry)
    case gap

    var entry: Entry? { if case .entry(let entry) = self { entry } else { nil } }
  }

  /// The sections of `place` come first, then what works everywhere. `filter` leaves the entries with all its words, be
  /// they in the title, the keys, the section's heading or the action's name.
  static func rows(
    _ keyMap: KeyMap, _ keys: Editor.Keys = .emacs, at place: [KeyContext] = [], filter: String = ""
  ) -> [Row] {
    let words = filter.lowercased().split(whereSeparator: \.isWhitespace)
    var rows: [Row] = []
    for (title, entries) in sections(keyMap, keys, at: place) {
      let found = entries.filter { entry in
        let text = "\(title) \(entry.title) \(entry.keys) \(entry.action?.rawValue ?? "")".lowercased()
        return words.allSatisfy(text.contains)
      }
      guard !found.isEmpty else { continue }
      if !rows.isEmpty { rows.append(.gap) }
      rows.append(.heading(title))
      rows += found.map(Row.entry)
    }
    return rows
  }

  private static func sections(
    _ keyMap: KeyMap, _ keys: Editor.Keys, at place: [KeyContext]
  ) -> [(title: String, entries: [Entry])] {
    let own = KeyContext.sections.filter { section in place.first.map(section.contexts.contains) ?? false }
    let others = KeyContext.sections.filter { section in !own.contains { $0.title == section.title } }
    let ofActions = (own + others).map { section in
      let entries = ActionSections.rows(section.contexts, keyMap).map { row in
        Entry(keys: row.names.joined(separator: "  "), title: row.title, action: row.action)
      }
      return (title: section.title, entries: entries)
    }
    return ofActions
      + [("Searching the history", HistoryView.searchHelp.map { Entry(keys: $0, title: $1) })]
      + editing(keyMap, keys)
  }

  private static func editing(_ keyMap: KeyMap, _ keys: Editor.Keys) -> [(title: String, entries: [Entry])] {
    let emacs = editorEntries(keyMap)
    guard keys == .vi else { return [("Editing", emacs)] }
    return [
      ("Editing, vi’s normal and visual modes", ViKeys.help.map { Entry(keys: $0.keys, title: $0.title) }),
      ("Editing, vi’s insert mode", [Entry(keys: "Esc", title: "Normal mode")] + emacs),
    ]
  }

  /// The editor's keys that reach it, those of one meaning together.
  private static func editorEntries(_ keyMap: KeyMap) -> [Entry] {
    var titles: [String] = []
    var keys: [String: [String]] = [:]
    for binding in EditorKeys.table
    where keyMap.action(for: binding.key, in: [.prompt, .screens, .everywhere]) == nil {
      if keys[binding.description] == nil { titles.append(binding.description) }
      keys[binding.description, default: []].append(keyMap.text(binding.key))
    }
    return titles.map { Entry(keys: keys[$0, default: []].joined(separator: "  "), title: $0) }
  }
}
