import Canvas
import Conversations

/// The last row: what runs at the left, keys in the middle, Godot always at the right.
struct StatusBar {
  let state: AppState
  let theme: Theme
  let now: Duration

  func draw(in rect: Rect, _ frame: inout Frame) {
    guard !rect.isEmpty else { return }
    frame.fill(rect, style: theme.bar)
    let godot = GodotStatus(state.world.health, age: state.healthAge(now))
    let (running, text) = wordings(godot, rect.width - 2)
    let x = max(rect.x + 1, rect.maxX - 1 - TextWidth.columns(text))
    drawGodot(godot, text, at: Point(x: x, y: rect.y), rect, &frame)
    let left = rect.x + 1 + frame.put(running, at: Point(x: rect.x + 1, y: rect.y), style: theme.bar, clip: rect)
    if !running.isEmpty { drawHints(from: left + 3, to: x - 2, rect.y, &frame) }
  }

  /// The Godot log has said it all above: there the keys are worth more.
  private func wordings(_ godot: GodotStatus, _ room: Int) -> (other: String, text: String) {
    godot.fitting(room, beside: runningWordings, briefly: state.top.tellsOfGodot)
  }

  /// Where Godot stands in the bar, for the mouse.
  static func godot(_ state: AppState, _ size: Size) -> Rect {
    guard !ComposeLayout.isTooSmall(size) else { return Rect(x: 0, y: 0, width: 0, height: 0) }
    let bar = StatusBar(state: state, theme: state.theme, now: state.now)
    let godot = GodotStatus(state.world.health, age: state.healthAge(state.now))
    let columns = TextWidth.columns(bar.wordings(godot, size.width - 2).text)
    return Rect(x: size.width - 1 - columns, y: size.height - 1, width: columns, height: 1)
  }

  /// `3 models · 2 streaming`, and shorter.
  private var runningWordings: [String] {
    if let words = state.top.statusWords(state.world) { return words }
    let models = state.conversation == nil ? state.chosenModels.count : state.stage.panes.count
    let replies = state.stage.panes.compactMap { state.stage.currentReply($0.model, state.world)?.state }
    let streaming = replies.count { $0 == .streaming || $0 == .connecting || $0 == .queued }
    let retrying = replies.count { $0 == .retrying }
    let all = state.runningReplies + state.world.elsewhere.reduce(0) { $0 + $1.answers.count }
    let elsewhere = all - streaming - retrying
    var parts: [String] = []
    if streaming > 0 { parts.append("\(streaming) streaming") }
    if retrying > 0 { parts.append("\(retrying) retrying") }
    if elsewhere > 0 { parts.append("\(elsewhere) elsewhere") }
    let count = Figures.plural(models, "model")
    guard !parts.isEmpty else { return [count, ""] }
    let running = parts.joined(separator: " · ")
    return ["\(count) · \(running)", running, "\(all) running", ""]
  }

  private func drawGodot(_ godot: GodotStatus, _ text: String, at point: Point, _ rect: Rect, _ frame: inout Frame) {
    var style = theme.bar
    switch godot.tone {
    case .good: style.foreground = theme.good.foreground
    case .waiting: style.foreground = theme.warning.foreground
    case .bad: style.foreground = theme.bad.foreground
    case .quiet: break
    }
    frame.put(text, at: point, style: style, clip: rect)
    let name = "Godot"
    if text.hasPrefix(name) { frame.put(name, at: point, style: theme.bar, clip: rect) }
  }

  private func drawHints(from left: Int, to right: Int, _ y: Int, _ frame: inout Frame) {
    let contexts = state.activeContexts
    var strong = theme.bar.adding(.bold)
    strong.foreground = theme.text.foreground
    var x = left
    for (key, hint) in hints(contexts) {
      let columns = TextWidth.columns(key) + 1 + TextWidth.columns(hint)
      guard x + columns <= right else { return }
      x += frame.put(key, at: Point(x: x, y: y), style: strong)
      x += frame.put(" \(hint)", at: Point(x: x, y: y), style: theme.bar) + 2
    }
  }

  private func hints(_ contexts: [KeyContext]) -> [(String, String)] {
    if let layer = state.layer, let own = layer.hints(state.world) {
      return own.compactMap { id, hint in state.world.keyMap.name(of: id, in: contexts).map { ($0, hint) } }
    }
    var hints: [(String, String)] = []
    // What belongs to the focus comes before what works on every screen.
    let local = contexts.filter { $0 != .screens && $0 != .everywhere }
    var (special, general): ([Action], [Action]) = ([], [])
    for action in Actions.hinted {
      if action.id != .help && state.world.keyMap.hasKey(for: action, in: local) {
        special.append(action)
      } else {
        general.append(action)
      }
    }
    if state.top.hintsOwnKeysFirst {
      // A screen may have taken some of the panes' keys along; its own are what it is about.
      func isOwn(_ action: Action) -> Bool {
        action.bindings.allSatisfy { $0.contexts == Array(contexts.prefix(1)) }
      }
      special = special.filter(isOwn) + special.filter { !isOwn($0) }
    }
    for action in special + general {
      guard let hint = action.hint, action.can(state) == .yes, !hints.contains(where: { $0.1 == hint }),
        let key = state.world.keyMap.keys(of: action, in: contexts).first(where: {
          state.world.keyMap.action(for: $0, in: contexts) == action.id
        })
      else { continue }
      hints.append((state.world.keyMap.text(key), hint))
      if action.id == .send {
        if let key = state.world.keyMap.name(of: ActionID.newline, in: [.prompt]) { hints.append((key, "newline")) }
        hints.append(("@", "file"))
      }
    }
    return hints
  }
}

extension AppState {
  /// How long ago ``health`` was told; always just now where nothing moves by itself.
  fileprivate func healthAge(_ now: Duration) -> Duration {
    world.movesByItself ? max(.zero, now - world.healthAt) : .zero
  }
}
