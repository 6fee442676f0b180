import GRDBSQLite

/// A row of the search index while a query stands on it.
struct MatchingRow {
  private let api: UnsafePointer<Fts5ExtensionApi>
  private let row: OpaquePointer

  init?(_ api: UnsafePointer<Fts5ExtensionApi>?, _ row: OpaquePointer?) {
    guard let api, let row else { return nil }
    self.api = api
    self.row = row
  }

  /// Matches of one phrase of the query: its number, and the words it covers.
  private struct Match {
    var phrase: Int
    var words: Range<Int>
  }

  private final class Conversations {
    var ids: Set<Int64> = []
  }

  /// Whether no earlier row of this query was of this conversation.
  func isFirst(of conversation: Int64) -> Bool {
    let seen: Conversations
    if let kept = api.pointee.xGetAuxdata(row, 0) {
      seen = Unmanaged<Conversations>.fromOpaque(kept).takeUnretainedValue()
    } else {
      seen = Conversations()
      _ = api.pointee.xSetAuxdata(row, Unmanaged.passRetained(seen).toOpaque()) { kept in
        if let kept { Unmanaged<Conversations>.fromOpaque(kept).release() }
      }
    }
    return seen.ids.insert(conversation).inserted
  }

  /// ``SearchExcerpt/stored``; empty where no text matches.
  func excerpt() -> [UInt8] {
    let matches = matches()
    guard let column = SearchColumn.byWeight.first(where: { matches[$0.rawValue]?.isEmpty == false }),
      let found = matches[column.rawValue], let text = text(column.rawValue)
    else { return [] }
    let window = Self.window(found)
    let words = words(text, through: window.upperBound)
    guard words.count > window.lowerBound else { return [] }
    let last = min(window.upperBound, words.count) - 1
    // The text around the first match of the window, from a word to a word unless they are absurdly long.
    let focus = words[min(max(found[0].words.lowerBound, window.lowerBound), last)]
    let isCutBefore = window.lowerBound > 0
    let isCutAfter = words.count > window.upperBound
    var start = isCutBefore ? words[window.lowerBound].lowerBound : 0
    var end = isCutAfter ? words[last].upperBound : text.count
    start = max(start, Self.boundary(text, focus.lowerBound - SearchExcerpt.longest / 2))
    end = min(end, Self.boundary(text, max(start, focus.lowerBound) + SearchExcerpt.longest))
    let ranges = Self.joined(
      found.filter { $0.words.overlaps(window) && $0.words.lowerBound < words.count }.map { match in
        words[match.words.lowerBound].lowerBound..<words[min(match.words.upperBound, words.count) - 1].upperBound
      }
    ).compactMap { range -> Range<Int>? in
      let clamped = range.clamped(to: start..<max(start, end))
      return clamped.isEmpty ? nil : clamped.lowerBound - start..<clamped.upperBound - start
    }
    return SearchExcerpt(
      column: column, ranges: ranges, isCutBefore: start > 0, isCutAfter: end < text.count,
      text: Array(text[start..<max(start, end)])
    ).stored
  }

  /// As ``SearchPlaces`` reads it.
  func places() -> [UInt8] {
    var bytes: [UInt8] = []
    for (column, found) in matches().sorted(by: { $0.key < $1.key }) where column != SearchColumn.facets.rawValue {
      guard let text = text(column), let end = found.map(\.words.upperBound).max() else { continue }
      let words = words(text, through: end)
      let ranges = found.filter { $0.words.upperBound <= words.count }.map {
        words[$0.words.lowerBound].lowerBound..<words[$0.words.upperBound - 1].upperBound
      }
      for range in Self.joined(ranges) {
        for number in [column, range.lowerBound, range.upperBound] { Int32s.append(number, to: &bytes) }
      }
    }
    return bytes
  }

