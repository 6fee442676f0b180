import Canvas
import Testing

@Suite("Words in text without blanks") struct WordBreaksTests {
  @Test(
    "Borders stand where dictionaries and scripts have them",
    arguments: [
      ("我在北京大学学习", ["我在", "北京", "大学", "学习"]), ("ภาษาไทยทดสอบ", ["ภาษา", "ไทย", "ทดสอบ"]),
      ("へHello世界", ["へ", "Hello", "世界"]), ("", []), ("a", ["a"]), ("👍🏽x", ["👍🏽", "x"]),
      ("안녕하세요", ["안녕하세요"]),
    ])
  func borders(_ text: String, _ words: [String]) {
    let borders = WordBreaks.borders(of: text)
    #expect(borders.first == 0 && borders.last == text.count)
    let characters = Array(text)
    let parts = zip(borders, borders.dropFirst()).map { String(characters[$0..<$1]) }.filter { !$0.isEmpty }
    #expect(parts == words)
  }
}
