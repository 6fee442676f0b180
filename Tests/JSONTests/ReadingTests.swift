import JSON
import Testing

/// Reads `text`; a bare `JSON("…")` of a literal would be that string as a value.
private func parse(_ text: String) throws(JSONError) -> JSON { try JSON(text) }

@Suite("Reading JSON")
struct ReadingTests {
  @Test("Every kind of value is read")
  func kinds() throws {
    let json = try parse(#" {"a":[1,-2.5e1,true,false,null,"x"],"b":{}} "#)
    #expect(json == ["a": [1, -25.0, true, false, nil, "x"], "b": [:]])
    #expect(json["a"]?[0]?.int == 1)
    #expect(json["a"]?[1]?.int == -25)
    #expect(json["a"]?[6] == nil)
    #expect(json["c"] == nil)
    #expect(json["b"]?.object?.isEmpty == true)
  }

  @Test("The value that a text begins with is read, with NaN and its like as null, and the end is told")
  func prefix() throws {
    func read(_ text: String) throws -> (value: JSON, end: Int) {
      try Array(text.utf8).withUnsafeBytes { try JSON.prefix(of: $0) }
    }
    let first = try read(#" {"a":1} {"b":2}"#)
    #expect(first.value == ["a": 1])
    #expect(first.end == 8)
    #expect(try read("[NaN,Infinity,-Infinity,1e999,-1]").value == [nil, nil, nil, nil, -1])
    #expect(throws: JSONError.self) { try read("[nan]") }
    #expect(throws: JSONError.self) { try read("") }
    #expect(throws: JSONError.self) { try read(#"{"a":"#) }
    let strict = "[NaN]"
    #expect(throws: JSONError.self) { try JSON(strict) }
  }

  @Test(
    "Numbers follow the grammar of the RFC, not Swift's",
    arguments: [
      "01", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "0x10", "1-2", "--1", "1_000", "nan", "inf", "Infinity",
    ])
  func wrongNumbers(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test("A number too large for Int becomes a Double, one too large for a Double an error")
  func largeNumbers() throws {
    #expect(try parse("9223372036854775807") == .int(.max))
    #expect(try parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
    #expect(try parse("-0.0").double == 0)
    #expect(try parse("1e-999").double == 0)
    #expect(throws: JSONError.self) { try parse("1e999") }
  }

  @Test("Escapes are resolved, surrogate pairs joined, lone halves replaced")
  func escapes() throws {
    #expect(try parse(#""\"\\\/\b\f\n\r\t\u00e9""#).string == "\"\\/\u{8}\u{C}\n\r\té")
    #expect(try parse(#""\ud83d\ude00!""#).string == "😀!")
    #expect(try parse(#""a\ud83dz""#).string == "a\u{FFFD}z")
    #expect(try parse(#""\ude00""#).string == "\u{FFFD}")
    #expect(try parse(#""\ud83d\u0041""#).string == "\u{FFFD}A")
    #expect(try parse(#""\ud83d\ud83d\ude00""#).string == "\u{FFFD}😀")
  }

  @Test(
    "What is no JSON is refused, with the place",
    arguments: [
      "", " ", "{", "[", "[1", "[1,]", "[1 2]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "\"", "\"\\", "\"\\u12",
      "\"\\x\"", "\"\\u12g4\"", "tru", "nul", "true false", "1 1", "]", ",", "<html>", "{\"a\":1}}",
    ])
  func notJSON(_ text: String) {
    #expect(throws: JSONError.self) { try parse(text) }
  }

  @Test("An error says at which byte")
  func offset() {
    let error = #expect(throws: JSONError.self) { try parse(#"{"é": ?}"#) }
    #expect(error?.offset == 7)
    #expect(error?.description == "not JSON: no value begins like this at byte 7")
  }

  @Test("Invalid UTF-8 becomes U+FFFD instead of a crash")
  func invalidUTF8() throws {
    #expect(try JSON(bytes: [0x22, 0x61, 0xFF, 0x62, 0x22]).string == "a\u{FFFD}b")
  }

  @Test("Of repeated keys the last one counts")
  func repeatedKeys() throws {
    #expect(try parse(#"{"a":1,"a":2}"#) == ["a": 2])
  }

  @Test("Nesting is read 256 deep and refused beyond, so that hostile text cannot overflow the stack")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(256))
    #expect(throws: JSONError.self) { try parse(nested(257)) }
    #expect(throws: JSONError.self) { try parse(String(repeating: "{\"a\":", count: 100_000)) }
  }

  @Test("Every prefix of a text is refused, none crashes")
  func prefixes() throws {
    let bytes = Array(#"{"a":[1.5e3,{"b":"\u00e9\ud83d\ude00\\"},true,null]}"#.utf8)
    _ = try JSON(bytes: bytes)
    for length in 0..<bytes.count {
      #expect(throws: JSONError.self) { try JSON(bytes: Array(bytes[..<length])) }
    }
  }

  @Test("Any bytes are read or refused, never a crash")
  func arbitraryBytes() throws {
    var state: UInt64 = 42
    let alphabet = Array(#"{}[]",:\u0dDeE+-.19tfn é"#.utf8) + [0x00, 0xFF]
    for _ in 0..<20_000 {
      var bytes: [UInt8] = []
      for _ in 0..<24 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        bytes.append(alphabet[Int(state >> 33) % alphabet.count])
      }
      // Reading what was read and written again must give the same value.
      guard let value = try? JSON(bytes: bytes) else { continue }
      #expect(try JSON(bytes: value.bytes) == value)
    }
  }
}

@Suite("Writing JSON")
struct WritingTests {
  @Test("Equal values give equal text, whatever order their keys came in")
  func sortedKeys() throws {
    #expect(try parse(#"{"b":1,"a":{"d":[],"c":{}}}"#).text == #"{"a":{"c":{},"d":[]},"b":1}"#)
  }

  @Test("A long text has its escapes wherever they stand, as JSON within JSON has them everywhere")
  func longEscapes() throws {
    for length in [0, 1, 2045, 2046, 2047, 2048, 2049, 4095, 4096, 4097] {
      for (escape, text) in [(#"\""#, "\""), (#"\\"#, "\\"), (#"\/"#, "/"), (#"\n"#, "\n"), (#"\u00e9"#, "é")] {
        let plain = String(repeating: "x", count: length)
        #expect(try JSON(#"["\#(plain)\#(escape)\#(escape)\#(plain)"]"#)[0]?.string == plain + text + text + plain)
      }
    }
    let inner = JSON.object(["text": .string(String(repeating: #"a "quoted\path""#, count: 400))])
    let outer = JSON.object(["inner": .string(JSON.object(["data": .string(inner.text)]).text)])
    #expect(try JSON(outer.text) == outer)
  }

  @Test("Quotes, backslashes and every control character are escaped")
  func escapes() throws {
    #expect(JSON.string("\"\\\n\r\t\u{0}\u{1F}\u{7F}é😀").text == #""\"\\\n\r\t\u0000\u001f\u007fé😀""#)
    let c1 = JSON.string("a\u{80}\u{9B}31m\u{9F}\u{A0}\u{BF}")
    #expect(c1.text == "\"a\\u0080\\u009b31m\\u009f\u{A0}\u{BF}\"")
    #expect((try? JSON(c1.text)) == c1)
    for scalar in (0..<0x80).compactMap(Unicode.Scalar.init) {
      let json = JSON.string("a\(Character(scalar))b")
      #expect(try parse(json.text) == json)
    }
  }

  @Test("What JSON cannot say becomes null")
  func notFinite() {
    #expect(JSON.array([.double(.nan), .double(.infinity), .double(-.infinity)]).text == "[null,null,null]")
  }

  @Test("Numbers come back as they were", arguments: [0.1, -1e300, 1e-300, 1e16, 123456789.125])
  func doubles(_ value: Double) throws {
    #expect(try parse(JSON.double(value).text).double == value)
  }

  @Test("A string of a megabyte comes back whole")
  func longString() throws {
    let json = JSON.string(String(repeating: "line \"one\" 日本\n", count: 60_000))
    #expect(try parse(json.text) == json)
    #expect(json.encodedSize > 1 << 20)
  }
}
