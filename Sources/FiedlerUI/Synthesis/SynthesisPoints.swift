import Conversations
import FoundationEssentials
import Markdown

/// What a reading of answers says, point by point, each with the passages of the answers that say the same; and the
/// passages that the reading says nothing of.
///
/// Points and passages are matched by the terms they share, of which rare ones weigh more: the same texts always give
/// the same points. Takes time in proportion to the texts.
struct SynthesisPoints: Sendable {
  /// A passage of an answer.
  struct Place: Hashable, Sendable {
    var reply: UUID
    var author: ModelReference
    /// UTF-8 offsets in the answer's text.
    var range: Range<Int>
    /// Its words.
    var text: String
  }

  struct Point: Hashable, Sendable {
    var text: String
    /// What it stands under in the reading.
    var heading = ""
    /// Of a checklist's item.
    var isDone: Bool?
    /// Of each answer one at most, in the order of their labels.
    var places: [Place]
  }

  private(set) var points: [Point] = []
  /// What some answer says and no point does, one place each.
  private(set) var dropped: [Point] = []
  /// Terms followed, for tests of the growth.
  private(set) var steps = 0

  /// The share of a point's weight that a passage must have to be where it is from.
  private static let leastShare = 0.3
  /// Of what a passage tells, so little is in the reading that it counts as dropped.
  private static let mostDropped = 0.3
  /// Passages with fewer telling terms say too little to be missed.
  private static let leastTerms = 3

  private struct Source {
    var reply: Reply
    var label: String
    var passages: [Passage]
    var blocks: [MarkdownBlock]
    /// The passages that have a term.
    var followed: [Int: [Int]] = [:]

    func place(_ index: Int) -> Place {
      let passage = blocks[passages[index].blocks]
      let range = (passage.first?.range.lowerBound ?? 0)..<(passage.last?.range.upperBound ?? 0)
      return Place(
        reply: reply.id, author: reply.model, range: range, text: SynthesisPoints.words(of: passage, in: reply.text))
    }
  }

  /// `answers`: those that the reading had before it; one that is not there any more has no places.
  init(of reading: String, _ synthesis: Synthesis, answers: [Reply]) {
    var book = TermBook()
    let blocks = MarkdownDocument(reading).blocks
    let passages = Passage.all(of: blocks, reading, side: 0, &book)
    var sources = synthesis.sources.compactMap { source in
      answers.first { $0.id == source.reply }.map { reply in
        let blocks = MarkdownDocument(reply.text).blocks
        return Source(
          reply: reply, label: source.label, passages: Passage.all(of: blocks, reply.text, side: 1, &book),
          blocks: blocks)
      }
    }
    let weight = book.weights(passages: sources.reduce(passages.count) { $0 + $1.passages.count })
    for index in sources.indices {
      for (place, passage) in sources[index].passages.enumerated() where passage.kind != .heading {
        for name in passage.names where weight[name] > 0 { sources[index].followed[name, default: []].append(place) }
      }
    }
    var heading = ""
    var said: Set<Int> = []
    for passage in passages {
      said.formUnion(passage.names)
      let text = Self.words(of: blocks[passage.blocks], in: reading)
      guard passage.kind != .heading else {
        heading = text
        continue
      }
      let named = NamedSources(text, synthesis)
      guard !named.words.isEmpty else { continue }
      let names = named.cut(passage, in: reading)
      let places = sources.compactMap { source -> Place? in
        guard named.labels.isEmpty || named.labels.contains(source.label) else { return nil }
        return best(names, in: source, weight, isNamed: !named.labels.isEmpty).map(source.place)
      }
      points.append(
        Point(text: named.words, heading: heading, isDone: blocks[passage.blocks.lowerBound].isDone, places: places))
    }
    let found = Set(points.flatMap(\.places))
    for source in sources {
      for (index, passage) in source.passages.enumerated() where passage.kind != .heading {
        let telling = passage.names.filter { weight[$0] > 0 }
        let whole = telling.reduce(0) { $0 + weight[$1] }
        let known = telling.reduce(0) { said.contains($1) ? $0 + weight[$1] : $0 }
        steps += passage.names.count
        guard telling.count >= Self.leastTerms, known < Self.mostDropped * whole else { continue }
        let place = source.place(index)
        guard !found.contains(place) else { continue }
        dropped.append(Point(text: place.text, places: [place]))
      }
    }
  }

