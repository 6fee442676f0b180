import Canvas
import Testing

@testable import FiedlerUI

@Suite("Editor: keys and completion")
struct EditorKeysTests {
  @Test("A key stands in the table once, with a description")
  func unique() {
    for table in [EditorKeys.table, EditorKeys.searching] {
      #expect(Set(table.map(\.key)).count == table.count)
      #expect(table.allSatisfy { !$0.description.isEmpty })
    }
    for binding in EditorKeys.table { #expect(EditorKeys.action(for: binding.key) == binding.action) }
  }

  @Test("Plain Enter and the keys of a new line are the owner's")
  func newlines() {
    for key in [Key(.enter), .control("j"), Key(.enter, .alt), Key(.enter, .shift)] {
      #expect(EditorKeys.action(for: key) == nil)
    }
  }

  @Test(
    "The application's keys are left alone",
    arguments: [
      Key.control("c"), .control("g"), .control("n"), .control("p"), .control("q"), .control("s"), .control("z"),
      Key(.tab), Key(.tab, .shift), Key(.escape), Key(.function(1)),
    ])
  func application(_ key: Key) {
    #expect(EditorKeys.action(for: key) == nil)
  }

  @Test("A character inserts itself, with shift too, but not with control or alt")
  func characters() {
    #expect(EditorKeys.action(for: Key(.character("日"))) == .insert("日"))
    #expect(EditorKeys.action(for: Key(.character("A"), .shift)) == .insert("A"))
    #expect(EditorKeys.action(for: .alt("x")) == nil)
    #expect(EditorKeys.action(for: Key(.character("x"), [.control, .shift])) == nil)
  }

  typealias Context = Editor.CompletionContext

  private static func file(_ prefix: String, _ line: Int, _ columns: Range<Int>) -> Context {
    .file(
      prefix: prefix,
      range: Editor.Position(
        line: line, column: columns.lowerBound)..<Editor.Position(line: line, column: columns.upperBound))
  }

  @Test(
    "A word that begins with @ completes files, a text that begins with / completes commands",
    arguments: [
      ("@|", file("", 0, 0..<1)),
      ("see @src/ma|in", file("src/ma", 0, 4..<11)),
      ("a\n@b|", file("b", 1, 0..<2)),
      ("/he|", .command(prefix: "he")),
      ("/|", .command(prefix: "")),
      ("/help @x|", file("x", 0, 6..<8)),
      ("/help |", .command(prefix: "help ")),
      ("/help a b|", .command(prefix: "help a b")),
      ("me@host|", nil), ("|@x", nil), ("@x |", nil), ("a /b|", nil), ("a\n/b|", nil), ("/help x|\n", nil), ("|", nil),
    ] as [(String, Context?)])
  func context(_ text: String, _ context: Context?) {
    #expect(Editor.at(text).completionContext == context)
  }

  @Test("Completing replaces the word up to the cursor and is one undo step")
  func complete() {
    var editor = Editor.at("see @src/ma| now")
    editor.apply(.complete("@src/main.swift"))
    #expect(editor.marked == "see @src/main.swift| now")
    editor.apply(.undo)
    #expect(editor.marked == "see @src/ma| now")
    editor.apply(.textEnd, .complete("nothing"))
    #expect(editor.marked == "see @src/ma now|")
  }

  @Test("A chip ends a word")
  func chip() {
    var editor = Editor()
    editor.apply(.insertChip("text"), .insert("@x"))
    #expect(editor.completionContext == nil)
    editor.apply(.clear, .insert("/help "), .insertChip("text"), .insert("x"))
    #expect(editor.completionContext == nil)
  }
}
