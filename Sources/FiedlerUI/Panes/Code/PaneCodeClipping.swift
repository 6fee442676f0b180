import Canvas
import Conversations

extension Pane {
  /// A row as it is shown: code that is not wrapped is clipped.
  func clipped(_ row: MarkdownRow) -> MarkdownRow {
    wrapsCode ? row : row.clipped(columns: document.columns, left: codeLeft)
  }

  /// How far the code in sight can be moved to the left, its longest line's end being seen then.
  fileprivate func longestCode(_ exchanges: [Exchange]) -> Int {
    var longest = 0
    var measured: Set<PaneDocument.Source> = []
    document.forEachRow(from: firstRow, count: bodyHeight) { line, index, row in
      let block = document.blocks[index]
      guard case .markdown(let markdown) = block.layout, measured.insert(block.source).inserted else { return }
      let text = PaneDocument.text(of: block.source, exchanges)
      let count = bodyHeight - line
      let found = markdown.rows(from: row, count: count, of: text, .fallback)
      for shown in found.rows.dropFirst(row - found.first).prefix(count) where shown.code != nil {
        longest = max(longest, shown.cells.count - document.columns)
      }
    }
    return longest
  }
}

extension Stage {
  mutating func toggleCodeWrapping(_ world: inout World) {
    guard panes.indices.contains(activePane) else { return }
    panes[activePane].wrapsCode.toggle()
    panes[activePane].codeLeft = 0
    guard !panes[activePane].wrapsCode else { return world.show("Long lines of code are wrapped") }
    let keys = [ActionID.codeLeft, .codeRight].compactMap { world.keyMap.name(of: $0, in: [.pane]) }
    let moves = past == nil ? keys : []
    world.show("Long lines of code are cut\(moves.isEmpty ? "" : "; \(moves.joined(separator: " and ")) move them")")
  }

  mutating func moveCode(by step: Int, _ world: inout World) {
    guard panes.indices.contains(activePane) else { return }
    guard !panes[activePane].wrapsCode else {
      let key = world.keyMap.name(of: .wrapCode, in: [.pane])
      return world.show("Long lines of code are wrapped" + (key.map { "; \($0) cuts them" } ?? ""))
    }
    moveCode(of: activePane, by: step, world)
  }

  /// Moves the pane's code by so many columns.
  mutating func moveCode(of pane: Int, by step: Int, _ world: World) {
    let most = panes[pane].longestCode(conversation(world)?.exchanges ?? [])
    let left = panes[pane].codeLeft
    // Where longer code was moved further, this stays until it is moved back.
    panes[pane].codeLeft = max(0, step < 0 ? left + step : max(left, min(left + step, most)))
  }
}