  /// As ``SearchWeights`` reads it.
  func weights() -> [UInt8] {
    var weights: [Int: Int] = [:]
    for (column, found) in matches() {
      guard let weight = SearchColumn(rawValue: column)?.weight, weight > 0 else { continue }
      for match in found { weights[match.phrase, default: 0] += weight }
    }
    var bytes: [UInt8] = []
    for (phrase, weight) in weights.sorted(by: { $0.key < $1.key }) {
      Int32s.append(phrase, to: &bytes)
      Int32s.append(weight, to: &bytes)
    }
    return bytes
  }

  /// By column, in the order of the text.
  private func matches() -> [Int: [Match]] {
    var count: CInt = 0
    guard api.pointee.xInstCount(row, &count) == SQLITE_OK else { return [:] }
    var matches: [Int: [Match]] = [:]
    for index in 0..<count {
      var (phrase, column, word): (CInt, CInt, CInt) = (0, 0, 0)
      guard api.pointee.xInst(row, index, &phrase, &column, &word) == SQLITE_OK else { break }
      let size = Int(api.pointee.xPhraseSize(row, phrase))
      matches[Int(column), default: []].append(
        Match(phrase: Int(phrase), words: Int(word)..<Int(word) + max(size, 1)))
    }
    return matches
  }

  private func text(_ column: Int) -> UnsafeBufferPointer<UInt8>? {
    var text: UnsafePointer<CChar>?
    var count: CInt = 0
    guard api.pointee.xColumnText(row, CInt(column), &text, &count) == SQLITE_OK, let text else { return nil }
    return UnsafeRawPointer(text).withMemoryRebound(to: UInt8.self, capacity: Int(count)) {
      UnsafeBufferPointer(start: $0, count: Int(count))
    }
  }

  private struct Words {
    var ranges: [Range<Int>] = []
    var most: Int
  }

  /// The bytes of each word of a text, through word number `last` if there are so many.
  private func words(_ text: UnsafeBufferPointer<UInt8>, through last: Int) -> [Range<Int>] {
    var words = Words(most: last + 1)
    // Ends early, which is no error; any other leaves fewer words than were asked for.
    _ = text.withMemoryRebound(to: CChar.self) { text in
      withUnsafeMutablePointer(to: &words) { words in
        api.pointee.xTokenize(row, text.baseAddress, CInt(text.count), words) { words, flags, _, _, start, end in
          guard let words, flags & FTS5_TOKEN_COLOCATED == 0 else { return SQLITE_OK }
          let found = words.assumingMemoryBound(to: Words.self)
          found.pointee.ranges.append(Int(start)..<Int(end))
          return found.pointee.ranges.count < found.pointee.most ? SQLITE_OK : SQLITE_DONE
        }
      }
    }
    return words.ranges
  }

  /// The words to show: those around as many different phrases as come together, the first time they do.
  private static func window(_ matches: [Match]) -> Range<Int> {
    var best = (phrases: 0, start: 0)
    for (index, match) in matches.prefix(200).enumerated() {
      let start = max(0, match.words.lowerBound - 4)
      let end = start + SearchExcerpt.words
      let phrases = Set(matches[index...].prefix { $0.words.lowerBound < end }.map(\.phrase)).count
      if phrases > best.phrases { best = (phrases, start) }
    }
    return best.start..<best.start + SearchExcerpt.words
  }

  /// Ranges in order, those that overlap or touch as one.
  private static func joined(_ ranges: [Range<Int>]) -> [Range<Int>] {
    ranges.sorted { $0.lowerBound < $1.lowerBound }.reduce(into: []) { joined, range in
      if let last = joined.last, range.lowerBound <= last.upperBound {
        joined[joined.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        joined.append(range)
      }
    }
  }

  /// The place at or before `index` where a character begins.
  private static func boundary(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
    guard index > 0 else { return 0 }
    guard index < text.count else { return text.count }
    var index = index
    while index > 0, text[index] & 0xC0 == 0x80 { index -= 1 }
    return index
  }
}
