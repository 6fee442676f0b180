import Canvas
import Conversations

/// Where the left button was pressed in a pane.
struct PanePress: Sendable {
  var model: ModelReference
  var click: Click
  /// What was pressed on.
  var piece: PaneSelection.Piece
  var isDown = true

  var unit: PaneSelection.Unit { click.count == 1 ? .character : click.count == 2 ? .word : .row }
}

extension Stage {
  /// What is selected, where it is in this pane.
  func selection(in pane: Pane) -> PaneSelection? {
    selection.flatMap { $0.model == pane.model ? $0 : nil }
  }

  private func exchanges(_ world: World) -> [Exchange] { conversation(world)?.exchanges ?? [] }

  // MARK: By mouse

  /// The button goes down in a pane: what was selected is no longer; a word is at the second press, a row at the third.
  mutating func press(_ pane: Int, _ rect: Rect, at point: Point, _ world: World) {
    selection = nil
    let body = PaneView.body(rect)
    let last = press
    press = nil
    guard body.contains(point), let piece = piece(pane, body, point, .character, world) else { return }
    let press = PanePress(
      model: panes[pane].model, click: Click(at: point, world.now, after: last?.click), piece: piece)
    self.press = press
    guard press.unit != .character, let whole = self.piece(pane, body, point, press.unit, world) else { return }
    self.press?.piece = whole
    panes[pane].hold()
    selection = PaneSelection(model: press.model, anchor: whole, head: whole, unit: press.unit)
  }

  /// What the mouse does while the button is down in a pane; `nil` if it is not. Letting go copies what is selected.
  mutating func takeSelecting(_ mouse: Mouse, _ world: inout World) -> [Effect]? {
    guard let press, press.isDown else { return nil }
    switch mouse.action {
    case .drag:
      drag(to: mouse.point, press, world)
      return []
    case .release:
      self.press?.isDown = false
      dragScroll = nil
      if let selection, let pane = panes.firstIndex(where: { $0.model == selection.model }) { panes[pane].release() }
      return selection.map { _ in copySelection(&world) } ?? []
    case .press, .wheelUp, .wheelDown, .wheelLeft, .wheelRight: return nil
    }
  }

  mutating func drag(to point: Point, _ press: PanePress, _ world: World) {
    guard let layout, let place = layout.panes.first(where: { panes[$0.index].model == press.model }) else { return }
    guard selection != nil || point != press.click.point else { return }
    let body = PaneView.body(place.rect)
    restDrag(at: point, beyond: body, world.now)
    // Beyond the edge the text moves on by a row each time.
    if point.y < body.y { panes[place.index].scroll(by: -1) }
    if point.y >= body.maxY { panes[place.index].scroll(by: 1) }
    let inside = Point(x: point.x, y: min(max(point.y, body.y), body.maxY - 1))
    guard let head = piece(place.index, body, inside, press.unit, world) else { return }
    // What streams meanwhile must not move the text away under the pointer.
    panes[place.index].hold()
    if selection == nil {
      selection = PaneSelection(model: press.model, anchor: press.piece, head: head, unit: press.unit)
    }
    selection?.head = head
  }

  private func piece(_ pane: Int, _ body: Rect, _ point: Point, _ unit: PaneSelection.Unit, _ world: World)
    -> PaneSelection.Piece?
  {
    let pane = panes[pane]
    return pane.document.piece(
      atRow: max(pane.rowsInSight.lowerBound, pane.firstRow + point.y - body.y), column: point.x - body.x, unit,
      exchanges(world),
      shownAs: { unit == .row ? $0 : pane.clipped($0) })
  }

  // MARK: By keys

  /// Begins to select rows at the first one in sight, or takes rows of what is selected; ends that if it is begun.
  mutating func toggleSelecting(_ world: World) {
    guard panes.indices.contains(activePane) else { return }
    if isSelecting {
      endSelecting()
      return
    }
    let pane = panes[activePane]
    let rows =
      selection(in: pane).map { [$0.anchor.row, $0.head.row] }
      ?? [pane.rowsInSight.lowerBound, pane.rowsInSight.lowerBound]
    let pieces = rows.compactMap { pane.document.piece(atRow: $0, column: 0, .row, exchanges(world)) }
    guard pieces.count == 2 else { return }
    panes[activePane].hold()
    selection = PaneSelection(
      model: pane.model, anchor: pieces[0], head: pieces[1], unit: .row, isByKeys: true,
      columns: pane.document.columns)
  }

  /// Moves the end of the rows that are selected, and keeps it in sight.
  mutating func extendSelection(_ motion: Motion, _ world: World) {
    guard let selection, panes.indices.contains(activePane) else { return }
    var pane = panes[activePane]
    let page = max(1, pane.bodyHeight - 1)
    let here = selection.head.row
    let row =
      switch motion {
      case .first: 0
      case .last: pane.document.rowCount - 1
      case .rows, .pages: here + motion.step(page: page)
      }
    guard let head = pane.document.piece(atRow: row, column: 0, .row, exchanges(world)) else { return }
    self.selection?.head = head
    if head.row < pane.rowsInSight.lowerBound { pane.scroll(to: pane.top(showing: head.row)) }
    if head.row >= pane.firstRow + pane.bodyHeight { pane.scroll(to: head.row - pane.bodyHeight + 1) }
    pane.hold()
    panes[activePane] = pane
  }

  // MARK: What becomes of it

  /// Copies what is selected; keys that selected it are done.
  mutating func copySelection(_ world: inout World) -> [Effect] {
    guard let selection, let pane = panes.first(where: { $0.model == selection.model }) else { return [] }
    let text = pane.document.text(of: selection.span, exchanges(world))
    if selection.isByKeys { endSelecting() }
    guard !text.isEmpty else {
      if selection.isByKeys { world.show("Nothing but blanks is selected") }
      return []
    }
    return [.copy(text, words: Figures.plural(text.count, "character"))]
  }

  /// The selection follows its text through what was laid out; it ends with it.
  mutating func settleSelection(_ world: World) {
    guard var selection else { return }
    guard let pane = panes.first(where: { $0.model == selection.model }),
      selection.follow(pane.document, exchanges(world))
    else {
      self.selection = nil
      return
    }
    self.selection = selection
  }
}

extension Stage {
  /// Rows are being selected by keys.
  var isSelecting: Bool { selection?.isByKeys == true && focus == .pane }

  mutating func endSelecting() {
    selection = nil
    if panes.indices.contains(activePane) { panes[activePane].release() }
  }

  /// Escape: nothing is selected any more.
  mutating func dropSelection() { if isSelecting { endSelecting() } else { selection = nil } }
}

extension PaneSelection {
  /// The cells of a row with those marked that are selected. `origins` as ``StyledLine/origins`` has them; of plain
  /// text the cells have no places, but the row has a range.
  func highlighted(_ cells: [Cell], _ origins: [Int], of block: Int, _ text: String, _ theme: Theme) -> [Cell] {
    guard unit != .row, let range = span.range(in: block, of: text.utf8.count), !range.isEmpty else { return cells }
    var cells = cells
    for (index, origin) in origins.enumerated() where cells.indices.contains(index) {
      // A mark before the first character stands at its place.
      let isSelected = origin < 0 ? ~origin > range.lowerBound && range.contains(~origin) : range.contains(origin)
      if isSelected { cells[index].style = theme.selecting(cells[index].style) }
    }
    return cells
  }
}

extension Theme {
  /// Text as it looks while it is selected.
  func selecting(_ style: Style) -> Style { isMonochrome ? style.adding(.reverse) : style.on(selection) }
}
