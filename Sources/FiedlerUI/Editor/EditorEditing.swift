extension Editor {
  /// What was killed, newest last, and which of it a yank takes.
  struct KillRing: Equatable {
    static let limit = 60

    private var entries: [Fragment] = []
    private var index = 0

    enum Direction { case forward, backward }

    /// Keeps a kill, as a new entry or as part of the last.
    mutating func add(_ killed: Fragment, _ direction: Direction, continuing: Bool) {
      if continuing, var last = entries.popLast() {
        switch direction {
        case .forward: last.append(killed)
        case .backward:
          let after = last
          last = killed
          last.append(after)
        }
        entries.append(last)
      } else {
        entries.append(killed)
        if entries.count > Self.limit { entries.removeFirst() }
      }
      index = entries.count - 1
    }

    var current: Fragment? { entries.isEmpty ? nil : entries[index] }

    /// Goes to the entry before, from the oldest to the newest.
    mutating func rotate() {
      if !entries.isEmpty { index = (index + entries.count - 1) % entries.count }
    }
  }

  mutating func type(_ new: Fragment) {
    change(insertionRange, to: new)
    run = .typing
  }

  mutating func paste(_ text: String) {
    let text = Fragment.withLineFeeds(text)
    change(insertionRange, to: Chip.isDue(for: text) ? Fragment(Chip(text)) : Fragment(text))
  }

  mutating func setText(_ text: String) {
    let text = Fragment.withLineFeeds(text)
    guard text != self.text else { return }
    change(document.all, to: Fragment(text))
  }

  mutating func expandChip() {
    var start = cursor
    if document.unit(at: start)?.isChip != true, cursor.column > 0 { start.column -= 1 }
    guard case .chip(let chip) = document.unit(at: start) else { return }
    let end = Position(line: start.line, column: start.column + 1)
    if let edit = change(start..<end, to: Fragment(chip.text)) { cursor = max(start, edit.start) }
  }

  mutating func delete(_ range: Range<Position>?, as run: Run) {
    guard let range else { return }
    change(range, to: .empty)
    self.run = run
  }

  mutating func kill(_ range: Range<Position>, _ direction: KillRing.Direction, after before: Run) {
    guard !range.isEmpty else { return }
    kills.add(document.fragment(range), direction, continuing: before == .killing)
    change(range, to: .empty)
    run = .killing
  }

  var lineKillEnd: Position {
    let end = Position(line: cursor.line, column: document.lines[cursor.line].count)
    return cursor < end ? end : document.position(after: cursor) ?? end
  }

  var lineKillStart: Position {
    cursor.column > 0 ? Position(line: cursor.line, column: 0) : document.position(before: cursor) ?? cursor
  }

  mutating func yank() {
    guard let killed = kills.current else { return }
    // An edit of its own, so that what a yank-pop takes back is the yank alone.
    if let selected = selectedRange { change(selected, to: .empty) }
    if let edit = change(cursor..<cursor, to: killed) { run = .yanking(edit) }
  }

  mutating func yankPop(after before: Run) {
    guard case .yanking(let edit) = before else { return }
    kills.rotate()
    guard let killed = kills.current else { return }
    let place = edit.removed.end(from: edit.start)
    change(edit.after, to: edit.removed)
    cursor = place
    if let edit = change(place..<place, to: killed) { run = .yanking(edit) }
  }

  mutating func transpose() {
    let count = document.lines[cursor.line].count
    guard cursor.column > 0, count > 1 else { return }
    let second = Position(line: cursor.line, column: min(cursor.column, count - 1))
    let first = Position(line: cursor.line, column: second.column - 1)
    let end = Position(line: cursor.line, column: second.column + 1)
    guard let left = document.unit(at: first), let right = document.unit(at: second) else { return }
    change(first..<end, to: Fragment(lines: [Unit.resegmented([right, left])]))
  }
}
