import Canvas
import Conversations

/// Draws two answers beside each other, or as one text, with what differs marked.
struct DiffView {
  let diff: DiffScreen
  let world: World
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    var diff = diff
    let layout = DiffLayout(diff, size)
    guard layout.left.height >= 2, let left = diff.left, let right = diff.right else { return }
    // Fits already unless this is drawn for another size than the state knows.
    if diff.columns != layout.columns || diff.shownInline != layout.isInline || diff.height != max(1, layout.rows) {
      diff.fit(layout)
    }
    drawHead(diff, layout.head, &frame)
    frame.box(layout.left, style: theme.focusedBorder)
    if layout.isInline {
      let half = (layout.left.width - 7) / 2
      let names = title("−", left, theme.bad, half) + title("+", right, theme.good, layout.left.width - 5 - half)
      put(names, in: layout.left, &frame)
    } else {
      frame.box(layout.right, style: theme.focusedBorder)
      put(title("−", left, theme.bad, layout.left.width - 4), in: layout.left, &frame)
      put(title("+", right, theme.good, layout.right.width - 4), in: layout.right, &frame)
    }
    let last = layout.isInline ? layout.left : layout.right
    drawFoot(diff, last, &frame)
    guard let difference = diff.difference else {
      frame.put("comparing …", at: Point(x: 2, y: layout.left.y + 1), style: theme.muted, clip: layout.left.inset(1, 1))
      return
    }
    drawRows(&diff, difference, layout, &frame)
    drawPlace(diff, last, &frame)
  }

  private func drawHead(_ diff: DiffScreen, _ rect: Rect, _ frame: inout Frame) {
    var figures: [String] = []
    if let difference = diff.difference {
      if diff.isPlain {
        figures.append("not compared")
      } else if diff.changes.isEmpty {
        figures.append("identical")
      } else {
        figures.append("\(percent(difference.difference)) different")
        figures.append(Figures.plural(diff.changes.count, "change"))
      }
      if difference.unit == .lines, !diff.isPlain { figures.append("by lines, for their length") }
    }
    let text = figures.joined(separator: " · ")
    let right = rect.maxX - 1 - TextWidth.columns(text)
    frame.put(text, at: Point(x: right, y: rect.y), style: theme.muted, clip: rect)
    let x = rect.x + 1 + frame.put("Diff", at: Point(x: rect.x + 1, y: rect.y), style: theme.strong, clip: rect) + 2
    let title = Sanitizer.cells(world.live.conversation?.title ?? "", style: theme.text)
    frame.put(TextWidth.truncate(title, to: max(0, right - x - 2)), at: Point(x: x, y: rect.y), clip: rect)
  }

  private func percent(_ part: Double) -> String {
    if part < 0.01 { return "<1 %" }
    return part > 0.99 && part < 1 ? "99 %" : "\(Int((part * 100).rounded())) %"
  }

  /// ` − gpt-4o-mini · attempt 2 of 3 `
  private func title(_ mark: String, _ side: DiffScreen.Side, _ style: Style, _ columns: Int) -> [Cell] {
    let start = Sanitizer.cells(" \(mark) ", style: style.adding(.bold))
    let attempt = side.attempt.map { " · \($0)" } ?? ""
    let room = columns - start.count - 1
    let name = Sanitizer.cells(side.name, style: theme.strong)
    let shown = name.count + attempt.count <= room || room > 32 ? attempt : ""
    return start + TextWidth.truncate(name, to: max(1, room - shown.count))
      + Sanitizer.cells(shown + " ", style: theme.muted)
  }

  private func put(_ cells: [Cell], in rect: Rect, _ frame: inout Frame) {
    frame.put(cells, at: Point(x: rect.x + 1, y: rect.y), clip: rect.inset(1, 0))
  }

  private func drawFoot(_ diff: DiffScreen, _ rect: Rect, _ frame: inout Frame) {
    let y = rect.maxY - 1
    let key = world.keyMap.name(of: .compareAgain, in: [.diff]).map { ": \($0)" } ?? ""
    let words =
      diff.isPlain ? " plain since a crash\(key) compares " : diff.isOutdated(world) ? " more has come\(key) " : ""
    frame.put(words, at: Point(x: rect.x + 2, y: y), style: theme.caution, clip: rect.inset(1, 0))
    guard let change = diff.change else { return }
    let text = " change \(Figures.count(change + 1)) of \(Figures.count(diff.changes.count)) "
    let x = rect.maxX - 2 - TextWidth.columns(text)
    if x > rect.x + 20 { frame.put(text, at: Point(x: x, y: y), style: theme.muted, clip: rect) }
  }

  private func drawRows(_ diff: inout DiffScreen, _ difference: WordDiff, _ layout: DiffLayout, _ frame: inout Frame) {
    let current = diff.change.map { diff.changes[$0] }
    func style(_ kind: WordDiff.Kind, _ hunk: Int) -> Style {
      guard kind != .same, !diff.isPlain else { return theme.text }
      // A replacement is two hunks, the change its first.
      let isCurrent = current == hunk || (current == hunk - 1 && difference.hunks[hunk].kind == .added)
      let color = (kind == .removed ? theme.bad : theme.good).adding(.underline)
      return isCurrent ? color.on(theme.selection).adding([.bold, theme.selected.attributes]) : color
    }
    for (line, row) in diff.shown().enumerated() {
      for (text, rect) in zip(row.texts, [layout.left, layout.right]) {
        let area = rect.inset(2, 1)
        frame.put(text.cells(row.row, style: style), at: Point(x: area.x, y: area.y + line), clip: area)
      }
    }
  }

  private func drawPlace(_ diff: DiffScreen, _ rect: Rect, _ frame: inout Frame) {
    let track = rect.height - 2
    guard track >= 3, diff.blocks.count > 1, diff.top.block > 0 || diff.blocks.count > track else { return }
    let y = (track - 1) * diff.top.block / (diff.blocks.count - 1)
    frame.put("┃", at: Point(x: rect.maxX - 1, y: rect.y + 1 + min(y, track - 1)), style: theme.focusedBorder)
  }
}
