import Canvas

/// What the sequences of xterm, rxvt, the Linux console, tmux and their kin stand for.
enum KeyTable {
  enum Meaning: Hashable {
    case key(Key)
    case mouse(Mouse)
    case focus(Bool)
    case pasteBegin
    /// The flags of kitty's keyboard protocol that are in effect.
    case keyboard(Int)
    /// The column of the cursor, from 1 on.
    case cursor(column: Int)
    /// An answer to a question that is of no further interest.
    case answer
    case nothing
  }

  static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  /// The key behind a control character (below 0x20, or 0x7F).
  static func key(forControl byte: UInt8) -> Key {
    switch byte {
    case 0x00: Key(.character(" "), .control)
    case 0x08, 0x7F: Key(.backspace)
    case 0x09: Key(.tab)
    case 0x0D: Key(.enter)
    case 0x1B: Key(.escape)
    case 0x01..<0x1B: Key(.character(Character(Unicode.Scalar(byte + 0x60))), .control)
    default: Key(.character(Character(Unicode.Scalar(byte + 0x40))), .control)
    }
  }

  /// The modifiers of an xterm parameter: 1 and a sum of 1 shift, 2 Alt, 4 Ctrl. Others are left out.
  static func modifiers(_ parameter: Int) -> Key.Modifiers {
    parameter > 1 ? Key.Modifiers(rawValue: UInt8((parameter - 1) & 7)) : []
  }

  /// Whether Super or Hyper is held: such a chord is the desktop's, not text. (Meta, 32, and the locks are no such.)
  private static func isDesktops(_ parameter: Int) -> Bool { parameter > 1 && (parameter - 1) & 0b11000 != 0 }

  /// The key behind `ESC O` and a byte: cursor and function keys, and the keypad in application mode.
  static func key(forSingleShift byte: UInt8) -> Key? {
    if let code = cursorOrFunction(byte) { return Key(code) }
    switch Character(Unicode.Scalar(byte)) {
    case "M": return Key(.enter)
    case "I": return Key(.tab)
    case "X": return Key(.character("="))
    case " ": return Key(.character(" "))
    case "a"..."d": return cursorOrFunction(byte - 0x20).map { Key($0, .control) }  // rxvt
    case "j"..."y": return Key(.character(Character(Unicode.Scalar(byte - 0x40))))
    default: return nil
    }
  }

  private static func cursorOrFunction(_ final: UInt8) -> Key.Code? {
    switch Character(Unicode.Scalar(final)) {
    case "A": .up
    case "B": .down
    case "C": .right
    case "D": .left
    case "F": .end
    case "H": .home
    case "P"..."S": .function(Int(final) - 0x4F)
    default: nil
    }
  }

