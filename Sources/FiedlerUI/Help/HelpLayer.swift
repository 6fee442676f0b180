import Canvas

/// Help, over any screen: every key in effect, those of the place where it was asked for first. Typing narrows it, and
/// what is selected can be done from here.
struct HelpLayer: Screen {
  /// Where it was asked for.
  let place: [KeyContext]
  /// The prompt editor's keys, which it tells too.
  let keys: Editor.Keys
  private(set) var line = LineEditor()
  /// Among the entries.
  private(set) var selected = 0

  init(at place: [KeyContext], _ keys: Editor.Keys) {
    self.place = place
    self.keys = keys
  }

  func contexts(_ world: World) -> [KeyContext] { [.help, .everywhere] }

  var isTyping: Bool { true }

  func rows(_ keyMap: KeyMap) -> [HelpTable.Row] { HelpTable.rows(keyMap, keys, at: place, filter: line.text) }

  private func entries(_ world: World) -> [HelpTable.Entry] { rows(world.keyMap).compactMap(\.entry) }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    let before = line.text
    if line.take(key), line.text != before { selected = 0 }
    return []
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    line.paste(text)
    selected = 0
    return []
  }

  private mutating func move(by step: Int, _ world: World) {
    selected = min(max(0, selected + step), max(0, entries(world).count - 1))
  }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    move(by: motion.step(page: HelpLayout(rows(world.keyMap), world.size).height), world)
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    move(by: step, world)
    return []
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    let entries = entries(world)
    guard entries.indices.contains(selected) else { return [] }
    guard let action = entries[selected].action else {
      world.show("“\(entries[selected].title)” is for text that is being typed")
      return []
    }
    world.then { app in
      app.layer = nil
      return app.performFromPalette(action)
    }
    return []
  }

  mutating func close(_ world: inout World) -> [Effect] {
    world.closeLayer()
    return []
  }

  func hints(_ world: World) -> [(ActionID, String)]? { [(.accept, "do it"), (.close, "close")] }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    HelpView(help: self, keyMap: look.world.keyMap, theme: look.theme).draw(size, &frame)
  }
}

extension AppState {
  mutating func toggleHelp() {
    layer = layer is HelpLayer ? nil : HelpLayer(at: activeContexts, compose.prompt.editor.keys)
  }
}
