import Canvas
import FoundationEssentials
import Glibc
import Settings
import Testing

@Suite struct ShippedThemesTests {
  private static let own = ["fiedler-colour-blind", "fiedler-dark", "fiedler-light", "fiedler-monochrome"]
  /// Well-known schemes, under the names that they have elsewhere.
  private static let others = [
    "catppuccin-latte", "catppuccin-mocha", "dracula", "everforest-dark", "gruvbox-dark", "gruvbox-light", "kanagawa",
    "monokai", "nord", "one-dark", "one-light", "rose-pine", "rose-pine-dawn", "solarized-dark", "solarized-light",
    "tokyo-night",
  ]
  private static let slugs = (own + others).sorted()
  private let loader = ThemeLoader(directories: [])

  @Test("A dark, a light, a colour-blind-safe and a monochrome theme are shipped") func shipped() throws {
    #expect(loader.list().map(\.slug) == Self.slugs)
    #expect(try Self.own.map { try loader.load($0).isDark } == [true, true, false, true])
    let light = try Self.others.filter { try !loader.load($0).isDark }
    #expect(light == ["catppuccin-latte", "gruvbox-light", "one-light", "rose-pine-dawn", "solarized-light"])
  }

  @Test("Every scheme of Themes is in the program, as it is") func builtIn() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let files = ThemeLoader(directories: [root.appending(path: "Themes").path])
    #expect(files.list().map(\.slug) == Self.slugs && files.list().allSatisfy { $0.path != nil })
    for slug in Self.slugs { #expect(try files.load(slug) == loader.load(slug)) }
  }

  @Test("The dark theme is what is drawn before any theme is read") func fallback() throws {
    #expect(try loader.load("fiedler-dark") == Theme.fallback)
  }

  @Test(
    "Text can be read: ordinary text 7:1, dim text and signals 4.5:1, on the background and on panels", arguments: own
  )
  func contrast(slug: String) throws {
    let theme = try loader.load(slug)
    for background in [theme.background, theme.panel] {
      for style in [theme.text, theme.strong] { #expect(Contrast.ratio(style.foreground, background) >= 7) }
      for style in [theme.dim, theme.muted, theme.bar] { #expect(Contrast.ratio(style.foreground, background) >= 4.5) }
    }
    let signals = [theme.good, theme.warning, theme.caution, theme.bad, theme.special, theme.info, theme.accent]
    for style in signals { #expect(Contrast.ratio(style.foreground, theme.background) >= 4.5) }
    #expect(Contrast.ratio(theme.text.foreground, theme.selection) >= 7)
  }

  @Test(
    "In every scheme text and signals are at least 4.5:1, dim text 3:1, on the selection text too", arguments: others)
  func otherContrast(slug: String) throws {
    let theme = try loader.load(slug)
    let signals = [theme.good, theme.warning, theme.caution, theme.bad, theme.special, theme.info, theme.accent]
    for style in signals + [theme.text, theme.strong, theme.muted] {
      #expect(Contrast.ratio(style.foreground, theme.background) >= 4.5)
    }
    #expect(Contrast.ratio(theme.dim.foreground, theme.background) >= 3)
    #expect(Contrast.ratio(theme.selected.foreground, theme.selection) >= 4.5)
  }

  @Test("Muted text is text with less contrast, never a signal's colour: in Dracula base04 is cyan", arguments: others)
  func muted(slug: String) throws {
    var theme = try loader.load(slug)
    let muted = try #require(theme.muted.foreground.rgb)
    let parts = [16, 8, 0].map { Int(muted >> $0 & 0xFF) }
    #expect((parts.max() ?? 0) - (parts.min() ?? 0) < 110)
    // Where a scheme's text has hardly enough contrast itself, muted text has no less.
    let contrasts = [theme.muted, theme.text].map { Contrast.ratio($0.foreground, theme.background) }
    #expect(contrasts[0] <= max(contrasts[1], 5.2))
    theme.keepsSchemeColors = true
    #expect(theme.muted.foreground == theme.colors[4] && theme.dim.foreground == theme.colors[3])
  }

  @Test("Contrast is that of WCAG: 21 for black and white, 1 for equals") func wcag() {
    #expect(abs(Contrast.ratio(Color(rgb: 0), Color(rgb: 0xFFFFFF)) - 21) < 1e-9)
    #expect(Contrast.ratio(Color(rgb: 0x336699), Color(rgb: 0x336699)) == 1)
    #expect(abs(Contrast.ratio(Color(rgb: 0x777777), Color(rgb: 0xFFFFFF)) - 4.48) < 0.01)
  }

  @Test("Protanopes and deuteranopes can tell the colour-blind theme's signals apart") func colourBlind() throws {
    let apart = try ColourVision.allCases.map { leastDifference(try loader.load("fiedler-colour-blind"), seenBy: $0) }
    #expect(apart.allSatisfy { $0 >= 15 }, "\(apart)")
    // The measure can fail: the other dark theme is not made for them.
    let ordinary = try ColourVision.allCases.map { leastDifference(try loader.load("fiedler-dark"), seenBy: $0) }
    #expect(ordinary.contains { $0 < 15 }, "\(ordinary)")
  }

  /// The smallest distance (CIE 1976) between two of the theme's signals.
  private func leastDifference(_ theme: Theme, seenBy vision: ColourVision) -> Double {
    let styles = [theme.good, theme.warning, theme.caution, theme.bad, theme.special, theme.info, theme.accent]
    let seen = styles.map { vision.lab($0.foreground) }
    var least = Double.infinity
    for (index, one) in seen.enumerated() {
      for other in seen[(index + 1)...] {
        least = min(least, zip(one, other).map { pow($0 - $1, 2) }.reduce(0, +).squareRoot())
      }
    }
    return least
  }
}

/// Dichromatic vision, simulated in linear RGB after Viénot, Brettel and Mollon (1999).
private enum ColourVision: CaseIterable {
  case protanopia, deuteranopia

  private var matrix: [[Double]] {
    switch self {
    case .protanopia: [[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]]
    case .deuteranopia: [[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]
    }
  }

  /// CIE L*a*b* of a colour as it is seen.
  func lab(_ color: Color) -> [Double] {
    let rgb = color.rgb ?? 0
    let linear = [rgb >> 16, rgb >> 8, rgb].map { (value: UInt32) in
      let part = Double(value & 0xFF) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    let seen = matrix.map { row in min(1, max(0, zip(row, linear).map { $0 * $1 }.reduce(0, +))) }
    let toXYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    let white = [0.9505, 1, 1.089]
    let xyz = zip(toXYZ, white).map { row, white in
      let part = zip(row, seen).map { $0 * $1 }.reduce(0, +) / white
      return part > 0.008856 ? cbrt(part) : 7.787 * part + 16.0 / 116
    }
    return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])]
  }
}
