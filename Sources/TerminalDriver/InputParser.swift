import Canvas

/// Turns the bytes that a terminal sends into inputs, however they are cut.
///
/// Pure: it neither reads nor waits. Some beginnings mean one thing alone and another with what follows; ``pause`` says
/// which kind of silence would decide, and who feeds the parser calls ``timeOut()`` after so much of it.
/// What comes in time completes a sequence; what comes later is known by ``Unfinished`` and typed by nobody.
/// Sequences as in ECMA-48, xterm's "Control Sequences" (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), the
/// fixterms proposal (http://www.leonerd.org.uk/hacks/fixterms/) and kitty's keyboard protocol
/// (https://sw.kovidgoyal.net/kitty/keyboard-protocol/). Unknown ones are swallowed whole.
struct InputParser {
  /// A silence that would mean something.
  enum Pause: Hashable, CaseIterable {
    /// After a lone ESC, and within a burst of text: short, since a key may wait for it.
    case escape
    /// After the unmistakable beginning of a sequence: as long as a slow line may need for its rest.
    case sequence
    /// Within a bracketed paste: its end marker is lost.
    case paste
    /// Behind a sequence that was given up: its rest is not expected any more.
    case tail
  }

  enum State: Hashable {
    case ground, escape
    /// After `ESC [`, `ESC [ [` (F1 to F5 of the Linux console) and `ESC O`.
    case controlSequence, linuxFunction, singleShift
    /// After `ESC ]`, `ESC P` or `ESC _`: an answer from the terminal; and after an ESC within.
    case string, stringEscape
    /// After `ESC [ M`: bytes still to come of an old mouse report.
    case oldMouse(Int)
    case paste
  }

  var state = State.ground
  /// A first ESC came before the one that began the sequence: Alt in some terminals.
  var hasExtraEscape = false
  /// The next character followed an ESC.
  private var isEscaped = false
  /// Bytes of the sequence so far, its introducer apart; in a string, the introducer and the beginning.
  var sequence: [UInt8] = []
  /// What the last sequence came to.
  var ending = Ending.none
  private var pasted: [UInt8] = []
  private var text = TypedText()
  /// A burst has begun, and no pause has ended it.
  private var isBurst = false
  /// The terminal has said that it sends a sequence for the Escape key, so a lone ESC only ever begins one.
  private var reportsEscape = false
  /// The cursor's column in the second row, as the terminal told it last.
  var cursorColumn: Int?
  /// A sequence that was given up, and the bytes that may be the beginning of its rest.
  private var unfinished: Unfinished?
  private var held: [UInt8] = []
  private var inputs: [Input] = []

  /// Bytes that a paste may have before its end; more are given on as they come.
  static let pasteLimit = 64 << 20

  /// The silence after which ``timeOut()`` would change something; `nil` if none would.
  var pause: Pause? {
    switch state {
    case .ground: !held.isEmpty || isBurst ? .escape : unfinished == nil ? nil : .tail
    case .escape: reportsEscape ? .sequence : .escape
    case .paste: .paste
    default: .sequence
    }
  }

