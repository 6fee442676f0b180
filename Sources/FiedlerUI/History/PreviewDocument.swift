import Conversations
import FoundationEssentials

/// A whole conversation as blocks, to be laid out where it is looked at.
///
/// Holds no text of its own: a block says where in the conversation its text stands. Making it costs some steps a
/// block, not the length of the texts.
struct PreviewDocument: Sendable {
  enum Kind: Hashable, Sendable {
    /// One row each.
    case exchangeTitle, replyTitle, reasoningTitle, gap
    /// Wrapped.
    case prompt, files, reasoning, answer, failure

    /// Columns taken by a mark in front of each row.
    var indent: Int {
      switch self {
      case .exchangeTitle, .replyTitle, .gap: 0
      case .prompt, .files, .reasoningTitle, .reasoning, .answer, .failure: 2
      }
    }
  }

  struct Block: Hashable, Sendable {
    var kind: Kind
    /// Index of the exchange, and of the reply in it.
    var exchange: Int
    var reply = -1
    /// What is shown of its text, in UTF-8 offsets: blank lines at the ends are not. Empty for blocks of one row.
    var bytes = 0..<0
    /// Bytes of all blocks before, each counted as at least one row's.
    var start = 0
    /// Index in ``hits``; `nil` where nothing was found.
    var hits: Int?
  }

  /// The hits in one block.
  struct BlockHits: Sendable {
    var block: Int
    var ranges: [Range<Int>]
    /// The number of the first of them among all, from 0.
    var first: Int
  }

  let conversation: Conversation
  /// Answers are shown as they were written, not as Markdown.
  var isPlain = false
  private(set) var blocks: [Block] = []
  private(set) var hits: [BlockHits] = []
  private(set) var hitCount = 0
  /// Bytes of all blocks.
  private(set) var length = 0
  private var firstBlocks: [Int] = []

  /// What a block of one row counts for in ``length``.
  private static let rowBytes = 40

  init(_ conversation: Conversation, hits found: [TextHits] = [], isUnfolded: Bool = false) {
    self.conversation = conversation
    let found = Dictionary(
      found.map { (Place($0), $0.ranges) }, uniquingKeysWith: { first, _ in first })
    for (index, exchange) in conversation.exchanges.enumerated() {
      append(exchange, index, found, isUnfolded)
    }
  }

  private struct Place: Hashable {
    var kind: Kind
    var id: UUID

    init(_ kind: Kind, _ id: UUID) {
      self.kind = kind
      self.id = id
    }

    init(_ hits: TextHits) {
      switch hits.place {
      case .answer: self.init(.answer, hits.reply ?? hits.exchange)
      case .reasoning: self.init(.reasoning, hits.reply ?? hits.exchange)
      case .file: self.init(.files, hits.exchange)
      case .prompt, .title, .tag: self.init(.prompt, hits.exchange)
      }
    }
  }

  private mutating func append(
    _ exchange: Exchange, _ index: Int, _ found: [Place: [Range<Int>]], _ isUnfolded: Bool
  ) {
    if index > 0 { append(Block(kind: .gap, exchange: index)) }
    firstBlocks.append(blocks.count)
    append(Block(kind: .exchangeTitle, exchange: index))
    func hits(_ kind: Kind, _ id: UUID) -> [Range<Int>] {
      found.isEmpty ? [] : found[Place(kind, id), default: []]
    }
    append(Block(kind: .prompt, exchange: index), exchange.prompt.text, found: hits(.prompt, exchange.id))
    if !exchange.prompt.attachments.isEmpty {
      let files = Block(kind: .files, exchange: index)
      append(files, text(of: files), found: hits(.files, exchange.id))
    }
    for (number, reply) in exchange.replies.enumerated() {
      append(Block(kind: .gap, exchange: index))
      append(Block(kind: .replyTitle, exchange: index, reply: number))
      if !reply.reasoning.isEmpty {
        append(Block(kind: .reasoningTitle, exchange: index, reply: number))
        let hits = hits(.reasoning, reply.id)
        if isUnfolded || !hits.isEmpty {
          append(Block(kind: .reasoning, exchange: index, reply: number), reply.reasoning, found: hits)
        }
      }
      if !reply.text.isEmpty {
        append(Block(kind: .answer, exchange: index, reply: number), reply.text, found: hits(.answer, reply.id))
      }
      if let failure = reply.failure, reply.state.isFinal {
        append(Block(kind: .failure, exchange: index, reply: number), failure.message, found: [])
      }
    }
  }

