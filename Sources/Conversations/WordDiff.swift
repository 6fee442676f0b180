/// What one text has that another has not, word by word.
///
/// Exact: the same and removed hunks in order are the old text byte for byte, the same and added ones the new text.
/// Making it takes time in proportion to the texts, whatever they are: where no sensible match is found cheaply, a
/// stretch is replaced whole.
public struct WordDiff: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case same, removed, added }

  /// A stretch of text, as UTF-8 offsets that never part a character from its accents.
  public struct Hunk: Hashable, Sendable {
    public var kind: Kind
    /// Empty for what is added: the place in the old text.
    public var old: Range<Int>
    /// Empty for what is removed: the place in the new text.
    public var new: Range<Int>

    public init(kind: Kind, old: Range<Int>, new: Range<Int>) {
      self.kind = kind
      self.old = old
      self.new = new
    }
  }

  /// What is compared as a whole.
  public enum Unit: Hashable, Sendable {
    /// Words, runs of blanks, single punctuation marks and ideographs, line ends.
    case words
    /// Lines with their ends: coarser, for texts that are long.
    case lines
  }

  public let unit: Unit
  /// In order. No two neighbours are of one kind, and what is removed comes before what is added in its place.
  public let hunks: [Hunk]

  public init(from old: String, to new: String, by unit: Unit = .words) {
    self.init(from: old, to: new, by: unit, counting: nil)
  }

  /// The old text removed and the new one added, without a look at either.
  public init(replacing old: String, by new: String) {
    unit = .lines
    let hunks = [
      Hunk(kind: .removed, old: 0..<old.utf8.count, new: 0..<0),
      Hunk(kind: .added, old: old.utf8.count..<old.utf8.count, new: 0..<new.utf8.count),
    ]
    self.hunks = hunks.filter { !$0.old.isEmpty || !$0.new.isEmpty }
  }

  /// Tells how many steps the matching took, for tests of its bound.
  init(from old: String, to new: String, by unit: Unit, counting steps: ((Int) -> Void)?) {
    var old = old
    var new = new
    self.unit = unit
    hunks = old.withUTF8 { oldBytes in
      new.withUTF8 { newBytes in
        var names = TokenNames(old: oldBytes, new: newBytes)
        let from = Tokens(oldBytes, unit, .old, &names)
        let to = Tokens(newBytes, unit, .new, &names)
        var matching = TokenMatching(old: from.names, new: to.names, namesCount: names.count)
        matching.run()
        steps?(matching.steps)
        return Self.hunks(Self.changes(matching, from, to), from, to)
      }
    }
  }

  /// Stretches that were removed, added or replaced.
  var changeCount: Int {
    hunks.indices.count { hunks[$0].kind != .same && ($0 == 0 || hunks[$0 - 1].kind == .same) }
  }

  /// The part of both texts together that is not the same, by bytes: 0 through 1.
  public var difference: Double {
    let all = (hunks.last?.old.upperBound ?? 0) + (hunks.last?.new.upperBound ?? 0)
    let changed = hunks.reduce(0) { $0 + ($1.kind == .same ? 0 : $1.old.count + $1.new.count) }
    return all == 0 ? 0 : Double(changed) / Double(all)
  }

  /// Both texts in one, changes as `[-removed-]` and `{+added+}`, in the manner of `git diff --word-diff=plain`.
  /// `old` and `new` must be the texts that were compared.
  public func unified(_ old: String, _ new: String) -> String {
    var text = ""
    for hunk in hunks {
      switch hunk.kind {
      case .same: text += old.utf8Part(hunk.old)
      case .removed: text += "[-\(old.utf8Part(hunk.old))-]"
      case .added: text += "{+\(new.utf8Part(hunk.new))+}"
      }
    }
    return text
  }

  // MARK: From matches to hunks

  /// Tokens of either text that take each other's place.
  private struct Change {
    var old: Range<Int>
    var new: Range<Int>
  }

  private static func changes(_ matching: TokenMatching, _ from: Tokens, _ to: Tokens) -> [Change] {
    var changes: [Change] = []
    var old = 0
    var new = 0
    while old < from.count || new < to.count {
      let (oldStart, newStart) = (old, new)
      while old < from.count, matching.partner(of: old) == nil { old += 1 }
      new = old < from.count ? matching.partner(of: old) ?? to.count : to.count
      if old > oldStart || new > newStart {
        let change = Change(old: oldStart..<old, new: newStart..<new)
        if let last = changes.last, isGlue(from, last.old.upperBound..<oldStart), isReplacement(last, change) {
          changes[changes.count - 1] = Change(old: last.old.lowerBound..<old, new: last.new.lowerBound..<new)
        } else {
          changes.append(change)
        }
      }
      while old < from.count, matching.partner(of: old) == new {
        old += 1
        new += 1
      }
    }
    return changes.indices.map { index in
      slid(changes[index], until: index + 1 < changes.count ? changes[index + 1] : nil, from, to)
    }
  }

  /// What is only added or only removed may as well begin with a blank or a line end as end with it: the latter reads
  /// better.
  private static func slid(_ change: Change, until next: Change?, _ from: Tokens, _ to: Tokens) -> Change {
    guard change.old.isEmpty != change.new.isEmpty else { return change }
    let (range, side) = change.old.isEmpty ? (change.new, to) : (change.old, from)
    let end = range.upperBound
    let limit = (change.old.isEmpty ? next?.new : next?.old)?.lowerBound ?? side.count + 1
    guard end < side.count, end + 1 < limit, side.names[range.lowerBound] == side.names[end],
      side.kinds[end] == .blank || side.kinds[end] == .lineEnd
    else { return change }
    return Change(
      old: (change.old.lowerBound + 1)..<(change.old.upperBound + 1),
      new: (change.new.lowerBound + 1)..<(change.new.upperBound + 1))
  }

  /// Whether what stayed between two changes is too little to be read as unchanged: a blank, a mark, or both.
  private static func isGlue(_ from: Tokens, _ tokens: Range<Int>) -> Bool {
    tokens.count <= 2 && tokens.allSatisfy { from.kinds[$0] == .blank || from.kinds[$0] == .mark }
  }

  /// Whether two changes as one take something and put something: what is only added or only removed stays apart.
  private static func isReplacement(_ first: Change, _ second: Change) -> Bool {
    (!first.old.isEmpty || !second.old.isEmpty) && (!first.new.isEmpty || !second.new.isEmpty)
  }

  private static func hunks(_ changes: [Change], _ from: Tokens, _ to: Tokens) -> [Hunk] {
    var hunks: [Hunk] = []
    var old = 0
    var new = 0
    func same(until oldEnd: Int, _ newEnd: Int) {
      if oldEnd > old { hunks.append(Hunk(kind: .same, old: old..<oldEnd, new: new..<newEnd)) }
      (old, new) = (oldEnd, newEnd)
    }
    for change in changes {
      same(until: from.starts[change.old.lowerBound], to.starts[change.new.lowerBound])
      let oldEnd = from.starts[change.old.upperBound]
      let newEnd = to.starts[change.new.upperBound]
      if oldEnd > old { hunks.append(Hunk(kind: .removed, old: old..<oldEnd, new: new..<new)) }
      if newEnd > new { hunks.append(Hunk(kind: .added, old: oldEnd..<oldEnd, new: new..<newEnd)) }
      (old, new) = (oldEnd, newEnd)
    }
    same(until: from.starts[from.count], to.starts[to.count])
    return hunks
  }
}

extension String {
  /// A part given as UTF-8 offsets.
  fileprivate func utf8Part(_ range: Range<Int>) -> Substring {
    let start = utf8.index(utf8.startIndex, offsetBy: range.lowerBound)
    return self[start..<utf8.index(start, offsetBy: range.count)]
  }
}
