import Canvas

/// What the sequences of xterm, rxvt, the Linux console, tmux and their kin stand for.
enum KeyTable {
  enum Meaning: Hashable {
    case key(Key)
    case mouse(Mouse)
    case focus(Bool)
    case pasteBegin
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
    guard bytes.allSatisfy({ (0x30...0x3B).contains($0) }) else { return .nothing }
    let parameters = numbers(bytes[...])
    let first = parameters.first?.first ?? 0
    let held = modifiers(parameters.count > 1 ? parameters[1].first ?? 0 : 0)
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

  /// A key that its code point tells: fixterms' `ESC [ code ; modifiers u`, xterm's modifyOtherKeys.
  /// `codes` are the key's own code point and, where reported, the one with shift.
  private static func characterKey(_ codes: [Int], _ held: Key.Modifiers) -> Meaning {
    guard let code = codes.first, let scalar = Unicode.Scalar(UInt32(clamping: code)) else { return .nothing }
    switch code {
    case 8, 127: return .key(Key(.backspace, held))
    case 9: return .key(Key(.tab, held))
    case 13, 57414: return .key(Key(.enter, held))
    case 27: return .key(Key(.escape, held))
    case 57376...57387: return .key(Key(.function(code - 57363), held))
    case 0..<0x20, 0x80..<0xA0, 0xE000..<0xF900: return .nothing
    default: break
    }
    if held.contains(.control) {
      let lower = scalar.properties.lowercaseMapping
      return .key(Key(.character(lower.count == 1 ? Character(lower) : Character(scalar)), held))
    }
    guard held.contains(.shift) else { return .key(Key(.character(Character(scalar)), held)) }
    let shifted = codes.count > 1 ? Unicode.Scalar(UInt32(clamping: codes[1])).map { String(Character($0)) } : nil
    let upper = shifted ?? scalar.properties.uppercaseMapping
    return .key(Key(.character(upper.count == 1 ? Character(upper) : Character(scalar)), held.subtracting(.shift)))
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
