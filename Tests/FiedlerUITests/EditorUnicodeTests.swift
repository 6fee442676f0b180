import Canvas
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Editor: characters")
struct EditorUnicodeTests {
  /// One character each: a family of joined emoji, a flag, a skin tone, combining marks, an ideograph, Hangul in parts.
  static let clusters = ["👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u{301}\u{323}", "日", "\u{1112}\u{1161}\u{11AB}", "❤️"]

  @Test("A cluster is one step and one deletion", arguments: clusters)
  func oneStep(_ cluster: String) {
    var editor = Editor(text: "a\(cluster)b")
    editor.apply(.left, .left)
    #expect(editor.marked == "a|\(cluster)b")
    editor.apply(.right)
    #expect(editor.marked == "a\(cluster)|b")
    editor.apply(.deleteBackward)
    #expect(editor.marked == "a|b")
    editor.apply(.undo, .left, .deleteForward)
    #expect(editor.marked == "a|b")
  }

  @Test("Typing the scalars of a cluster one by one gives the cluster", arguments: clusters)
  func typed(_ cluster: String) {
    var editor = Editor.at("a|b")
    for scalar in cluster.unicodeScalars { editor.apply(.insert(String(scalar))) }
    #expect(editor.text.unicodeScalars.elementsEqual("a\(cluster)b".unicodeScalars))
    #expect(editor.cursor == Editor.Position(line: 0, column: 2))
    editor.apply(.undo)
    #expect(editor.marked == "a|b")
  }

  @Test("Taking out what stands between two halves joins them")
  func joinedByDeletion() {
    var editor = Editor(text: "e\n\u{301}x")
    editor.cursor = Editor.Position(line: 1, column: 0)
    editor.apply(.deleteBackward)
    #expect(editor.text.unicodeScalars.elementsEqual("e\u{301}x".unicodeScalars))
    #expect(editor.cursor == Editor.Position(line: 0, column: 1))
    #expect(editor.document.lines[0].count == 2)
    editor.apply(.undo)
    #expect(editor.marked == "e\n|\u{301}x")
  }

  @Test("Half a flag before other flags pairs them anew, as reading the text would")
  func flags() {
    var editor = Editor.at("|🇩🇪🇫🇷🇮🇹")
    editor.apply(.insert("\u{1F1E6}"))
    #expect(editor.document.lines[0].units(0..<4).map { [$0].text } == "\u{1F1E6}🇩🇪🇫🇷🇮🇹".map(String.init))
    editor.apply(.undo)
    #expect(editor.document.lines[0].units(0..<3).map { [$0].text } == ["🇩🇪", "🇫🇷", "🇮🇹"])
  }

  @Test("Up and down keep to the screen column across wide characters and tabs")
  func goalColumn() {
    var editor = Editor.at("日本語 日本語\nabcd|efghij\n\tx\n\na👨‍👩‍👧‍👦b")
    editor.viewport = Size(width: 40, height: 9)
    editor.apply(.up)
    #expect(editor.marked.hasPrefix("日本|語 "))
    editor.apply(.down)
    #expect(editor.marked.contains("abcd|efghij"))
    editor.apply(.down)
    #expect(editor.marked.contains("\t|x"))
    editor.apply(.down)
    #expect(editor.cursor == Editor.Position(line: 3, column: 0))
    editor.apply(.down)
    #expect(editor.marked.hasSuffix("a👨‍👩‍👧‍👦b|"))
    editor.apply(.up, .up, .up)
    #expect(editor.marked.contains("abcd|efghij"))
  }

  @Test("The random edits of a user give what a plain string gives; undo leads back to the start, redo to the end")
  func randomEdits() {
    for seed in 1...40 as ClosedRange<UInt64> {
      var random = Seeded(seed)
      var model = EditorModel()
      var editor = Editor()
      editor.viewport = Size(width: 12, height: 4)
      for step in 1...150 {
        let action = EditorModel.action(&random)
        editor.apply(action)
        model.apply(action)
        let place = "seed \(seed), step \(step), \(action)"
        #expect(editor.text.unicodeScalars.elementsEqual(model.text.unicodeScalars), "\(place)")
        #expect(editor.utf8Count == model.text.utf8.count, "\(place)")
        #expect(editor.document.fragment(.start..<editor.cursor).text.utf8.count == model.bytesBeforeCursor, "\(place)")
        let units = editor.document.lines.reduce(editor.lineCount - 1) { $0 + $1.count }
        #expect(units == model.characters.count, "\(place)")
        guard editor.text.utf8.elementsEqual(model.text.utf8) else { return }
      }
      let end = editor.text
      for _ in 1...150 { editor.apply(.undo) }
      #expect(editor.isEmpty && editor.cursor == .start, "seed \(seed)")
      for _ in 1...150 { editor.apply(.redo) }
      #expect(editor.text.utf8.elementsEqual(end.utf8), "seed \(seed)")
    }
  }
}

/// The editor as simple as it can be: a string, read anew after each edit.
struct EditorModel {
  var characters: [Character] = []
  var cursor = 0
  private var killed = ""
  private var wasKill = false

