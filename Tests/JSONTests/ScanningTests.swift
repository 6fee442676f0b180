import JSON
import Testing

@Suite("Scanning JSON")
struct ScanningTests {
  /// Finds `{"wanted": "…"}` the way a hot path does.
  private func wanted(_ text: String) -> String? {
    Array(text.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      var out: [UInt8] = []
      guard scanner.enterObject() else { return nil }
      while let key = scanner.nextKey() {
        if key == "wanted" {
          guard let string = scanner.string(), string.append(to: &out) else { return nil }
        } else {
          scanner.skipValue()
        }
      }
      return scanner.isAtEnd() ? String(decoding: out, as: UTF8.self) : nil
    }
  }

  @Test("A field is found between others of every kind")
  func finds() {
    #expect(
      wanted(#" { "a" : [1, {"wanted":"no"}, "]"], "b": -1.5e+3, "wanted" : "yes", "c": null, "d": "}\"" } "#) == "yes")
  }

  @Test(
    "Escapes are resolved as in reading",
    arguments: [
      #""plain""#, #""""#, #""\"\\\/\b\f\n\r\t\u00e9""#, #""\ud83d\ude00""#, #""日本\n""#,
    ])
  func sameAsReading(_ text: String) throws {
    let read = try JSON(text).string
    #expect(wanted("{\"wanted\":\(text)}") == read)
  }

  @Test(
    "What is broken fails instead of giving a guess",
    arguments: [
      "", "{", "[]", #"{"wanted":"x""#, #"{"wanted":"x\"}"#, #"{"wanted":"\q"}"#, #"{"wanted":1}"#,
      #"{"a":[1,"wanted":"x"}"#,
      #"{"wanted":"x"} trailing"#, #"{"a":}"#, #"{"a":,"wanted":"x"}"#, #"{"wanted""x"}"#, "<html>", #"{"a":"\"#,
    ])
  func broken(_ text: String) {
    #expect(wanted(text) == nil)
  }

  @Test("Half a surrogate pair at an end is kept as WTF-8, to be joined with what follows; elsewhere it is U+FFFD")
  func halves() {
    func bytes(_ text: String) -> [UInt8] {
      Array(text.utf8).withUnsafeBytes {
        var scanner = JSONScanner($0)
        var out: [UInt8] = []
        _ = scanner.string()?.append(to: &out)
        return out
      }
    }
    #expect(bytes(#""a\ud83d""#) == [0x61, 0xED, 0xA0, 0xBD])
    #expect(bytes(#""\ude00b""#) == [0xED, 0xB8, 0x80, 0x62])
    #expect(bytes(#""a\ud83db\ude00c\ud83d\ud83d""#) == Array("a\u{FFFD}b\u{FFFD}c\u{FFFD}".utf8) + [0xED, 0xA0, 0xBD])
    #expect(bytes(#""\ud83d\ude00""#) == Array("😀".utf8))
  }

  @Test(
    "Half a surrogate pair is one mark in a text by itself, as in the tree",
    arguments: [#""a\ud83d""#, #""\ude00b""#, #""a\ud83d b""#, #""\ud83d\ud83d""#, #""\ud83d\ude00""#])
  func halfIsOneMark(_ text: String) throws {
    let bytes = Array(text.utf8)
    let scanned = bytes.withUnsafeBytes { raw in
      var scanner = JSONScanner(raw)
      return scanner.string()?.text
    }
    #expect(try scanned == JSON(bytes: bytes).string)
  }

  @Test("A path leads to a value inside others, or fails")
  func descends() {
    func text(_ path: [JSONScanner.Step]) -> String? {
      Array(#"{"a":{"x":"no"},"b":[1,{"x":["y","z"]}]}"#.utf8).withUnsafeBytes {
        var scanner = JSONScanner($0)
        var out: [UInt8] = []
        guard scanner.descend(path), scanner.string()?.append(to: &out) == true else { return nil }
        return String(decoding: out, as: UTF8.self)
      }
    }
    #expect(text([.key("b"), .element(1), .key("x"), .element(1)]) == "z")
    #expect(text([.key("a"), .key("x")]) == "no")
    #expect(text([.key("b"), .element(2)]) == nil)
    #expect(text([.key("c")]) == nil)
    #expect(text([.element(0)]) == nil)
  }

  @Test("An empty list is told from one that is not")
  func emptyArray() {
    func take(_ text: String) -> Bool {
      Array(text.utf8).withUnsafeBytes {
        var scanner = JSONScanner($0)
        return scanner.takeEmptyArray() && scanner.isAtEnd()
      }
    }
    #expect(take(" [ ] ") && take("[]"))
    #expect(!take("[1]") && !take("{}") && !take("[") && !take(""))
  }

  @Test("null and 0 are told from everything else")
  func nullAndZero() {
    func take(_ text: String) -> [Bool] {
      Array(text.utf8).withUnsafeBytes {
        var first = JSONScanner($0)
        var second = JSONScanner($0)
        return [first.takeNull(), second.takeZero()]
      }
    }
    #expect(take("null") == [true, false])
    #expect(take(" 0,") == [false, true])
    #expect(take("0.5") == [false, false])
    #expect(take("nul") == [false, false])
    #expect(take("") == [false, false])
  }

  @Test("After a failure everything fails")
  func failsForGood() {
    Array(#"[{"a":1}]"#.utf8).withUnsafeBytes { bytes in
      var scanner = JSONScanner(bytes)
      let answers = [scanner.enterObject(), scanner.enterArray(), scanner.nextElement(), scanner.isAtEnd()]
      let key = scanner.nextKey()
      #expect(answers == [false, false, false, false])
      #expect(key == nil)
      #expect(scanner.failed)
    }
  }

  @Test("Any bytes are scanned without a crash")
  func arbitraryBytes() {
    var state: UInt64 = 7
    let alphabet = Array(#"{}[]",:\u0wanted1null é"#.utf8)
    for _ in 0..<20_000 {
      var text = "{"
      for _ in 0..<24 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text.unicodeScalars.append(Unicode.Scalar(alphabet[Int(state >> 33) % alphabet.count]))
      }
      // What reads as JSON must scan to the same field.
      if let value = try? JSON(text)["wanted"]?.string { #expect(wanted(text) == value) } else { _ = wanted(text) }
    }
  }
}