  /// The inputs that these bytes complete, in order. `bytes` are what one read brought.
  mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>) -> [Input] {
    if state == .paste, bytes.count == 1, Self.leaving.contains(bytes[0]) {
      endPaste(isWhole: false)
    }
    if state == .ground, unfinished != nil {
      feedTail(held + bytes)
    } else {
      feed(bytes, from: 0)
    }
    return flush()
  }

  private mutating func feed(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) {
    var index = start
    while index < bytes.count {
      if state == .paste {
        index += paste(UnsafeBufferPointer(rebasing: bytes[index...]))
      } else if state == .ground, !text.isPartial, !isEscaped, let length = burst(bytes, from: index) {
        endText()
        inputs.append(.burst(KeyTable.typedLines(bytes[index..<index + length])))
        isBurst = true
        index += length
      } else {
        take(bytes[index])
        index += 1
      }
    }
  }

  /// What a pause means: nothing more belongs to what came so far. Call it after the silence that ``pause`` names.
  mutating func timeOut() -> [Input] {
    isBurst = false
    switch state {
    case .ground:
      let typed = held
      held = []
      unfinished = nil
      typed.withUnsafeBufferPointer { feed($0, from: 0) }
      isBurst = false
    case .paste: endPaste(isWhole: false)
    case .escape:
      giveUp(wasTaken: true)
      if hasExtraEscape { emit(.escape) }
      emit(.escape)
    default:
      giveUp(wasTaken: false)
      if sequence.count == (state == .string ? 1 : 0), let letter = introducer { emit(.character(letter), .alt) }
    }
    leaveSequence()
    return flush()
  }

  /// The character that a sequence begins with, where it may be a key pressed with Alt.
  private var introducer: Character? {
    switch state {
    case .controlSequence: "["
    case .singleShift: "O"
    case .string: sequence.first.map { Character(Unicode.Scalar($0)) }
    default: nil
    }
  }

  private mutating func giveUp(wasTaken: Bool) {
    unfinished = Unfinished(state: state, hasExtraEscape: hasExtraEscape, sequence: sequence, wasTaken: wasTaken)
  }

  /// Takes the rest of a sequence that was given up for what it is, and anything else as if nothing had been.
  private mutating func feedTail(_ bytes: [UInt8]) {
    held = []
    guard let unfinished else { return }
    bytes.withUnsafeBufferPointer { all in
      switch unfinished.rest(in: all) {
      case .partial: held = bytes
      case .pasted:
        inputs.append(.burst(KeyTable.typedLines(all[...])))
      case .none:
        self.unfinished = nil
        feed(all, from: 0)
      case .whole(let count):
        self.unfinished = nil
        state = unfinished.state
        hasExtraEscape = unfinished.hasExtraEscape
        sequence = unfinished.sequence
        for byte in all[..<count] { take(byte) }
        feed(all, from: count)
      }
    }
  }

  private mutating func flush() -> [Input] {
    endText()
    defer { inputs.removeAll(keepingCapacity: true) }
    return inputs
  }

  /// Moves on by one byte outside a paste.
  mutating func take(_ byte: UInt8) {
    switch state {
    case .ground: takeGround(byte)
    case .escape: takeEscape(byte)
    case .controlSequence: takeControlSequence(byte)
    case .linuxFunction:
      let isAlt = hasExtraEscape
      leaveSequence()
      guard (0x41...0x45).contains(byte) else { break }
      ending = .known
      emit(.function(Int(byte) - 0x40), isAlt ? .alt : [])
    case .singleShift: takeSingleShift(byte)
    case .string: takeString(byte)
    case .stringEscape:
      if byte == 0x5C {
        finishString()
      } else {
        beginEscape()
        takeEscape(byte)
      }
    case .oldMouse(let left):
      if left > 1 {
        state = .oldMouse(left - 1)
      } else {
        leaveSequence()
        ending = .known
      }
    case .paste: break
    }
  }

  private mutating func takeGround(_ byte: UInt8) {
    if byte >= 0x20, byte != 0x7F {
      text.take(byte)
      if isEscaped, !text.isEmpty { endText() }
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
    default: takeEscaped(byte)
    }
  }

  /// ESC and a key in one: Alt and the key, or Escape and then the key. Who knows what the user is doing decides.
  private mutating func takeEscaped(_ byte: UInt8) {
    if hasExtraEscape { emit(.escape) }
    leaveSequence()
    if byte < 0x20 || byte == 0x7F {
      endText()
      inputs.append(.escaped(KeyTable.key(forControl: byte)))
    } else {
      isEscaped = true
      takeGround(byte)
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
    ending = meaning == .nothing ? .unknown : .known
    switch meaning {
    case .key(let key): emit(key.code, key.modifiers.union(extra))
    case .mouse(let mouse): add(.mouse(mouse))
    case .focus(let isFocused): add(.focus(isFocused))
    case .cursor(let column): cursorColumn = column
    case .keyboard(let flags): reportsEscape = flags & 1 == 1
    case .pasteBegin:
      endText()
      state = .paste
      pasted = []
    case .answer, .nothing: break
    }
  }

  private mutating func takeSingleShift(_ byte: UInt8) {
    switch byte {
    case 0x30...0x39 where sequence.count < 2: sequence.append(byte)
    case 0x21...0x7E:
      let modifiers = KeyTable.modifiers(sequence.reduce(0) { $0 * 10 + Int($1 - 0x30) })
      let extra: Key.Modifiers = hasExtraEscape ? .alt : []
      leaveSequence()
      ending = .unknown
      guard let key = KeyTable.key(forSingleShift: byte) else { return }
      ending = .known
      emit(key.code, key.modifiers.union(modifiers).union(extra))
    default: abandon(byte)
    }
  }

  /// A string's bytes. No answer of a terminal has a control character within, so one ends it and is a key:
  /// with a lost terminator Ctrl+C still works.
  private mutating func takeString(_ byte: UInt8) {
    switch byte {
    case 0x1B: state = .stringEscape
    case 0x07: finishString()
    case 0x18, 0x1A: leaveSequence()
    case 0..<0x20: abandon(byte)
    default:
      if sequence.count == 1, !KeyTable.beginsString(sequence[0], byte) {
        let introducer = sequence[0]
        takeEscaped(introducer)
        take(byte)
      } else if sequence.count < 64 {
        sequence.append(byte)
      }
    }
  }

  private mutating func finishString() {
    let color = KeyTable.background(sequence)
    leaveSequence()
    ending = .known
    if let color { add(.background(color)) }
  }

  /// A sequence that breaks off: what broke it is taken for itself.
  private mutating func abandon(_ byte: UInt8) {
    leaveSequence()
    takeGround(byte)
  }

  private mutating func beginEscape() {
    leaveSequence()
    state = .escape
  }

  private mutating func leaveSequence() {
    state = .ground
    hasExtraEscape = false
    sequence.removeAll(keepingCapacity: true)
    ending = .none
  }

  private mutating func endText() {
    for character in text.takeAll() {
      let key = Key(.character(character))
      inputs.append(isEscaped ? .escaped(key) : .key(key))
      isEscaped = false
    }
  }

  private mutating func add(_ input: Input) {
    endText()
    inputs.append(input)
  }

  private mutating func emit(_ code: Key.Code, _ modifiers: Key.Modifiers = []) { add(.key(Key(code, modifiers))) }

  // MARK: Pastes

  /// Keys that lead out of a paste whose end is lost, when one comes in a read of its own: Ctrl+C and Ctrl+Q.
  private static let leaving: Set<UInt8> = [0x03, 0x11]

  /// Appends to the paste up to its end marker; returns how many bytes were used.
  private mutating func paste(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    let marker = KeyTable.pasteEnd
    var from = max(0, pasted.count - (marker.count - 1))
    let before = pasted.count
    pasted.append(contentsOf: bytes)
    while let start = pasted[from...].firstIndex(of: marker[0]) {
      if pasted[start...].starts(with: marker) {
        pasted.removeSubrange(start...)
        endPaste(isWhole: true)
        return start + marker.count - before
      }
      from = start + 1
    }
    if pasted.count > Self.pasteLimit {
      inputs.append(.paste(KeyTable.lines(pasted[...])))
      pasted = []
    }
    return bytes.count
  }

  /// Gives on what was pasted. One without its end marker may still get it: what comes up to it then belongs to it.
  private mutating func endPaste(isWhole: Bool) {
    if isWhole || !pasted.isEmpty { inputs.append(.paste(KeyTable.lines(pasted[...]))) }
    pasted = []
    if !isWhole { giveUp(wasTaken: false) }
    leaveSequence()
  }

  /// How long the text is that begins at `start`, if it came at once as no one types: with a line end before its last
  /// character, or right behind such text. Enter at the end of what was typed on a slow line is no such text.
  private func burst(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
    var end = start
    var hasLineEnd = false
    var isBurst = isBurst
    while end < bytes.count {
      switch bytes[end] {
      case 0x0A, 0x0D: hasLineEnd = true
      case 0x09: break
      case 0x20..<0x7F, 0x80...: isBurst = isBurst || hasLineEnd && end > start
      default: return isBurst && end > start ? end - start : nil
      }
      end += 1
    }
    guard isBurst else { return nil }
    // A character that the read has cut waits for its other half.
    let length = TypedText.wholeCharacters(bytes, start..<end)
    return length > 0 ? length : nil
  }
}
