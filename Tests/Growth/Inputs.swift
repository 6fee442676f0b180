@testable import Canvas
@testable import Conversations
@testable import FiedlerUI
import Foundation
@testable import GodotLog
@testable import SendEngine
@testable import ConfigurationReading

/// The inputs that are measured: what grew faster than its size once, or could.
enum Inputs {
  static let all = answers + prompts + replays + batches + files + aside + received

  static func rep(_ text: String, _ bytes: Int) -> String {
    String(repeating: text, count: max(1, bytes / text.utf8.count))
  }

  /// Puts the optimizer off leaving out what nobody looks at.
  @inline(never) static func keep<T>(_ value: T) {}

  // MARK: Answers

  private static func markdown(_ name: String, _ text: @escaping @Sendable (Int) -> String) -> Input {
    Input("Markdown: " + name) { size in
      let text = text(size)
      return {
        var shown = MarkdownText()
        shown.update(text, columns: 80)
        keep(shown.rows(from: max(0, shown.rowCount - 40), count: 40, of: text, .fallback))
      }
    }
  }

  private static let answers: [Input] = [
    markdown("plain paragraphs") { rep("Some words of an answer.\n\n", $0) },
    markdown("long definitions, [a]") { size in
      (0..<64).map { "[a\($0)]: \(rep("b", size / 130))\n" }.joined() + "\n" + rep("[a]\n\n", size / 2)
    },
    markdown("one definition of 500 bytes, [a]") { "[a]: \(rep("b", 500))\n\n" + rep("[a]\n\n", $0) },
    markdown("64 definitions of 400 bytes, all named") { size in
      let names = (0..<64).map { "[l\($0)]" }
      return names.map { "\($0): \(rep("b", 400))\n\n" }.joined() + rep(names.joined(separator: " ") + "\n\n", size)
    },
    markdown("definitions, all distinct") { size in (0..<size / 12).map { "[a\($0)]: b\n" }.joined() },
    markdown("combining marks in one line") { rep("\u{301}", $0) },
    markdown("formulas without an end, $a") { rep("$a ", $0) },
    markdown("formulas without an end, \\(, \\[, $$ and \\begin{a}") { rep("\\( \\[ $$ \\begin{a} ", $0) },
    markdown("dollars") { rep("$", $0) },
    markdown("small formulas") { rep("$\\alpha_1^2$ and ", $0) },
    markdown("formulas of 390 bytes in indices") { rep("$" + rep("\\alpha_{1}", 388) + "$\n\n", $0) },
    markdown("formulas of 390 bytes that nest") { rep("$" + rep("\\sqrt{", 388) + "$\n\n", $0) },
    markdown("code of \\'") { "```c\n" + rep("\\'", $0) },
    Input("Code: one line of \\'") { size in
      let line = Array(rep("\\'", size).utf8)
      return {
        var highlighter = CodeHighlighter(language: "c")
        keep(highlighter.kinds(line))
      }
    },
    Input("Cells: combining marks in one line") { size in
      let text = "a" + rep("\u{301}", size)
      return {
        let cells = Sanitizer.cells(text, style: .plain)
        keep(TextWidth.wrap(cells, columns: 80))
        keep(TextWidth.columns(text))
        keep(Sanitizer.plain(text))
      }
    },
  ]

  // MARK: The prompt

  private static func keys(_ name: String, _ keys: String, text: @escaping @Sendable (Int) -> String) -> Input {
    Input("vi: " + name) { size in
      let text = text(size)
      return {
        var editor = Editor(text: text)
        editor.keys = .vi
        keep(editor.takeVi(Key(.escape)))
        editor.viewport = Size(width: 80, height: 20)
        for key in keys { keep(editor.takeVi(Key(.character(key)))) }
      }
    }
  }

  private static func typed(_ name: String, _ text: String) -> Input {
    Input("Editor: \(name), keys one by one") { size in
      {
        var editor = Editor()
        editor.viewport = Size(width: 80, height: 10)
        for _ in 0..<size { editor.apply(.insert(text)) }
      }
    }
  }

