import Canvas

/// The plain screen, for screen readers and consoles: one thing below the other, in ASCII, without boxes and without
/// anything that moves by itself; the cursor stands at what is chosen.
extension Frame {
  /// `place`: where the text begins that has the keys.
  mutating func makePlain(at place: Point?, _ theme: Theme) {
    writePlainSigns()
    if cursor == nil { cursor = place ?? chosenRow(theme) }
  }

  /// The beginning of the first row that is drawn as selected.
  private func chosenRow(_ theme: Theme) -> Point? {
    for y in 0..<max(0, size.height - 1) {
      let isChosen = { (cell: Cell) in
        theme.isMonochrome ? cell.style.attributes.contains(.reverse) : cell.style.background == theme.selection
      }
      if let x = row(y).firstIndex(where: isChosen) { return Point(x: x - row(y).startIndex, y: y) }
    }
    return nil
  }
}

extension Stage {
  /// Where the text begins of the pane that has the keys.
  func readPlace(_ layout: ComposeLayout) -> Point? {
    guard focus == .pane, let rect = layout.panes.first(where: { $0.index == activePane })?.rect else { return nil }
    let body = PaneView.body(rect)
    return Point(x: body.x, y: body.y)
  }
}
