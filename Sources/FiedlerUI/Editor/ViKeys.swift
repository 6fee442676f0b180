/// The vi keys in words, for the help screen.
enum ViKeys {
  static let help: [(keys: String, title: String)] = [
    ("h j k l", "Left, down, up, right; at the first or last line an earlier or later prompt"),
    ("gj gk", "Down and up a screen row"),
    ("w b e W B E", "By words, or by what blanks part"),
    ("0 ^ $", "Start of line, its first character, its end"),
    ("gg G 3G", "First line, last line, line 3"),
    ("f t F T x, ; ,", "To or before the next or last x; again, back"),
    ("{ } %", "By paragraphs; to the other bracket"),
    ("d c y", "Delete, change, yank: and a motion, an object, or dd cc yy"),
    ("iw a\" i( ip …", "Objects: w W p \" ' ` ( [ { <, inner or around"),
    ("x X D s S C Y", "dl dh d$ cl cc c$ yy"),
    ("r ~ J", "Replace a character, toggle its case, join lines"),
    ("p P", "Put behind, before"),
    ("i a I A o O", "Insert mode: before, behind, at the line’s ends, on a new line"),
    ("u ^R", "Undo, redo"),
    (".", "Do the last change again"),
    ("v V", "Visual mode, by characters or lines; o goes to the other end"),
    ("2 … 999", "A count before any of them"),
    ("/", "A command, if the prompt is empty; else search earlier prompts"),
  ]
}
