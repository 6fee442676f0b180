import Canvas
import TestSupport
import Testing

@testable import FiedlerUI

/// Work is counted, not timed: which chunks an edit copied, and how many units a screen laid out.
@Suite("Editor: a megabyte")
struct EditorLargeTextTests {
  static let manyLines = String(repeating: "a line of fifty characters, as code and prose are\n", count: 20_000)
  static let oneLine = String(repeating: "{\"key\": 12345678},", count: 60_000)

  /// Where the chunks of a text are stored.
  private func storage(_ editor: Editor) -> [UnsafeRawPointer?] {
    editor.document.lines.flatMap { line in
      line.chunks.map { chunk in chunk.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) } }
    }
  }

  @Test("Typing touches one chunk", arguments: [manyLines, oneLine])
  func typing(_ text: String) {
    var editor = Editor(text: text)
    let line = editor.lineCount / 2
    editor.cursor = Editor.Position(line: line, column: editor.document.lines[line].count / 2)
    let before = editor
    editor.type("typed")
    let (old, new) = (storage(before), storage(editor))
    #expect(old.count == new.count)
    #expect(zip(old, new).filter { $0 != $1 }.count == 1)
    #expect(editor.utf8Count == text.utf8.count + 5)
  }

  @Test("Drawing and moving lay out what is on the screen and nothing else", arguments: [manyLines, oneLine])
  func drawing(_ text: String) {
    var editor = Editor(text: text)
    editor.viewport = Size(width: 100, height: 20)
    for action in [EditorAction.textStart, .pageDown, .pageDown, .textEnd, .up] {
      editor.apply(action)
      let layout = editor.view(editor.viewport).0
      let units = layout.pieces.values.reduce(0) { $0 + $1.starts.count }
      #expect(units <= 4 * Editor.Line.limit, "\(action)")
      #expect(layout.pieces.count <= 3 * 20, "\(action)")
    }
  }

  @Test("J over very many lines is one change, undone at once", .timeLimit(.minutes(1))) func join() {
    let text = String(repeating: "a b\n  )c\n\n", count: 100_000)
    var editor = Editor(text: text)
    editor.keys = .vi
    _ = editor.takeVi(Key(.escape))
    for key in "ggVGJ" { _ = editor.takeVi(Key(.character(key))) }
    #expect(editor.lineCount == 1 && editor.text.hasPrefix("a b)c a b)c a b)c"))
    _ = editor.takeVi(Key(.character("u")))
    #expect(editor.text == text)
  }

  @Test("Chunks stay bounded and lose nothing under random edits across their ends")
  func chunks() {
    var random = Seeded(7)
    var units = Array(Self.oneLine.prefix(40_000)).map(Editor.Unit.character)
    var line = Editor.Line(units)
    for _ in 1...200 {
      let start = Int.random(in: 0...units.count, using: &random)
      let end = min(units.count, start + Int.random(in: 0...9_000, using: &random))
      let new = Array(repeating: Editor.Unit.character("x"), count: Int.random(in: 0...9_000, using: &random))
      line.replace(start..<end, with: new)
      units.replaceSubrange(start..<end, with: new)
      #expect(line.count == units.count)
      #expect(line.chunks.allSatisfy { $0.count <= Editor.Line.limit && (!$0.isEmpty || line.chunks.count == 1) })
    }
    for _ in 1...50 {
      let tail = line.cut(at: Int.random(in: 0...line.count, using: &random))
      #expect(line.count + tail.count == units.count)
      #expect((line.chunks + tail.chunks).allSatisfy { $0.count <= Editor.Line.limit })
      #expect([line, tail].allSatisfy { $0.chunks.count == 1 || $0.chunks.allSatisfy { !$0.isEmpty } })
      line.append(tail)
      #expect(line.chunks.allSatisfy { !$0.isEmpty && $0.count <= Editor.Line.limit })
    }
    #expect(line.units(0..<line.count) == units)
    #expect(line == Editor.Line(units))
  }

  @Test("The cursor crosses the ends of chunks in a long line, by characters, words and rows")
  func crossing() {
    var editor = Editor(text: Self.oneLine)
    editor.viewport = Size(width: 80, height: 10)
    let chunk = editor.document.lines[0].chunks[0].count
    editor.cursor = Editor.Position(line: 0, column: chunk - 1)
    editor.apply(.right, .right)
    #expect(editor.cursor.column == chunk + 1)
    editor.apply(.left, .left)
    #expect(editor.cursor.column == chunk - 1)
    let row = editor.cursor.column
    editor.apply(.down, .up)
    #expect(editor.cursor.column == row)
    editor.apply(.wordLeft, .wordRight, .wordRight)
    #expect(editor.cursor.column > chunk)
    let frame = editor.frame(80, 10)
    #expect(frame.cursor != nil)
  }

  @Test("Rows are counted no further than asked")
  func rows() {
    let editor = Editor(text: Self.manyLines)
    #expect(editor.rows(width: 80, atMost: 12) == 12)
    #expect(editor.rows(width: 80) == 256)
    #expect(editor.rows(width: 80, atMost: .max) == 20_001)
    #expect(editor.rows(width: 40, atMost: .max) == 40_001)
  }

  @Test("A megabyte pasted is one chip, opened and undone without loss")
  func paste() {
    var editor = Editor()
    editor.apply(.paste(Self.manyLines))
    #expect(editor.frame(60, 1).description == "⟦pasted 20000 lines · 1.0 MB⟧")
    editor.apply(.expandChip)
    #expect(editor.lineCount == 20_001 && editor.text == Self.manyLines)
    editor.apply(.undo)
    #expect(editor.lineCount == 1 && editor.text == Self.manyLines)
  }
}
