import Canvas
import Testing

@testable import TerminalDriver

/// A line that brings bytes in pieces, with a silence between them.
private struct SlowLine {
  var parser = InputParser()
  var inputs: [Input] = []

  mutating func bring(_ bytes: [UInt8]) { inputs += bytes.withUnsafeBufferPointer { parser.feed($0) } }
  mutating func bring(_ text: String) { bring(Array(text.utf8)) }

  /// As much silence as lets these pauses pass, the shortest first.
  mutating func wait(_ pauses: InputParser.Pause...) {
    while let pause = parser.pause, pauses.contains(pause) { inputs += parser.timeOut() }
  }
}

private func key(_ code: Key.Code, _ modifiers: Key.Modifiers = []) -> Input { .key(Key(code, modifiers)) }

@Suite struct InputPausesTests {
  /// Sequences of keys, the mouse, focus and the terminal's answers that begin unmistakably.
  static let sequences =
    InputParserTests.keys.map(\.0).filter { text in
      text.utf8.count > 2 && ["[", "O", "]"].contains(text.dropFirst().first) && !text.hasPrefix("\u{1B}[200~")
    } + ["\u{1B}]11;rgb:fdfd/f6f6/e3e3\u{1B}\\", "\u{1B}]11;rgb:fdfd/f6f6/e3e3\u{7}", "\u{1B}[?62;22c", "\u{1B}[?1u"]

  @Test("Cut anywhere with a short silence, a sequence means what it means whole", arguments: sequences)
  func shortGaps(text: String) {
    let bytes = Array(text.utf8)
    var whole = SlowLine()
    whole.bring(bytes)
    // Behind a lone ESC the first silence decides; what begins with two bytes is unmistakable.
    for cut in 2..<bytes.count {
      var line = SlowLine()
      line.bring(Array(bytes[..<cut]))
      line.wait(.escape)
      line.bring(Array(bytes[cut...]))
      line.wait(.escape)
      #expect(line.inputs == whole.inputs, "cut at \(cut)")
    }
    var line = SlowLine()
    line.bring(Array(bytes[..<2]))
    for byte in bytes[2...] {
      line.wait(.escape)
      line.bring([byte])
    }
    #expect(line.inputs == whole.inputs)
  }

  @Test("Cut anywhere with a silence of seconds, nothing of it is typed", arguments: sequences)
  func longGaps(text: String) {
    let bytes = Array(text.utf8)
    for cut in 1..<bytes.count {
      var line = SlowLine()
      line.bring(Array(bytes[..<cut]))
      line.wait(.escape, .sequence)
      line.bring(Array(bytes[cut...]))
      line.wait(.escape, .sequence, .tail)
      line.bring("x")
      let typed = line.inputs.filter { input in
        guard case .key(let key) = input, case .character = key.code else { return false }
        return key.modifiers.isSubset(of: .shift)
      }
      let meant = SlowLine.typed(by: bytes)
      #expect(typed == meant + [key(.character("x"))], "cut at \(cut)")
    }
  }

  @Test(
    "The rest of a sequence with parameters is not typed, also where the next key comes in the same read",
    arguments: ["\u{1B}[<0;6;26m", "\u{1B}[1;5D", "\u{1B}[27;2;13~", "\u{1B}[13;2u", "\u{1B}[5~", "\u{1B}[?1u"])
  func restWithNextKey(text: String) {
    var line = SlowLine()
    line.bring("\u{1B}")
    line.wait(.escape)
    line.bring(text.dropFirst() + "x")
    line.wait(.escape, .sequence, .tail)
    let typed = line.inputs.filter { if case .key(let key) = $0, case .character = key.code { true } else { false } }
    #expect(typed == [key(.character("x"))])
  }

