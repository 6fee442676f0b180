import Conversations
import FoundationEssentials
import Markdown

/// A block of code in a pane's answers.
struct PaneCode: Hashable, Sendable {
  /// The answer it stands in.
  var source: PaneDocument.Source
  /// From its first visible byte to its last, as UTF-8 offsets of the answer.
  var range: Range<Int>
  var language: String
  /// The code as a compiler is to see it: without fences, quotes' marks and lists' indents.
  var text: String

  /// `12 lines of swift`
  var words: String {
    let lines = text.utf8.count { $0 == UInt8(ascii: "\n") }
    return Figures.plural(lines, "line") + " of \(language.isEmpty ? "code" : language)"
  }
}

/// The block of code that was gone to.
struct CodePlace: Hashable, Sendable {
  var source: PaneDocument.Source
  /// In an answer that grows the block may grow too; its beginning stays.
  var range: Range<Int>
  /// From 0.
  var number: Int
  var count: Int

  func contains(_ offset: Int, of source: PaneDocument.Source) -> Bool {
    self.source == source && range.contains(offset)
  }
}

extension PaneDocument {
  /// The blocks of code of all answers in order. Parses the answers: for what a user asks, not for every frame.
  func codeBlocks(_ exchanges: [Exchange]) -> [PaneCode] {
    blocks.filter { $0.look == .answer }.flatMap { block in
      let text = Self.text(of: block.source, exchanges)
      return Self.code(in: text).map { PaneCode(source: block.source, range: $0.range, language: $0.1, text: $0.2) }
    }
  }

  private static func code(in text: String) -> [(range: Range<Int>, String, String)] {
    var found: [(range: Range<Int>, String, String)] = []
    for block in MarkdownDocument(text).blocks {
      guard case .code(let language) = block.kind, !block.runs.isEmpty else { continue }
      let lines = block.runs.map { $0.text(in: text) }.joined()
      // The last line's end is not among the runs.
      let code = lines.hasSuffix("\n") && block.isContinued ? lines : lines + "\n"
      if block.isContinued, let last = found.indices.last {
        found[last].range = found[last].range.lowerBound..<block.range.upperBound
        found[last].2 += code
      } else {
        found.append((block.range, language, code))
      }
    }
    return found
  }

  /// What is code of a part of an answer; `nil` where the part is not of one block of code alone.
  static func code(in text: String, _ range: Range<Int>) -> String? {
    var runs: [MarkdownRun] = []
    var whole: Range<Int>?
    for block in MarkdownDocument(text).blocks where block.isCode {
      if !block.isContinued {
        if let whole, whole.upperBound >= range.upperBound { break }
        (runs, whole) = ([], nil)
      }
      runs += block.runs
      whole = (whole?.lowerBound ?? block.range.lowerBound)..<block.range.upperBound
    }
    guard let whole, whole.lowerBound <= range.lowerBound, whole.upperBound >= range.upperBound else { return nil }
    return runs.map { run in
      guard run.content == .source else { return range.contains(run.range.lowerBound) ? run.text(in: text) : "" }
      var part = run
      part.range = run.range.clamped(to: range)
      return part.text(in: text)
    }.joined()
  }

  /// The rows that a block of code takes.
  func rows(of code: PaneCode) -> Range<Int>? { rows(of: code.source, code.range) }

  func rows(of source: Source, _ range: Range<Int>) -> Range<Int>? {
    guard let block = blocks.firstIndex(where: { $0.source == source }) else { return nil }
    let first = row(of: Anchor(block: block, offset: range.lowerBound))
    return first..<row(of: Anchor(block: block, offset: max(range.lowerBound, range.upperBound - 1))) + 1
  }
}

extension MarkdownRun {
  /// What it stands for in a text.
  func text(in source: String) -> String {
    switch content {
    case .literal(let text): return text
    case .lineBreak: return "\n"
    case .source:
      let utf8 = source.utf8
      guard range.upperBound <= utf8.count else { return "" }
      let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
      return String(source[start..<utf8.index(start, offsetBy: range.count)])
    }
  }
}

extension Pane {
  /// The block of code that was gone to, if it is in sight, among `blocks`.
  fileprivate func chosenCode(_ blocks: [PaneCode]) -> Int? {
    guard let code else { return nil }
    return blocks.firstIndex { block in
      block.source == code.source && block.range.lowerBound == code.range.lowerBound && isInSight(block)
    }
  }

  fileprivate func isInSight(_ code: PaneCode) -> Bool {
    document.rows(of: code)?.overlaps(rowsInSight) ?? false
  }
}

extension Stage {
  /// Goes to the next block of code of the active pane, or the one before: from the one gone to, else from what is in
  /// sight.
  mutating func stepCode(by step: Int, _ world: inout World) {
    guard panes.indices.contains(activePane) else { return }
    var pane = panes[activePane]
    let blocks = pane.document.codeBlocks(conversation(world)?.exchanges ?? [])
    guard !blocks.isEmpty else { return world.show("No code in this pane") }
    let rows = blocks.map { pane.document.rows(of: $0) ?? 0..<0 }
    let found: Int? =
      if let chosen = pane.chosenCode(blocks) {
        blocks.indices.contains(chosen + step) ? chosen + step : nil
      } else if step > 0 {
        rows.firstIndex { $0.lowerBound >= pane.rowsInSight.lowerBound }
      } else {
        rows.lastIndex { $0.lowerBound < pane.rowsInSight.lowerBound }
      }
    guard let found else { return world.show(step > 0 ? "No code below" : "No code above") }
    let block = blocks[found]
    let chosen = rows[found]
    let isWhole = pane.rowsInSight.contains(chosen.lowerBound) && pane.rowsInSight.contains(chosen.upperBound - 1)
    // A row above it: the fence's language.
    if !isWhole {
      let above = chosen.lowerBound - (chosen.count < pane.bodyHeight ? 1 : 0)
      pane.scroll(to: pane.top(showing: above))
    }
    pane.code = CodePlace(source: block.source, range: block.range, number: found, count: blocks.count)
    panes[activePane] = pane
  }

  /// Copies the block of code gone to, else the first in sight.
  mutating func copyCode(_ world: inout World) -> [Effect] {
    guard panes.indices.contains(activePane) else { return [] }
    let pane = panes[activePane]
    let blocks = pane.document.codeBlocks(conversation(world)?.exchanges ?? [])
    guard let block = pane.chosenCode(blocks).map({ blocks[$0] }) ?? blocks.first(where: pane.isInSight) else {
      let keys = [ActionID.nextCode, .previousCode].compactMap { world.keyMap.name(of: $0, in: [.pane, .replay]) }
      let way = keys.isEmpty ? "" : "; \(keys.joined(separator: " and ")) go to it"
      world.show(blocks.isEmpty ? "No code in this pane" : "No code in sight\(way)")
      return []
    }
    return [.copy(block.text, words: block.words)]
  }

  /// The mark of code gone to stays as long as some of it is in sight, and grows with it.
  mutating func settleCode() {
    for index in panes.indices {
      guard let code = panes[index].code else { continue }
      let rows = panes[index].document.rows(of: code.source, code.range)
      if rows?.overlaps(panes[index].rowsInSight) != true { panes[index].code = nil }
    }
  }
}
