/// A colour scheme in the base16 or base24 form of tinted-theming
/// (https://github.com/tinted-theming/home/blob/main/styling.md), and what Fiedler uses each colour for.
public struct Theme: Hashable, Sendable {
  public let name: String
  public let isDark: Bool
  /// 16 or 24 colours as the scheme has them, `base00` first.
  public let colors: [Color]
  /// The first 16 as they are drawn: text can be read on the background and on panels, whatever the scheme says.
  public let shown: [Color]
  /// True where there is no colour at all and attributes alone tell things apart.
  public let isMonochrome: Bool

  /// `colors` must hold 16 or 24 entries.
  public init(name: String, isDark: Bool, colors: [Color]) {
    precondition(colors.count == 16 || colors.count == 24, "a base16 theme has 16 colours, a base24 theme 24")
    self.name = name
    self.isDark = isDark
    self.colors = colors
    shown = Self.readable(Array(colors.prefix(16)))
    isMonochrome = colors.allSatisfy { $0 == .default }
  }

  public var background: Color { shown[0x0] }
  public var panel: Color { shown[0x1] }
  public var selection: Color { shown[0x2] }

  public var text: Style { style(0x5) }
  public var dim: Style { style(0x3, monochrome: .dim) }
  public var muted: Style { style(0x4) }
  public var strong: Style { style(0x6).adding(.bold) }
  public var border: Style { style(0x2, monochrome: .dim) }
  public var focusedBorder: Style { style(0xD, monochrome: .bold) }
  public var accent: Style { style(0xD, monochrome: .bold) }
  public var good: Style { style(0xB) }
  public var warning: Style { style(0xA, monochrome: .underline) }
  public var caution: Style { style(0x9, monochrome: .underline) }
  public var bad: Style { style(0x8, monochrome: [.bold, .underline]) }
  public var special: Style { style(0xE, monochrome: .underline) }
  public var info: Style { style(0xC) }
  public var bar: Style { style(0x4, monochrome: .reverse).on(panel) }
  /// Text that is selected: the list's current row, the marked words.
  public var selected: Style { style(0x5, monochrome: .reverse).on(selection) }

  private func style(_ index: Int, monochrome: Attributes = []) -> Style {
    Style(shown[index], on: background, isMonochrome ? monochrome : [])
  }

  /// Text from `base03` on is made lighter or darker until it can be read. A panel or a selection so far from the
  /// background that no text can be read on both becomes like it.
  private static func readable(_ colors: [Color]) -> [Color] {
    var shown = colors
    let ends = [Color(rgb: 0xFFFFFF), Color(rgb: 0)]
    func suits(_ ground: Color) -> Bool {
      ends.contains { end in
        [colors[0], ground].allSatisfy { $0.rgb == nil || Contrast.ratio(end, $0) >= Contrast.readable }
      }
    }
    for index in 1...2 where !suits(colors[index]) { shown[index] = colors[0] }
    for index in 3..<16 { shown[index] = Contrast.readable(colors[index], on: [shown[0], shown[1]]) }
    return shown
  }

  /// Drawn until the user's theme has been read, and where none is.
  public static let fallback = Theme(
    name: "Fiedler Dark", isDark: true,
    colors: [
      0x14161B, 0x1D2027, 0x343945, 0x808A9D, 0x9AA3B5, 0xD5DAE4, 0xE8EBF1, 0xF7F8FA,
      0xF2777A, 0xF5A15B, 0xF2CC60, 0x8CCF7E, 0x67CBE7, 0x6CB0F5, 0xC58CEC, 0xC9946B,
    ].map { Color(rgb: $0) })

  /// The terminal's own sixteen colours on its own background: right wherever the user has coloured the terminal,
  /// and on terminals with no more colours than these.
  public static let terminal = Theme(
    name: "Terminal", isDark: true,
    colors: [.default, .default] + [8, 8, 7].map { Color(palette: $0) } + [.default]
      + [15, 15, 1, 3, 11, 2, 6, 4, 5, 3].map { Color(palette: $0) })

  /// No colour at all, for `NO_COLOR` and terminals without colours.
  public static let monochrome = Theme(
    name: "Monochrome", isDark: true, colors: Array(repeating: .default, count: 16))
}

extension Color {
  /// A colour as base16 schemes write it: six hexadecimal digits, with or without `#` before them.
  public init?(hex: some StringProtocol) {
    let digits = hex.hasPrefix("#") ? hex.dropFirst() : hex[...]
    guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
      return nil
    }
    self.init(rgb: value)
  }
}
