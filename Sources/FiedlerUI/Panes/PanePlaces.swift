import Conversations

/// Places of the text and rows of the pane, each found by the other.
extension PaneDocument {
  func anchor(ofRow row: Int) -> Anchor? {
    var first = 0
    for (index, block) in blocks.enumerated() {
      if row < first + block.rowCount {
        return Anchor(block: index, offset: block.layout.start(ofRow: max(0, row - first)))
      }
      first += block.rowCount
    }
    return nil
  }

  /// The row where an anchor's text is now.
  func row(of anchor: Anchor) -> Int {
    let index = min(anchor.block, blocks.count)
    let before = blocks[..<index].reduce(0) { $0 + $1.rowCount }
    guard index < blocks.count else { return before }
    return before + min(blocks[index].layout.row(holding: anchor.offset), max(0, blocks[index].rowCount - 1))
  }

  /// Whether a row shows nothing.
  func isBlank(row: Int) -> Bool {
    var end = rowCount
    for block in blocks.reversed() {
      end -= block.rowCount
      guard row >= end else { continue }
      // Its text is blanks.
      if block.look == .gap { return true }
      switch block.layout {
      case .plain(let text): return text.rows.indices.contains(row - end) && text.rows[row - end].isEmpty
      case .markdown(let text): return text.isBlank(row: row - end)
      }
    }
    return false
  }

  /// The row where an exchange begins.
  func row(ofExchange exchange: Int) -> Int {
    guard exchange < starts.count else { return rowCount }
    return blocks[..<starts[max(0, exchange)]].reduce(0) { $0 + $1.rowCount }
  }

  /// The exchange that a row belongs to; the blank rows behind one belong to the next.
  func exchange(atRow row: Int) -> Int? {
    guard let anchor = anchor(ofRow: row) else { return starts.indices.last }
    let isGap = blocks[anchor.block].look == .gap && anchor.block + 1 < blocks.count
    let block = anchor.block + (isGap ? 1 : 0)
    var low = 0
    var high = starts.count
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] <= block { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }

  /// Calls `body` for the rows from `first` on, at most `count`, with the number of the row's block and its own in
  /// that.
  func forEachRow(from first: Int, count: Int, _ body: (_ line: Int, _ index: Int, _ row: Int) -> Void) {
    var before = 0
    var line = 0
    for (index, block) in blocks.enumerated() {
      let rows = block.rowCount
      if before + rows > first {
        for row in max(0, first - before)..<rows {
          guard line < count else { return }
          body(line, index, row)
          line += 1
        }
      }
      before += rows
    }
  }
}
