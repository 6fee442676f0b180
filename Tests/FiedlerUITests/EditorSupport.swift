import Canvas

@testable import FiedlerUI

extension Editor {
  /// Applies actions one after the other.
  mutating func apply(_ actions: EditorAction...) { for action in actions { apply(action) } }

  /// Types characters one by one; `\n` as the newline key.
  mutating func type(_ text: String) {
    for character in text { apply(character == "\n" ? .newline : .insert(String(character))) }
  }

  /// An editor with the cursor where `|` stands in the text.
  static func at(_ text: String) -> Editor {
    let parts = text.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    var editor = Editor(text: parts[0])
    let cursor = editor.cursor
    editor = Editor(text: parts.joined())
    editor.cursor = cursor
    return editor
  }

  /// The text with `|` where the cursor stands.
  var marked: String {
    document.fragment(.start..<cursor).text + "|" + document.fragment(cursor..<document.end).text
  }

  func frame(_ width: Int, _ height: Int) -> Frame {
    var frame = Frame(Size(width: width, height: height))
    draw(in: frame.bounds, frame: &frame, theme: .fallback, focused: true)
    return frame
  }

  /// The screen as text, `█` where the cursor stands.
  func screen(_ width: Int, _ height: Int) -> String {
    var frame = frame(width, height)
    if let cursor = frame.cursor { frame.put([Cell("█", style: .plain)], at: cursor) }
    return frame.description
  }
}
