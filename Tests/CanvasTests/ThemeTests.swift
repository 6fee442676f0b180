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
