import Canvas
import Markdown

/// The rows an answer's Markdown takes at one width, kept up as the answer grows.
///
/// It holds where rows begin, not the rows, but for those of a short end: those in sight are laid out as they are
/// drawn. An append costs what is unfinished; a text that becomes shorter, as in a replay, costs next to nothing, and
/// neither does one that grows again.
struct MarkdownText: Sendable {
  private var document = MarkdownDocument()
  private var columns = 0
  private var wrapsCode = true
  /// Links are followed by numbers, which ``targets`` explains.
  private let numbersLinks: Bool
  /// Where the rows of all parts that were ever finished begin in the source.
  private var starts: [Int] = []
  /// Which of these rows show nothing.
  private var blanks: [Bool] = []
  /// For each of those parts and the end behind them.
  private var edges = [Edge()]
  private var tail: [Int] = []
  private var tailBlanks: [Bool] = []
  /// The rows of the end themselves in `theme`, so that an update and its frame lay them out once; `nil` where they are
  /// too many to be kept.
  private var tailRows: [MarkdownRow]?
  private var theme = Theme.fallback
  /// The targets of the numbered links of those parts, and of the end.
  private var finishedTargets: [String] = []
  private var tailTargets: [String] = []
  private var length = -1
  private var isGrowing = false
  /// Bytes of the source laid out by updates so far.
  private(set) var laidOutBytes = 0

  private struct Edge: Sendable {
    /// Rows before.
    var row = 0
    /// Numbered links before.
    var links = 0
    /// Where the block before ends; `nil` if there is none.
    var end: Int?
  }

  /// A screen shows fewer, and a megabyte without an end of a paragraph would take forty of cells.
  private static let mostTailRows = 128

  init(numbersLinks: Bool = true) { self.numbersLinks = numbersLinks }

  private var tailEdge: Edge { edges[document.finishedCount] }

  /// At least one.
  var rowCount: Int { max(1, tailEdge.row + tail.count) }

  /// Lays out what is new of `text`, which must begin with the text of the last call or be a beginning of it.
  /// `isGrowing`: more is to come. `theme`: the one in which it will most likely be drawn.
  mutating func update(
    _ text: String, columns: Int, wrapsCode: Bool = true, isGrowing: Bool = false, theme: Theme = .fallback
  ) {
    if columns != self.columns || wrapsCode != self.wrapsCode {
      self = MarkdownText(numbersLinks: numbersLinks)
      self.columns = columns
      self.wrapsCode = wrapsCode
    }
    guard text.utf8.count != length || isGrowing != self.isGrowing else { return }
    length = text.utf8.count
    self.isGrowing = isGrowing
    let kept = document.update(text, isGrowing: isGrowing)
    if kept < edges.count - 1 {
      starts.removeSubrange(edges[kept].row...)
      blanks.removeSubrange(edges[kept].row...)
      edges.removeSubrange((kept + 1)...)
      finishedTargets.removeSubrange(edges[kept].links...)
    }
    for part in document.finished.dropFirst(edges.count - 1) {
      let edge = edges[edges.count - 1]
      let laidOut = rows(part.blocks, edge, text, .fallback)
      starts += laidOut.map(\.start)
      blanks += laidOut.map(\.isBlank)
      finishedTargets += part.blocks.flatMap(\.numberedTargets)
      laidOutBytes += part.range.count
      edges.append(
        Edge(
          row: starts.count, links: finishedTargets.count,
          end: part.blocks.last?.range.upperBound ?? edge.end))
    }
    let unfinished = rows(document.tail, tailEdge, text, theme)
    self.theme = theme
    tailRows = unfinished.count <= Self.mostTailRows ? unfinished : nil
    tail = unfinished.map(\.start)
    tailBlanks = unfinished.map(\.isBlank)
    tailTargets = document.tail.flatMap(\.numberedTargets)
    laidOutBytes += length - document.finishedEnd
  }

  /// Keeps no rows: a conversation has many texts out of sight, and cells take twenty times what they show.
  mutating func forgetRows() { tailRows = nil }

  private func rows(_ blocks: [MarkdownBlock], _ edge: Edge, _ text: String, _ theme: Theme) -> [MarkdownRow] {
    MarkdownLayout(
      source: text, theme: theme, columns: columns, linksBefore: numbersLinks ? edge.links : nil, wrapsCode: wrapsCode
    ).rows(blocks, after: edge.end)
  }

  /// Where a row begins in the source, as a UTF-8 offset.
  func start(ofRow row: Int) -> Int {
    let finished = tailEdge.row
    if row < finished { return starts[max(0, row)] }
    return tail.isEmpty ? starts[..<finished].last ?? 0 : tail[min(row - finished, tail.count - 1)]
  }

  /// Whether a row shows nothing.
  func isBlank(row: Int) -> Bool {
    let finished = tailEdge.row
    if row < finished { return blanks.indices.contains(row) && blanks[row] }
    return tailBlanks.indices.contains(row - finished) && tailBlanks[row - finished]
  }

  /// The row that holds the byte at `offset`, the last one if none does.
  func row(holding offset: Int) -> Int {
    var low = 0
    var high = rowCount
    while low < high {
      let middle = (low + high) / 2
      if start(ofRow: middle) <= offset { low = middle + 1 } else { high = middle }
    }
    return max(0, low - 1)
  }

  /// The rows from `first` on, at least `count` of them as far as there are, and the number of the first one.
  /// `text` must be that of the last update.
  func rows(from first: Int, count: Int, of text: String, _ theme: Theme) -> (first: Int, rows: [MarkdownRow]) {
    var part = document.finishedCount
    if first < tailEdge.row {
      var low = 0
      var high = part
      while low < high {
        let middle = (low + high) / 2
        if edges[middle + 1].row <= first { low = middle + 1 } else { high = middle }
      }
      part = low
    }
    let start = edges[part].row
    var found: [MarkdownRow] = []
    while part < document.finishedCount, start + found.count < first + count {
      found += rows(document.finished[part].blocks, edges[part], text, theme)
      part += 1
    }
    if part == document.finishedCount, start + found.count < first + count {
      let known = theme == self.theme ? tailRows : nil
      found += known ?? rows(document.tail, tailEdge, text, theme)
    }
    return (start, found)
  }

  /// What the numbered links lead to, from 1 on.
  var targets: [String] { finishedTargets[..<tailEdge.links] + tailTargets }

  /// Whether something of each of these ranges of the source, which ascend, is seen.
  func shows(_ ranges: [Range<Int>]) -> Bool {
    guard !ranges.isEmpty else { return true }
    let seen = document.blocks.flatMap(\.seen)
    var index = 0
    return ranges.allSatisfy { range in
      while index < seen.count, seen[index].upperBound <= range.lowerBound { index += 1 }
      return index < seen.count && seen[index].lowerBound < range.upperBound
    }
  }
}
