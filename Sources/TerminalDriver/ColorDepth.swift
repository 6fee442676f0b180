import Canvas

/// How many colours a terminal shows.
public enum ColorDepth: Hashable, Sendable, CustomStringConvertible {
  case none
  /// The palette of 8, 16 or 256 colours.
  case palette8, palette16, palette256
  /// 24 bits.
  case direct

  /// What a terminal with so many colours can do.
  init(colors: Int) {
    self =
      switch colors {
      case ..<8: .none
      case ..<16: .palette8
      case ..<256: .palette16
      case 256: .palette256
      default: .direct
      }
  }

  public var description: String {
    switch self {
    case .none: "none"
    case .palette8: "8"
    case .palette16: "16"
    case .palette256: "256"
    case .direct: "16 million"
    }
  }

  /// The numbers of a foreground and a background as terminfo counts them, -1 for the terminal's own.
  ///
  /// Of 256 colours, what could be read in 24 bits can be read still: the foreground is the nearest entry that stands
  /// out from the background's as far as it must. Of 8 and 16, whose colours the terminal decides, no pair is left that
  /// hardly any terminal's colours make readable: see ``FewColors``. `ground` is the terminal's own background,
  /// `.default` where that is not known.
  func numbers(
    _ foreground: Color, _ background: Color, ground: Color = .default
  ) -> (foreground: Int32, background: Int32) {
    let below = number(background, isBackground: true)
    let above = number(foreground, isBackground: false)
    switch self {
    case .none, .direct: return (above, below)
    case .palette8: return (FewColors(count: 8, ground: ground).legible(above, on: below), below)
    case .palette16: return (FewColors(count: 16, ground: ground).legible(above, on: below), below)
    case .palette256:
      return (above < 0 || below < 0 ? above : readable(foreground, above, background, below), below)
    }
  }

  /// The attributes of a style whose colours became these numbers: yellow that is lost, in which warnings are written,
  /// is bold instead.
  func attributes(of style: Style, shownAs foreground: Int32) -> Attributes {
    guard foreground < 0, self == .palette8 || self == .palette16 else { return style.attributes }
    let wanted = number(style.foreground, isBackground: false)
    return wanted >= 0 && wanted & 7 == 3 ? style.attributes.union(.bold) : style.attributes
  }

  /// The entries of the terminal's palette that show a style's colours best together, on the terminal's own background
  /// `ground`; the colours themselves where no palette is needed.
  public func nearest(_ style: Style, ground: Color = .default) -> Style {
    guard self != .direct else { return style }
    func color(_ number: Int32) -> Color {
      number < 0 ? .default : Color(palette: UInt8(truncatingIfNeeded: number))
    }
    let numbers = numbers(style.foreground, style.background, ground: ground)
    let attributes = attributes(of: style, shownAs: numbers.foreground)
    return Style(color(numbers.foreground), on: color(numbers.background), attributes)
  }

  // MARK: Contrast

  /// The nearest entry of 256 to a foreground that stands out from a background's entry as far as the two colours do
  /// from each other, 4.5:1 being enough. The first sixteen, which the terminal decides, are left as they are.
  private func readable(_ foreground: Color, _ above: Int32, _ background: Color, _ below: Int32) -> Int32 {
    guard above >= 16, below >= 16 else { return above }
    let wanted = foreground.rgb ?? RGB(paletteIndex: UInt8(above)).value
    let ground = Color(rgb: RGB(paletteIndex: UInt8(below)).value)
    let meant = background.rgb.map(Color.init(rgb:)) ?? ground
    // A border need not stand out further than the theme lets it; it must not vanish either.
    let least = min(Contrast.readable, Contrast.ratio(Color(rgb: wanted), meant))
    func ratio(_ number: Int32) -> Double {
      Contrast.ratio(Color(rgb: RGB(paletteIndex: UInt8(number)).value), ground)
    }
    guard ratio(above) < least else { return above }
    let goal = RGB(wanted)
    let entries = (16...255 as ClosedRange<Int32>).filter { ratio($0) >= least }
    let nearest = entries.min {
      RGB(paletteIndex: UInt8($0)).distance(goal) < RGB(paletteIndex: UInt8($1)).distance(goal)
    }
    return nearest ?? above
  }

