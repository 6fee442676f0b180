import Canvas
import Testing

@testable import FiedlerApp

@Suite("Themes as text") struct ThemeReportTests {
  @Test("A scheme that can be read has nothing adjusted; one that cannot has each colour told with its contrasts")
  func report() {
    #expect(
      ThemeReport(.fallback).text == """
        Fiedler Dark (base16, dark)
        Every text can be read as the scheme has it: 4.5:1 or more.

        """)
    var colors = Theme.fallback.colors
    colors[0xB] = Color(rgb: 0x204020)
    let lines = ThemeReport(Theme(name: "x\u{1B}]", isDark: true, colors: colors)).text.split(separator: "\n")
    #expect(lines.count == 3 && lines[1].hasPrefix("base0B  #204020 -> #") && lines[1].hasSuffix(" -> 4.5:1"))
    #expect(!lines[0].contains("\u{1B}"))
  }

  @Test("The preview ends every line with the terminal's own look, and shows the theme's colours as they are mapped")
  func preview() {
    let preview = ThemePreview(.fallback)
    #expect(preview.frame.description.contains("✕ failed"))
    let text = preview.styled { Style(Color(palette: 7), on: Color(palette: 7), $0.attributes) }
    #expect(text.split(separator: "\n").allSatisfy { $0.hasSuffix("\u{1B}[0m") })
    #expect(!text.contains("38;2") && text.contains(";37;47m"))
  }
}