  private static let prompts: [Input] = [
    keys("ggVGJ over short lines", "ggVGJ") { rep("a b\n", $0) },
    keys("ggVG~ over short lines", "ggVG~") { rep("a b\n", $0) },
    keys("digits as text, then J", "gg9999999J") { rep("99 9\n", $0) },
    Input("vi: digits, keys one by one") { size in
      {
        var editor = Editor(text: "a")
        editor.keys = .vi
        keep(editor.takeVi(Key(.escape)))
        for _ in 0..<size { keep(editor.takeVi(Key(.character("9")))) }
      }
    },
    typed("one long line", "x"),
    Input("Editor: combining marks in one line") { size in
      let text = "a" + rep("\u{301}", size)
      return {
        var editor = Editor()
        editor.viewport = Size(width: 80, height: 10)
        editor.apply(.insert(text))
        for _ in 0..<5 { editor.apply(.insert("x")) }
        var frame = Frame(editor.viewport)
        keep(editor.draw(in: Rect(editor.viewport), frame: &frame, theme: .fallback, focused: true))
      }
    },
    Input("Template: {{x, taken", .aside) { size in
      let text = rep("{{x ", size)
      return { keep(PromptTemplate(title: "t", body: text)) }
    },
    Input("Template: {{", .aside) { size in
      let text = rep("{{", size)
      return { keep(PromptTemplate(title: "t", body: text)) }
    },
    Input("Template: distinct names, read and filled", .aside) { size in
      let text = (0..<size / 10).map { "{{a\($0)}}" }.joined()
      return { keep(PromptTemplate(title: "t", body: text).filled(with: [:])) }
    },
    Input("Template: distinct names, taken into the prompt") { size in
      let text = (0..<size / 10).map { "{{a\($0)}}" }.joined()
      let template = PromptTemplate(title: "t", body: text)
      return {
        var editor = Editor()
        editor.viewport = Size(width: 80, height: 10)
        editor.take(template, input: "")
        keep(editor.blanks(of: Set(template.names)))
        keep(editor.selectBlank(of: Set(template.names), fromStart: true))
      }
    },
  ]

  // MARK: Replays

  private static func reply(_ size: Int, entry: [UInt8]) -> Reply {
    var bytes: [UInt8] = [1]
    while bytes.count < size { bytes += entry }
    bytes += [0, 3]
    let id = UUID()
    var reply = Reply(
      id: id, model: ModelReference(provider: "p", name: "m"), startedAt: Date(timeIntervalSince1970: 0))
    do { reply.recording = try Recording(bytes: bytes) } catch { fatalError("no recording: \(error)") }
    reply.state = .failed
    reply.duration = .seconds(10_000)
    return reply
  }

  private static func replay(_ name: String, entry: [UInt8]) -> [Input] {
    [
      Input("Replay: \(name), read") { size in
        let reply = reply(size, entry: entry)
        return { keep(ReplayTimeline([reply])) }
      },
      Input("Replay: \(name), one look near its end") { size in
        let reply = reply(size, entry: entry)
        let timeline = ReplayTimeline([reply])
        return { keep(timeline.reply(reply.id, at: .seconds(9_999))) }
      },
    ]
  }

  private static let replays: [Input] =
    replay("retries", entry: [0, 7]) + replay("attempts", entry: [0, 6])
    + replay("attempts and retries", entry: [0, 6, 1, 7])

  // MARK: Batches

  /// The sizes are cells; a frame draws those that are in sight.
  private static let batches: [Input] = [
    Input("batch: a frame of a matrix, sixty times") { size in
      let models = (0..<4).map { ModelReference(provider: "p", name: "model-\($0)") }
      let summary = BatchSummary(
        id: UUID(), name: "b", createdAt: Date(), models: models, rowCount: size / models.count)
      let rows = (0..<summary.rowCount).map { BatchMatrix.Row(title: "b \($0): Question \($0)", conversation: UUID()) }
      let cells = (0..<summary.cellCount).map { BatchMatrix.Cell(state: .success, bytes: $0, passed: 1, cost: 0.01) }
      var app = AppState(launchedAt: Date(), health: LogHealth(state: .connected))
      _ = update(&app, .input(.resize(Size(width: 200, height: 60))))
      app.open(BatchScreen())
      _ = update(&app, .batchesLoaded([summary]))
      _ = update(&app, .input(.key(Key(.enter))))
      _ = update(&app, .matrixLoaded(BatchMatrix(batch: summary, rows: rows, cells: cells)))
      let opened = app
      return {
        var app = opened
        for _ in 0..<60 {
          _ = update(&app, .input(.key(Key(.pageDown))))
          keep(view(app, size: Size(width: 200, height: 60), theme: .fallback, now: .zero))
        }
      }
    }
  ]

