extension Editor {
  /// One replacement, with what is needed to take it back and forth.
  struct Edit: Equatable {
    var start: Position
    var removed: Fragment
    var inserted: Fragment

    var before: Range<Position> { start..<removed.end(from: start) }
    var after: Range<Position> { start..<inserted.end(from: start) }
  }

  /// Where the user was: what undo restores besides the text.
  struct Mark: Equatable {
    var cursor: Position
    var recalled: Int?
  }

  struct UndoLog: Equatable {
    struct Step: Equatable {
      var edits: [Edit] = []
      var before: Mark
      var after: Mark
    }

    /// Steps kept; the oldest go first.
    static let limit = 1_000

    private var done: [Step] = []
    private var undone: [Step] = []
    private var isOpen = false
    /// How often the text has changed, there and back.
    private(set) var changes = 0
    private var mark = Mark(cursor: .start)

    /// Edits from here on belong to a new step, or to the last one if they continue it.
    mutating func begin(at mark: Mark, continuing: Bool) {
      self.mark = mark
      isOpen = isOpen && continuing
    }

    mutating func record(_ edit: Edit) {
      changes += 1
      undone.removeAll()
      if !isOpen {
        done.append(Step(before: mark, after: mark))
        if done.count > Self.limit { done.removeFirst() }
        isOpen = true
      }
      let step = done.count - 1
      let last = done[step].edits.count - 1
      if last >= 0, edit.removed.isEmpty, edit.start == done[step].edits[last].after.upperBound {
        done[step].edits[last].inserted.append(edit.inserted)
      } else {
        done[step].edits.append(edit)
      }
    }

    /// Where the open step has led to.
    mutating func end(at mark: Mark) {
      if isOpen { done[done.count - 1].after = mark }
    }

    mutating func undo() -> Step? {
      isOpen = false
      guard let step = done.popLast() else { return nil }
      changes += 1
      undone.append(step)
      return step
    }

    mutating func redo() -> Step? {
      isOpen = false
      guard let step = undone.popLast() else { return nil }
      changes += 1
      done.append(step)
      return step
    }
  }

  var mark: Mark { Mark(cursor: cursor, recalled: recall.index) }

  /// Replaces a range and puts the cursor behind what came in. Every change of the text goes through here.
  @discardableResult
  mutating func change(_ range: Range<Position>, to new: Fragment) -> Edit? {
    let (range, new, cursor) = document.joined(range, with: new)
    guard !range.isEmpty || !new.isEmpty else { return nil }
    let edit = Edit(start: range.lowerBound, removed: document.replace(range, with: new), inserted: new)
    log.record(edit)
    selection = nil
    self.cursor = cursor
    return edit
  }

  mutating func undo() {
    guard let step = log.undo() else { return }
    for edit in step.edits.reversed() { document.replace(edit.after, with: edit.removed) }
    restore(step.before)
  }

  mutating func redo() {
    guard let step = log.redo() else { return }
    for edit in step.edits { document.replace(edit.before, with: edit.inserted) }
    restore(step.after)
  }

  private mutating func restore(_ mark: Mark) {
    cursor = mark.cursor
    selection = nil
    recall.index = mark.recalled
  }
}
