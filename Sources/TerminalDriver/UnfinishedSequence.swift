extension InputParser {
  /// What a sequence came to when it ended.
  enum Ending: Hashable {
    /// It has not ended, or something else broke it off.
    case none
    /// It was whole, and nobody knows what it means.
    case unknown
    /// It was whole: a key, a click, an answer.
    case known
  }

  /// A sequence that a pause ended, and whose rest may still come: over ssh the pieces can lie seconds apart.
  struct Unfinished {
    var state: State
    var hasExtraEscape: Bool
    var sequence: [UInt8]
    /// Its ESC was given on as the Escape key, since nothing else had come by then.
    var wasTaken: Bool

    /// What bytes are to a sequence that was given up.
    enum Rest: Hashable {
      case none
      /// Its rest so far, but not to the end.
      case partial
      /// The first of them end it. In a paste: all before its end marker belong to it, none is counted.
      case whole(Int)
      /// More of a paste, without its end.
      case pasted
    }

    /// Whether bytes that came later are the rest.
    ///
    /// Strict, since they may as well be typed: the whole must be known, and behind a lone ESC nothing but another
    /// sequence may follow in the same read, unless it has parameters: nobody types `[<0;6;26m`, and a slow line brings
    /// the next key along. A paste goes on up to its end marker, and with what no key sends: several characters at
    /// once.
    func rest(in bytes: UnsafeBufferPointer<UInt8>) -> Rest {
      if state == .paste {
        if Self.contains(KeyTable.pasteEnd, in: bytes) { return .whole(0) }
        return bytes.count > 4 && bytes.allSatisfy(Self.isText) ? .pasted : .none
      }
      var probe = InputParser()
      probe.state = state
      probe.hasExtraEscape = hasExtraEscape
      probe.sequence = sequence
      for (index, byte) in bytes.enumerated() {
        if probe.state == .escape, index == 0, !Self.introducers.contains(byte) { return .none }
        if case .string = probe.state, !isAnswer(byte) { return .none }
        probe.take(byte)
        switch probe.state {
        case .paste: return .whole(index + 1)
        case .ground:
          let isAlone = index + 1 == bytes.count || bytes[index + 1] == 0x1B
          let hasParameters = index > 1 && (0x30...0x3F).contains(bytes[1])
          return probe.ending == .known && (isAlone || !wasTaken || hasParameters) ? .whole(index + 1) : .none
        case .escape: return .none
        default: break
        }
      }
      return .partial
    }

    /// `[`, `O`, `]`, `P` and `_`.
    private static let introducers: Set<UInt8> = [0x5B, 0x4F, 0x5D, 0x50, 0x5F]

    /// Whether an answer to a question of ours may contain this byte: colours are `11;rgb:` and hexadecimal digits.
    private func isAnswer(_ byte: UInt8) -> Bool {
      switch byte {
      case 0x07, 0x1B, 0x30...0x3B, 0x2F, 0x41...0x46, 0x61...0x67, 0x72: true
      default: false
      }
    }

    private static func isText(_ byte: UInt8) -> Bool {
      (0x20...0x7E).contains(byte) || byte >= 0x80 || [0x09, 0x0A, 0x0D].contains(byte)
    }

    private static func contains(_ marker: [UInt8], in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
      guard bytes.count >= marker.count else { return false }
      return (0...bytes.count - marker.count).contains { start in
        bytes[start] == marker[0] && bytes[start..<start + marker.count].elementsEqual(marker)
      }
    }
  }
}
