extension Editor {
  /// Where the user is among earlier prompts, and what was changed there.
  struct Recall: Equatable {
    /// The entry of the history in the editor; `nil`: the draft.
    var index: Int?
    /// What was left behind, by entry; `nil` for the draft.
    private var kept: [Int?: Snapshot] = [:]
    /// Prompts that were sent with chips, by their text.
    private var chips: [String: Fragment] = [:]

    struct Snapshot: Equatable {
      var fragment: Fragment
      var cursor: Position
    }

    mutating func keep(_ document: Document, _ cursor: Position) {
      kept[index] = Snapshot(fragment: document.whole, cursor: cursor)
    }

    func snapshot(_ index: Int?, of history: [String]) -> Snapshot? {
      if let kept = kept[index] { return kept }
      guard let index else { return nil }
      let fragment = fragment(history[index])
      return Snapshot(fragment: fragment, cursor: fragment.end(from: .start))
    }

    /// An earlier prompt, with its chips if it was sent from here.
    func fragment(_ text: String) -> Fragment { chips[text] ?? Fragment(text) }

    mutating func keepChips(of document: Document, text: String) {
      let fragment = document.whole
      if fragment.hasChip { chips[text] = fragment }
    }

    /// The kept changes belong to prompts that are gone or have moved; the draft stays. What is recalled is no entry
    /// any more, and stands behind the newest.
    mutating func forgetEntries() {
      kept = kept.filter { $0.key == nil }
      if index != nil { index = .max }
    }

    mutating func forget() {
      kept = [:]
      index = nil
    }
  }

  mutating func historyChanged(from old: [String]) {
    var unique: [String] = []
    unique.reserveCapacity(history.count)
    for prompt in history where prompt != unique.last { unique.append(prompt) }
    if unique.count != history.count { history = unique }
    if !history.starts(with: old) {
      recall.forgetEntries()
      search = nil
    }
  }

  mutating func recallPrevious() {
    let index = min(recall.index ?? history.count, history.count) - 1
    if index >= 0 { show(index) }
  }

  mutating func recallNext() {
    guard let index = recall.index else { return }
    show(index < history.count - 1 ? index + 1 : nil)
  }

  /// Puts an earlier prompt, or the draft, in the editor, and keeps what stood there.
  mutating func show(_ index: Int?) {
    recall.keep(document, cursor)
    guard let snapshot = recall.snapshot(index, of: history) else { return }
    recall.index = index
    change(document.all, to: snapshot.fragment)
    cursor = snapshot.cursor
    goal = nil
  }
}
