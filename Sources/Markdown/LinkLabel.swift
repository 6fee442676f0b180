/// What names a link reference definition: the text between brackets, case and runs of blanks apart.
/// CommonMark 0.31, section 4.7, "matches".
struct LinkLabel: Hashable, Sendable {
  private let text: String

  /// CommonMark's limit, in bytes where that counts characters: longer ones name nothing.
  private static let limit = 999

  private init?(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    guard bytes.count <= Self.limit else { return nil }
    let words = bytes.split(whereSeparator: { [0x20, 0x09, 0x0A, 0x0D].contains($0) })
    guard !words.isEmpty else { return nil }
    // Upper case of lower case is nearer to Unicode's folding than either: ẞ, ß and SS are the same.
    text = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ").lowercased().uppercased()
  }

  /// The label that a line `[label]: target` defines, and its bytes as they stand there.
  static func defined(
    by line: Slice<UnsafeBufferPointer<UInt8>>
  ) -> (label: LinkLabel, source: Slice<UnsafeBufferPointer<UInt8>>)? {
    guard let open = line.firstIndex(of: UInt8(ascii: "[")), let close = Self.close(of: open + 1, in: line),
      let label = LinkLabel(line[(open + 1)..<close])
    else { return nil }
    return (label, line[(open + 1)..<close])
  }

  /// Whatever stands between two brackets with none within, as a label must. A bracket behind a backslash is none.
  static func all(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Set<LinkLabel> {
    guard bytes.contains(UInt8(ascii: "[")) else { return [] }
    var labels: Set<LinkLabel> = []
    var open: Int?
    var index = bytes.startIndex
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "["): open = index + 1
      case UInt8(ascii: "]"):
        if let start = open, let label = LinkLabel(bytes[start..<index]) { labels.insert(label) }
        open = nil
      default: break
      }
      index += 1
    }
    return labels
  }

  /// Where the label that begins at `start` ends; `nil` if nothing closes it, or another bracket opens in it.
  static func close(of start: Int, in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    var index = start
    while index < bytes.endIndex {
      switch bytes[index] {
      case UInt8(ascii: "\\"): index += 1
      case UInt8(ascii: "["): return nil
      case UInt8(ascii: "]"): return index
      default: break
      }
      index += 1
    }
    return nil
  }
}
