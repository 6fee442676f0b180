import Canvas
import Conversations

/// Draws the prompt's box, what goes along in its border, and the list of completions over it.
struct PromptView {
  let compose: ComposeScreen
  let world: World
  let theme: Theme
  /// Whether no layer has them.
  let hasKeys: Bool

  static func textWidth(_ width: Int) -> Int { max(1, width - 4) }

  func draw(in rect: Rect, text: Rect, _ frame: inout Frame) {
    let isFocused = compose.focus == .prompt
    let takesKeys = isFocused && hasKeys
    if rect.height == 1 {
      compose.prompt.editor.draw(in: text, frame: &frame, theme: theme, focused: takesKeys)
      let mark = isFocused ? theme.accent.adding(.bold) : theme.dim
      frame.put("❯", at: Point(x: rect.x, y: rect.y), style: mark, clip: rect)
      let left = TextWidth.columns(compose.prompt.editor.placeholder) + 4
      let options = compose.prompt.options.words(world.label)
      let count = Figures.plural(options.count, "option")
      let before = options.isEmpty ? [""] : [options.joined(separator: " "), count, ""]
      drawRecipients(y: rect.y, room: rect.width - left, right: rect.maxX - 1, after: before, &frame)
      return
    }
    guard rect.width >= 4, rect.height >= 3 else { return }
    frame.box(rect, style: isFocused ? theme.focusedBorder : theme.border)
    drawTitle(isFocused, rect, &frame)
    drawFoot(rect, &frame)
    compose.prompt.editor.draw(in: text, frame: &frame, theme: theme, focused: takesKeys)
  }

  private func drawTitle(_ isFocused: Bool, _ rect: Rect, _ frame: inout Frame) {
    let prompt = compose.prompt
    var parts: [(String, Style)] = [("prompt", isFocused ? theme.accent.adding(.bold) : theme.strong)]
    if let mode = compose.prompt.editor.modeWords { parts.append((mode, theme.special)) }
    if !compose.queued.isEmpty { parts.append(("\(Figures.count(compose.queued.count)) waiting", theme.special)) }
    let first = parts
    if let plan = world.branches.plan { parts.append((plan.words, theme.special)) }
    let least = parts
    if prompt.system != nil { parts.append(("system prompt", theme.special)) }
    if !prompt.options.isEmpty {
      parts.append((prompt.options.words(world.label).joined(separator: " "), theme.special))
    }
    var figures = ""
    if compose.showsEstimates {
      if prompt.estimatedTokens >= 100 { figures = "~\(Figures.count(prompt.estimatedTokens)) tok" }
      // Less than a cent is not worth a look.
      if let cost = compose.estimatedCost(world), cost >= 0.01 { figures += " · ~\(Figures.money(cost))" }
    }
    let border = isFocused ? theme.focusedBorder : theme.border
    let files = prompt.files.map { ($0.label, theme.info) }
    let count = prompt.files.reduce(0) { $0 + $1.count }
    let total = Figures.bytes(prompt.files.reduce(0) { $0 + $1.bytes })
    let summary = files.isEmpty ? [] : [("\(Figures.plural(count, "file")) (\(total))", theme.info)]
    let end = figures.isEmpty ? [] : [(figures, theme.muted)]
    // Names where they fit, else their number; the figures go before the files do.
    for candidate in [parts + files + end, parts + summary + end, parts + summary, least, first, [parts[0]]] {
      var line: [Cell] = [Cell(" ", style: border)]
      for (index, part) in candidate.enumerated() {
        if index > 0 { line += Sanitizer.cells("─ ", style: border) }
        line += Sanitizer.cells(part.0, style: part.1) + [Cell(" ", style: border)]
      }
      guard line.count <= rect.width - 4 else { continue }
      frame.put(line, at: Point(x: rect.x + 2, y: rect.y), clip: rect.inset(1, 0))
      return
    }
  }

  /// The lower border: a warning at the left, the models at the right.
  private func drawFoot(_ rect: Rect, _ frame: inout Frame) {
    let y = rect.maxY - 1
    let room = rect.width - 6
    var left = 0
    if let warning = compose.windowWarning(world) {
      let cells = TextWidth.truncate(Sanitizer.cells(warning, style: theme.caution), to: room - 2)
      let line = [Cell(" ", style: theme.text)] + cells + [Cell(" ", style: theme.text)]
      left = frame.put(line, at: Point(x: rect.x + 2, y: y), clip: rect)
    }
    drawRecipients(y: y, room: room - left, right: rect.maxX - 2, &frame)
  }

