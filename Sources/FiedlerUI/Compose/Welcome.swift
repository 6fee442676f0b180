import Canvas
import Conversations
import FoundationEssentials

/// What stands where answers will be, before the first prompt.
struct Welcome {
  let compose: ComposeScreen
  let world: World
  let theme: Theme

  func draw(in area: Rect, _ frame: inout Frame) {
    guard area.height >= 1, area.width >= 16 else { return }
    var lines: [[Cell]] = [
      text("F i e d l e r", theme.accent.adding(.bold)), [],
      text("one prompt, many models, side by side", theme.muted), [],
    ]
    let desk = deskLines(area)
    lines += desk + (desk.isEmpty ? [] : [[]]) + modelLines(area) + [[]]
    let sends = key(.send).map { text("; ", theme.text) + text($0, theme.strong) + text(" sends it.", theme.text) }
    if desk.isEmpty { lines += [text("Type a prompt below", theme.text) + (sends ?? text(".", theme.text)), []] }
    lines += keyLines(area)
    if let tip = tip(area.width) { lines += [[], tip] }
    // On a low screen the blank lines go first, then what stands last.
    if lines.count > area.height { lines.removeAll(where: \.isEmpty) }
    lines = Array(lines.prefix(area.height))
    let top = area.y + (area.height - lines.count) / 2
    for (index, line) in lines.enumerated() {
      let cells = TextWidth.truncate(line, to: area.width)
      frame.put(cells, at: Point(x: area.x + (area.width - cells.count) / 2, y: top + index), clip: area)
    }
  }

  // MARK: What lies ready

  /// The last conversations with the number that opens each, what was interrupted and what runs elsewhere.
  private func deskLines(_ area: Rect) -> [[Cell]] {
    let desk = world.desk
    let width = min(area.width - 2, 76)
    guard width >= 30, area.height >= 8 else { return [] }
    var lines: [[Cell]] = []
    let most = area.height >= 22 ? Desk.length : area.height >= 16 ? 4 : 2
    for (number, item) in desk.recent.prefix(most).enumerated() {
      let states = item.states.prefix(6).flatMap { text(String($0.glyph), theme.style(of: $0)) }
      let when = width >= 50 ? text(world.when.text(item.updatedAt), theme.muted) : []
      let right = states + text("  ", theme.text) + padded(when, to: width >= 50 ? 16 : 0)
      let title = text(item.isPinned ? "★ " : "", theme.accent) + text(LogWords.brief(item.title, 200), theme.text)
      let room = width - 3 - right.count - 2
      lines.append(
        text("\(number + 1)  ", theme.accent) + padded(TextWidth.truncate(title, to: room), to: room)
          + text("  ", theme.text) + right)
    }
    if let cut = desk.interrupted {
      let answers = Figures.plural(desk.interruptedAnswers, "answer was", "answers were")
      let words = "\(answers) interrupted: \(LogWords.brief(cut.title, 200))"
      lines.append(
        text("!  ", theme.caution)
          + padded(TextWidth.truncate(text(words, theme.caution), to: width - 3), to: width - 3))
    }
    guard !lines.isEmpty else { return elsewhereLines(width) }
    let enter = key(.send).map { "a number and \($0) opens" } ?? ""
    let head = text("go on with", theme.strong)
    let room = width - head.count
    let hint = TextWidth.truncate(text(enter, theme.muted), to: max(0, room - 2))
    return [head + padded([], to: room - hint.count) + hint] + lines + elsewhereLines(width)
  }

  private func elsewhereLines(_ width: Int) -> [[Cell]] {
    let answers = world.elsewhere.reduce(0) { $0 + $1.answers.count }
    guard answers > 0 else { return [] }
    let words = "◐  \(Figures.plural(answers, "answer comes", "answers come")) elsewhere; /running shows them"
    return [padded(TextWidth.truncate(text(words, theme.info), to: width), to: width)]
  }

  private func padded(_ cells: [Cell], to width: Int) -> [Cell] {
    cells + Array(repeating: Cell(" ", style: theme.text), count: max(0, width - cells.count))
  }

  /// One of several, another with each start.
  private func tip(_ width: Int) -> [Cell]? {
    let tips: [(ActionID, [KeyContext], String)] = [
      (.history, [.screens], "finds any word of any answer you ever got"),
      (.palette, [.screens], "finds every action by a part of its name"),
      (.compare, [.pane], "in a pane compares its answer with another"),
      (.replay, [.pane], "in a pane plays an answer again as it came"),
      (.retry, [.pane], "in a pane asks its model again; both answers stay"),
      (.zoom, [.pane], "in a pane gives it the whole screen, and takes it back"),
      (.log, [.screens], "shows what the log server has of every turn"),
    ]
    let start = Int(max(0, world.launchedAt.timeIntervalSince1970)) / 60
    let (id, contexts, words) = tips[start % tips.count]
    guard let name = world.keyMap.name(of: id, in: contexts) else { return nil }
    let cells = text("tip  ", theme.muted) + text(name, theme.accent) + text(" \(words)", theme.muted)
    return cells.count <= width - 2 ? cells : nil
  }

  private func text(_ text: String, _ style: Style) -> [Cell] { Sanitizer.cells(text, style: style) }

  private func key(_ id: ActionID) -> String? {
    world.keyMap.name(of: id, in: [.emptyPrompt, .prompt, .screens, .everywhere])
  }

  private func modelLines(_ area: Rect) -> [[Cell]] {
    if let problem = compose.modelsProblem {
      return problem.split(separator: "\n").prefix(6).map { text(String($0), theme.bad) }
    }
    guard compose.modelsAreKnown else { return [[]] }
    guard !world.chosenModels.isEmpty else {
      return [text("No model chosen yet: \(key(.models) ?? "/model") chooses some.", theme.caution)]
    }
    var lines: [[Cell]] = []
    var line: [Cell] = []
    for model in world.chosenModels {
      let known = world.choice(model)
      let price = known?.price.map { " $\(Figures.fixed($0.input, 2))/\(Figures.fixed($0.output, 2))" } ?? ""
      let problem = known?.problem.map { " (\($0))" } ?? ""
      let cells =
        text("● ", problem.isEmpty ? theme.good : theme.dim) + text(world.label(model), theme.text)
        + text(price, theme.dim) + text(problem, theme.caution)
      if !line.isEmpty, line.count + 3 + cells.count > min(area.width - 4, 76) {
        lines.append(line)
        line = []
      }
      line += (line.isEmpty ? [] : text("   ", theme.text)) + cells
    }
    lines.append(line)
    if lines.count > 4 || world.hidesNames {
      lines = [text("● ", theme.good) + text("\(world.chosenModels.count) models", theme.text)]
    }
    if world.chosenModels.allSatisfy(\.isBuiltIn) {
      lines.append(text("Built-in demo models: they answer offline, no key needed.", theme.dim))
      let others = "/setup sets up a first real model; a key in OPENAI_API_KEY or the like does, too."
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
