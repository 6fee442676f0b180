import Canvas
import Conversations

/// A conversation beside the list: which of its rows are seen, and which hit the reader has gone to.
struct HistoryPreview: Sendable {
  private(set) var document: PreviewDocument { didSet { document.isPlain = isPlain } }
  /// Answers are shown as they were written.
  private let isPlain: Bool
  /// Reasoning is shown whole, not only where something was found in it.
  private(set) var isUnfolded = false
  /// The number of the hit gone to, from 0.
  private(set) var hit: Int?
  /// What is on the screen.
  private(set) var rows: [PreviewLayout.Row] = []
  private(set) var columns = 0
  private(set) var height = 0
  /// Answers that are shown as Markdown, by their blocks.
  private(set) var markdown: [Int: MarkdownText?] = [:]
  private let found: [TextHits]
  private var top = PreviewLayout.Place()
  private var target: Target?
  private var isStale = true

  /// What is to be on the screen once its size is known.
  private enum Target: Hashable {
    case hit(Int, isNear: Bool)
    case exchange(Int)
    case end
  }

  var conversation: Conversation { document.conversation }

  /// Opens at the hit that the list shows, or at the first; without hits at the newest exchange.
  init(_ conversation: Conversation, hits: [TextHits], at listed: HistoryHit?, isPlain: Bool = false) {
    found = hits
    self.isPlain = isPlain
    document = PreviewDocument(conversation, hits: hits)
    document.isPlain = isPlain
    if document.hitCount > 0 {
      let first = listed.flatMap { document.firstHit(at: $0) } ?? 0
      hit = first
      target = .hit(first, isNear: false)
    } else {
      target = .exchange(conversation.exchanges.count - 1)
    }
  }

  /// The same conversation read again. The reader's place is kept; who read the newest exchange is shown the newer one.
  mutating func update(_ conversation: Conversation) {
    let (old, new) = (self.conversation.exchanges.count, conversation.exchanges.count)
    if found.isEmpty, exchange == old - 1, new > old { target = .exchange(new - 1) }
    document = PreviewDocument(conversation, hits: found, isUnfolded: isUnfolded)
    markdown = [:]
    hit = hit.flatMap { $0 < document.hitCount ? $0 : nil }
    isStale = true
  }

  func shows(_ conversation: Conversation, _ hits: [TextHits]) -> Bool {
    conversation.id == self.conversation.id && hits == found
  }

  // MARK: Layout

  /// Lays out the rows for the place they will be drawn in. Costs what is on the screen.
  mutating func fit(columns: Int, height: Int) {
    guard isStale || columns != self.columns || height != self.height else { return }
    let isWrappedAnew = columns != self.columns
    (self.columns, self.height, isStale) = (columns, height, false)
    if isWrappedAnew { markdown = [:] }
    var layout = PreviewLayout(document, columns: columns, markdown: markdown)
    defer { markdown = layout.markdown }
    if let target { top = place(of: target, isWrappedAnew, &layout) }
    target = nil
    top = min(layout.row(at: top)?.place ?? top, layout.lastTop(height))
    rows = layout.rows(from: top, height)
  }

  private func place(of target: Target, _ isWrappedAnew: Bool, _ layout: inout PreviewLayout) -> PreviewLayout.Place {
    switch target {
    case .hit(let number, let isNear):
      guard let hit = document.hit(number) else { return top }
      let place = PreviewLayout.Place(block: hit.block, offset: hit.range.lowerBound)
      if isNear, !isWrappedAnew, shows(place) { return top }
      return layout.row(at: place, movedBy: -(height / 3))?.place ?? place
    case .exchange(let index): return PreviewLayout.Place(block: document.firstBlock(ofExchange: index))
    case .end: return layout.lastTop(height)
    }
  }

  private func shows(_ place: PreviewLayout.Place) -> Bool {
    guard let first = rows.first, let last = rows.last else { return false }
    let end = PreviewLayout.Place(block: last.block, offset: max(last.bytes.upperBound, last.bytes.lowerBound + 1))
    return first.place <= place && place < end
  }

  // MARK: Motion

  mutating func scroll(by count: Int) {
    guard columns > 0, count != 0 else { return }
    if count > 1_000_000 / 2 {
      target = .end
    } else if count < -1_000_000 / 2 {
      top = PreviewLayout.Place()
    } else {
      var layout = PreviewLayout(document, columns: columns, markdown: markdown)
      defer { markdown = layout.markdown }
      top = layout.row(at: top, movedBy: count)?.place ?? top
    }
    isStale = true
  }

  /// Goes to the next hit, or the one before, from the one gone to if it is in sight. True if that went round the end.
  mutating func moveHit(by step: Int) -> Bool {
    let count = document.hitCount
    guard count > 0 else { return false }
    var number: Int
    if let hit, isInSight(hit) {
      number = hit + step
    } else {
      number = document.firstHit(from: top.block, top.offset) + (step < 0 ? -1 : 0)
    }
    let isRound = number < 0 || number >= count
    number = (number + count) % count
    hit = number
    target = .hit(number, isNear: true)
    isStale = true
    return isRound && count > 1
  }

  /// Unfolds all reasoning, or folds it but where something was found.
  mutating func toggleReasoning() {
    isUnfolded.toggle()
    let place = rows.first.map { document.blocks[$0.block] }
    document = PreviewDocument(conversation, hits: found, isUnfolded: isUnfolded)
    markdown = [:]
    let block = place.flatMap { old in
      document.blocks.firstIndex { ($0.kind, $0.exchange, $0.reply) == (old.kind, old.exchange, old.reply) }
        ?? document.blocks.lastIndex { ($0.exchange, $0.reply) == (old.exchange, old.reply) }
    }
    if let block { top.block = block }
    isStale = true
  }

  // MARK: What is in sight

  func isInSight(_ hit: Int) -> Bool {
    document.hit(hit).map { shows(.init(block: $0.block, offset: $0.range.lowerBound)) } ?? false
  }

  /// The index of the exchange that most of the screen shows.
  var exchange: Int? {
    guard !rows.isEmpty else { return nil }
    return document.blocks[rows[min(height / 3, rows.count - 1)].block].exchange
  }

  /// How much of the conversation stands above the screen, from 0 to 1; `nil` where all of it is seen.
  var position: Double? {
    guard let first = rows.first, let last = rows.last else { return nil }
    let start = bytesBefore(first.block, first.bytes.lowerBound)
    let end = bytesBefore(last.block, last.bytes.upperBound)
    let isWhole =
      first.place <= PreviewLayout.Place(offset: document.blocks[0].bytes.lowerBound)
      && last.block == document.blocks.count - 1
      && last.bytes.upperBound >= document.blocks[last.block].bytes.upperBound
    guard !isWhole else { return nil }
    let rest = max(1, document.length - (end - start))
    let isAtEnd =
      last.block == document.blocks.count - 1
      && last.bytes.upperBound >= document.blocks[last.block].bytes.upperBound
    return isAtEnd ? 1 : min(1, Double(start) / Double(rest))
  }

  private func bytesBefore(_ block: Int, _ offset: Int) -> Int {
    document.blocks[block].start + max(0, offset - document.blocks[block].bytes.lowerBound)
  }
}
