/// A colour scheme in the base16 or base24 form of tinted-theming
/// (https://github.com/tinted-theming/home/blob/main/styling.md), and what Fiedler uses each colour for.
public struct Theme: Hashable, Sendable {
  public var name: String
  public var isDark: Bool
  /// 16 or 24 colours, `base00` first.
  public var colors: [Color]

  /// `colors` must hold 16 or 24 entries.
  public init(name: String, isDark: Bool, colors: [Color]) {
    precondition(colors.count == 16 || colors.count == 24, "a base16 theme has 16 colours, a base24 theme 24")
    self.name = name
    self.isDark = isDark
    self.colors = colors
  }

  public var background: Color { colors[0x0] }
  public var panel: Color { colors[0x1] }
  public var selection: Color { colors[0x2] }

  public var text: Style { Style(colors[0x5], on: background) }
  public var dim: Style { Style(colors[0x3], on: background) }
  public var muted: Style { Style(colors[0x4], on: background) }
  public var strong: Style { Style(colors[0x6], on: background, .bold) }
  public var border: Style { Style(colors[0x2], on: background) }
  public var focusedBorder: Style { Style(colors[0xD], on: background) }
  public var accent: Style { Style(colors[0xD], on: background) }
  public var good: Style { Style(colors[0xB], on: background) }
  public var warning: Style { Style(colors[0xA], on: background) }
  public var caution: Style { Style(colors[0x9], on: background) }
  public var bad: Style { Style(colors[0x8], on: background) }
  public var special: Style { Style(colors[0xE], on: background) }
  public var info: Style { Style(colors[0xC], on: background) }
  public var bar: Style { Style(colors[0x4], on: panel) }

  /// Drawn until the user's theme has been read, and where none is.
  public static let fallback = Theme(
    name: "Fiedler Dark", isDark: true,
    colors: [
      0x14161B, 0x1D2027, 0x343945, 0x808A9D, 0x9AA3B5, 0xD5DAE4, 0xE8EBF1, 0xF7F8FA,
      0xF2777A, 0xF5A15B, 0xF2CC60, 0x8CCF7E, 0x67CBE7, 0x6CB0F5, 0xC58CEC, 0xC9946B,
    ].map { Color(rgb: $0) })
}
