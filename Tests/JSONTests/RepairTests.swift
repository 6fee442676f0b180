import JSON
import Testing

@Suite("Values that no storage takes") struct RepairTests {
  @Test("U+0000 and numbers that are none are mended visibly, and sound values are left as they are")
  func values() {
    let sound: JSON = ["a": [1, 2.5, "x", nil, true], "b": ["c": "\u{FFFD}"]]
    #expect(sound.repaired == sound)
    let poor: JSON = ["a\0": ["\0", .double(.infinity), ["n": .double(.nan)]], "d": .double(-.infinity)]
    #expect(
      poor.repaired
        == ["a\u{FFFD}": ["\u{FFFD}", "\u{FFFD} inf", ["n": "\u{FFFD} nan"]], "d": "\u{FFFD} -inf"])
    #expect(JSON.object(["k\0": 1, "k\u{FFFD}": 1]).repaired == ["k\u{FFFD}": 1])
  }

  @Test(
    "Text that may hold U+0000 or half a character is told from sound text",
    arguments: [
      (#""plain""#, false, false), (#""\u0000""#, true, true), ("\"\0\"", true, true), (#""\\u0000""#, false, false),
      (#""\\\u0000""#, true, true), (#""\ud83d\ude00""#, false, true), (#""\uD800""#, false, true),
      (#""\u00e9\n""#, false, false), ("", false, false), (#""\u000"#, false, false),
    ])
  func encoded(text: String, holdsNUL: Bool, needsRepair: Bool) {
    let bytes = Array(text.utf8)
    #expect(bytes.withUnsafeBytes(JSON.mayHoldNUL) == holdsNUL)
    #expect(bytes.withUnsafeBytes(JSON.mayNeedRepair) == needsRepair)
  }
}
