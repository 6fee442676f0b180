/// 24-bit colours on a terminal that has them while its terminfo entry tells of 256 colours only.
///
/// ncurses is given numbers of the palette of 256 that stand for colours of 24 bits, those of the first sixteen apart,
/// and what it writes has the colours themselves in their place.
struct ColorSlots {
  private static let first: Int32 = 16
  private static let count = 240

  private var slots: [Int32: Int32] = [:]
  private var colors: [Int32] = []

  /// The palette's number that stands for a colour as ``ColorDepth/direct`` counts it; `nil` if all are taken.
  mutating func number(_ color: Int32) -> Int32? {
    // The terminal's own and its palette's.
    guard color >= 8 else { return color }
    if let known = slots[color] { return known }
    guard colors.count < Self.count else { return nil }
    let slot = Self.first + Int32(colors.count)
    colors.append(color)
    slots[color] = slot
    return slot
  }

  mutating func removeAll() {
    slots.removeAll()
    colors.removeAll()
  }

  /// What ncurses wrote, with the colours themselves in `ESC [ 38;5;n m` and `48;5;n`.
  func resolved(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count + bytes.count / 8)
    var index = 0
    while let escape = bytes[index...].firstIndex(of: 0x1B) {
      out += bytes[index...escape]
      index = escape + 1
      guard let (layer, number, end) = Self.color(bytes, at: index), let color = color(of: number) else { continue }
      out += "[\(layer)8;2;\(color >> 16 & 0xFF);\(color >> 8 & 0xFF);\(color & 0xFF)m".utf8
      index = end
    }
    out += bytes[index...]
    return out
  }

  private func color(of slot: Int32) -> Int32? {
    let index = Int(slot - Self.first)
    return colors.indices.contains(index) ? colors[index] : nil
  }

  /// `[38;5;n m`, with colons for semicolons in some entries, at a place: 3 or 4, the number, and where it ends.
  private static func color(_ bytes: [UInt8], at start: Int) -> (layer: Int, number: Int32, end: Int)? {
    guard start + 7 < bytes.count, bytes[start] == UInt8(ascii: "[") else { return nil }
    let form = bytes[start + 2...start + 5]
    guard form.elementsEqual("8;5;".utf8) || form.elementsEqual("8:5:".utf8) else { return nil }
    let layer = Int(bytes[start + 1]) - 0x30
    let digits = bytes[(start + 6)...].prefix(4).prefix { (0x30...0x39).contains($0) }
    guard layer == 3 || layer == 4, !digits.isEmpty, digits.endIndex < bytes.count,
      bytes[digits.endIndex] == UInt8(ascii: "m")
    else { return nil }
    return (layer, digits.reduce(0) { $0 * 10 + Int32($1 - 0x30) }, digits.endIndex + 1)
  }
}
