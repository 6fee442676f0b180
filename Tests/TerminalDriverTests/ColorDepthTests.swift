import Canvas
import FoundationEssentials
import Testing

@testable import TerminalDriver

@Suite struct ColorDepthTests {
  @Test("The terminal's own colours stay its own", arguments: [ColorDepth.palette8, .palette16, .palette256, .direct])
  func defaults(depth: ColorDepth) {
    let numbers = depth.numbers(.default, .default)
    #expect(numbers.foreground == -1 && numbers.background == -1)
  }

  @Test("Without colours every colour is the terminal's own") func none() {
    let numbers = ColorDepth.none.numbers(Color(rgb: 0xFF0000), Color(palette: 3))
    #expect(numbers.foreground == -1 && numbers.background == -1)
  }

  @Test(
    "24 bits become the nearest of 256",
    arguments: [(0x000000, 16), (0xFFFFFF, 231), (0xFF0000, 196), (0x14161B, 234), (0x808080, 244), (0x5F87AF, 67)]
      as [(UInt32, Int32)])
  func nearest(rgb: UInt32, number: Int32) {
    #expect(ColorDepth.palette256.numbers(Color(rgb: rgb), .default).foreground == number)
  }

  @Test("Every entry of the palette of 256 is nearest to itself or to an entry that looks the same") func identity() {
    for index in 16...255 as ClosedRange<UInt8> {
      let rgb = RGB(paletteIndex: index)
      let number = RGB(rgb.value).nearest256
      #expect(RGB(paletteIndex: UInt8(number)) == rgb)
    }
  }

  @Test("In few colours a hue stays a hue, and text on a background can be read") func fewColors() {
    let theme = Theme.fallback
    #expect(ColorDepth.palette8.numbers(theme.bad.foreground, theme.background).foreground == 1)
    #expect(ColorDepth.palette8.numbers(theme.good.foreground, theme.background).foreground == 2)
    for depth in [ColorDepth.palette8, .palette16] {
      for background in [theme.background, theme.panel, theme.selection] {
        for color in theme.colors where color != background {
          let numbers = depth.numbers(color, background)
          #expect(numbers.foreground != numbers.background)
          #expect((0..<16).contains(numbers.foreground) && (0..<16).contains(numbers.background))
        }
      }
    }
  }

