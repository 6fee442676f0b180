import Markdown

/// A heading, paragraph, list point, table or block of code of an answer, with its terms.
struct Passage: Sendable {
  enum Kind: Hashable, Sendable { case heading, prose, code, table }

  var kind: Kind
  /// Its blocks, by their places among the answer's.
  var blocks: Range<Int>
  /// In order.
  var terms: [Term] = []
  /// The names of its terms, each once, ascending.
  var names: [Int] = []

  /// The passages of one of the answers, whose terms go into the book.
  static func all(of blocks: [MarkdownBlock], _ text: String, side: Int, _ book: inout TermBook) -> [Passage] {
    let reader = TermReader(text)
    var passages: [Passage] = []
    for (index, block) in blocks.enumerated() {
      // A long one comes in several blocks.
      if block.isContinued, let last = passages.indices.last {
        passages[last].blocks = passages[last].blocks.lowerBound..<(index + 1)
      } else {
        passages.append(Passage(kind: Kind(block), blocks: index..<(index + 1)))
      }
      let last = passages.count - 1
      for run in block.allRuns where run.content == .source {
        let isCode = block.isCode || run.look.contains(.code)
        let isProminent = passages[last].kind == .heading || run.look.contains(.strong) || isCode && !block.isCode
        let terms = reader.terms(in: run.range, isCode: isCode, &book)
        for term in terms { book.note(term.name, of: side, isProminent: isProminent) }
        passages[last].terms += terms
      }
    }
    for index in passages.indices {
      passages[index].names = Array(Set(passages[index].terms.map(\.name))).sorted()
      for name in passages[index].names { book.noteInPassage(name) }
    }
    return passages
  }
}

extension Passage.Kind {
  init(_ block: MarkdownBlock) {
    self =
      switch block.kind {
      case .heading: .heading
      case .code: .code
      case .table: .table
      case .paragraph, .rule, .html: .prose
      }
  }
}

extension MarkdownBlock {
  /// Its own, or those of the cells of its table.
  var allRuns: [MarkdownRun] {
    if case .table(let table) = kind { table.rows.flatMap { $0.flatMap(\.self) } } else { runs }
  }
}