  /// Whom the prompt goes to, with what share of a context window it takes where that is much; before that the first of
  /// `words` that there is room for.
  private func drawRecipients(y: Int, room: Int, right: Int, after words: [String] = [""], _ frame: inout Frame) {
    let fresh = world.chosenModels.filter { compose.isNewHere($0, world) }
    let asked = Set(world.recipients)
    let isPart = world.leavesSomeOut
    let once = world.leaving.isOnce ? " once" : ""
    let all = Figures.plural(world.chosenModels.count, "model")
    let count = isPart ? "\(Figures.count(asked.count)) of \(all)\(once)" : all
    let new = fresh.isEmpty ? "" : " (\(fresh.count) new here)"
    let brief = world.chosenModels.isEmpty ? "no model chosen" : "to \(count)\(new)"
    let marks: [String?] = world.hidesNames ? [nil] : [" (new to this conversation)", " (new here)", nil]
    for (mark, words) in words.flatMap({ words in marks.map { ($0, words) } }) {
      var line = words.isEmpty ? [] : Sanitizer.cells(" \(words) ·", style: theme.special)
      line += Sanitizer.cells(
        mark == nil || world.chosenModels.isEmpty ? " \(brief)" : "\(once) to ", style: theme.muted)
      for (index, model) in world.chosenModels.enumerated() where mark != nil {
        if index > 0 { line += Sanitizer.cells(isPart ? "  " : ", ", style: theme.muted) }
        let isAsked = asked.contains(model)
        let sign = isPart ? "\(isAsked ? "●" : "○")\(index + 1) " : ""
        line += Sanitizer.cells(
          sign + world.label(model) + (fresh.contains(model) ? mark ?? "" : ""),
          style: !isPart ? theme.muted : isAsked ? theme.accent : theme.dim)
        let estimate = compose.estimate(for: model, world)
        guard isAsked, compose.showsEstimates, let share = estimate.tellingShare else { continue }
        line += Sanitizer.cells(" \(share)", style: estimate.isNearlyTooLong ? theme.caution : theme.muted)
      }
      if mark == nil { line += warnings }
      line.append(Cell(" ", style: theme.muted))
      guard line.count <= room else { continue }
      frame.put(line, at: Point(x: right - line.count, y: y))
      return
    }
  }

  /// The models whose windows are nearly full, where there is no room for all.
  private var warnings: [Cell] {
    guard compose.showsEstimates, compose.windowWarning(world) == nil, !world.hidesNames else { return [] }
    let full = world.recipients.map { ($0, compose.estimate(for: $0, world)) }.filter(\.1.isNearlyTooLong)
    return full.flatMap { model, estimate in
      Sanitizer.cells(" · \(world.label(model)) \(estimate.tellingShare ?? "")", style: theme.caution)
    }
  }

  /// What an item is, with the typed characters marked. Of a path that is too long the end is shown: it has the name.
  private static func text(
    _ item: PromptState.Completion.Item, style: Style, typed: Style, width: Int
  ) -> [Cell] {
    let matched = Set(item.matched)
    var cells: [Cell] = []
    for (index, character) in item.text.enumerated() {
      Sanitizer.append(character, style: matched.contains(index) ? typed : style, to: &cells)
    }
    guard item.action == nil, cells.count > width, width > 1 else { return cells }
    var end = cells.suffix(width - 1)
    if end.first?.isContinuation == true { end = end.dropFirst() }
    return [Cell("…", style: style)] + end
  }

  /// The list of completions, above the prompt's text.
  func drawCompletion(over rect: Rect, _ frame: inout Frame) {
    guard compose.isCompleting, let completion = compose.prompt.completion, rect.y >= 3 else { return }
    let shown = min(completion.items.count, 8, rect.y - 2)
    let first = min(max(0, completion.selected - shown + 1), completion.items.count - shown)
    let texts = completion.items.map { TextWidth.columns($0.text) }.max() ?? 0
    let details = completion.items.map { TextWidth.columns($0.detail) }.max() ?? 0
    // Paths come and go with every key: the list of them keeps its width.
    let wanted = completion.kind == .file ? 76 : max(24, texts + details + (details > 0 ? 7 : 4))
    let width = min(rect.width - 2, wanted)
    let box = Rect(x: rect.x + 1, y: rect.y - shown - 2, width: width, height: shown + 2)
    frame.fill(box, style: theme.text)
    frame.box(box, style: theme.focusedBorder)
    let title = completion.kind == .file ? " attach a file " : " commands "
    frame.put(title, at: Point(x: box.x + 2, y: box.y), style: theme.muted, clip: box.inset(1, 0))
    for line in 0..<shown {
      let index = first + line
      let item = completion.items[index]
      let isSelected = index == completion.selected
      let row = Rect(x: box.x + 1, y: box.y + 1 + line, width: box.width - 2, height: 1)
      let background = isSelected ? theme.selection : theme.background
      frame.fill(row, style: theme.text.on(background))
      let mark = isSelected ? "›" : " "
      frame.put(mark, at: Point(x: row.x, y: row.y), style: theme.accent.on(background), clip: row)
      let style = (isSelected ? theme.strong : theme.text).on(background)
      let text = Self.text(
        item, style: style, typed: theme.accent.adding(.bold).on(background), width: row.width - 3)
      frame.put(text, at: Point(x: row.x + 2, y: row.y), clip: row)
      let x = row.x + texts + 4
      let detail = Sanitizer.cells(item.detail, style: theme.muted.on(background))
      frame.put(TextWidth.truncate(detail, to: max(0, row.maxX - x)), at: Point(x: x, y: row.y), clip: row)
    }
  }
}
