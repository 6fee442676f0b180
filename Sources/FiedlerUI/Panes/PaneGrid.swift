import Canvas

/// How panes share a rectangle.
enum PaneGrid {
  static let minimumWidth = 36
  static let minimumHeight = 5
  /// Narrower screens show one pane under tabs.
  static let tabsBelow = 60

  /// A rectangle for each pane in order, or `nil` where they would be too small to read: then tabs.
  static func rects(_ count: Int, in area: Rect) -> [Rect]? {
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
    columns = (count + rows - 1) / rows
    return (0..<count).map { index in
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
