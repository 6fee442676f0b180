import Canvas
import Conversations

/// The panes that have no room: a row each, with how they stand and the last words that came.
struct PaneStrip {
  let state: StageLook
  let theme: Theme

  func draw(in rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty else { return }
    let others = state.stage.panesInStrip
    let names = others.map { Sanitizer.cells(state.label(state.panes[$0].model), style: theme.strong) }
    let nameColumns = min(names.map(\.count).max() ?? 0, rect.width / 3)
    let counts = others.map(tokens)
    let countColumns = counts.map(\.count).max() ?? 0
    for (line, index) in others.enumerated().prefix(rect.height) {
      let row = Rect(x: rect.x, y: rect.y + line, width: rect.width, height: 1)
      let reply = state.currentReply(state.panes[index].model)
      let color = reply.map { theme.style(of: $0.state) } ?? theme.dim
      frame.put(" \(reply?.state.glyph ?? "○") ", at: Point(x: row.x, y: row.y), style: color, clip: row)
      frame.put(TextWidth.truncate(names[line], to: nameColumns), at: Point(x: row.x + 3, y: row.y), clip: row)
      let right = row.x + 4 + nameColumns + countColumns
      frame.put(
        counts[line], at: Point(x: right - counts[line].count, y: row.y), style: theme.muted, clip: row)
      let words = lastWords(reply, columns: row.maxX - right - 3)
      frame.put(words, at: Point(x: right + 2, y: row.y), clip: row)
    }
  }

  private func tokens(_ pane: Int) -> String {
    guard let reply = state.currentReply(state.panes[pane].model), !reply.text.isEmpty, !state.world.hidesNames else {
      return ""
    }
    return Figures.count(reply.completionTokens)
  }

  /// The end of what has come, or why nothing does.
  private func lastWords(_ reply: Reply?, columns: Int) -> [Cell] {
    guard columns > 4 else { return [] }
    guard let reply else {
      return TextWidth.truncate(Sanitizer.cells("not asked", style: theme.dim), to: columns)
    }
    if reply.state == .failed || reply.state == .retrying, let failure = reply.failure {
      return TextWidth.truncate(
        Sanitizer.cells(FailureWords.label(failure), style: theme.style(of: reply.state)), to: columns)
    }
    let text = reply.text.isEmpty ? reply.reasoning : reply.text
    // Blanks and line ends make more bytes than columns, but never so many in an answer that is read.
    let end = text.suffix(4 * columns).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    let style = reply.text.isEmpty ? theme.dim : theme.text
    var cells = Sanitizer.cells(end, style: style)
    guard cells.count > columns else { return cells }
    cells = Array(cells.suffix(columns - 1))
    while cells.first?.continuesCluster == true || cells.first?.isContinuation == true { cells.removeFirst() }
    return [Cell("…", style: style)] + cells
  }
}

extension Stage {
  /// The panes of the strip, from the active one's next on.
  var panesInStrip: [Int] { (1..<max(1, panes.count)).map { (activePane + $0) % panes.count } }
}
