/// A colour as a theme names it; the terminal driver maps it to what the terminal can show.
public struct Color: Hashable, Sendable {
  /// 0: the terminal's default; 0x01rrggbb: 24 bits; 0x020000nn: entry nn of the terminal's own palette.
  public let rawValue: UInt32

  public static let `default` = Color(rawValue: 0)

  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// 24 bits, `0xRRGGBB`.
  public init(rgb: UInt32) { rawValue = 0x0100_0000 | (rgb & 0xFF_FFFF) }
  /// An entry (0 to 255) of the terminal's palette.
  public init(palette index: UInt8) { rawValue = 0x0200_0000 | UInt32(index) }

  /// `0xRRGGBB`, or `nil` for a colour the terminal decides.
  public var rgb: UInt32? { rawValue >> 24 == 1 ? rawValue & 0xFF_FFFF : nil }
  /// The palette entry, or `nil`.
  public var paletteIndex: UInt8? { rawValue >> 24 == 2 ? UInt8(truncatingIfNeeded: rawValue) : nil }
}

public struct Attributes: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static let bold = Attributes(rawValue: 1)
  public static let dim = Attributes(rawValue: 2)
  public static let italic = Attributes(rawValue: 4)
  public static let underline = Attributes(rawValue: 8)
  public static let reverse = Attributes(rawValue: 16)
}

/// How a cell looks.
public struct Style: Hashable, Sendable {
  public var foreground: Color
  public var background: Color
  public var attributes: Attributes

  public static let plain = Style()

  public init(_ foreground: Color = .default, on background: Color = .default, _ attributes: Attributes = []) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }

  public func adding(_ more: Attributes) -> Style {
    var copy = self
    copy.attributes.formUnion(more)
    return copy
  }

  public func on(_ background: Color) -> Style {
    var copy = self
    copy.background = background
    return copy
  }
}