  /// A block of wrapped text.
  private mutating func append(_ block: Block, _ text: String, found: [Range<Int>]) {
    var block = block
    block.bytes = Self.withoutBlankEnds(text)
    let ranges = found.filter { $0.lowerBound >= 0 && $0.upperBound <= text.utf8.count && !$0.isEmpty }
    if !ranges.isEmpty {
      block.hits = hits.count
      hits.append(BlockHits(block: blocks.count, ranges: ranges, first: hitCount))
      hitCount += ranges.count
    }
    append(block)
  }

  private mutating func append(_ block: Block) {
    var block = block
    block.start = length
    length += max(Self.rowBytes, block.bytes.count)
    blocks.append(block)
  }

  /// Line ends in front, and blanks of any kind behind, are left out.
  private static func withoutBlankEnds(_ text: String) -> Range<Int> {
    let utf8 = text.utf8
    func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
    let start = utf8.firstIndex { !isLineEnd($0) } ?? utf8.endIndex
    let end = utf8[start...].lastIndex { !isLineEnd($0) && $0 != 0x20 && $0 != 0x09 }.map { utf8.index(after: $0) }
    let lower = utf8.distance(from: utf8.startIndex, to: start)
    return lower..<utf8.distance(from: utf8.startIndex, to: end ?? start)
  }

  // MARK: Reading

  func exchange(of block: Block) -> Exchange { conversation.exchanges[block.exchange] }

  func reply(of block: Block) -> Reply? {
    let replies = exchange(of: block).replies
    return replies.indices.contains(block.reply) ? replies[block.reply] : nil
  }

  /// A wrapped block's text, whole; "" for the others.
  func text(of block: Block) -> String {
    switch block.kind {
    case .prompt: exchange(of: block).prompt.text
    case .files: exchange(of: block).prompt.attachments.map(\.name).joined(separator: "\n")
    case .reasoning: reply(of: block)?.reasoning ?? ""
    case .answer: reply(of: block)?.text ?? ""
    case .failure: reply(of: block)?.failure?.message ?? ""
    case .exchangeTitle, .replyTitle, .reasoningTitle, .gap: ""
    }
  }

  /// The first block of an exchange.
  func firstBlock(ofExchange index: Int) -> Int { firstBlocks.indices.contains(index) ? firstBlocks[index] : 0 }

  // MARK: Hits

  /// The block and the bytes of a hit, by its number among all.
  func hit(_ number: Int) -> (block: Int, range: Range<Int>)? {
    guard (0..<hitCount).contains(number) else { return nil }
    var (low, high) = (0, hits.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if hits[middle].first <= number { low = middle } else { high = middle - 1 }
    }
    return (hits[low].block, hits[low].ranges[number - hits[low].first])
  }

  /// All hits of a block, in order.
  func hits(of block: Block) -> [Range<Int>] { block.hits.map { hits[$0].ranges } ?? [] }

  /// The hits of a block that reach into some bytes of it, and the number of the first.
  func hits(in block: Block, _ bytes: Range<Int>) -> (ranges: ArraySlice<Range<Int>>, first: Int) {
    guard let index = block.hits else { return ([], 0) }
    let ranges = hits[index].ranges
    let start = Self.partition(ranges) { $0.upperBound > bytes.lowerBound }
    let end = Self.partition(ranges) { $0.lowerBound >= bytes.upperBound }
    return (ranges[start..<max(start, end)], hits[index].first + start)
  }

  /// The number of the first hit at or behind a place; `hitCount` if there is none.
  func firstHit(from block: Int, _ offset: Int) -> Int {
    for group in hits[Self.partition(hits, { $0.block >= block })...] {
      if group.block > block { return group.first }
      let index = Self.partition(group.ranges) { $0.lowerBound >= offset }
      if index < group.ranges.count { return group.first + index }
    }
    return hitCount
  }

  /// The number of the first hit in the text where a search found the conversation.
  func firstHit(at hit: HistoryHit) -> Int? {
    guard let exchange = hit.exchange else { return nil }
    return hits.first { group in
      let block = blocks[group.block]
      guard self.exchange(of: block).id == exchange else { return false }
      switch hit.place {
      case .answer: return block.kind == .answer && reply(of: block)?.id == hit.reply
      case .reasoning: return block.kind == .reasoning && reply(of: block)?.id == hit.reply
      case .file: return block.kind == .files
      case .prompt: return block.kind == .prompt
      case .title, .tag: return false
      }
    }?.first
  }

  /// The first index for which `isBehind` holds, as it does for all after it.
  private static func partition<Element>(_ elements: [Element], _ isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, elements.count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(elements[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
