import Canvas

/// A layer with one line that is being typed.
protocol LineTyping: Screen {
  var line: LineEditor { get set }
  /// Something was typed or pasted: what was said of the line before holds no more.
  mutating func lineChanged()
}

extension LineTyping {
  var isTyping: Bool { true }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    if line.take(key) { lineChanged() }
    return []
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    line.paste(text)
    lineChanged()
    return []
  }

  mutating func lineChanged() {}
}
