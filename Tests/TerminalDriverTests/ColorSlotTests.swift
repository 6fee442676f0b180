import Testing

@testable import TerminalDriver

@Suite("24-bit colours beside terminfo") struct ColorSlotTests {
  private func resolved(_ slots: ColorSlots, _ text: String) -> String {
    String(decoding: slots.resolved(Array(text.utf8)), as: UTF8.self)
  }

  @Test("Numbers that stand for colours become these; all else stays as it was written") func resolves() {
    var slots = ColorSlots()
    let numbers = [-1, 7, 0xF2777A, 0x14161B, 0xF2777A].map { slots.number($0) ?? 0 }
    let (first, second) = (numbers[2], numbers[3])
    #expect(numbers[..<2] == [-1, 7] && numbers[4] == first && first != second && min(first, second) >= 16)
    #expect(
      resolved(slots, "a\u{1B}[38;5;\(first)m\u{1B}[48;5;\(second)mb\u{1B}[1mc")
        == "a\u{1B}[38;2;242;119;122m\u{1B}[48;2;20;22;27mb\u{1B}[1mc")
    #expect(resolved(slots, "\u{1B}[48:5:\(second)mb") == "\u{1B}[48;2;20;22;27mb")
    for text in [
      "", "\u{1B}", "\u{1B}[38;5;", "\u{1B}[38;5;16", "\u{1B}[38;5;255m", "\u{1B}[38;5;99999999m", "38;5;16m",
      "\u{1B}[94m",
      "\u{1B}[58;5;16m", "\u{1B}[38;5;16;1m", "\u{1B}]8;;x\u{1B}\\",
    ] { #expect(resolved(slots, text) == text) }
  }

  @Test("There is room for 240 colours at a time, and anew afterwards") func full() {
    var slots = ColorSlots()
    let numbers = Set((0..<240).compactMap { slots.number(1000 + $0) })
    #expect(numbers.count == 240 && numbers.min() == 16 && numbers.max() == 255)
    let more = [slots.number(5000), slots.number(1000)]
    #expect(more == [nil, 16])
    slots.removeAll()
    let anew = slots.number(5000)
    #expect(anew == 16)
  }
}
