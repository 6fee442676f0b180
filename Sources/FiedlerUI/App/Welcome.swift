import Canvas
import Conversations

/// What stands where answers will be, before the first prompt.
struct Welcome {
  let state: AppState
  let theme: Theme

  func draw(in area: Rect, _ frame: inout Frame) {
    guard area.height >= 1, area.width >= 16 else { return }
    var lines: [[Cell]] = [
      text("F i e d l e r", theme.accent.adding(.bold)), [],
      text("one prompt, many models, side by side", theme.muted), [],
    ]
    lines += modelLines(area) + [[]]
    let sends = key(.send).map { text("; ", theme.text) + text($0, theme.strong) + text(" sends it.", theme.text) }
    lines += [text("Type a prompt below", theme.text) + (sends ?? text(".", theme.text)), []]
    lines += keyLines(area)
    // On a low screen the blank lines go first, then what stands last.
    if lines.count > area.height { lines.removeAll(where: \.isEmpty) }
    lines = Array(lines.prefix(area.height))
    let top = area.y + (area.height - lines.count) / 2
    for (index, line) in lines.enumerated() {
      let cells = TextWidth.truncate(line, to: area.width)
      frame.put(cells, at: Point(x: area.x + (area.width - cells.count) / 2, y: top + index), clip: area)
    }
  }

  private func text(_ text: String, _ style: Style) -> [Cell] { Sanitizer.cells(text, style: style) }

  private func key(_ id: ActionID) -> String? {
    state.keyMap.name(of: id, in: [.emptyPrompt, .prompt, .screens, .everywhere])
  }

  private func modelLines(_ area: Rect) -> [[Cell]] {
    if let problem = state.modelsProblem {
      return problem.split(separator: "\n").prefix(6).map { text(String($0), theme.bad) }
    }
    guard state.modelsAreKnown else { return [[]] }
    guard !state.chosenModels.isEmpty else {
      return [text("No model chosen yet: \(key(.models) ?? "/model") chooses some.", theme.caution)]
    }
    var lines: [[Cell]] = []
    var line: [Cell] = []
    for model in state.chosenModels {
      let cells = text("● ", theme.good) + text(state.label(model), theme.text)
      if !line.isEmpty, line.count + 3 + cells.count > min(area.width - 4, 76) {
        lines.append(line)
        line = []
      }
      line += (line.isEmpty ? [] : text("   ", theme.text)) + cells
    }
    lines.append(line)
    if lines.count > 4 { lines = [text("● ", theme.good) + text("\(state.chosenModels.count) models", theme.text)] }
    if state.chosenModels.allSatisfy({ $0.provider == "demo" }) {
      lines.append(text("Built-in demo models: they answer offline, no key needed.", theme.dim))
      let others = "For others set OPENAI_API_KEY, or another provider's, or write models.yaml."
      if area.height > 12, others.count <= area.width { lines.append(text(others, theme.dim)) }
    }
    return lines
  }

  private func keyLines(_ area: Rect) -> [[Cell]] {
    let pairs: [(String?, String)] = [
      ("@", "attach a file"), ("/", "commands"), (key(.models), "models"), (key(.history), "history"),
      (key(.help), "help"), (key(.quit), "quit"),
    ]
    var lines: [[Cell]] = [[]]
    for (key, title) in pairs {
      guard let key else { continue }
      let cells = text(key, theme.accent) + text(" \(title)", theme.muted)
      let line = lines[lines.count - 1]
      if !line.isEmpty, line.count + 3 + cells.count > min(area.width - 4, 76) {
        lines.append(cells)
      } else {
        lines[lines.count - 1] += (line.isEmpty ? [] : text("   ", theme.text)) + cells
      }
    }
    return lines
  }
}
