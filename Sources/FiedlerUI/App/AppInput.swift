import Canvas

/// What the user does goes to the layer, the screen, or prompt and panes: whatever is uppermost.
extension AppState {
  mutating func take(_ input: Input) -> [Effect] {
    switch input {
    case .resize(let size):
      world.size = size
      return []
    case .key(let key): return take(key)
    case .escaped(let key): return take(escaped: key)
    case .paste(let text): return paste(text)
    case .burst(let text): return take(burst: text)
    case .mouse(let mouse): return take(mouse)
    case .focus(let isHere):
      isElsewhere = !isHere
      return []
    case .background(let color): return [.followBackground(isLight: Contrast.luminance(color) > 0.18)]
    }
  }

  /// The contexts whose keys work now; the first that knows a key decides.
  var activeContexts: [KeyContext] {
    if let uppermost { return uppermost.contexts(world) }
    if isSelecting { return [.selection, .everywhere] }
    if focus == .pane { return find?.isTyped == true ? [.paneFind, .everywhere] : [.pane, .screens, .everywhere] }
    return (isCompleting ? [.completion] : []) + (compose.prompt.template?.left.isEmpty == false ? [.blanks] : [])
      + (compose.prompt.editor.isEmpty ? [.emptyPrompt] : []) + [.prompt, .screens, .everywhere]
  }

  /// Keys are the prompt's.
  var isEditing: Bool { layer == nil && isComposing && focus == .prompt }

  /// What is looked for in a pane is being typed.
  private var isFinding: Bool { layer == nil && isComposing && focus == .pane && find?.isTyped == true }

  /// Text is typed into a line somewhere.
  private var isTyping: Bool { uppermost?.isTyping ?? (isEditing || isFinding) }

  /// ESC and a key in one. While vi's keys insert or select, Escape is what leads out, and over a slow line the command
  /// behind it comes in the same read; a terminal that tells Alt apart (kitty's protocol) never sends it so. Everywhere
  /// else it is the chord with Alt, as terminals have sent it for ever.
  private mutating func take(escaped key: Key) -> [Effect] {
    if isEditing, compose.prompt.editor.leavesByEscape, case .character = key.code, key.modifiers.isEmpty {
      let effects = take(Key(.escape))
      return effects + take(key)
    }
    return take(Key(key.code, key.modifiers.union(.alt)))
  }

  /// Lines that came at once: text where text is typed, else the keys they are made of.
  private mutating func take(burst text: String) -> [Effect] {
    if isTyping { return paste(text) }
    return text.flatMap { character -> [Effect] in
      switch character {
      case "\n": take(Key(.enter))
      case "\t": take(Key(.tab))
      default: take(Key(.character(character)))
      }
    }
  }

  private mutating func take(_ key: Key) -> [Effect] {
    // A search through earlier prompts takes its keys before any other meaning.
    if isEditing, compose.prompt.editor.search != nil, EditorKeys.searching.contains(where: { $0.key == key }),
      let action = compose.prompt.editor.action(for: key)
    {
      return edit(action)
    }
    if isEditing, compose.prompt.editor.takeVi(key) {
      interruptUntil = nil
      return refreshCompletion()
    }
    if let id = keyMap.action(for: key, in: activeContexts) {
      if id != .interrupt { interruptUntil = nil }
      return perform(id)
    }
    interruptUntil = nil
    if let effects = onUppermost({ $0.type(key, &$1) }) { return effects }
    if focus == .prompt {
      if let action = compose.prompt.editor.action(for: key) { return edit(action) }
      // Nothing is sent by Enter: it is what it is in every editor.
      return key == Key(.enter) ? edit(.newline) : []
    }
    if isFinding { typeFind(key) }
    return []
  }

  private mutating func paste(_ text: String) -> [Effect] {
    if let effects = onUppermost({ $0.paste(text, &$1) }) { return effects }
    if isFinding {
      find?.line.paste(text)
      return []
    }
    focus = .prompt
    return edit(.paste(text))
  }

  private mutating func take(_ mouse: Mouse) -> [Effect] {
    if let effects = takeSelecting(mouse) ?? takePromptDrag(mouse) { return effects }
    let step = mouse.action == .wheelDown ? 3 : mouse.action == .wheelUp ? -3 : 0
    guard !ComposeLayout.isTooSmall(size) else { return [] }
    if layer == nil, mouse.action == .press, mouse.button == .left, StatusBar.godot(self, size).contains(mouse.point) {
      return perform(.log)
    }
    if let effects = onUppermost({ $0.take(mouse, step, &$1) }) { return effects }
    takeInPanes(mouse, step)
    takeInPrompt(mouse, step)
    return []
  }

  /// The mouse over the panes and their tabs, a replay's too.
  mutating func takeInPanes(_ mouse: Mouse, _ step: Int) {
    let layout = ComposeLayout(self, size)
    let pane = layout.panes.first { $0.rect.contains(mouse.point) }?.index
    if step != 0, let pane {
      if mouse.modifiers.contains(.shift), !panes[pane].wrapsCode {
        moveCode(of: pane, by: step)
      } else {
        panes[pane].scroll(by: step)
      }
    }
    let sideways = mouse.action == .wheelRight ? 3 : mouse.action == .wheelLeft ? -3 : 0
    if sideways != 0, let pane, !panes[pane].wrapsCode { moveCode(of: pane, by: sideways) }
    guard mouse.action == .press, mouse.button == .left else { return }
    if let pane {
      activePane = pane
      focus = .pane
      if let rect = layout.panes.first(where: { $0.index == pane })?.rect { press(pane, rect, at: mouse.point) }
    } else if layout.tabs.contains(mouse.point), let tab = TabStrip(self, theme, layout.tabs).pane(at: mouse.point.x) {
      activePane = tab
      focus = .pane
    } else if layout.strip.contains(mouse.point) {
      activePane = PaneStrip.panes(self)[mouse.point.y - layout.strip.y]
      focus = .pane
    }
  }

  private mutating func takeInPrompt(_ mouse: Mouse, _ step: Int) {
    let layout = ComposeLayout(self, size)
    guard layout.prompt.contains(mouse.point) else { return }
    if step != 0 { compose.prompt.editor.scroll(by: step, in: layout.promptText) }
    if mouse.action == .press, mouse.button == .left { pressPrompt(layout.promptText, at: mouse.point) }
  }
}
