import Canvas
import Conversations

/// Draws two answers beside each other, or as one text, with what differs or what is common marked.
struct DiffView {
  let diff: DiffScreen
  let world: World
  let theme: Theme

  func draw(_ size: Size, _ frame: inout Frame) {
    var diff = diff
    let layout = DiffLayout(diff, size)
    guard layout.left.height >= 2, let left = diff.left, let right = diff.right else { return }
    // Fits already unless this is drawn for another size or theme than the state knows.
    if diff.columns != layout.columns || diff.shownInline != layout.isInline || diff.height != max(1, layout.rows)
      || diff.hasColors == theme.isMonochrome
    {
      diff.fit(layout, hasColors: !theme.isMonochrome)
    }
    drawHead(diff, layout.head, &frame)
    frame.box(layout.left, style: theme.focusedBorder)
    if layout.isInline {
      let half = (layout.left.width - 7) / 2
      let names = title(0, left, diff, half) + title(1, right, diff, layout.left.width - 5 - half)
      put(names, in: layout.left, &frame)
    } else {
      frame.box(layout.right, style: theme.focusedBorder)
      put(title(0, left, diff, layout.left.width - 4), in: layout.left, &frame)
      put(title(1, right, diff, layout.right.width - 4), in: layout.right, &frame)
    }
    let last = layout.isInline ? layout.left : layout.right
    drawFoot(diff, last, &frame)
    guard let difference = diff.difference else {
      frame.put("comparing …", at: Point(x: 2, y: layout.left.y + 1), style: theme.muted, clip: layout.left.inset(1, 1))
      return
    }
    if let ground = diff.ground {
      CommonGroundView(ground: ground, theme: theme).drawSummary(layout, &frame)
      drawBands(diff, layout, &frame)
    } else {
      drawWords(&diff, difference, layout, &frame)
    }
    drawPlace(diff, last, &frame)
    if diff.isIdentical { drawIdentical(diff, Rect(x: 0, y: 1, width: size.width, height: layout.left.height), &frame) }
  }

  private func drawHead(_ diff: DiffScreen, _ rect: Rect, _ frame: inout Frame) {
    var figures: [String] = []
    if let ground = diff.ground {
      figures = CommonGroundView(ground: ground, theme: theme).figures
    } else if let difference = diff.difference {
      if diff.isPlain {
        figures.append("not compared")
      } else if diff.isIdentical {
        figures.append("identical")
      } else {
        figures.append("\(Figures.share(difference.difference)) different")
        figures.append(Figures.plural(diff.changes.count, "change"))
      }
      if difference.unit == .lines, !diff.isPlain { figures.append("by lines, for their length") }
    }
    let form = diff.shownForm == .common ? "What is common" : "What differs"
    let start = Sanitizer.cells(form, style: theme.strong)
    let room = rect.width - start.count - 4
    while TextWidth.columns(figures.joined(separator: " · ")) > room { figures.removeLast() }
    let text = figures.joined(separator: " · ")
    let right = rect.maxX - 1 - TextWidth.columns(text)
    frame.put(text, at: Point(x: right, y: rect.y), style: theme.muted, clip: rect)
    let x = rect.x + 1 + frame.put(start, at: Point(x: rect.x + 1, y: rect.y), clip: rect) + 2
    let title = Sanitizer.cells(world.conversation?.title ?? "", style: theme.text)
    frame.put(TextWidth.truncate(title, to: max(0, right - x - 2)), at: Point(x: x, y: rect.y), clip: rect)
  }

