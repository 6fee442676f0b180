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
    text = words.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ").lowercased()
  }

  /// The label that `[label]: target` defines.
  init?(definition line: Slice<UnsafeBufferPointer<UInt8>>) {
    guard let open = line.firstIndex(of: UInt8(ascii: "[")),
      let close = line[open...].firstIndex(of: UInt8(ascii: "]"))
    else { return nil }
    self.init(line[(open + 1)..<close])
  }

  /// Whatever stands between two brackets with none within, as a label must.
  static func all(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Set<LinkLabel> {
    guard bytes.contains(UInt8(ascii: "[")) else { return [] }
    var labels: Set<LinkLabel> = []
    var open: Int?
    for index in bytes.indices {
      switch bytes[index] {
      case UInt8(ascii: "["): open = index + 1
      case UInt8(ascii: "]"):
        if let start = open, let label = LinkLabel(bytes[start..<index]) { labels.insert(label) }
        open = nil
      default: break
      }
    }
    return labels
  }
}
