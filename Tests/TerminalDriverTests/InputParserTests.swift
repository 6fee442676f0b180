import Canvas
import Testing

@testable import TerminalDriver

/// Feeds bytes in the given parts, with a pause at the end.
func parse(_ parts: [[UInt8]]) -> [Input] {
  var parser = InputParser()
  var inputs = parts.flatMap { part in part.withUnsafeBufferPointer { parser.feed($0) } }
  inputs += parser.timeOut()
  return inputs
}

func parse(_ text: String) -> [Input] { parse([Array(text.utf8)]) }

private func key(_ code: Key.Code, _ modifiers: Key.Modifiers = []) -> Input { .key(Key(code, modifiers)) }

private func escaped(_ code: Key.Code, _ modifiers: Key.Modifiers = []) -> Input { .escaped(Key(code, modifiers)) }

@Suite struct InputParserTests {
  static let keys: [(String, Input)] = [
    ("a", key(.character("a"))), ("A", key(.character("A"))), ("日", key(.character("日"))), ("😀", key(.character("😀"))),
    ("e\u{301}", key(.character("e\u{301}"))), ("\r", key(.enter)), ("\n", key(.character("j"), .control)),
    ("\t", key(.tab)), ("\u{7F}", key(.backspace)), ("\u{8}", key(.backspace)),
    ("\u{0}", key(.character(" "), .control)),
    ("\u{1}", key(.character("a"), .control)), ("\u{1A}", key(.character("z"), .control)),
    ("\u{1C}", key(.character("\\"), .control)), ("\u{1F}", key(.character("_"), .control)), ("\u{1B}", key(.escape)),
    ("\u{1B}a", escaped(.character("a"))), ("\u{1B}é", escaped(.character("é"))), ("\u{1B}\r", escaped(.enter)),
    ("\u{1B}\u{7F}", escaped(.backspace)), ("\u{1B}\u{1}", escaped(.character("a"), .control)),
    ("\u{1B}[", key(.character("["), .alt)), ("\u{1B}O", key(.character("O"), .alt)),
    ("\u{1B}]", key(.character("]"), .alt)),
    ("\u{1B}P", key(.character("P"), .alt)), ("\u{1B}[A", key(.up)), ("\u{1B}OB", key(.down)),
    ("\u{1B}[C", key(.right)),
    ("\u{1B}OD", key(.left)), ("\u{1B}[1;5A", key(.up, .control)), ("\u{1B}[1;2D", key(.left, .shift)),
    ("\u{1B}[1;8C", key(.right, [.shift, .alt, .control])), ("\u{1B}O5A", key(.up, .control)),
    ("\u{1B}[a", key(.up, .shift)), ("\u{1B}Od", key(.left, .control)), ("\u{1B}\u{1B}[A", key(.up, .alt)),
    ("\u{1B}\u{1B}OA", key(.up, .alt)), ("\u{1B}[H", key(.home)), ("\u{1B}OF", key(.end)), ("\u{1B}[1~", key(.home)),
    ("\u{1B}[7~", key(.home)), ("\u{1B}[4~", key(.end)), ("\u{1B}[8~", key(.end)), ("\u{1B}[2~", key(.insert)),
    ("\u{1B}[3~", key(.delete)), ("\u{1B}[5~", key(.pageUp)), ("\u{1B}[6~", key(.pageDown)),
    ("\u{1B}[3;5~", key(.delete, .control)), ("\u{1B}[3$", key(.delete, .shift)), ("\u{1B}[3^", key(.delete, .control)),
    ("\u{1B}[3@", key(.delete, [.control, .shift])), ("\u{1B}[Z", key(.tab, .shift)), ("\u{1B}OP", key(.function(1))),
    ("\u{1B}[11~", key(.function(1))), ("\u{1B}[[A", key(.function(1))), ("\u{1B}[[E", key(.function(5))),
    ("\u{1B}[15~", key(.function(5))), ("\u{1B}[17~", key(.function(6))), ("\u{1B}[21~", key(.function(10))),
    ("\u{1B}[23~", key(.function(11))), ("\u{1B}[24~", key(.function(12))),
    ("\u{1B}[24;2~", key(.function(12), .shift)),
    ("\u{1B}[1;5P", key(.function(1), .control)), ("\u{1B}[34~", key(.function(20))), ("\u{1B}OM", key(.enter)),
    ("\u{1B}Op", key(.character("0"))), ("\u{1B}Ok", key(.character("+"))), ("\u{1B}[13;2u", key(.enter, .shift)),
    ("\u{1B}[27;2;13~", key(.enter, .shift)), ("\u{1B}[27;5;105~", key(.character("i"), .control)),
    ("\u{1B}[97;5u", key(.character("a"), .control)), ("\u{1B}[97:65;2u", key(.character("A"))),
    ("\u{1B}[97:;2u", key(.character("A"))), ("\u{1B}[97::113;2u", key(.character("A"))),
    ("\u{1B}[97:27;2u", key(.character("A"))),
    ("\u{1B}[97;2u", key(.character("A"))), ("\u{1B}[65;6u", key(.character("a"), [.control, .shift])),
    ("\u{1B}[9;5u", key(.tab, .control)), ("\u{1B}[127;5u", key(.backspace, .control)), ("\u{1B}[27u", key(.escape)),
    ("\u{1B}[57376u", key(.function(13))), ("\u{1B}[57399u", key(.character("0"))),
    ("\u{1B}[57408u", key(.character("9"))), ("\u{1B}[57409u", key(.character("."))),
    ("\u{1B}[57413;5u", key(.character("+"), .control)),
    ("\u{1B}[57414u", key(.enter)), ("\u{1B}[57419;2u", key(.up, .shift)), ("\u{1B}[57426u", key(.delete)),
    ("\u{1B}[97;3u", key(.character("a"), .alt)), ("\u{1B}[104;5u", key(.backspace)), ("\u{1B}[109;5u", key(.enter)),
    ("\u{1B}[91;5u", key(.escape)), ("\u{1B}[45;6u", key(.character("_"), .control)),
    ("\u{1B}[47;5u", key(.character("_"), .control)),
    ("\u{1B}[97;69u", key(.character("a"), .control)), ("\u{1B}[13;130u", key(.enter, .shift)),
    ("\u{1B}[I", .focus(true)), ("\u{1B}[O", .focus(false)),
    ("\u{1B}[<0;1;1M", .mouse(Mouse(.press, button: .left, at: Point(x: 0, y: 0)))),
    ("\u{1B}[<2;300;20m", .mouse(Mouse(.release, button: .right, at: Point(x: 299, y: 19)))),
    ("\u{1B}[<32;5;6M", .mouse(Mouse(.drag, button: .left, at: Point(x: 4, y: 5)))),
    ("\u{1B}[<64;5;6M", .mouse(Mouse(.wheelUp, at: Point(x: 4, y: 5)))),
    ("\u{1B}[<81;5;6M", .mouse(Mouse(.wheelDown, at: Point(x: 4, y: 5), modifiers: .control))),
    ("\u{1B}[<66;5;6M", .mouse(Mouse(.wheelLeft, at: Point(x: 4, y: 5)))),
    ("\u{1B}[<71;5;6M", .mouse(Mouse(.wheelRight, at: Point(x: 4, y: 5), modifiers: .shift))),
    ("\u{1B}[<4;5;6M", .mouse(Mouse(.press, button: .left, at: Point(x: 4, y: 5), modifiers: .shift))),
    ("\u{1B}[200~a\r\nb\rc\nd\u{1B}[201~", .paste("a\nb\nc\nd")), ("\u{1B}[200~\u{1B}[201~", .paste("")),
    ("\u{1B}[200~\u{1B}[31m\u{1B}[20\u{1B}[201~", .paste("\u{1B}[31m\u{1B}[20")),
    ("\u{1B}[200~日本😀\u{1B}[201~", .paste("日本😀")),
  ]

