import Canvas

/// Turns the bytes that a terminal sends into inputs, however they are cut.
///
/// Pure: it neither reads nor waits. A lone ESC may be a key or the beginning of a sequence; ``isWaiting`` says so, and
/// who feeds the parser calls ``timeOut()`` when nothing followed within about 25 ms.
/// Sequences as in ECMA-48, xterm's "Control Sequences" (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html)
/// and the fixterms proposal (http://www.leonerd.org.uk/hacks/fixterms/). Unknown ones are swallowed whole.
struct InputParser {
  private enum State: Hashable {
    case ground, escape
    /// After `ESC [`, `ESC [ [` (F1 to F5 of the Linux console) and `ESC O`.
    case controlSequence, linuxFunction, singleShift
    /// After `ESC ]`, `ESC P` or `ESC _`: an answer from the terminal; and after an ESC within.
    case string, stringEscape
    /// After `ESC [ M`: bytes still to come of an old mouse report.
    case oldMouse(Int)
    case paste
  }

  private var state = State.ground
  /// A first ESC came before the one that began the sequence: Alt in some terminals.
  private var hasExtraEscape = false
  /// The next character was typed with Alt.
  private var isAltCharacter = false
  /// Bytes of the sequence so far, its introducer apart; in a string, the introducer and the beginning.
  private var sequence: [UInt8] = []
  private var pasted: [UInt8] = []
  private var text = TypedText()
  private var inputs: [Input] = []

  /// ``timeOut()`` would change something: what came is either complete or the beginning of more.
  var isWaiting: Bool {
    switch state {
    case .ground, .paste: false
    case .controlSequence: sequence.isEmpty
    default: true
    }
  }

