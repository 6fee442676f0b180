import Testing

@testable import Canvas

@Suite("Contrast in any scheme") struct ContrastTests {
  /// Schemes nobody should make: mid-greys, text like its background, panels far from it, one colour for all.
  static let hard: [[UInt32]] = [
    Array(repeating: 0x777777, count: 16), Array(repeating: 0x000000, count: 16), Array(repeating: 0xFFFFFF, count: 16),
    [0x202020, 0xF0F0F0, 0xFFFFFF] + Array(repeating: 0x404040, count: 13),
    [0xFFFBE6, 0xFFF3C0, 0xF0D000] + (0..<13).map { 0xFFEE88 - UInt32($0) * 0x000608 },
    [0x001B4D, 0x002A66, 0x0040A0] + (0..<13).map { 0x10307A + UInt32($0) * 0x030201 },
    [0x7A7A7A, 0x808080, 0x6E6E6E] + (0..<13).map { 0x123456 &* (UInt32($0) + 3) & 0xFFFFFF },
    (0..<16).map { UInt32($0) * 0x111111 }, (0..<16).map { UInt32(15 - $0) * 0x111111 },
  ]

  @Test("All text can be read on the background and on panels: 4.5:1 or more, what is dim 3:1", arguments: hard)
  func readable(scheme: [UInt32]) {
    let theme = Theme(name: "hard", isDark: true, colors: scheme.map { Color(rgb: $0) })
    for style in [
      theme.text, theme.muted, theme.strong, theme.accent, theme.good, theme.warning, theme.caution,
      theme.bad, theme.special, theme.info, theme.bar,
    ] {
      for background in [theme.background, theme.panel] {
        #expect(Contrast.ratio(style.foreground, background) >= 4.5, "\(style.foreground) on \(background)")
      }
    }
    for background in [theme.background, theme.panel] {
      #expect(Contrast.ratio(theme.dim.foreground, background) >= 3, "\(theme.dim.foreground) on \(background)")
    }
    var frame = Frame(Size(width: 16, height: 1), style: theme.text)
    for (x, color) in theme.shown.enumerated() {
      frame.put("x", at: Point(x: x, y: 0), style: Style(color, on: theme.selection))
    }
    frame.makeReadable(on: theme.selection)
    for cell in frame.cells { #expect(Contrast.ratio(cell.style.foreground, theme.selection) >= 4.5) }
  }

  @Test("A colour that can be read stays; one that cannot keeps its hue and moves no further than it must")
  func least() {
    let black = Color(rgb: 0x101010)
    #expect(Contrast.readable(Color(rgb: 0x8CCF7E), on: [black]) == Color(rgb: 0x8CCF7E))
    let lifted = Contrast.readable(Color(rgb: 0x0000A0), on: [black])
    let rgb = lifted.rgb ?? 0
    #expect(rgb >> 16 == rgb >> 8 & 0xFF && rgb & 0xFF > rgb >> 16)
    let ratio = Contrast.ratio(lifted, black)
    #expect(ratio >= 4.5 && ratio < 4.7)
  }

  @Test("The terminal's own colours and the built-in theme are left as they are") func own() {
    #expect(Theme.terminal.shown == Theme.terminal.colors)
    #expect(Theme.monochrome.shown == Theme.monochrome.colors)
    #expect(Theme.fallback.shown == Theme.fallback.colors)
    #expect(Theme.readable(Theme.fallback.colors) == Theme.fallback.colors)
  }
}
