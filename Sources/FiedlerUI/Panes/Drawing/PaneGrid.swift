import Canvas

/// How panes share a rectangle.
enum PaneGrid {
  static let minimumWidth = 36
  static let minimumHeight = 5
  /// Of a grid of lower panes one is shown large, the others as a row each.
  static let roomyHeight = 8
  /// Narrower screens show one pane.
  static let tabsBelow = 60

  /// The least width of a column that was asked for.
  static let narrowest = 24

  /// A rectangle for each pane in order, or `nil` for tabs: where they were asked for, or where the panes would be too
  /// small to read. Columns or rows that do not fit make a grid.
  static func rects(_ count: Int, in area: Rect, as layout: PaneArrangement.Layout = .grid) -> [Rect]? {
    guard count > 0 else { return [] }
    guard fits(layout, count, in: area) else { return grid(count, in: area) }
    switch layout {
    case .grid: return grid(count, in: area)
    case .tabs: return nil
    case .columns: return cells(count, columns: count, rows: 1, in: area)
    case .rows: return cells(count, columns: 1, rows: count, in: area)
    }
  }

  /// Whether the layout can be had there.
  static func fits(_ layout: PaneArrangement.Layout, _ count: Int, in area: Rect) -> Bool {
    switch layout {
    case .grid: grid(count, in: area) != nil
    case .tabs: true
    case .columns: area.height >= minimumHeight && area.width / max(1, count) >= narrowest
    case .rows: area.width >= narrowest && area.height / max(1, count) >= minimumHeight
    }
  }

  /// Whether the panes, as they were asked for, have rows enough to be read.
  static func isRoomy(_ count: Int, in area: Rect, as layout: PaneArrangement.Layout) -> Bool {
    guard layout == .grid || !fits(layout, count, in: area) else { return layout != .tabs }
    return grid(count, in: area)?.allSatisfy { $0.height >= roomyHeight } ?? false
  }

  private static func grid(_ count: Int, in area: Rect) -> [Rect]? {
    guard count > 0 else { return [] }
    guard area.width >= tabsBelow else { return nil }
    let fitting = max(1, area.width / minimumWidth)
    var columns = min(fitting, count, max(3, squareSide(count)))
    var rows = (count + columns - 1) / columns
    while area.height / rows < minimumHeight, columns < min(fitting, count) {
      columns += 1
      rows = (count + columns - 1) / columns
    }
    guard area.height / rows >= minimumHeight else { return nil }
    return cells(count, columns: (count + rows - 1) / rows, rows: rows, in: area)
  }

  /// Cells of equal size; those of a last row that is not full are wider.
  private static func cells(_ count: Int, columns: Int, rows: Int, in area: Rect) -> [Rect] {
    (0..<count).map { index in
      let row = index / columns
      let inRow = min(columns, count - row * columns)
      let column = index % columns
      let left = area.width * column / inRow
      let right = area.width * (column + 1) / inRow
      let top = area.height * row / rows
      let bottom = area.height * (row + 1) / rows
      return Rect(x: area.x + left, y: area.y + top, width: right - left, height: bottom - top)
    }
  }

  /// Columns of the smallest square that holds so many.
  private static func squareSide(_ count: Int) -> Int {
    var side = 1
    while side * side < count { side += 1 }
    return side
  }
}