  /// ` gpt-4o-mini · attempt 2 of 3 `: the name in the colour of what is its alone, where words are compared.
  private func title(_ number: Int, _ side: DiffScreen.Side, _ diff: DiffScreen, _ columns: Int) -> [Cell] {
    let isCommon = diff.shownForm == .common
    let letter = isCommon && diff.shownInline == true ? CommonGroundLayout.letters[number] + " " : ""
    let start = Sanitizer.cells(" \(letter)", style: theme.muted.adding(.bold))
    let attempt = side.attempt.map { " · \($0)" } ?? ""
    let room = columns - start.count - 1
    let color = number == 0 ? theme.bad : theme.good
    let name = Sanitizer.cells(
      world.label(side.model), style: isCommon || diff.isPlain || diff.isIdentical ? theme.strong : color.adding(.bold))
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
    let what = diff.shownForm == .common ? "in common" : "change"
    let text = " \(what) \(Figures.count(change + 1)) of \(Figures.count(diff.changes.count)) "
    let x = rect.maxX - 2 - TextWidth.columns(text)
    if x > rect.x + 20 { frame.put(text, at: Point(x: x, y: y), style: theme.muted, clip: rect) }
  }

  private func drawWords(_ diff: inout DiffScreen, _ difference: WordDiff, _ layout: DiffLayout, _ frame: inout Frame) {
    let current = diff.change.map { diff.changes[$0] }
    func style(_ kind: WordDiff.Kind, _ hunk: Int) -> Style {
      guard kind != .same, !diff.isPlain else { return theme.text }
      // A replacement is two hunks, the change its first.
      let isCurrent = current == hunk || (current == hunk - 1 && difference.hunks[hunk].kind == .added)
      let color = (kind == .removed ? theme.bad : theme.good).adding(.underline)
      return isCurrent ? color.on(theme.selection).adding([.bold, theme.selected.attributes]) : color
    }
    for (line, place) in diff.shown().enumerated() {
      for (text, rect) in zip(diff.texts(place.block), [layout.left, layout.right]) {
        let area = layout.text(rect)
        frame.put(text.cells(place.row, style: style), at: Point(x: area.x, y: area.y + line), clip: area)
      }
    }
  }

  private func drawBands(_ diff: DiffScreen, _ layout: DiffLayout, _ frame: inout Frame) {
    var scrolled = diff
    var laid: (band: Int, sides: [[MarkdownRow]]) = (-1, [])
    let current = diff.change.map { diff.changes[$0] }
    for (line, place) in scrolled.shown().enumerated() {
      if laid.band != place.block { laid = (place.block, diff.band(place.block, theme)) }
      for (rows, rect) in zip(laid.sides, [layout.left, layout.right]) where rows.indices.contains(place.row) {
        let area = layout.text(rect)
        frame.put(rows[place.row].cells, at: Point(x: area.x, y: area.y + line), clip: area)
        if place.block == current, !rows[place.row].cells.isEmpty {
          frame.put("▸", at: Point(x: rect.x + 1, y: area.y + line), style: theme.accent, clip: rect)
        }
      }
    }
  }

  /// Said where the eye is, with the key to the next answer.
  private func drawIdentical(_ diff: DiffScreen, _ area: Rect, _ frame: inout Frame) {
    let key = diff.hasOtherAnswers(world) ? world.keyMap.name(of: .compareNext, in: [.diff]) : nil
    let words = key.map { [" identical · \($0) compares with the next ", " identical "] } ?? [" identical "]
    guard let text = words.first(where: { TextWidth.columns($0) + 4 <= area.width }), area.height >= 5 else { return }
    let width = TextWidth.columns(text) + 2
    let box = Rect(
      x: area.x + (area.width - width) / 2, y: area.y + (area.height - 3) / 2, width: width, height: 3)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    frame.put(text, at: Point(x: box.x + 1, y: box.y + 1), style: theme.strong, clip: box)
  }

  private func drawPlace(_ diff: DiffScreen, _ rect: Rect, _ frame: inout Frame) {
    let track = rect.height - 2
    guard track >= 3, diff.blockCount > 1, diff.top.block > 0 || diff.blockCount > track else { return }
    let y = (track - 1) * diff.top.block / (diff.blockCount - 1)
    frame.put("┃", at: Point(x: rect.maxX - 1, y: rect.y + 1 + min(y, track - 1)), style: theme.focusedBorder)
  }
}
