import Canvas

/// How keys are written in settings: `ctrl-x`, `alt-enter`, `shift-tab`, `f5`, `pgdn`, `space`, `Y`.
public enum KeySyntax {
  private static let names: [(name: String, code: Key.Code)] = [
    ("enter", .enter), ("tab", .tab), ("backspace", .backspace), ("esc", .escape), ("delete", .delete),
    ("insert", .insert), ("up", .up), ("down", .down), ("left", .left), ("right", .right), ("home", .home),
    ("end", .end), ("pgup", .pageUp), ("pgdn", .pageDown), ("space", .character(" ")),
  ]
  private static let otherNames: [String: Key.Code] = [
    "return": .enter, "escape": .escape, "del": .delete, "ins": .insert, "pageup": .pageUp, "page_up": .pageUp,
    "pagedown": .pageDown, "page_down": .pageDown, "minus": .character("-"),
  ]
  private static let modifiers: [(names: [String], modifier: Key.Modifiers)] = [
    (["ctrl", "control", "c"], .control), (["alt", "meta", "m"], .alt), (["shift"], .shift),
  ]

  /// The key of a name, as the terminal would report it; `nil` if there is none. Names of keys and modifiers may be
  /// written in any case; a single letter means itself, `Y` being another key than `y`.
  public static func key(_ text: String) -> Key? {
    var rest = text[...]
    var held: Key.Modifiers = []
    // A dash at the end is the key itself: `ctrl--`.
    while let dash = rest.dropLast().firstIndex(where: { $0 == "-" || $0 == "+" }), dash > rest.startIndex {
      let name = rest[..<dash].lowercased()
      guard let found = modifiers.first(where: { $0.names.contains(name) })?.modifier else { return nil }
      held.formUnion(found)
      rest = rest[rest.index(after: dash)...]
    }
    return code(String(rest)).flatMap { reported($0, held) }
  }

  /// The name of a key; ``key(_:)`` reads it back.
  public static func name(_ key: Key) -> String {
    var text = ""
    if key.modifiers.contains(.control) { text += "ctrl-" }
    if key.modifiers.contains(.alt) { text += "alt-" }
    if key.modifiers.contains(.shift) { text += "shift-" }
    switch key.code {
    case .function(let number): return text + "f\(number)"
    case .character(let character) where character != " ": return text + String(character)
    default: return text + (names.first { $0.code == key.code }?.name ?? "")
    }
  }

  private static func code(_ text: String) -> Key.Code? {
    if text.count == 1, let character = text.first {
      let isPrintable = character.unicodeScalars.allSatisfy { $0.value > 0x20 && !(0x7F...0xA0).contains($0.value) }
      return isPrintable && TextWidth.columns(text) > 0 ? .character(character) : nil
    }
    let name = text.lowercased()
    if let code = names.first(where: { $0.name == name })?.code ?? otherNames[name] { return code }
    if name.hasPrefix("f"), let number = Int(name.dropFirst()), (1...24).contains(number), !name.contains("+") {
      return .function(number)
    }
    return nil
  }

  /// What a terminal makes of a key: shift and a letter is the capital, control knows no capitals, and some letters
  /// with control are keys of their own.
  private static func reported(_ code: Key.Code, _ held: Key.Modifiers) -> Key? {
    guard case .character(var character) = code else { return Key(code, held) }
    var held = held
    if held.contains(.control) {
      let lower = character.lowercased()
      if lower.count == 1, let first = lower.first { character = first }
      let others = held.subtracting(.control)
      switch character {
      case "i": return Key(.tab, others)
      case "m": return Key(.enter, others)
      case "h": return Key(.backspace, others)
      case "[": return Key(.escape, others)
      default: return Key(.character(character), held)
      }
    }
    if held.contains(.shift), character.isLetter {
      let upper = character.uppercased()
      if upper.count == 1, let first = upper.first { character = first }
      held.remove(.shift)
    }
    return Key(.character(character), held)
  }
}