  var text: String { String(characters) }
  var bytesBeforeCursor: Int { String(characters[..<cursor]).utf8.count }

  static let alphabet = [
    "a", "b", " ", " ", "\t", "é", "\u{301}", "日", "👩‍👧", "\u{200D}", "👍", "🏽", "🇩🇪", "\u{1F1EB}", "\u{0600}", "1",
    "\u{FE0F}",
    "क", "\u{94D}",
  ]

  static func action(_ random: inout Seeded) -> EditorAction {
    let actions: [EditorAction] = [
      .newline, .left, .left, .right, .deleteBackward, .deleteBackward, .deleteForward, .lineStart, .lineEnd,
      .textStart,
      .textEnd, .killLine, .killToStart, .yank, .paste("x\r\n日\ry"), .paste("\u{301}e\n\u{1F1EB}"),
    ]
    if Bool.random(using: &random) { return .insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)]) }
    return actions[Int.random(in: 0..<actions.count, using: &random)]
  }

  mutating func apply(_ action: EditorAction) {
    let lineStart = characters[..<cursor].lastIndex(of: "\n").map { $0 + 1 } ?? 0
    let lineEnd = characters[cursor...].firstIndex(of: "\n") ?? characters.count
    let kills = wasKill
    wasKill = false
    switch action {
    case .insert(let text): replace(cursor..<cursor, text)
    case .newline: replace(cursor..<cursor, "\n")
    case .paste(let text):
      var feeds = String.UnicodeScalarView()
      for scalar in text.unicodeScalars {
        if scalar == "\n", feeds.last == "\r" { feeds.removeLast() }
        feeds.append(scalar)
      }
      replace(cursor..<cursor, String(String.UnicodeScalarView(feeds.map { $0 == "\r" ? "\n" : $0 })))
    case .left: cursor = max(0, cursor - 1)
    case .right: cursor = min(characters.count, cursor + 1)
    case .deleteBackward: replace(max(0, cursor - 1)..<cursor, "")
    case .deleteForward: replace(cursor..<min(characters.count, cursor + 1), "")
    case .lineStart: cursor = lineStart
    case .lineEnd: cursor = lineEnd
    case .textStart: cursor = 0
    case .textEnd: cursor = characters.count
    case .killLine:
      kill(cursor..<(lineEnd > cursor ? lineEnd : min(cursor + 1, characters.count)), after: true, continuing: kills)
    case .killToStart:
      kill((lineStart < cursor ? lineStart : max(0, cursor - 1))..<cursor, after: false, continuing: kills)
    case .yank: replace(cursor..<cursor, killed)
    default: break
    }
  }

  private mutating func kill(_ range: Range<Int>, after: Bool, continuing: Bool) {
    guard !range.isEmpty else { return }
    let text = String(characters[range])
    killed = continuing ? (after ? killed + text : text + killed) : text
    wasKill = true
    replace(range, "")
  }

  private mutating func replace(_ range: Range<Int>, _ new: String) {
    let before = String(characters[..<range.lowerBound]) + new
    characters = Array(before + String(characters[range.upperBound...]))
    var bytes = 0
    cursor = 0
    while bytes < before.utf8.count {
      bytes += characters[cursor].utf8.count
      cursor += 1
    }
  }
}

@Suite("Editor: words without blanks between them") struct EditorWordTests {
  @Test("Motions and deletions stop at each word of Chinese, Japanese and Thai, and where the script changes")
  func motions() {
    var editor = Editor.at("|我在北京大学, ภาษาไทย Hello世界")
    var stops: [String] = []
    for _ in 0..<7 {
      editor.apply(.wordRight)
      stops.append(editor.marked)
    }
    #expect(
      stops == [
        "我在|北京大学, ภาษาไทย Hello世界", "我在北京|大学, ภาษาไทย Hello世界", "我在北京大学|, ภาษาไทย Hello世界",
        "我在北京大学, ภาษา|ไทย Hello世界", "我在北京大学, ภาษาไทย| Hello世界", "我在北京大学, ภาษาไทย Hello|世界",
        "我在北京大学, ภาษาไทย Hello世界|",
      ])
    editor.apply(.killWordBackward, .killWordBackward, .killWordBackward)
    #expect(editor.text == "我在北京大学, ภาษา")
    editor.apply(.wordLeft, .wordLeft)
    #expect(editor.marked == "我在北京|大学, ภาษา")
    editor.apply(.killWordForward)
    #expect(editor.text == "我在北京, ภาษา")
  }

  @Test("So do vi's, but for its long words")
  func vi() {
    var editor = Editor.vi("|我在北京大学 x")
    editor.press("w")
    #expect(editor.marked == "我在|北京大学 x")
    editor.press("dw")
    #expect(editor.text == "我在大学 x")
    editor.press("0W")
    #expect(editor.marked == "我在大学 |x")
  }

  @Test("Within a megabyte without blanks a word is found as quickly as in a sentence, and where it is")
  func long() {
    var editor = Editor(text: String(repeating: "北京大学", count: 100_000))
    for count in 1...20 {
      editor.apply(.wordLeft)
      #expect(editor.cursor.column == 400_000 - 2 * count)
    }
  }
}