  /// The passage of an answer that says most of what these terms do; `nil` where none says enough. An answer that the
  /// point names itself need share but one telling term.
  private mutating func best(_ names: [Int], in source: Source, _ weight: [Double], isNamed: Bool) -> Int? {
    var shared: [Int: Double] = [:]
    var whole = 0.0
    for name in names where weight[name] > 0 {
      whole += weight[name]
      guard let found = source.followed[name], found.count <= PassageAlignment.mostFollowed else { continue }
      steps += found.count
      for place in found { shared[place, default: 0] += weight[name] }
    }
    func value(_ place: Int, _ common: Double) -> Double {
      let own = source.passages[place].names.reduce(0) { $0 + weight[$1] }
      return common * (0.5 + 2 * common / max(1, whole + own))
    }
    let found = shared.filter { isNamed || $0.value >= Self.leastShare * whole }.map {
      ($0.key, value($0.key, $0.value))
    }
    return found.max { ($0.1, $1.0) < ($1.1, $0.0) }?.0
  }

  /// What the blocks say, without marks, in one line.
  private static func words(of blocks: ArraySlice<MarkdownBlock>, in text: String) -> String {
    var words = ""
    for block in blocks {
      if !words.isEmpty { words += " " }
      for run in block.allRuns {
        // A table's cells, and what stands on both sides of a link's target, are words of their own.
        if case .table = block.kind, !words.isEmpty { words += " " }
        switch run.content {
        case .source: words += text.part(run.range)
        case .literal(let literal): words += literal
        case .lineBreak: words += " "
        }
        guard words.utf8.count < longest else { return words + "…" }
      }
    }
    return words.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// A point longer than this is told by its beginning.
  private static let longest = 2000
}

/// The answers that a point names at its end, `(A, C)` or by their authors' names, and the point without that.
private struct NamedSources {
  var words: String
  var labels: Set<String> = []

  init(_ text: String, _ synthesis: Synthesis) {
    words = text
    let bare = text.hasSuffix(").") ? text.dropLast() : text[...]
    guard bare.hasSuffix(")"), let start = bare.lastIndex(of: "(") else { return }
    let parts = bare[bare.index(after: start)...].dropLast().split(separator: ",").map { part in
      part.drop { $0 == " " }
    }
    let named = parts.compactMap { part in
      synthesis.sources.first { $0.label == part || $0.model.name == part || Synthesis.fileName($0.label) == part }?
        .label
    }
    guard !named.isEmpty, named.count == parts.count else { return }
    labels = Set(named)
    words = String(text[..<start].reversed().drop(while: \.isWhitespace).reversed())
  }

  /// The names of a passage's terms, without those of its sources.
  func cut(_ passage: Passage, in text: String) -> [Int] {
    guard !labels.isEmpty, let end = passage.terms.last?.range.upperBound else { return passage.names }
    let start = text.part(0..<end).utf8.lastIndex(of: UInt8(ascii: "(")).map {
      text.utf8.distance(from: text.startIndex, to: $0)
    }
    return Array(Set(passage.terms.filter { $0.range.lowerBound < start ?? end }.map(\.name))).sorted()
  }
}

extension MarkdownBlock {
  /// Of the innermost item of a task list that it begins.
  fileprivate var isDone: Bool? {
    for container in containers.reversed() {
      if case .item(_, let isDone, _, _) = container { return isDone }
    }
    return nil
  }
}
