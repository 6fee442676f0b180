/// The table of actions as people read it: by place, with keys and commands.
enum ActionSections {
  struct Row: Hashable {
    /// Keys and `/` commands.
    var names: [String]
    var title: String
    /// `nil` for what is no action: a sign that is typed.
    var action: ActionID?
  }

  /// The actions with a key or a command in a section, in the table's order.
  static func rows(_ contexts: [KeyContext], _ keyMap: KeyMap) -> [Row] {
    var rows = Actions.all.compactMap { action -> Row? in
      let keys = keyMap.keys(of: action.id, in: contexts).map(keyMap.text)
      let command = contexts.contains(.prompt) ? action.command.map { "/" + $0 } : nil
      let names = keys + [command].compactMap(\.self)
      return names.isEmpty ? nil : Row(names: names, title: action.title, action: action.id)
    }
    if contexts.contains(.prompt) { rows.append(Row(names: ["@"], title: "Attach a file: completes its path")) }
    return rows
  }
}

extension Actions {
  /// The table of keys as Markdown, for documents: a table for each place, editing keys left out.
  public static func markdown(_ keyMap: KeyMap = KeyMap()) -> String {
    KeyContext.sections.map { section in
      let rows = ActionSections.rows(section.contexts, keyMap).map { row in
        let names = row.names.map { "`\($0)`" }.joined(separator: " ")
        return "| \(names.replacing("|", with: "\\|")) | \(row.title.replacing("|", with: "\\|")) |"
      }
      return (["| \(section.title) | |", "|---|---|"] + rows).joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }
}
