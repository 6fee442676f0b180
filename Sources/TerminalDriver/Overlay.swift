import CNcurses
import Canvas

/// What ncurses cannot write: links (OSC 8, https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda), and
/// emoji that are newer than the tables of the C library, for which it has written blanks.
///
/// Their cells are written over what ncurses has written, the cursor and its look saved around that (DECSC and DECRC).
/// Whatever ncurses writes over one of them later is none.
struct Overlay {
  /// Longer ones are refused by terminals.
  private static let limit = 2000

  /// Cells that lead somewhere are links.
  var marksLinks = false
  /// The terminal has the newest emoji, two columns wide.
  var showsNewEmoji = false

  /// The terminal's own background, as ``ColorDepth`` needs it.
  var ground = Color.default { didSet { looks.removeAll() } }

  private let depth: ColorDepth
  private var looks: [Style: String] = [:]
  /// The sequence that begins each link, empty for those that are none.
  private var openings: [String: String] = [:]

  init(depth: ColorDepth) { self.depth = depth }

  /// An emoji that the C library does not know.
  static func isNewEmoji(_ cell: Cell) -> Bool {
    cell.scalar >= 0x1F000 && cell.width == 2 && cn_wcwidth(cell.scalar) != 2
  }

  static func hasNewEmoji(_ frame: Frame) -> Bool { frame.cells.contains(where: isNewEmoji) }

  /// Asks how wide the terminal takes a new emoji, by one at the second row's beginning, which is written anew at once:
  /// the cursor's place (DSR 6) is answered as `ESC [ 2 ; column R`, which is no key: F3 begins with 1.
  mutating func question(_ frame: Frame) -> String {
    guard frame.size.height > 1, frame.size.width > 3 else { return "" }
    var text = "\u{1B}7\u{1B}[2;1H\u{1FAE8}\u{1B}[6n"
    write(frame, 1, 0..<(frame[2, 1].isContinuation ? 3 : 2), link: nil, to: &text)
    return text + "\u{1B}8"
  }

  /// What is written over a frame that ncurses has written over an earlier one; `nil` for that if all is drawn anew.
  mutating func paint(_ frame: Frame, over shown: Frame?) -> String {
    let shown = shown?.size == frame.size ? shown : nil
    guard marksLinks || showsNewEmoji else { return "" }
    var text = ""
    for y in 0..<frame.size.height where differs(frame, shown, y) {
      var x = 0
      while x < frame.size.width {
        let piece = piece(frame, shown, x, y)
        var end = x + 1
        while end < frame.size.width, frame[end, y].isContinuation || self.piece(frame, shown, end, y) == piece {
          end += 1
        }
        if piece.isOurs { write(frame, y, x..<end, link: piece.link, to: &text) }
        x = end
      }
    }
    return text.isEmpty ? "" : "\u{1B}7\(text)\u{1B}8"
  }

  private func isSpecial(_ cell: Cell) -> Bool {
    marksLinks && cell.link != 0 || showsNewEmoji && Self.isNewEmoji(cell)
  }

  /// Whether a row has or had something special and is not what it was.
  private func differs(_ frame: Frame, _ shown: Frame?, _ y: Int) -> Bool {
    let row = frame.row(y)
    let hasSpecial = row.contains(where: isSpecial)
    guard let shown else { return hasSpecial }
    guard hasSpecial || shown.row(y).contains(where: isSpecial) else { return false }
    return row != shown.row(y) || frame.links != shown.links
  }

  private struct Piece: Equatable {
    var link: String?
    var isOurs: Bool
  }

  /// Where a cell leads, and whether it is to be written: what leads nowhere is if it is an emoji, or if something
  /// special stood there, for where the text is the same, ncurses leaves it as it stands.
  private func piece(_ frame: Frame, _ shown: Frame?, _ x: Int, _ y: Int) -> Piece {
    let link = marksLinks ? frame.link(x, y) : nil
    let isOurs = link != nil || isSpecial(frame[x, y]) || shown.map { isSpecial($0[x, y]) } ?? false
    return Piece(link: link, isOurs: isOurs)
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
    let look = FrameEncoder.select(depth.nearest(style, ground: ground))
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