  private func number(_ color: Color, isBackground: Bool) -> Int32 {
    guard self != .none else { return -1 }
    if let index = color.paletteIndex {
      if index < 8 || (index < 16 && self != .palette8 && self != .direct) || self == .palette256 {
        return Int32(index)
      }
      if self == .palette8, index < 16 { return index == 8 ? (isBackground ? 4 : 7) : Int32(index) - 8 }
      return number(RGB(paletteIndex: index), isBackground: isBackground)
    }
    return color.rgb.map { number(RGB($0), isBackground: isBackground) } ?? -1
  }

  private func number(_ rgb: RGB, isBackground: Bool) -> Int32 {
    switch self {
    case .none: -1
    case .palette8: rgb.nearest8(isBackground: isBackground)
    case .palette16: rgb.nearest16
    case .palette256: rgb.nearest256
    // There the first eight numbers are the palette's, not nearly black.
    case .direct: rgb.value < 8 ? 0x01_0101 : Int32(rgb.value)
    }
  }
}

/// A colour of 24 bits and its neighbours in the usual palettes.
struct RGB: Hashable {
  let red: Int
  let green: Int
  let blue: Int

  init(_ value: UInt32) {
    red = Int(value >> 16 & 0xFF)
    green = Int(value >> 8 & 0xFF)
    blue = Int(value & 0xFF)
  }

  private init(_ red: Int, _ green: Int, _ blue: Int) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// What xterm shows for an entry of its palette.
  init(paletteIndex: UInt8) {
    let index = Int(paletteIndex)
    switch index {
    case ..<16:
      self.init(Self.xterm[index])
    case ..<232:
      let entry = index - 16
      self.init(Self.level(entry / 36), Self.level(entry / 6 % 6), Self.level(entry % 6))
    default:
      let gray = 8 + 10 * (index - 232)
      self.init(gray, gray, gray)
    }
  }

  /// The first sixteen of xterm.
  static let xterm: [UInt32] = [
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
  ]

  /// The sixteen of the VGA text mode, which the Linux console has too.
  static let vga: [UInt32] = [
    0x000000, 0xAA0000, 0x00AA00, 0xAA5500, 0x0000AA, 0xAA00AA, 0x00AAAA, 0xAAAAAA,
    0x555555, 0xFF5555, 0x55FF55, 0xFFFF55, 0x5555FF, 0xFF55FF, 0x55FFFF, 0xFFFFFF,
  ]

  var value: UInt32 { UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue) }

  private static func level(_ step: Int) -> Int { step == 0 ? 0 : 55 + 40 * step }

  /// The nearest of the cube of 6 x 6 x 6 and the 24 grays.
  var nearest256: Int32 {
    func step(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
    let cube = (step(red), step(green), step(blue))
    let cubeColor = RGB(Self.level(cube.0), Self.level(cube.1), Self.level(cube.2))
    let grayStep = min(23, max(0, ((red + green + blue) / 3 - 3) / 10))
    let grayColor = RGB(8 + 10 * grayStep, 8 + 10 * grayStep, 8 + 10 * grayStep)
    if distance(grayColor) < distance(cubeColor) { return Int32(232 + grayStep) }
    return Int32(16 + 36 * cube.0 + 6 * cube.1 + cube.2)
  }

  /// Green counts most, as to the eye.
  func distance(_ other: RGB) -> Int {
    let (r, g, b) = (red - other.red, green - other.green, blue - other.blue)
    return 2 * r * r + 4 * g * g + 3 * b * b
  }

  private var luminance: Int { (2126 * red + 7152 * green + 722 * blue) / 10000 }

  /// The hue as a number of the palette of 8, `nil` for a gray: in so few colours the nearest one by distance is mostly
  /// gray.
  private var hue: Int32? {
    let (low, high) = (min(red, green, blue), max(red, green, blue))
    guard high - low > 40 else { return nil }
    let middle = (low + high) / 2
    return (red >= middle ? 1 : 0) | (green >= middle ? 2 : 0) | (blue >= middle ? 4 : 0)
  }

  var nearest16: Int32 {
    if let hue { return max(red, green, blue) > 215 ? hue + 8 : hue }
    return luminance < 40 ? 0 : luminance < 144 ? 8 : luminance < 224 ? 7 : 15
  }

  func nearest8(isBackground: Bool) -> Int32 {
    if let hue { return hue }
    if isBackground { return luminance < 40 ? 0 : luminance < 100 ? 4 : 7 }
    return luminance < 40 ? 0 : 7
  }
}
