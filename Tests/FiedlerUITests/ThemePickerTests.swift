import Canvas
import Testing

@testable import FiedlerUI

@Suite("The theme picker") struct ThemePickerTests {
  private static let other = Theme(
    name: "Other", isDark: false, colors: (0..<16).map { Color(rgb: UInt32(15 - $0) * 0x111111) })

  private func opened() -> AppDriver {
    var app = AppDriver(80, 24)
    app.tell(
      .themesLoaded([ThemeChoice(slug: "dark", theme: .fallback), ThemeChoice(slug: "other", theme: Self.other)]))
    return app
  }

  @Test("It begins at the theme in use; moving and typing preview at once; Escape takes it back") func preview() {
    var app = opened()
    #expect(app.state.theme == .fallback)
    app.press(Key(.down))
    #expect(app.state.theme == Self.other)
    app.press(Key(.escape))
    #expect(app.state.theme == .fallback && app.state.layer == nil)
    app = opened()
    app.press("O")
    #expect(app.state.theme == Self.other)
    app.press("#")
    #expect(app.state.theme == .fallback)
  }

  @Test("Enter keeps it, for the next start too") func keep() {
    var app = opened()
    app.press(Key(.down))
    app.press(Key(.enter))
    #expect(app.state.theme == Self.other && app.state.layer == nil)
    #expect(app.effects.last == .keepTheme("other"))
  }
}