  // MARK: Files

  private static func names(_ path: String) -> [ArraySlice<UInt8>] {
    path.utf8.split(separator: UInt8(ascii: "/")).map { Array($0)[...] }
  }

  private static func ignore(_ name: String, _ pattern: @escaping @Sendable (Int) -> String, path: String) -> Input {
    Input(".gitignore: " + name, .aside) { size in
      let pattern = pattern(size)
      let names = names(path)
      return { keep(IgnoreRules(pattern).ignores(names, isDirectory: false)) }
    }
  }

  private static let files: [Input] = [
    ignore("**/a/ again and again, 30 folders deep", { rep("**/a/", $0) + "b" }, path: rep("a/", 60) + "c"),
    ignore("**/a/ in many lines, 30 folders deep", { rep(rep("**/a/", 75) + "b\n", $0) }, path: rep("a/", 60) + "c"),
    ignore("[[:[:", { "[" + rep("[:", $0) }, path: "a"),
    ignore("*a*b*c in many lines", { rep("*a*b*c\n", $0) }, path: rep("a", 100)),
    ignore("names in many lines", { rep("node_modules\n", $0) }, path: rep("a", 100)),
    Input("YAML: one key again and again", .aside) { size in
      let text = rep("a: 1\n", size)
      return { keep(YAMLDocument(text: text, file: "f").problems.errors) }
    },
    Input("YAML: [", .aside) { size in
      let text = rep("[", size)
      return { keep(YAMLDocument(text: text, file: "f").problems.errors) }
    },
  ]

  // MARK: Beside the screen

  private static let aside: [Input] = [
    Input("Redactor: the key again and again", .aside) { size in
      let redactor = Redactor(secrets: ["sk-0123456789abcdef"])
      let text = rep("sk-0123456789abcdef ", size)
      return { keep(redactor.redact(text)) }
    },
    Input("Redactor: beginnings of the key", .aside) { size in
      let redactor = Redactor(secrets: [rep("a", 200) + "b"])
      let text = rep("a", size)
      return { keep(redactor.redact(text)) }
    },
    Input("Comparison: distinct words", .aside) { size in
      let (old, new) = (words(size, "a"), words(size, "b"))
      return { keep(WordDiff(from: old, to: new)) }
    },
    Input("Comparison: words of one FNV-1a hash", .aside) { size in
      let (old, new) = (words(size, "a"), Collisions.words(min(size, 100_000)))
      return { keep(WordDiff(from: old, to: new)) }
    },
  ]

  private static func words(_ size: Int, _ first: String) -> String {
    (0..<size / 8).map { "\(first)\(100_000 + $0)" }.joined(separator: " ")
  }
}

/// Words whose 64-bit FNV-1a hashes, folded, end in the same bits: a table that hashes so has one long chain.
enum Collisions {
  /// About so many bytes of them. 100 kB take some seconds to find.
  static func words(_ size: Int) -> String {
    let count = size / 8
    var bits: UInt64 = 1
    while bits < 2 * count { bits <<= 1 }
    var found: [UInt8] = []
    var number: UInt64 = 0
    while found.count < count * 8 {
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      var rest = number
      var word: (UInt64) = 0
      for place in 0..<7 as Range<UInt64> {
        let letter = 0x61 + rest % 26
        rest /= 26
        hash = (hash ^ letter) &* 0x100_0000_01B3
        word |= letter << (8 * place)
      }
      hash ^= hash >> 32
      if hash & (bits - 1) == 0 {
        for place in 0..<7 as Range<UInt64> { found.append(UInt8(truncatingIfNeeded: word >> (8 * place))) }
        found.append(0x20)
      }
      number += 1
    }
    return String(decoding: found, as: UTF8.self)
  }
}
