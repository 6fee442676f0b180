import Canvas

/// What the user does goes to the layer, else to the screen that is shown.
extension AppState {
  mutating func take(_ input: Input) -> [Effect] {
    switch input {
    case .resize(let size):
      world.size = size
      return []
    case .key(let key): return take(key)
    case .escaped(let key): return take(escaped: key)
    case .paste(let text): return onUppermost { $0.paste(text, &$1) }
    case .burst(let text): return take(burst: text)
    case .mouse(let mouse): return take(mouse)
    case .focus(let isHere):
      isElsewhere = !isHere
      return []
    case .background(let color): return [.followBackground(isLight: Contrast.luminance(color) > 0.18)]
    }
  }

  /// The contexts whose keys work now; the first that knows a key decides.
  var activeContexts: [KeyContext] { uppermost.contexts(world) }

  /// ESC and a key in one. While vi's keys insert or select, Escape is what leads out, and over a slow line the command
  /// behind it comes in the same read; a terminal that tells Alt apart (kitty's protocol) never sends it so. Everywhere
  /// else it is the chord with Alt, as terminals have sent it for ever.
  private mutating func take(escaped key: Key) -> [Effect] {
    if uppermost.leavesByEscape, case .character = key.code, key.modifiers.isEmpty {
      let effects = take(Key(.escape))
      return effects + take(key)
    }
    return take(Key(key.code, key.modifiers.union(.alt)))
  }

  /// Lines that came at once: text where text is typed, else the keys they are made of.
  private mutating func take(burst text: String) -> [Effect] {
    if uppermost.isTyping { return onUppermost { $0.paste(text, &$1) } }
    return text.flatMap { character -> [Effect] in
      switch character {
      case "\n": take(Key(.enter))
      case "\t": take(Key(.tab))
      default: take(Key(.character(character)))
      }
    }
  }

  private mutating func take(_ key: Key) -> [Effect] {
    if layer == nil, let effects = onTop({ $0.takeFirst(key, &$1) }) {
      interruptUntil = nil
      return effects
    }
    if let id = world.keyMap.action(for: key, in: activeContexts) {
      if id != .interrupt { interruptUntil = nil }
      return perform(id)
    }
    interruptUntil = nil
    return onUppermost { $0.type(key, &$1) }
  }

  private mutating func take(_ mouse: Mouse) -> [Effect] {
    if let effects = onTop({ $0.takeDrag(mouse, &$1) }) { return effects }
    let step = mouse.action == .wheelDown ? 3 : mouse.action == .wheelUp ? -3 : 0
    guard !ComposeLayout.isTooSmall(size) else { return [] }
    if layer == nil, mouse.action == .press, mouse.button == .left, StatusBar.godot(self, size).contains(mouse.point) {
      return perform(.log)
    }
    return onUppermost { $0.take(mouse, step, &$1) }
  }
}