  /// The inputs that these bytes complete, in order.
  mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>) -> [Input] {
    var index = 0
    while index < bytes.count {
      if state == .paste {
        index += paste(UnsafeBufferPointer(rebasing: bytes[index...]))
      } else {
        take(bytes[index])
        index += 1
      }
    }
    return flush()
  }

  /// What a pause means: nothing more belongs to what came so far.
  mutating func timeOut() -> [Input] {
    guard isWaiting else { return [] }
    switch state {
    case .escape:
      if hasExtraEscape { emit(.escape) }
      emit(.escape)
    case .controlSequence: emit(.character("["), .alt)
    case .singleShift where sequence.isEmpty: emit(.character("O"), .alt)
    case .string where sequence.count == 1: emit(.character(Character(Unicode.Scalar(sequence[0]))), .alt)
    default: break
    }
    leaveSequence()
    return flush()
  }

  private mutating func flush() -> [Input] {
    endText()
    defer { inputs.removeAll(keepingCapacity: true) }
    return inputs
  }

  private mutating func take(_ byte: UInt8) {
    switch state {
    case .ground: takeGround(byte)
    case .escape: takeEscape(byte)
    case .controlSequence: takeControlSequence(byte)
    case .linuxFunction:
      if (0x41...0x45).contains(byte) { emit(.function(Int(byte) - 0x40), hasExtraEscape ? .alt : []) }
      leaveSequence()
    case .singleShift: takeSingleShift(byte)
    case .string: takeString(byte)
    case .stringEscape:
      if byte == 0x5C {
        finishString()
      } else {
        beginEscape()
        takeEscape(byte)
      }
    case .oldMouse(let left): if left > 1 { state = .oldMouse(left - 1) } else { leaveSequence() }
    case .paste: break
    }
  }

  private mutating func takeGround(_ byte: UInt8) {
    if byte >= 0x20, byte != 0x7F {
      text.take(byte)
      if isAltCharacter, !text.isEmpty { endText() }
      return
    }
    text.interrupt()
    endText()
    if byte == 0x1B {
      beginEscape()
    } else {
      let key = KeyTable.key(forControl: byte)
      emit(key.code, key.modifiers)
    }
  }

  private mutating func takeEscape(_ byte: UInt8) {
    switch byte {
    case 0x1B:
      if hasExtraEscape { emit(.escape) }
      hasExtraEscape = true
    case 0x5B: state = .controlSequence
    case 0x4F: state = .singleShift
    case 0x5D, 0x50, 0x5F:
      state = .string
      sequence = [byte]
    default:
      if hasExtraEscape { emit(.escape) }
      leaveSequence()
      if byte < 0x20 || byte == 0x7F {
        let key = KeyTable.key(forControl: byte)
        emit(key.code, key.modifiers.union(.alt))
      } else {
        isAltCharacter = true
        takeGround(byte)
      }
    }
  }

  private mutating func takeControlSequence(_ byte: UInt8) {
    switch byte {
    case 0x5B where sequence.isEmpty: state = .linuxFunction
    case 0x4D where sequence.isEmpty: state = .oldMouse(3)
    case 0x24 where !sequence.isEmpty && sequence.allSatisfy { (0x30...0x39).contains($0) }: finish(byte)  // rxvt
    case 0x20...0x3F: if sequence.count < 256 { sequence.append(byte) }
    case 0x40...0x7E: finish(byte)
    case 0x7F: break
    default: abandon(byte)
    }
  }

  private mutating func finish(_ final: UInt8) {
    let extra: Key.Modifiers = hasExtraEscape ? .alt : []
    let meaning = KeyTable.controlSequence(sequence, final: final)
    leaveSequence()
    switch meaning {
    case .key(let key): emit(key.code, key.modifiers.union(extra))
    case .mouse(let mouse): inputs.append(.mouse(mouse))
    case .focus(let isFocused): inputs.append(.focus(isFocused))
    case .pasteBegin:
      state = .paste
      pasted = []
    case .nothing: break
    }
  }

  private mutating func takeSingleShift(_ byte: UInt8) {
    switch byte {
    case 0x30...0x39 where sequence.count < 2: sequence.append(byte)
    case 0x21...0x7E:
      let modifiers = KeyTable.modifiers(sequence.reduce(0) { $0 * 10 + Int($1 - 0x30) })
      let extra: Key.Modifiers = hasExtraEscape ? .alt : []
      leaveSequence()
      if let key = KeyTable.key(forSingleShift: byte) { emit(key.code, key.modifiers.union(modifiers).union(extra)) }
    default: abandon(byte)
    }
  }

  private mutating func takeString(_ byte: UInt8) {
    switch byte {
    case 0x1B: state = .stringEscape
    case 0x07: finishString()
    case 0x18, 0x1A: leaveSequence()
    default: if sequence.count < 64 { sequence.append(byte) }
    }
  }

  /// Of the terminal's answers only its background's colour is of interest: `11;rgb:` and three numbers of one to
  /// four hexadecimal digits, each a part of the greatest with so many.
  private mutating func finishString() {
    let answer = String(decoding: sequence, as: UTF8.self)
    leaveSequence()
    let start = "]11;rgb:"
    guard answer.hasPrefix(start) else { return }
    let parts = answer.dropFirst(start.count).split(separator: "/", omittingEmptySubsequences: false)
    let levels = parts.compactMap { digits -> UInt32? in
      guard (1...4).contains(digits.count), let value = UInt32(digits, radix: 16) else { return nil }
      return value * 255 / (UInt32(1) << UInt32(4 * digits.count) - 1)
    }
    guard levels.count == 3, parts.count == 3 else { return }
    inputs.append(.background(Color(rgb: levels[0] << 16 | levels[1] << 8 | levels[2])))
  }

  /// A sequence that breaks off: what broke it is taken for itself.
  private mutating func abandon(_ byte: UInt8) {
    leaveSequence()
    takeGround(byte)
  }

  /// Appends to the paste up to its end marker; returns how many bytes were used.
  private mutating func paste(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let marker = KeyTable.pasteEnd
    var from = max(0, pasted.count - (marker.count - 1))
    let before = pasted.count
    pasted.append(contentsOf: bytes)
    while let start = pasted[from...].firstIndex(of: marker[0]) {
      if pasted[start...].starts(with: marker) {
        inputs.append(.paste(KeyTable.lines(pasted[..<start])))
        pasted = []
        leaveSequence()
        return start + marker.count - before
      }
      from = start + 1
    }
    return bytes.count
  }

  private mutating func beginEscape() {
    leaveSequence()
    state = .escape
  }

  private mutating func leaveSequence() {
    state = .ground
    hasExtraEscape = false
    sequence.removeAll(keepingCapacity: true)
  }

  private mutating func endText() {
    for character in text.takeAll() {
      inputs.append(.key(Key(.character(character), isAltCharacter ? .alt : [])))
      isAltCharacter = false
    }
  }

  private mutating func emit(_ code: Key.Code, _ modifiers: Key.Modifiers = []) {
    endText()
    inputs.append(.key(Key(code, modifiers)))
  }
}
