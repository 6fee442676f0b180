import Canvas

@testable import FiedlerUI

/// `dw<Esc>`, `<C-r>`, `<CR>`: keys as vi's users write them.
func viKeys(_ text: String) -> [Key] {
  var keys: [Key] = []
  var rest = text[...]
  let names: [(String, Key)] = [
    ("<Esc>", Key(.escape)), ("<C-r>", .control("r")), ("<CR>", Key(.enter)), ("<Left>", Key(.left)),
    ("<Down>", Key(.down)), ("<Up>", Key(.up)), ("<BS>", Key(.backspace)), ("<C-w>", .control("w")),
    ("<NL>", Key(.enter, .shift)), ("<C-y>", .control("y")), ("<A-w>", .alt("w")),
  ]
  while let first = rest.first {
    if let name = names.first(where: { rest.hasPrefix($0.0) }) {
      keys.append(name.1)
      rest = rest.dropFirst(name.0.count)
    } else {
      keys.append(Key(.character(first)))
      rest = rest.dropFirst()
    }
  }
  return keys
}

extension Editor {
  /// An editor with vi keys in normal mode, the cursor on the character behind `|`.
  static func vi(_ text: String) -> Editor {
    var editor = Editor.at(text)
    editor.keys = .vi
    editor.vi?.mode = .normal
    editor.settleVi()
    return editor
  }

  /// Presses keys as the program does.
  mutating func press(_ keys: String) {
    for key in viKeys(keys) where !takeVi(key) {
      // The program's key for a new line.
      if key == Key(.enter, .shift) { apply(.newline) } else if let action = action(for: key) { apply(action) }
    }
  }
}
