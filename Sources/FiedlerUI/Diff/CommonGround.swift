import Markdown

/// What two answers that differ have in common: passages about the same, terms, numbers and wordings.
///
/// Made of the texts alone, so the same texts always give the same; in time that grows with them.
struct CommonGround: Sendable {
  /// Passages that stand beside each other. Where nothing is shared, a few of either answer.
  struct Band: Hashable, Sendable {
    /// The blocks, by their places among the answer's.
    var old: Range<Int>
    var new: Range<Int>
    var isShared: Bool
  }

  /// What is to be seen in one of the answers.
  struct Side: Sendable {
    var blocks: [MarkdownBlock]
    /// Where shared terms stand, ascending, as UTF-8 offsets.
    var terms: [Range<Int>] = []
    /// Where the same words follow each other in both answers.
    var wordings: [Range<Int>] = []
    /// The languages of its code, in order.
    var languages: [String] = []
    var tables = 0
  }

  let sides: [Side]
  let bands: [Band]
  let telling: TellingTerms
  /// The part of the terms that both answers use: 0 through 1.
  let share: Double
  /// How much was looked at, for tests of the growth.
  let steps: Int

  /// Words in a row, by their terms' names.
  private struct Wording: Hashable {
    /// So many of the same are a wording.
    static let length = 4

    private let first: UInt64
    private let last: UInt64

    /// `nil` where a passage has not so many from there on.
    init?(_ passage: Passage, _ start: Int) {
      guard start + Self.length <= passage.terms.count else { return nil }
      func two(_ place: Int) -> UInt64 {
        UInt64(passage.terms[place].name) << 32 | UInt64(passage.terms[place + 1].name)
      }
      first = two(start)
      last = two(start + 2)
    }
  }

  /// So many passages without a partner are laid out in one piece.
  private static let longestBand = 8

  init(_ old: String, _ new: String) {
    let texts = [old, new]
    let blocks = texts.map { MarkdownDocument($0).blocks }
    var book = TermBook()
    let passages = (0..<2).map { Passage.all(of: blocks[$0], texts[$0], side: $0, &book) }
    let weight = book.weights(passages: passages[0].count + passages[1].count)
    let alignment = PassageAlignment(passages[0], passages[1], weight: weight)
    bands = Self.bands(alignment.pairs, passages)
    telling = TellingTerms(passages, texts, book, weight: weight)
    sides = (0..<2).map { side in
      Self.side(blocks[side], passages[side], other: passages[1 - side], book, weight)
    }
    let meant = book.entries.filter { $0.kind != .glue }
    let all = meant.reduce(0) { $0 + $1.counts[0] + $1.counts[1] }
    let common = meant.reduce(0) { $0 + 2 * min($1.counts[0], $1.counts[1]) }
    share = all == 0 ? 0 : Double(common) / Double(all)
    steps = alignment.steps + passages.reduce(0) { $0 + $1.reduce(0) { $0 + $1.terms.count + 1 } }
  }

  private static func bands(_ pairs: [PassageAlignment.Pair], _ passages: [[Passage]]) -> [Band] {
    var bands: [Band] = []
    var (old, new) = (0, 0)
    func blocks(_ side: Int, _ range: Range<Int>) -> Range<Int> {
      let all = passages[side]
      guard let first = range.first, let last = range.last else {
        let place = range.lowerBound < all.count ? all[range.lowerBound].blocks.lowerBound : all.last?.blocks.upperBound
        return (place ?? 0)..<(place ?? 0)
      }
      return all[first].blocks.lowerBound..<all[last].blocks.upperBound
    }
    func alone(until oldEnd: Int, _ newEnd: Int) {
      while old < oldEnd || new < newEnd {
        let (oldNext, newNext) = (min(oldEnd, old + longestBand), min(newEnd, new + longestBand))
        bands.append(Band(old: blocks(0, old..<oldNext), new: blocks(1, new..<newNext), isShared: false))
        (old, new) = (oldNext, newNext)
      }
    }
    for pair in pairs {
      alone(until: pair.old, pair.new)
      bands.append(
        Band(old: blocks(0, pair.old..<(pair.old + 1)), new: blocks(1, pair.new..<(pair.new + 1)), isShared: true))
      (old, new) = (pair.old + 1, pair.new + 1)
    }
    alone(until: passages[0].count, passages[1].count)
    return bands
  }

  private static func side(
    _ blocks: [MarkdownBlock], _ passages: [Passage], other: [Passage], _ book: TermBook, _ weight: [Double]
  ) -> Side {
    var side = Side(blocks: blocks)
    var known: Set<Wording> = []
    for passage in other { for start in passage.terms.indices { Wording(passage, start).map { _ = known.insert($0) } } }
    for passage in passages {
      for term in passage.terms where weight[term.name] > 0 && book.entries[term.name].isShared {
        append(term.range, to: &side.terms)
      }
      for start in passage.terms.indices where passage.kind != .code {
        guard let wording = Wording(passage, start), known.contains(wording) else { continue }
        let terms = passage.terms[start..<(start + Wording.length)]
        guard terms.contains(where: { weight[$0.name] > 0 }), let last = terms.last else { continue }
        append(passage.terms[start].range.lowerBound..<last.range.upperBound, to: &side.wordings)
      }
    }
    for block in blocks {
      switch block.kind {
      case .code(let language) where block.hasLabel && !side.languages.contains(language):
        side.languages.append(language)
      case .table where !block.isContinued: side.tables += 1
      default: break
      }
    }
    return side
  }

  /// Ranges that touch become one.
  private static func append(_ range: Range<Int>, to ranges: inout [Range<Int>]) {
    guard let last = ranges.last, last.upperBound >= range.lowerBound else {
      ranges.append(range)
      return
    }
    ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
  }
}
