import Basics

/// Tells reasoning that a model wrote between tags at the beginning of its answer from the answer itself.
///
/// Open models think between `<think>` and `</think>`, and a server that does not know it passes that on as content.
/// Only the answer's beginning is looked at, so that an answer *about* the tag stays whole. Bytes may be cut anywhere.
struct ReasoningTags: Sendable {
  struct Piece: Hashable {
    var bytes: [UInt8]
    var isReasoning: Bool
  }

  private enum State: Hashable {
    /// Nothing but blanks, and perhaps the beginning of a tag.
    case start
    case inside(close: [UInt8])
    /// Behind the closing tag: blanks are passed over.
    case after
    case settled
  }

  private var state: State
  /// What cannot be told yet.
  private var held: [UInt8] = []
  private var hasReasoned = false
  /// An opening tag was seen or is implied.
  private(set) var hasOpened = false

  private static let names = ["think", "thinking", "thought", "reasoning"]
  private static let tags = names.map { (open: Array("<\($0)>".utf8), close: Array("</\($0)>".utf8)) }

  init(_ mode: RequestOptions.ReasoningTagging) {
    switch mode {
    case .auto: state = .start
    case .open:
      state = .inside(close: Array("</think>".utf8))
      hasOpened = true
    case .off:
      state = .settled
      isSettled = true
    }
  }

  /// Whatever comes is text: asked for every piece of it.
  private(set) var isSettled = false

  /// Takes whatever comes as text from now on.
  mutating func settle() {
    state = .settled
    isSettled = true
  }

  /// Takes the next bytes of the content and says what they are.
  mutating func sort(_ bytes: [UInt8]) -> [Piece] {
    held += bytes
    var pieces: [Piece] = []
    while step(&pieces) {}
    return pieces
  }

  /// The content is over: what is held back is what it looks like.
  mutating func finish() -> [Piece] {
    let isReasoning = if case .inside = state { true } else { false }
    let isBlank = state == .after || !(isReasoning && hasReasoned) && held.allSatisfy(\.isBlank)
    defer {
      held = []
      settle()
    }
    return held.isEmpty || isBlank ? [] : [Piece(bytes: held, isReasoning: isReasoning)]
  }

  /// One step; false once nothing more can be told of what is held.
  private mutating func step(_ pieces: inout [Piece]) -> Bool {
    guard !held.isEmpty else { return false }
    switch state {
    case .start:
      guard let first = held.firstIndex(where: { !$0.isBlank }) else { return false }
      let rest = held[first...]
      if let tag = Self.tags.first(where: { rest.starts(with: $0.open) }) {
        held.removeSubrange(..<(first + tag.open.count))
        state = .inside(close: tag.close)
        hasOpened = true
        return true
      }
      if Self.tags.contains(where: { $0.open.starts(with: rest) }) { return false }
      settle()
    case .inside(let close):
      if !hasReasoned {
        guard let first = held.firstIndex(where: { !$0.isBlank }) else { return false }
        held.removeSubrange(..<first)
      }
      if let found = held.withUnsafeBytes({ $0.firstOffset(of: close) }) {
        if found > 0 { pieces.append(Piece(bytes: Array(held[..<found]), isReasoning: true)) }
        held.removeSubrange(..<(found + close.count))
        state = .after
        return true
      }
      let whole = held.count - held.suffixBeginning(close)
      guard whole > 0 else { return false }
      hasReasoned = true
      pieces.append(Piece(bytes: Array(held[..<whole]), isReasoning: true))
      held.removeSubrange(..<whole)
      return false
    case .after:
      guard let first = held.firstIndex(where: { !$0.isBlank }) else {
        held = []
        return false
      }
      held.removeSubrange(..<first)
      settle()
    case .settled: break
    }
    pieces.append(Piece(bytes: held, isReasoning: false))
    held = []
    return false
  }
}

extension [UInt8] {
  /// How many bytes at the end are the beginning of `tag`.
  fileprivate func suffixBeginning(_ tag: [UInt8]) -> Int {
    for length in stride(from: Swift.min(count, tag.count - 1), to: 0, by: -1)
    where suffix(length).elementsEqual(tag.prefix(length)) {
      return length
    }
    return 0
  }
}
