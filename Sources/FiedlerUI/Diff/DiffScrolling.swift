import Conversations

extension DiffScreen {
  /// The rows on the screen.
  mutating func shown() -> [Place] {
    var rows: [Place] = []
    var place = top
    while rows.count < height, place.block < blockCount {
      let count = rowCount(place.block)
      while place.row < count, rows.count < height {
        rows.append(place)
        place.row += 1
      }
      place = Place(block: place.block + 1)
    }
    return rows
  }

  private mutating func place(_ place: Place, movedBy step: Int) -> Place {
    var place = place
    var left = step
    while left > 0 {
      let rest = rowCount(place.block) - 1 - place.row
      if left <= rest {
        place.row += left
        return place
      }
      guard place.block + 1 < blockCount else { return Place(block: place.block, row: place.row + rest) }
      left -= rest + 1
      place = Place(block: place.block + 1)
    }
    while left < 0 {
      if -left <= place.row {
        place.row += left
        return place
      }
      guard place.block > 0 else { return Place() }
      left += place.row + 1
      place = Place(block: place.block - 1, row: rowCount(place.block - 1) - 1)
    }
    return place
  }

  /// The first row where the last one stands at the foot of the screen.
  mutating func lastTop() -> Place {
    guard blockCount > 0 else { return Place() }
    let end = Place(block: blockCount - 1, row: rowCount(blockCount - 1) - 1)
    return place(end, movedBy: 1 - height)
  }

  mutating func scroll(by step: Int) {
    guard blockCount > 0 else { return }
    if step <= -1_000_000 { top = Place() }
    goTo(step >= 1_000_000 ? lastTop() : place(top, movedBy: step))
  }

  // MARK: Changes

  /// Goes to the next change, or the one before, from the one gone to last; from the top of the screen where the reader
  /// has scrolled it out of sight.
  mutating func goToChange(_ step: Int) {
    guard !changes.isEmpty, blockCount > 0 else { return }
    let next: Int
    if let change, isSeen(change) || change == 0 && step < 0 {
      next = change + step
    } else {
      let first = firstChange(from: top)
      next = step > 0 ? first : first - 1
    }
    let found = min(max(0, next), changes.count - 1)
    change = found
    guard !isSeen(found) else { return }
    goTo(place(place(ofChange: found), movedBy: -height / 3))
  }

  /// The first change at or behind a place.
  private mutating func firstChange(from place: Place) -> Int {
    var low = 0
    var high = changes.count
    while low < high {
      let middle = (low + high) / 2
      if self.place(ofChange: middle) < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private mutating func isSeen(_ change: Int) -> Bool {
    let place = place(ofChange: change)
    return place >= top && place < self.place(top, movedBy: height)
  }

  private mutating func place(ofChange change: Int) -> Place {
    guard shownForm == .words else { return Place(block: changes[change]) }
    let hunk = changes[change]
    guard let changed = difference?.hunks[hunk] else { return Place() }
    var low = 0
    var high = blocks.count - 1
    while low < high {
      let middle = (low + high) / 2
      let isBefore =
        changed.old.isEmpty
        ? blocks[middle].new.upperBound <= changed.new.lowerBound
        : blocks[middle].old.upperBound <= changed.old.lowerBound
      if isBefore { low = middle + 1 } else { high = middle }
    }
    return Place(block: low, row: texts(low).compactMap { $0.row(ofHunk: hunk) }.min() ?? 0)
  }
}