  @Test("Every key, click and paste is understood", arguments: keys) func meaning(bytes: String, expected: Input) {
    #expect(parse(bytes) == [expected])
  }

  @Test("It is understood wherever it is cut, between other keys", arguments: keys)
  func cut(bytes: String, expected: Input) {
    guard bytes.utf8.count > 1, bytes.unicodeScalars.last != "\u{301}" else { return }
    let isOpenEnded = ["\u{1B}[", "\u{1B}O", "\u{1B}]", "\u{1B}P"].contains(bytes)
    let all = Array(("x" + bytes + (isOpenEnded ? "" : "y")).utf8)
    let whole = [key(.character("x")), expected] + (isOpenEnded ? [] : [key(.character("y"))])
    for cut in 0...all.count { #expect(parse([Array(all[..<cut]), Array(all[cut...])]) == whole) }
    #expect(parse(all.map { [$0] }) == whole)
  }

  @Test(
    "Sequences nobody knows are swallowed whole",
    arguments: [
      "\u{1B}[?1;2c", "\u{1B}[>41;320;0c", "\u{1B}[?2026;1$y", "\u{1B}[5;10R", "\u{1B}[99~", "\u{1B}[E",
      "\u{1B}[57358u", "\u{1B}]52;c;Zm9v\u{1B}\\", "\u{1B}P1+r544e=78\u{1B}\\",
      "\u{1B}]10;rgb:0000/0000/0000\u{7}", "\u{1B}]11;rgb:1/2\u{7}", "\u{1B}]11;rgb:g/0/0\u{7}",
      "\u{1B}_Gi=1;OK\u{1B}\\",
      "\u{1B}[97;9u", "\u{1B}[97;17u", "\u{1B}[?0u", "\u{1B}[M !!", "\u{1B}[<98;1;1M", "\u{1B}[<35;1;1M",
      "\u{1B}[<0;0;0M", "\u{1B}[<0;1M", "\u{1B}[201~",
      "\u{1B}[97;1:3u",
      "\u{1B}[[Q", "\u{1B}Oz", "\u{1B}[ q", "\u{1B}[999999999999999999999999;5~",
    ]) func unknown(bytes: String)
  {
    let all = Array(("x" + bytes + "y").utf8)
    let expected = [key(.character("x")), key(.character("y"))]
    #expect(parse([all]) == expected)
    #expect(parse(all.map { [$0] }) == expected)
  }

  @Test(
    "The terminal's background is known by its answer, in whatever precision and however it is cut",
    arguments: [
      ("\u{1B}]11;rgb:ffff/8080/0000\u{7}", UInt32(0xFF8000)), ("\u{1B}]11;rgb:FD/F6/E3\u{1B}\\", 0xFDF6E3),
      ("\u{1B}]11;rgb:f/0/8\u{1B}\\", 0xFF0088), ("\u{1B}]11;rgba:fdfd/f6f6/e3e3/ffff\u{1B}\\", 0xFDF6E3),
    ]) func background(bytes: String, rgb: UInt32)
  {
    let all = Array(("x" + bytes + "y").utf8)
    let expected = [key(.character("x")), .background(Color(rgb: rgb)), key(.character("y"))]
    #expect(parse([all]) == expected)
    #expect(parse(all.map { [$0] }) == expected)
  }

  @Test("A lone ESC waits for more, and a pause makes it a key") func loneEscape() {
    var parser = InputParser()
    let first = [0x1B].withUnsafeBufferPointer { parser.feed($0) }
    #expect(first.isEmpty && parser.pause == .escape)
    #expect(parser.timeOut() == [key(.escape)])
    #expect(parser.pause == .tail && parser.timeOut().isEmpty)
    #expect(parser.pause == nil)
    let rest = Array("[A".utf8).withUnsafeBufferPointer { parser.feed($0) }
    #expect(rest == [key(.character("[")), key(.character("A"))])
  }

  @Test("Escape pressed twice is two keys, and before another key it stays one") func escapes() {
    #expect(parse("\u{1B}\u{1B}") == [key(.escape), key(.escape)])
    #expect(parse("\u{1B}\u{1B}\u{1B}") == [key(.escape), key(.escape), key(.escape)])
    #expect(parse("\u{1B}\u{1B}x") == [key(.escape), escaped(.character("x"))])
  }

  @Test("A sequence that breaks off gives way to what broke it") func brokenOff() {
    #expect(parse("\u{1B}[1;\u{1B}[A") == [key(.up)])
    #expect(parse("\u{1B}[1;\r") == [key(.enter)])
    #expect(parse("\u{1B}[1;é") == [key(.character("é"))])
    #expect(parse("\u{1B}]0;x\u{1B}[A") == [key(.up)])
    #expect(parse("\u{1B}O\rx") == [key(.enter), key(.character("x"))])
  }

  @Test("Bytes that are not UTF-8 become replacement characters and swallow nothing") func notUTF8() {
    let replacement = key(.character("\u{FFFD}"))
    #expect(parse([[0xFF, 0x61]]) == [replacement, key(.character("a"))])
    #expect(parse([[0xE6, 0x97, 0x61]]) == [replacement, key(.character("a"))])
    #expect(parse([[0xC3], [0x1B, 0x5B, 0x41]]) == [replacement, key(.up)])
    #expect(parse([[0xC0, 0xAF]]) == [replacement, replacement])
    #expect(parse([[0xED, 0xA0, 0x80]]) == [replacement, replacement, replacement])
    #expect(parse([[0xC2, 0x9B, 0x61]]) == [key(.character("a"))])
    #expect(parse([[0x1B, 0xC3, 0x61]]) == [escaped(.character("\u{FFFD}")), key(.character("a"))])
  }

  @Test("A long paste arrives whole, whatever the parts", arguments: [1, 7, 4096, 65536]) func longPaste(part: Int) {
    let text = String(repeating: "漢字かな交じり文 😀\n", count: 400)
    let bytes = Array("\u{1B}[200~\(text)\u{1B}[201~x".utf8)
    let parts = stride(from: 0, to: bytes.count, by: part).map { Array(bytes[$0..<min($0 + part, bytes.count)]) }
    #expect(parse(parts) == [.paste(text), key(.character("x"))])
  }

  @Test(
    "Any bytes mean the same however they are cut, and no control character is ever typed",
    arguments: 1..<30 as Range<UInt64>)
  func anyBytes(seed: UInt64) {
    var state = seed &* 0x2545_F491_4F6C_DD1D
    func next() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    let special = Array("\u{1B}\u{1B}[[[OM<;;0123456789~mu$^PJ]\u{7}\\é日😀 a\r\t".utf8)
    for _ in 0..<100 {
      let bytes = (0..<60).map { _ in
        next() % 5 == 0 ? UInt8(truncatingIfNeeded: next()) : special[Int(next() % UInt64(special.count))]
      }
      let cut = Int(next() % 61)
      let whole = flat(parse([bytes]))
      #expect(flat(parse([Array(bytes[..<cut]), Array(bytes[cut...])])) == whole)
      #expect(flat(parse(bytes.map { [$0] })) == whole)
      for case .key(let key) in parse([bytes]) {
        guard case .character(let character) = key.code else { continue }
        #expect(character.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
      }
    }
  }

  /// Characters taken apart: marks that come later cannot join what was already typed.
  private func flat(_ inputs: [Input]) -> [String] {
    // CR and LF in one read are one line end, in two they are two keys.
    lines(of: inputs).reduce(into: []) { if $0.last != "line end" || $1 != "line end" { $0.append($1) } }
  }

  private func lines(of inputs: [Input]) -> [String] {
    inputs.flatMap { input -> [String] in
      if case .burst(let text) = input {
        // Lines that came at once: apart they are typed.
        return text.unicodeScalars.flatMap { scalar in
          scalar == "\n" ? ["line end"] : scalar == "\t" ? lines(of: [key(.tab)]) : ["\(scalar.value) 0"]
        }
      }
      if input == key(.enter) || input == key(.character("j"), .control) { return ["line end"] }
      guard case .key(let key) = input, case .character(let character) = key.code else { return ["\(input)"] }
      return character.unicodeScalars.map { "\($0.value) \(key.modifiers.rawValue)" }
    }
  }
}
