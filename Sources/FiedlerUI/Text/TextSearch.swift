/// Where a text holds what was typed.
enum TextSearch {
  /// More places than anybody walks through.
  static let most = 100_000

  /// The places of `query` in UTF-8 offsets of `text`, ascending and apart from each other, at most ``most``.
  ///
  /// A query without capitals finds capitals too: ASCII letters in any mix, others where all of the query is written in
  /// capitals, in small letters or with a capital first.
  static func ranges(of query: String, in text: String) -> [Range<Int>] {
    guard !query.isEmpty else { return [] }
    let ignoresCase = query == query.lowercased()
    guard ignoresCase, !query.utf8.allSatisfy({ $0 < 0x80 }) else {
      return ranges(of: Array(query.utf8), in: text, ignoresCase: ignoresCase)
    }
    let first = query.prefix(1).uppercased() + query.dropFirst()
    let spellings = Set([query, query.uppercased(), first])
    let found = spellings.flatMap { ranges(of: Array($0.utf8), in: text, ignoresCase: true) }
    var apart: [Range<Int>] = []
    for range in found.sorted(by: { $0.lowerBound < $1.lowerBound })
    where range.lowerBound >= (apart.last?.upperBound ?? 0) && apart.count < most {
      apart.append(range)
    }
    return apart
  }

  private static func ranges(of needle: [UInt8], in text: String, ignoresCase: Bool) -> [Range<Int>] {
    var text = text
    return text.withUTF8 { text in
      var found: [Range<Int>] = []
      var start = 0
      while start + needle.count <= text.count, found.count < most {
        var matched = 0
        while matched < needle.count, isSame(text[start + matched], needle[matched], ignoresCase) { matched += 1 }
        guard matched == needle.count else {
          start += 1
          continue
        }
        found.append(start..<start + needle.count)
        start += needle.count
      }
      return found
    }
  }

  /// `needle` is in small letters if case does not matter.
  private static func isSame(_ byte: UInt8, _ needle: UInt8, _ ignoresCase: Bool) -> Bool {
    byte == needle || ignoresCase && byte &+ 0x20 == needle && (0x41...0x5A).contains(byte)
  }
}