  private static func numbered(_ number: Int) -> Key.Code? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23...26: .function(number - 12)
    case 28, 29: .function(number - 13)
    case 31...34: .function(number - 14)
    default: nil
    }
  }

  /// What `ESC [`, `bytes` and a final byte mean.
  static func controlSequence(_ bytes: [UInt8], final: UInt8) -> Meaning {
    if bytes.first == 0x3C, final == 0x4D || final == 0x6D {
      return mouse(numbers(bytes.dropFirst()).map { $0.first ?? 0 }, isPress: final == 0x4D)
    }
    if bytes.first == 0x3F { return answer(bytes.dropFirst(), final) }
    guard bytes.allSatisfy({ (0x30...0x3B).contains($0) }) else { return .nothing }
    let parameters = numbers(bytes[...])
    let first = parameters.first?.first ?? 0
    if final == 0x52, first == 2, parameters.count == 2 { return .cursor(column: parameters[1].first ?? 0) }
    let modifier = parameters.count > 1 ? parameters[1].first ?? 0 : 0
    if isDesktops(modifier) { return .nothing }
    let held = modifiers(modifier)
    let isRelease = parameters.count > 1 && parameters[1].count > 1 && parameters[1][1] == 3
    if isRelease { return .nothing }
    switch Character(Unicode.Scalar(final)) {
    case "I" where bytes.isEmpty: return .focus(true)
    case "O" where bytes.isEmpty: return .focus(false)
    case "Z": return .key(Key(.tab, held.union(.shift)))
    case "a"..."d" where bytes.isEmpty: return cursorOrFunction(final - 0x20).map { .key(Key($0, .shift)) } ?? .nothing
    case "u": return characterKey(parameters.first ?? [], held)
    case "~" where first == 27 && parameters.count == 3: return characterKey(parameters[2], held)
    case "~" where first == 200: return .pasteBegin
    case "~": return numbered(first).map { .key(Key($0, held)) } ?? .nothing
    case "$": return numbered(first).map { .key(Key($0, .shift)) } ?? .nothing
    case "^": return numbered(first).map { .key(Key($0, .control)) } ?? .nothing
    case "@": return numbered(first).map { .key(Key($0, [.control, .shift])) } ?? .nothing
    default:
      guard first <= 1, let code = cursorOrFunction(final) else { return .nothing }
      return .key(Key(code, held))
    }
  }

  /// What the terminal says of itself, `ESC [ ?` and so on: the keyboard's flags (`u`), its attributes (`c`), a mode's
  /// state (`y`), a status (`n`).
  private static func answer(_ bytes: ArraySlice<UInt8>, _ final: UInt8) -> Meaning {
    switch Character(Unicode.Scalar(final)) {
    case "u": .keyboard(numbers(bytes).first?.first ?? 0)
    case "c", "y", "n", "R", "S": .answer
    default: .nothing
    }
  }

  /// Whether a byte behind `ESC ]`, `ESC P` or `ESC _` makes it an answer; else it was a key pressed with Alt.
  /// An OSC begins with a number, a DCS with parameters or their mark, an APC of a terminal with kitty's `G`.
  static func beginsString(_ introducer: UInt8, _ byte: UInt8) -> Bool {
    switch introducer {
    case 0x5D: (0x30...0x39).contains(byte)
    case 0x50: (0x20...0x3F).contains(byte)
    default: byte == 0x47
    }
  }

  /// The background's colour in an OSC 11 answer: `]11;rgb:` and three numbers of one to four hexadecimal digits, each
  /// a part of the greatest with so many; or `rgba:` and a fourth, which is left out.
  static func background(_ string: [UInt8]) -> Color? {
    let answer = String(decoding: string, as: UTF8.self)
    guard let form = [("]11;rgb:", 3), ("]11;rgba:", 4)].first(where: { answer.hasPrefix($0.0) }) else { return nil }
    let parts = answer.dropFirst(form.0.count).split(separator: "/", omittingEmptySubsequences: false)
    let levels = parts.compactMap { digits -> UInt32? in
      guard (1...4).contains(digits.count), let value = UInt32(digits, radix: 16) else { return nil }
      return value * 255 / (UInt32(1) << UInt32(4 * digits.count) - 1)
    }
    guard levels.count == form.1, parts.count == form.1 else { return nil }
    return Color(rgb: levels[0] << 16 | levels[1] << 8 | levels[2])
  }

  /// A key of the number pad as kitty's protocol names it.
  private static func keypad(_ code: Int) -> Key.Code? {
    switch code {
    case 57399...57408: .character(Character(Unicode.Scalar(UInt8(code - 57399 + 0x30))))
    case 57409: .character(".")
    case 57410: .character("/")
    case 57411: .character("*")
    case 57412: .character("-")
    case 57413: .character("+")
    case 57414: .enter
    case 57415: .character("=")
    case 57416: .character(",")
    case 57417: .left
    case 57418: .right
    case 57419: .up
    case 57420: .down
    case 57421: .pageUp
    case 57422: .pageDown
    case 57423: .home
    case 57424: .end
    case 57425: .insert
    case 57426: .delete
    default: nil
    }
  }

  /// What Ctrl and a character have always sent as one control character, where no other key is meant: a terminal that
  /// tells them apart shall not take Ctrl+H, Ctrl+M and Ctrl+[ from those who use them. Ctrl+/ and Ctrl+- (with shift)
  /// are Ctrl+_.
  private static func traditional(_ scalar: Unicode.Scalar, _ held: Key.Modifiers) -> Key? {
    switch (Character(scalar), held) {
    case ("h", .control): Key(.backspace)
    case ("m", .control): Key(.enter)
    case ("[", .control): Key(.escape)
    case ("/", .control), ("_", .control), ("-", [.control, .shift]), ("_", [.control, .shift]):
      Key(.character("_"), .control)
    case ("2", [.control, .shift]), ("@", .control), ("@", [.control, .shift]): Key(.character(" "), .control)
    default: nil
    }
  }

  /// A key that its code point tells: fixterms' and kitty's `ESC [ code ; modifiers u`, xterm's modifyOtherKeys.
  /// `codes` are the key's own code point and, where reported, the one with shift.
  private static func characterKey(_ codes: [Int], _ held: Key.Modifiers) -> Meaning {
    guard let code = codes.first, let scalar = Unicode.Scalar(UInt32(clamping: code)) else { return .nothing }
    if let key = keypad(code) { return .key(Key(key, held)) }
    if let key = traditional(scalar, held) { return .key(key) }
    switch code {
    case 8, 127: return .key(Key(.backspace, held))
    case 9: return .key(Key(.tab, held))
    case 13: return .key(Key(.enter, held))
    case 27: return .key(Key(.escape, held))
    case 57376...57387: return .key(Key(.function(code - 57363), held))
    default: if printable(code) == nil { return .nothing }
    }
    if held.contains(.control) {
      let lower = scalar.properties.lowercaseMapping
      return .key(Key(.character(lower.count == 1 ? Character(lower) : Character(scalar)), held))
    }
    guard held.contains(.shift) else { return .key(Key(.character(Character(scalar)), held)) }
    let shifted = codes.count > 1 ? printable(codes[1]).map { String(Character($0)) } : nil
    let upper = shifted ?? scalar.properties.uppercaseMapping
    return .key(Key(.character(upper.count == 1 ? Character(upper) : Character(scalar)), held.subtracting(.shift)))
  }

  /// `nil` for control characters, private code points and what is none, such as the zero of a code that was left out.
  private static func printable(_ code: Int) -> Unicode.Scalar? {
    switch code {
    case 0..<0x20, 0x7F..<0xA0, 0xE000..<0xF900: nil
    default: Unicode.Scalar(UInt32(clamping: code))
    }
  }

  /// A report of SGR mode 1006: button and modifiers, column, row.
  private static func mouse(_ parameters: [Int], isPress: Bool) -> Meaning {
    guard parameters.count == 3, parameters[1] > 0, parameters[2] > 0 else { return .nothing }
    let bits = parameters[0]
    var held: Key.Modifiers = []
    if bits & 4 != 0 { held.insert(.shift) }
    if bits & 8 != 0 { held.insert(.alt) }
    if bits & 16 != 0 { held.insert(.control) }
    let point = Point(x: parameters[1] - 1, y: parameters[2] - 1)
    switch bits & ~0x1C {
    case 0...2:
      return .mouse(Mouse(isPress ? .press : .release, button: button(bits), at: point, modifiers: held))
    case 32...34: return .mouse(Mouse(.drag, button: button(bits), at: point, modifiers: held))
    case 64: return .mouse(Mouse(.wheelUp, at: point, modifiers: held))
    case 65: return .mouse(Mouse(.wheelDown, at: point, modifiers: held))
    case 66: return .mouse(Mouse(.wheelLeft, at: point, modifiers: held))
    case 67: return .mouse(Mouse(.wheelRight, at: point, modifiers: held))
    default: return .nothing
    }
  }

  private static func button(_ bits: Int) -> Mouse.Button {
    switch bits & 3 {
    case 0: .left
    case 1: .middle
    default: .right
    }
  }

  /// Parameters between `;`, each with its parts between `:`. An empty part is 0.
  private static func numbers(_ bytes: ArraySlice<UInt8>) -> [[Int]] {
    guard !bytes.isEmpty else { return [] }
    return bytes.split(separator: 0x3B, omittingEmptySubsequences: false).map { parameter in
      parameter.split(separator: 0x3A, omittingEmptySubsequences: false).map { part in
        part.reduce(0) { min($0 * 10 + Int($1 & 0x0F), 0x11_0000) }
      }
    }
  }

  /// Text of several lines that came without a paste's marks: as a paste, without the control characters of two bytes
  /// that typing leaves out as well.
  static func typedLines(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: lines(Array(bytes)[...]).unicodeScalars.filter { !(0x80..<0xA0).contains($0.value) })
    return String(text)
  }

  /// Pasted text: whatever the terminal's line ends are, they become `\n`.
  static func lines(_ bytes: ArraySlice<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0D { text.append(0x0A) } else if byte != 0x0A || previous != 0x0D { text.append(byte) }
      previous = byte
    }
    return String(decoding: text, as: UTF8.self)
  }
}
