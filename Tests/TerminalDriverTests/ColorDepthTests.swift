import Canvas
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
