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
    let isScanned = bytes.withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      scanner.skipValue()
      return scanner.isAtEnd()
    }
    #expect(isRead == isScanned, "\(text)")
    return isRead
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
}
