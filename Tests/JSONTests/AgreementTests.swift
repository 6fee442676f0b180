import Foundation
import JSON
import Testing

/// The scanner, the value reader and Foundation on the same texts.
@Suite("What is JSON and what is not") struct AgreementTests {
  private static let alphabet = [
    "{", "}", "[", "]", ",", ":", "\"a\"", "1", "-", ".", "e", "null", "tru", " ", "\\", "\"",
  ]

  private func check(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    let isRead = (try? JSON(bytes: bytes)) != nil
    bytes.withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      scanner.skipValue()
      #expect(scanner.isAtEnd() == isRead, "\(text)")
      scanner = JSONScanner(bytes)
      readByKinds(&scanner)
      #expect(scanner.isAtEnd() == isRead, "by kinds: \(text)")
    }
    return isRead
  }

  /// Reads a value by the calls for its kind, as the decoders do.
  private func readByKinds(_ scanner: inout JSONScanner) {
    if scanner.takeNull() || scanner.takeEmptyArray() || scanner.takeZero() { return }
    let start = scanner
    if scanner.count() != nil { return }
    scanner = start
    if let string = scanner.string() {
      #expect(string.text != nil)
      return
    }
    scanner = start
    if scanner.enterObject() {
      while scanner.nextKey() != nil { readByKinds(&scanner) }
      return
    }
    scanner = start
    if scanner.enterArray() {
      while scanner.nextElement() { readByKinds(&scanner) }
      return
    }
    scanner = start
    scanner.skipValue()
  }

  @Test("The scanner takes what the value reader takes, over every short text of JSON's marks")
  func short() {
    var texts = [""]
    var taken = 0
    for _ in 1...4 {
      texts = texts.flatMap { text in Self.alphabet.map { text + $0 } }
      taken += texts.count { check($0) }
    }
    #expect(taken > 100)
  }

  @Test("The same over longer texts with one mark changed")
  func changed() {
    let whole = #"{"a":[1,-2.5e+3,{"b":null}],"c\u00e9":"\"\\","d":[true,false,[]],"e":{},"f":0}"#
    #expect(check(whole))
    for index in whole.indices {
      for mark in Self.alphabet + ["", "0", "01", "1e999", "\\x", "\\u12", "[1,]", "\u{1}"] {
        let text = whole[..<index] + mark + whole[whole.index(after: index)...]
        _ = check(String(text))
      }
    }
  }

  @Test("Neither takes a comma at an end; Foundation does, by its own design")
  func trailing() {
    for text in [
      "[3,]", #"{"a":1,}"#, "[,3]", "[3 4]", #"{"a" 1}"#, "[01]", "[1.]", "[.5]", "[+1]", #"["\x"]"#, "[1e999]",
    ] {
      #expect(!check(text))
      // Of these Foundation takes the first two alone, which RFC 8259 does not.
      let isFoundations = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) != nil
      #expect(isFoundations == (text == "[3,]" || text == #"{"a":1,}"#), "\(text)")
    }
  }

  @Test("Both refuse the same depth")
  func depth() {
    #expect(check(String(repeating: "[", count: 256) + String(repeating: "]", count: 256)))
    #expect(!check(String(repeating: "[", count: 257) + String(repeating: "]", count: 257)))
    #expect(!check(String(repeating: "[", count: 1_000_000)))
  }

  @Test(
    "Both take each of these",
    arguments: [
      "0", "-0", "1e0", "1E+0", "0.0", "-1.5e-300", "123456789012345678", "12345678901234567890", "5e-400", "null",
      " [ ] ", "{ }", "[[],{}]", #""""#, #""\ud800""#, #""\ud83d\ude00""#, #""\/\b\f""#, #"{"":0,"":1}"#, "[null , 0]",
    ])
  func taken(_ text: String) { #expect(check(text)) }

  @Test(
    "Neither takes any of these",
    arguments: [
      "", " ", "00", "01", "-", "-01", "1.", ".1", "1e", "1e+", "0x1", "1_000", "1 2", "nul", "nulls", "truefalse",
      "NaN", "-Infinity", "Infinity", "[", "]", "[[]", "[]]", "{", "{}}", "[,]", "[1,,2]", "[1,", #"{"a"}"#, #"{"a":}"#,
      #"{a:1}"#, #"{1:1}"#, #"{"a":1,"b"}"#, "'a'", #"""#, #""\""#, #""\u12""#, #""\u12g4""#, #""\ud800\u""#,
      #""\ud800\u1""#, #""\a""#, #"{"a":01}"#, "[00]", "[null0]", "[0null]", "\u{FEFF}0", "// a\n0", "0 // a",
      String(repeating: "9", count: 309), "1e400",
    ])
  func refused(_ text: String) { #expect(!check(text)) }
}
