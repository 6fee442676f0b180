import Canvas
import Conversations

/// What is looked for in a pane, and where it stands.
struct PaneFind: Sendable {
  struct Match: Hashable, Sendable {
    var block: Int
    /// In UTF-8 offsets of the block's text.
    var range: Range<Int>
  }

  /// What was searched, so that nothing is searched twice.
  private struct Searched: Hashable {
    var query: String
    var blocks: Int
    var bytes: Int
  }

  let model: ModelReference
  var line = LineEditor()
  var isTyped = true
  /// Where the pane stood when the search began.
  let row: Int
  let followed: Bool

  private(set) var matches: [Match] = []
  private(set) var current: Int?
  private var ranges: [PaneDocument.Source: [Range<Int>]] = [:]
  private var sources: [PaneDocument.Source] = []
  private var searched: Searched?

  init(in pane: Pane) {
    model = pane.model
    row = pane.firstRow
    followed = pane.follows
  }

  /// Marks what was looked for elsewhere; the pane stays where it is.
  init(in pane: Pane, marking text: String) {
    self.init(in: pane)
    line.set(text)
    isTyped = false
  }

  /// Searches what has changed. Returns whether another query was searched.
  mutating func refresh(_ document: PaneDocument, _ exchanges: [Exchange]) -> Bool {
    let texts = document.blocks.map { PaneDocument.text(of: $0.source, exchanges) }
    let now = Searched(
      query: line.text, blocks: texts.count, bytes: texts.reduce(0) { $0 + $1.utf8.count })
    guard now != searched else { return false }
    let isNew = now.query != searched?.query
    let place = current.map { matches[$0] }
    searched = now
    matches = []
    ranges = [:]
    sources = document.blocks.map(\.source)
    for (index, text) in texts.enumerated() {
      let found = TextSearch.ranges(of: now.query, in: text)
      guard !found.isEmpty else { continue }
      ranges[document.blocks[index].source] = found
      matches += found.map { Match(block: index, range: $0) }
    }
    current = isNew ? nil : place.flatMap { matches.firstIndex(of: $0) }
    return isNew
  }

  /// Goes to the first match from a row on, else to the first of all.
  mutating func goToFirst(from row: Int, _ document: PaneDocument) {
    guard !matches.isEmpty else { return }
    current = matches.firstIndex { Self.row(of: $0, document) >= row } ?? 0
  }

  /// Goes round the matches.
  mutating func step(by step: Int, from row: Int, _ document: PaneDocument) {
    guard let current else { return goToFirst(from: row, document) }
    self.current = (current + step + matches.count) % matches.count
  }

  func currentRow(_ document: PaneDocument) -> Int? { current.map { Self.row(of: matches[$0], document) } }

  private static func row(of match: Match, _ document: PaneDocument) -> Int {
    document.row(of: PaneDocument.Anchor(block: match.block, offset: match.range.lowerBound))
  }

  /// The matches that touch a part of a block's text.
  func highlights(in source: PaneDocument.Source, _ part: Range<Int>) -> ArraySlice<Range<Int>> {
    guard let ranges = ranges[source] else { return [] }
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= part.lowerBound { low = middle + 1 } else { high = middle }
    }
    return ranges[low...].prefix { $0.lowerBound < part.upperBound }
  }

  /// The place that was gone to, if it is in a block with this source.
  func currentRange(in source: PaneDocument.Source) -> Range<Int>? {
    guard let current, sources[matches[current].block] == source else { return nil }
    return matches[current].range
  }

  /// The cells of a row of Markdown, those marked that show a match.
  func highlighted(_ row: MarkdownRow, of source: PaneDocument.Source, _ theme: Theme) -> [Cell] {
    guard let shown = row.shown else { return row.cells }
    return row.highlighted(highlights(in: source, shown), current: currentRange(in: source), theme)
  }

  /// `3 of 17`
  var words: String {
    guard !line.text.isEmpty else { return "" }
    guard !matches.isEmpty else { return "not found" }
    let count = Figures.count(matches.count)
    return current.map { "\(Figures.count($0 + 1)) of \(count)" } ?? count
  }
}

extension Stage {
  mutating func beginFind() {
    guard panes.indices.contains(activePane) else { return }
    find = PaneFind(in: panes[activePane])
  }

  /// What is looked for, where it is this pane that is searched.
  func find(in pane: Pane) -> PaneFind? { find.flatMap { $0.model == pane.model ? $0 : nil } }

  mutating func typeFind(_ key: Key) { _ = find?.line.take(key) }

  /// Enter: the keys are the pane's again, `n` and `N` walk on.
  mutating func acceptFind() {
    find?.isTyped = false
    if find?.line.text.isEmpty ?? true { find = nil }
  }

  mutating func stepFind(by step: Int, _ world: inout World) {
    guard find != nil, panes.indices.contains(activePane) else {
      world.show("Nothing is looked for: \(world.keyMap.name(of: .find, in: [.pane]) ?? "find first")")
      return
    }
    let pane = panes[activePane]
    find?.step(by: step, from: pane.firstRow, pane.document)
    showMatch()
  }

  /// Escape: while it is typed the pane goes back to where it was; afterwards only the marks go.
  mutating func endFind() {
    if let find, find.isTyped, panes.indices.contains(activePane) {
      panes[activePane].scroll(to: find.followed ? .max : find.row)
    }
    find = nil
  }

  /// Searches what is new in the pane, once it is laid out.
  mutating func settleFind(_ world: World) {
    guard var find, panes.indices.contains(activePane), panes[activePane].model == find.model else {
      self.find = nil
      return
    }
    let isNew = find.refresh(panes[activePane].document, conversation(world)?.exchanges ?? [])
    if isNew { find.goToFirst(from: find.row, panes[activePane].document) }
    self.find = find
    if isNew { showMatch() }
  }

  private mutating func showMatch() {
    let pane = panes[activePane]
    guard let row = find?.currentRow(pane.document) else { return }
    if !pane.rowsInSight.contains(row) { panes[activePane].scroll(to: row - pane.bodyHeight / 3) }
  }
}
