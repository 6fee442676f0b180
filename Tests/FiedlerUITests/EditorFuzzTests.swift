import Canvas
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Editor: anything at all")
struct EditorFuzzTests {
  private static let actions: [EditorAction] = [
    .newline, .paste("one\r\ntwo"), .paste(String(repeating: "line\n", count: 11)), .insertChip("chip\u{301}"),
    .setText("/set @text"), .clear, .complete("@done"), .expandChip, .left, .right, .wordLeft, .wordRight, .up, .down,
    .upOrHistory, .downOrHistory, .pageUp, .pageDown, .lineStart, .lineEnd, .textStart, .textEnd, .deleteBackward,
    .deleteForward, .killWordBackward, .killWordForward, .killBackToBlank, .killLine, .killToStart, .yank, .yankPop,
    .transpose, .undo, .redo, .historyPrevious, .historyNext, .historySearch, .historySearchNewer, .acceptSearch,
    .cancelSearch, .paragraphUp, .paragraphDown, .select(.left), .select(.wordRight), .select(.up), .select(.down),
    .setMark, .selectAll, .copySelection, .dropSelection,
  ]

  @Test("Whatever is done, the cursor stands in the text and on the screen, and undo leads back to the start")
  func invariants() {
    for seed in 1...25 as ClosedRange<UInt64> {
      var random = Seeded(seed)
      var editor = Editor(text: "start")
      editor.history = ["one line", "two\nlines", "日本 e\u{301}"]
      for step in 1...200 {
        let place = "seed \(seed), step \(step)"
        switch Int.random(in: 0..<12, using: &random) {
        case 0:
          editor.viewport = Size(
            width: Int.random(in: 0...20, using: &random), height: Int.random(in: 0...5, using: &random))
        case 1:
          let point = Point(x: Int.random(in: -2...20, using: &random), y: Int.random(in: -2...8, using: &random))
          editor.press(at: point, in: Rect(x: 0, y: 0, width: 12, height: 4))
        case 2 where step % 40 == 0: _ = editor.submit()
        case 2...5: editor.apply(.insert(EditorModel.alphabet.randomElement(using: &random) ?? ""))
        default: editor.apply(Self.actions.randomElement(using: &random) ?? .newline)
        }
        check(editor, place)
      }
      editor.apply(.cancelSearch)
      for _ in 1...300 { editor.apply(.undo) }
      #expect(editor.text == "start", "seed \(seed)")
    }
  }

  private func check(_ editor: Editor, _ place: String) {
    let lines = editor.document.lines
    #expect(lines.indices.contains(editor.cursor.line), "\(place)")
    #expect((0...lines[editor.cursor.line].count).contains(editor.cursor.column), "\(place)")
    #expect(editor.utf8Count == editor.text.utf8.count, "\(place)")
    for line in lines {
      let units = line.units(0..<line.count)
      #expect(Editor.Unit.resegmented(units) == units, "\(place)")
    }
    for size in [editor.viewport, Size(width: 12, height: 4)] where size.width > 0 && size.height > 0 {
      let cursor = editor.frame(size.width, size.height).cursor
      #expect(cursor.map(Rect(size).contains) == true, "\(place)")
    }
  }
}
