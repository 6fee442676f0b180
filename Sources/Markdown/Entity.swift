/// HTML's character references, the common names only. The rest is shown as written.
enum Entity {
  /// `reference` from `&` to `;`.
  static func character(_ reference: String) -> String? {
    let name = reference.dropFirst().dropLast()
    guard name.first == "#" else { return names[String(name)] }
    let digits = name.dropFirst()
    let isHex = digits.first == "x" || digits.first == "X"
    let value = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
    guard let value else { return nil }
    return String(Character(value == 0 ? "\u{FFFD}" : Unicode.Scalar(value) ?? "\u{FFFD}"))
  }

  private static let names = [
    "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "copy": "©", "reg": "®",
    "trade": "™", "mdash": "—", "ndash": "–", "hellip": "…", "laquo": "«", "raquo": "»", "lsquo": "‘", "rsquo": "’",
    "ldquo": "“", "rdquo": "”", "bull": "•", "middot": "·", "times": "×", "divide": "÷", "plusmn": "±", "deg": "°",
    "larr": "←", "rarr": "→", "uarr": "↑", "darr": "↓", "harr": "↔", "rArr": "⇒", "le": "≤", "ge": "≥", "ne": "≠",
    "asymp": "≈", "infin": "∞", "sum": "∑", "radic": "√", "euro": "€", "pound": "£", "yen": "¥", "sect": "§",
    "para": "¶", "frac12": "½", "frac14": "¼", "micro": "µ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ",
    "lambda": "λ", "mu": "μ", "pi": "π", "sigma": "σ", "omega": "ω", "check": "✓", "cross": "✗",
  ]
}
