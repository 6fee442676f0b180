import Canvas

/// Makes links of the cells that lead somewhere (OSC 8,
/// https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda).
///
/// ncurses knows no links, so their cells are written once more over what it has written, the cursor and its look saved
/// around that (DECSC and DECRC). Whatever ncurses writes over a link later is none.
struct LinkPainter {
  /// Longer ones are refused by terminals.
  private static let limit = 2000

  private let depth: ColorDepth
  private var looks: [Style: String] = [:]
  /// The sequence that begins each link, empty for those that are none.
  private var openings: [String: String] = [:]

  init(depth: ColorDepth) { self.depth = depth }

  /// What makes the links of a frame, written over an earlier one; `nil` for that if all is drawn anew.
  mutating func paint(_ frame: Frame, over shown: Frame?) -> String {
    let shown = shown?.size == frame.size ? shown : nil
    guard !frame.links.isEmpty || shown?.links.isEmpty == false else { return "" }
    var text = ""
    for y in 0..<frame.size.height where differs(frame, shown, y) {
      var x = 0
      while x < frame.size.width {
        let link = frame.link(x, y)
        var end = x + 1
        while end < frame.size.width, frame[end, y].isContinuation || frame.link(end, y) == link { end += 1 }
        if let link {
          write(frame, y, x..<end, link: link, to: &text)
        } else if let shown {
          unlink(frame, shown, y, x..<end, to: &text)
        }
        x = end
      }
    }
    return text.isEmpty ? "" : "\u{1B}7\(text)\u{1B}8"
  }

  /// Whether a row has or had links and is not what it was.
  private func differs(_ frame: Frame, _ shown: Frame?, _ y: Int) -> Bool {
    let isLinked = frame.row(y).contains { $0.link != 0 }
    guard let shown else { return isLinked }
    guard isLinked || shown.row(y).contains(where: { $0.link != 0 }) else { return false }
    return frame.row(y) != shown.row(y) || frame.links != shown.links
  }

  /// Writes what was linked and is not: where the text is the same, ncurses leaves it as it stands.
  private mutating func unlink(_ frame: Frame, _ shown: Frame, _ y: Int, _ columns: Range<Int>, to text: inout String) {
    var x = columns.lowerBound
    while x < columns.upperBound {
      var end = x
      while end < columns.upperBound, shown[end, y].link != 0 || (end > x && frame[end, y].isContinuation) { end += 1 }
      if end > x { write(frame, y, x..<end, link: nil, to: &text) }
      x = max(end, x + 1)
    }
  }

  private mutating func write(_ frame: Frame, _ y: Int, _ columns: Range<Int>, link: String?, to text: inout String) {
    let opening = link.map { self.opening($0) } ?? ""
    text += "\u{1B}[\(y + 1);\(columns.lowerBound + 1)H\(opening)"
    var style: Style?
    for x in columns where !frame[x, y].isContinuation {
      let cell = frame[x, y]
      if cell.style != style { text += look(cell.style) }
      style = cell.style
      for scalar in cell.scalars { text.unicodeScalars.append(scalar) }
    }
    if !opening.isEmpty { text += "\u{1B}]8;;\u{1B}\\" }
  }

  private mutating func look(_ style: Style) -> String {
    if let known = looks[style] { return known }
    let look = FrameEncoder.select(depth.nearest(style))
    if looks.count > 500 { looks.removeAll() }
    looks[style] = look
    return look
  }

  private mutating func opening(_ link: String) -> String {
    if let known = openings[link] { return known }
    if openings.count > 500 { openings.removeAll() }
    let opening = Self.address(link).map { "\u{1B}]8;id=\(Self.id(link));\($0)\u{1B}\\" } ?? ""
    openings[link] = opening
    return opening
  }

  /// The address as such a sequence may have it: in visible ASCII. A model wrote it, so that only the web and mail can
  /// be led to; `nil` for others.
  static func address(_ link: String) -> String? {
    let lowercased = link.prefix(8).lowercased()
    guard ["http://", "https://", "mailto:"].contains(where: lowercased.hasPrefix) else { return nil }
    guard !link.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return nil }
    var address = ""
    for byte in link.utf8 {
      if byte < 0x80 {
        address.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        address += "%" + String(byte, radix: 16, uppercase: true)
      }
    }
    return address.utf8.count <= limit ? address : nil
  }

  /// The same for all rows of a link, by FNV-1a, so that the terminal shows them as one.
  private static func id(_ link: String) -> String {
    String(link.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }, radix: 36)
  }
}