  @Test("A paste whose start marker is cut is a paste, and sends nothing", arguments: 1..<6)
  func cutPasteStart(cut: Int) {
    let bytes = Array("\u{1B}[200~first line\r\nsecond\u{1B}[201~".utf8)
    var line = SlowLine()
    line.bring(Array(bytes[..<cut]))
    line.wait(.escape, .sequence)
    line.bring(Array(bytes[cut...]))
    #expect(
      line.inputs.filter { $0 != key(.escape) && $0 != key(.character("["), .alt) } == [.paste("first line\nsecond")])
  }

  @Test("A paste without its end ends after a pause, and keys work again") func lostEnd() {
    var line = SlowLine()
    line.bring("\u{1B}[200~hello")
    #expect(line.inputs.isEmpty && line.parser.pause == .paste)
    line.wait(.paste)
    line.bring("x")
    line.bring("\u{3}")
    #expect(line.inputs == [.paste("hello"), key(.character("x")), key(.character("c"), .control)])
  }

  @Test("Ctrl+C and Ctrl+Q lead out of a paste whose end is lost, without a pause", arguments: ["\u{3}", "\u{11}"])
  func leavesPaste(control: String) {
    var line = SlowLine()
    line.bring("\u{1B}[200~hello")
    line.bring(control)
    #expect(line.inputs.count == 2 && line.inputs.first == .paste("hello"))
    guard case .key(let key) = line.inputs.last else { return #expect(Bool(false)) }
    #expect(key.modifiers == .control)
  }

  @Test("A paste that stalls goes on as one: no line of it is sent, and its end marker is known") func stalledPaste() {
    var line = SlowLine()
    line.bring("\u{1B}[200~one\r")
    line.wait(.paste)
    line.bring("two and more\r")
    line.wait(.paste, .escape)
    line.bring("three\r\u{1B}[201~")
    line.bring("\r")
    #expect(line.inputs == [.paste("one\n"), .burst("two and more\n"), .paste("three\n"), key(.enter)])
  }

  @Test("Several lines in one read are a burst, their breaks kept; Enter behind what was typed is Enter")
  func bursts() {
    func all(_ parts: String...) -> [Input] {
      var line = SlowLine()
      for part in parts { line.bring(part) }
      return line.inputs
    }
    #expect(all("one\rtwo\rthree") == [.burst("one\ntwo\nthree")])
    #expect(all("one\r\ntwo\r\n") == [.burst("one\ntwo\n")])
    #expect(all("one\rtwo\r", "three\r") == [.burst("one\ntwo\n"), .burst("three\n")])
    #expect(all("日本\r語é") == [.burst("日本\n語é")])
    #expect(all("go\r") == [key(.character("g")), key(.character("o")), key(.enter)])
    #expect(all("\r\r") == [key(.enter), key(.enter)])
    #expect(all("a\rb\u{1B}[A") == [.burst("a\nb"), key(.up)])
    var line = SlowLine()
    line.bring("one\rtwo\r")
    line.wait(.escape)
    line.bring("three\r")
    #expect(line.inputs.last == key(.enter))
  }

  @Test("A burst that the read cuts within a character keeps the character", arguments: 1..<12)
  func cutBurst(cut: Int) {
    let bytes = Array("a\r日😀b語".utf8)
    var line = SlowLine()
    line.bring(Array(bytes[..<cut]))
    line.bring(Array(bytes[cut...]))
    let text = line.inputs.map { input in
      switch input {
      case .burst(let text): text
      case .key(Key(.enter)): "\n"
      case .key(let key): if case .character(let character) = key.code { String(character) } else { "?" }
      default: "?"
      }
    }
    #expect(text.joined() == "a\n日😀b語")
  }

  @Test("Once the terminal tells Escape by a sequence, a lone ESC waits as long as the beginning of one")
  func announced() {
    var line = SlowLine()
    line.bring("\u{1B}[?1u")
    line.bring("\u{1B}")
    #expect(line.parser.pause == .sequence)
    line.bring("[A")
    #expect(line.inputs == [key(.up)])
    line.bring("\u{1B}[?0u")
    line.bring("\u{1B}")
    #expect(line.parser.pause == .escape)
  }

  @Test("A string whose end is lost keeps no key for itself") func lostStringEnd() {
    var line = SlowLine()
    line.bring("\u{1B}]11;rgb:ff")
    line.bring("\u{3}")
    line.bring("x")
    #expect(line.inputs == [key(.character("c"), .control), key(.character("x"))])
  }

  @Test("Alt with ] or P or _ is a key, and what is typed behind it stays", arguments: ["]", "P", "_"])
  func altIntroducers(letter: String) throws {
    var line = SlowLine()
    line.bring("\u{1B}\(letter)")
    line.bring("hello")
    #expect(line.inputs.first == .escaped(Key(.character(Character(letter)))))
    #expect(line.inputs.count == 6)
  }

  @Test("What is typed behind Escape is typed", arguments: ["[", "[x", "O", "Oh", "[Draft] x", "]", "Order"])
  func typedBehindEscape(text: String) {
    var line = SlowLine()
    line.bring("\u{1B}")
    line.wait(.escape)
    line.bring(text)
    line.wait(.escape)
    #expect(line.inputs == [key(.escape)] + text.map { key(.character($0)) })
  }
}

extension SlowLine {
  /// What these bytes type when they come at once: keys of the number pad are characters, too.
  fileprivate static func typed(by bytes: [UInt8]) -> [Input] {
    var line = SlowLine()
    line.bring(bytes)
    return line.inputs.filter { input in
      guard case .key(let key) = input, case .character = key.code else { return false }
      return key.modifiers.isSubset(of: .shift)
    }
  }
}
