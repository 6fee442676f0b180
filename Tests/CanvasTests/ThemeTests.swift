import Testing

@testable import Canvas

@Suite struct ThemeTests {
  @Test("Without colours, attributes tell apart what colours did") func monochrome() {
    let theme = Theme.monochrome
    #expect(theme.isMonochrome && !Theme.fallback.isMonochrome && !Theme.terminal.isMonochrome)
    for style in [theme.text, theme.dim, theme.bad, theme.bar, theme.selected, theme.focusedBorder] {
      #expect(style.foreground == .default && style.background == .default)
    }
    #expect(theme.selected.attributes == .reverse && theme.bar.attributes == .reverse)
    #expect(Set([theme.text, theme.dim, theme.strong, theme.warning, theme.bad, theme.selected]).count == 6)
    #expect(theme.focusedBorder != theme.border)
  }

  @Test("With colours, no attribute is added for want of them") func colored() {
    #expect(Theme.fallback.dim.attributes.isEmpty && Theme.fallback.selected.attributes.isEmpty)
    #expect(Theme.fallback.selected.background == Theme.fallback.selection)
  }

  @Test(
    "Colours are read as base16 schemes write them",
    arguments: [
      ("#1a2B3c", 0x1A2B3C), ("ffffff", 0xFFFFFF), ("#fff", nil), ("+12345", nil), ("12345g", nil), ("", nil),
      ("１２３４５６", nil),
    ] as [(String, UInt32?)]) func hex(text: String, rgb: UInt32?)
  { #expect(Color(hex: text)?.rgb == rgb) }
}

@Suite("Schemes whose panel is no panel") struct OddThemeTests {
  /// Apprentice, in which base01 is red and base02 green, where other schemes have two more shades of the background.
  private let apprentice = Theme(
    name: "Apprentice", isDark: true,
    colors: [
      0x262626, 0xAF5F5F, 0x5F875F, 0x87875F, 0x5F87AF, 0x5F5F87, 0x5F8787, 0x6C6C6C, 0x444444, 0xFF8700, 0x87AF87,
      0xFFFFAF, 0x87AFD7, 0x8787AF, 0x5FAFAF, 0xBCBCBC,
    ].map { Color(rgb: $0) })

  private func roles(_ theme: Theme) -> [Style] {
    [theme.text, theme.good, theme.warning, theme.caution, theme.bad, theme.special, theme.info, theme.accent]
  }

  @Test("What must be told apart stays apart, and can be read where it stands") func apprenticeStaysColoured() {
    #expect(Set(roles(apprentice).map(\.foreground)).count == 8)
    for style in roles(apprentice) {
      for ground in [apprentice.background, apprentice.panel] {
        #expect(Contrast.ratio(style.foreground, ground) >= Contrast.readable - 0.01)
      }
    }
    #expect(Contrast.ratio(apprentice.selected.foreground, apprentice.selection) >= Contrast.readable - 0.01)
    #expect(apprentice.panel != apprentice.background && apprentice.selection != apprentice.background)
  }

  @Test("Any panel and selection leave the colours apart, dark or light", arguments: [0x262626, 0xFAFAFA] as [UInt32])
  func anyPanel(_ background: UInt32) {
    let hues: [UInt32] = [0xBCBCBC, 0xC04040, 0xD08030, 0xC0C040, 0x40A040, 0x40A0A0, 0x4060C0, 0xA040A0]
    for panel in stride(from: 0, through: 0xFF_FFFF, by: 0x0B_3A71) as StrideThrough<Int> {
      var colors = Array(repeating: Color(rgb: background), count: 16)
      colors[1] = Color(rgb: UInt32(panel))
      colors[2] = colors[1]
      for index in 3..<16 { colors[index] = Color(rgb: hues[0]) }
      for (index, hue) in zip([0x5, 0x8, 0x9, 0xA, 0xB, 0xC, 0xD, 0xE], hues) { colors[index] = Color(rgb: hue) }
      let theme = Theme(name: "x", isDark: true, colors: colors)
      #expect(Set(roles(theme).map(\.foreground)).count == 8, "panel \(String(panel, radix: 16))")
    }
  }

  @Test("Where a scheme itself has one colour for several roles, attributes tell them apart") func oneColour() {
    let grey = Theme(
      name: "Grey", isDark: true,
      colors: [0x101010, 0x181818, 0x303030].map { Color(rgb: $0) } + Array(repeating: Color(rgb: 0xB0B0B0), count: 13))
    #expect(grey.bad != grey.good && grey.warning != grey.text && grey.accent != grey.text && grey.bad != grey.warning)
  }
}
