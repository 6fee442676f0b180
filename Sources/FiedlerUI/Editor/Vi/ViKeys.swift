/// The vi keys in words, for the help screen.
enum ViKeys {
  static let help: [(keys: String, title: String)] = [
    ("h j k l", "Left, down, up, right; j k on to other prompts"),
    ("gj gk", "Down, up a screen row"),
    ("w b e W B E", "By words; by what blanks part"),
    ("0 ^ $", "Line’s start, first character, end"),
    ("gg G 3G", "First line, last line, line 3"),
    ("f t F T x, ; ,", "To x or just before it; again, or back"),
    ("{ } %", "By paragraphs; to the other bracket"),
    ("d c y", "Delete, change, yank: dw d2e daw dd …"),
    ("iw a\" i( ip …", "Objects, inner or around: w W p \" ' ` ( [ { <"),
    ("x X D s S C Y", "dl dh d$ cl cc c$ yy"),
    ("r ~ J", "Replace a character, toggle its case, join lines"),
    ("p P", "Put behind, before"),
    ("i a I A o O", "Insert: here, behind, at line’s ends, a new line"),
    ("u ^R", "Undo, redo"),
    (".", "Do the last change again"),
    ("v V", "Visual mode, by lines; o: to its other end"),
    ("2 … 999", "A count, before any of them"),
    ("/", "Command if the prompt is empty, else search"),
  ]
}
