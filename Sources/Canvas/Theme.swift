/// A colour scheme in the base16 or base24 form of tinted-theming
/// (https://github.com/tinted-theming/home/blob/main/styling.md), and what Fiedler uses each colour for.
public struct Theme: Hashable, Sendable {
  public let name: String
  public let isDark: Bool
  /// 16 or 24 colours as the scheme has them, `base00` first.
  public let colors: [Color]
  /// The first 16 as they are drawn: text can be read on the background and on panels, whatever the scheme says, unless
  /// ``keepsSchemeColors``.
  public private(set) var shown: [Color]
  /// True where there is no colour at all and attributes alone tell things apart.
  public let isMonochrome: Bool

  /// `colors` must hold 16 or 24 entries.
  public init(name: String, isDark: Bool, colors: [Color]) {
    precondition(colors.count == 16 || colors.count == 24, "a base16 theme has 16 colours, a base24 theme 24")
    self.name = name
    self.isDark = isDark
    self.colors = colors
    shown = Self.shown(Array(colors.prefix(16)))
    isMonochrome = colors.allSatisfy { $0 == .default }
  }

  /// Colours are drawn as the scheme has them, whether or not they can be read.
  public var keepsSchemeColors = false {
    didSet {
      let scheme = Array(colors.prefix(16))
      shown = keepsSchemeColors ? scheme : Self.shown(scheme)
    }
  }

  /// The terminal's own background stays, with what is behind it where that is transparent.
  public var keepsTerminalBackground = false

  public var background: Color { keepsTerminalBackground ? .default : shown[0x0] }
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
  public var selected: Style {
    Style(
      keepsSchemeColors ? shown[0x5] : Contrast.readable(shown[0x5], on: [selection]), on: selection,
      isMonochrome ? .reverse : [])
  }

  /// Where the scheme gives a role the colour of text or of what went well, attributes tell it apart instead.
  private func style(_ index: Int, monochrome: Attributes = []) -> Style {
    let isLost =
      Self.roles.contains(index)
      && (Self.isAlike(shown[index], shown[0x5]) || index == 0x8 && Self.isAlike(shown[0x8], shown[0xB]))
    return Style(shown[index], on: background, isMonochrome || isLost ? monochrome : [])
  }

  /// What colours tell apart: text, and how things stand.
  private static let roles = [0x5, 0x8, 0x9, 0xA, 0xB, 0xC, 0xD, 0xE]

  private static func isAlike(_ one: Color, _ other: Color) -> Bool {
    guard let one = one.rgb, let other = other.rgb else { return one == other }
    return [16, 8, 0].allSatisfy { abs(Int(one >> $0 & 0xFF) - Int(other >> $0 & 0xFF)) < 10 }
  }

  /// The fallback's, for which the first frame waits, can be read as they are.
  private static func shown(_ colors: [Color]) -> [Color] { colors == schemeOfFallback ? colors : readable(colors) }

  /// Text from `base03` on is made lighter or darker until it can be read. Some schemes have another colour where a
  /// panel or a selection should be near the background: one on which text cannot be read, or where reading it would
  /// take colours so far that they become the same, gives way to the background with a little of the text in it.
  static func readable(_ colors: [Color]) -> [Color] {
    var shown = colors
    func adjusted(on grounds: [Color]) -> [Color] {
      colors.indices.map { $0 < 3 ? colors[$0] : Contrast.readable(colors[$0], on: grounds) }
    }
    let alone = adjusted(on: [colors[0]])
    func suits(_ ground: Color) -> Bool {
      let ends = [Color(rgb: 0xFFFFFF), Color(rgb: 0)]
      let canBeRead = ends.contains { end in
        [colors[0], ground].allSatisfy { $0.rgb == nil || Contrast.ratio(end, $0) >= Contrast.readable }
      }
      let both = adjusted(on: [colors[0], ground])
      return canBeRead
        && roles.allSatisfy { one in
          roles.allSatisfy { isAlike(alone[one], alone[$0]) || !isAlike(both[one], both[$0]) }
        }
    }
    for (index, share) in [(1, 0.08), (2, 0.2)] where !suits(colors[index]) {
      let mixed = colors[0].mixed(with: alone[5], share)
      shown[index] = suits(mixed) ? mixed : colors[0]
    }
    let whole = adjusted(on: [shown[0], shown[1]])
    for index in 3..<16 { shown[index] = whole[index] }
    // What is dim, as comments in code are, is not for reading on and on.
    shown[0x3] = Contrast.readable(colors[0x3], on: [shown[0], shown[1]], least: Contrast.discernible)
    if !isMuted(colors[0x4], colors) {
      let mixed = shown[0x5].mixed(with: shown[0x0], 0.3)
      shown[0x4] = Contrast.readable(mixed, on: [shown[0], shown[1]])
    }
    return shown
  }

  /// Whether `base04`, which is to be a darker text, is that: some schemes have a signal's colour there, others one
  /// that is hardly seen. The terminal's own colours are taken as they are.
  private static func isMuted(_ color: Color, _ colors: [Color]) -> Bool {
    guard let rgb = color.rgb, let text = colors[0x5].rgb, colors[0].rgb != nil else { return true }
    func vividness(_ rgb: UInt32) -> Int {
      let parts = [16, 8, 0].map { Int(rgb >> $0 & 0xFF) }
      return (parts.max() ?? 0) - (parts.min() ?? 0)
    }
    let contrast = Contrast.ratio(color, colors[0])
    return contrast >= Contrast.readable && contrast <= Contrast.ratio(colors[0x5], colors[0])
      && vividness(rgb) <= vividness(text) + 48
  }

  /// Drawn until the user's theme has been read, and where none is.
  public static let fallback = Theme(name: "Fiedler Dark", isDark: true, colors: schemeOfFallback)

  private static let schemeOfFallback = [
    0x14161B, 0x1D2027, 0x343945, 0x808A9D, 0x9AA3B5, 0xD5DAE4, 0xE8EBF1, 0xF7F8FA,
    0xF2777A, 0xF5A15B, 0xF2CC60, 0x8CCF7E, 0x67CBE7, 0x6CB0F5, 0xC58CEC, 0xC9946B,
  ].map { Color(rgb: $0) }

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
  /// This colour with a share of another in it; itself where one is the terminal's own.
  fileprivate func mixed(with other: Color, _ share: Double) -> Color {
    guard let rgb, let other = other.rgb else { return self }
    return Color(
      rgb: [16, 8, 0].reduce(0) { mixed, shift in
        let (own, more) = (Double(rgb >> shift & 0xFF), Double(other >> shift & 0xFF))
        return mixed << 8 | UInt32((own + (more - own) * share).rounded())
      })
  }

  /// A colour as base16 schemes write it: six hexadecimal digits, with or without `#` before them.
  public init?(hex: some StringProtocol) {
    let digits = hex.hasPrefix("#") ? hex.dropFirst() : hex[...]
    guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else {
      return nil
    }
    self.init(rgb: value)
  }
}