  @Test("What can be read in 24 bits can be read in 256 colours", arguments: ShippedThemes.all)
  func contrast256(theme: Theme) throws {
    for style in ShippedThemes.styles(theme) {
      let numbers = ColorDepth.palette256.numbers(style.foreground, style.background)
      let shown = try [numbers.foreground, numbers.background].map { number in
        Color(rgb: RGB(paletteIndex: try #require(UInt8(exactly: number))).value)
      }
      // Borders are as faint as the theme wants them, but no fainter.
      let meant = Contrast.ratio(style.foreground, style.background)
      #expect(Contrast.ratio(shown[0], shown[1]) >= min(4.5, meant), "\(theme.name): \(style) is \(numbers)")
      if style != theme.border { #expect(meant >= 4.5) }
    }
  }

  @Test("A colour that keeps its contrast is the nearest of 256, and one made clearer keeps its hue")
  func nearestReadable() {
    let black = Color(rgb: 0)
    #expect(ColorDepth.palette256.numbers(Color(rgb: 0x5F87AF), black).foreground == 67)
    // The nearest gray to this is 4.2:1 on the nearest background.
    let numbers = ColorDepth.palette256.numbers(Color(rgb: 0x808A9D), Color(rgb: 0x1D2027))
    let shown = RGB(paletteIndex: UInt8(numbers.foreground))
    #expect(abs(shown.red - 0x80) + abs(shown.green - 0x8A) + abs(shown.blue - 0x9D) < 60)
  }

  @Test(
    "In 8 and 16 colours no two that meet are the same, or known as unreadable",
    arguments: ShippedThemes.all + [.terminal, .fallback], [ColorDepth.palette8, .palette16])
  func contrastFew(theme: Theme, depth: ColorDepth) {
    for style in ShippedThemes.styles(theme) where style.background != .default && style.foreground != .default {
      let numbers = depth.numbers(style.foreground, style.background)
      let isKnown = [RGB.xterm, RGB.vga].allSatisfy { palette in
        Contrast.ratio(
          Color(rgb: palette[Int(numbers.foreground)]), Color(rgb: palette[Int(numbers.background)])) >= 2.5
      }
      #expect(numbers.foreground != numbers.background && isKnown, "\(theme.name): \(style) is \(numbers)")
    }
  }

  @Test(
    "In 8 and 16 colours nothing is white or black on the terminal's own background, which may be the same",
    arguments: ShippedThemes.all + [.terminal, .fallback], [ColorDepth.palette8, .palette16])
  func ownBackground(theme: Theme, depth: ColorDepth) {
    for color in theme.colors {
      let numbers = depth.numbers(color, .default)
      #expect(numbers.background == -1 && ![0, 7, 15].contains(numbers.foreground), "\(theme.name): \(color)")
    }
  }

  @Test(
    "In 8 and 16 colours every text stands out from its background by 2.5:1, the terminal's own too, light or dark",
    arguments: ShippedThemes.all + [.terminal, .fallback, .monochrome], [ColorDepth.palette8, .palette16])
  func ownBackgroundContrast(theme: Theme, depth: ColorDepth) {
    var transparent = theme
    transparent.keepsTerminalBackground = true
    for ground in [0xFFFFFF, 0xFDF6E3, 0xE5E5E5, 0x002B36, 0x1E1E1E, 0x000000].map({ Color(rgb: $0) }) {
      for style in ShippedThemes.styles(theme) + ShippedThemes.styles(transparent) {
        let numbers = depth.numbers(style.foreground, style.background, ground: ground)
        // The terminal's own text can be read on its own background.
        if numbers == (-1, -1) { continue }
        let ratios = [RGB.xterm, RGB.vga].map { palette in
          let behind = numbers.background < 0 ? ground : Color(rgb: palette[Int(numbers.background)])
          return numbers.foreground < 0
            ? 1 : Contrast.ratio(Color(rgb: palette[Int(numbers.foreground)]), behind)
        }
        #expect(min(ratios[0], ratios[1]) >= 2.5, "\(theme.name): \(style) is \(numbers) on \(ground)")
      }
    }
  }

  @Test(
    "On white, yellow and green become the terminal's own text, yellow in bold, and cyan is blue; on black all stay")
  func lightGround() {
    let (white, black) = (Color(rgb: 0xFFFFFF), Color(rgb: 0))
    for (color, onWhite) in [(1, 1), (2, -1), (3, -1), (4, 4), (5, 5), (6, 4)] as [(UInt8, Int32)] {
      #expect(ColorDepth.palette8.numbers(Color(palette: color), .default, ground: white).foreground == onWhite)
      let onBlack: Int32 = color == 4 ? 6 : Int32(color)
      #expect(ColorDepth.palette8.numbers(Color(palette: color), .default, ground: black).foreground == onBlack)
    }
    #expect(
      ColorDepth.palette8.nearest(Style(Color(palette: 3)), ground: white) == Style(.default, on: .default, .bold))
    #expect(ColorDepth.palette8.nearest(Style(Color(palette: 2)), ground: white) == .plain)
    #expect(ColorDepth.palette8.nearest(Style(Color(palette: 3)), ground: black) == Style(Color(palette: 3)))
  }

  @Test("Every pair of eight and sixteen colours can be read, and a hue is kept where its other brightness can")
  func pairs() {
    for (depth, count) in [(ColorDepth.palette8, 8), (.palette16, 16)] {
      for above in 0..<UInt8(count) {
        for below in 0..<UInt8(count) {
          let numbers = depth.numbers(Color(palette: above), Color(palette: below))
          #expect(numbers.background == Int32(below) && numbers.foreground != numbers.background)
        }
      }
    }
    #expect(ColorDepth.palette16.numbers(Color(palette: 4), Color(palette: 0)).foreground == 12)
    #expect(ColorDepth.palette8.numbers(Color(palette: 4), Color(palette: 0)).foreground == 7)
    #expect(ColorDepth.palette16.numbers(Color(palette: 11), Color(palette: 15)).foreground == 0)
    #expect(ColorDepth.palette16.numbers(Color(palette: 1), Color(palette: 7)).foreground == 1)
  }

  @Test("Direct colours avoid the numbers that mean the palette") func direct() {
    #expect(ColorDepth.direct.numbers(Color(rgb: 0), Color(rgb: 0x123456)).foreground == 0x010101)
    #expect(ColorDepth.direct.numbers(Color(rgb: 0), Color(rgb: 0x123456)).background == 0x123456)
    #expect(ColorDepth.direct.numbers(Color(palette: 3), Color(palette: 9)).foreground == 3)
    #expect(ColorDepth.direct.numbers(Color(palette: 3), Color(palette: 9)).background == 0xFF0000)
  }

  @Test(
    "The clipboard's text is encoded as RFC 4648 says",
    arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")])
  func base64(text: String, expected: String) { #expect(ControlSequence.base64(Array(text.utf8)) == expected) }

  @Test("A title cannot end its own sequence") func title() {
    #expect(ControlSequence.title("a\u{7}\u{1B}\\b\u{202E}") == "\u{1B}]2;a␇␛\\b\u{7}")
  }
}

/// The schemes of the repository's `Themes` that have colours, read as far as these tests need them.
enum ShippedThemes {
  static let all: [Theme] = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    return ["fiedler-dark", "fiedler-light", "fiedler-colour-blind"].map { name in
      let file = root.appending(path: "Themes/\(name).yaml")
      let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""  // A theme without colours stops the tests.
      let colors = text.split(separator: "\n").compactMap { line -> Color? in
        let parts = line.split { " :\"'".contains($0) }
        guard parts.count >= 2, parts[0].hasPrefix("base"), parts[0].count == 6 else { return nil }
        return Color(hex: parts[1])
      }
      return Theme(name: name, isDark: !name.contains("light"), colors: colors)
    }
  }()

  /// What screens are made of, on every ground that they lie on; text on the selected row is made readable as there.
  static func styles(_ theme: Theme) -> [Style] {
    let texts = [
      theme.text, theme.dim, theme.muted, theme.strong, theme.accent, theme.good, theme.warning, theme.caution,
      theme.bad, theme.special, theme.info, theme.focusedBorder,
    ]
    let onSelection = texts.map { style -> Style in
      var style = style.on(theme.selection)
      style.foreground = Contrast.readable(style.foreground, on: [theme.selection])
      return style
    }
    return texts + texts.map { $0.on(theme.panel) } + onSelection + [theme.bar, theme.selected, theme.border]
  }
}
