import Canvas
import ConfigurationReading

/// Reads one scheme in either form.
enum ThemeReader {
  /// `base00` to `base0F`, and to `base17` in a base24 scheme.
  private static let names = (0..<24).map { index in
    "base\(index < 16 ? "0" : "1")" + String(index % 16, radix: 16, uppercase: true)
  }

  static func theme(from document: YAMLDocument, slug: String) throws(ThemeLoader.Failure) -> Theme {
    let theme = document.root.flatMap { $0.mapping() }.flatMap { read($0, slug: slug, document.problems) }
    do { try document.check() } catch { throw .unreadable(error) }
    guard let theme else {
      let problem = ConfigurationProblem(
        .error, file: document.problems.file, line: 0, key: "", .missing(expected: "a base16 or base24 scheme"))
      throw .unreadable(ConfigurationError([problem]))
    }
    return theme
  }

  private static func read(_ top: YAMLMapping, slug: String, _ problems: ProblemCollector) -> Theme? {
    let palette: YAMLMapping
    if let value = top["palette"] {
      guard let mapping = value.mapping(expected: "a palette: base00 to base0F, each with a colour") else { return nil }
      palette = mapping
    } else {
      palette = top
    }
    let system = top["system"].flatMap(system)
    // A base16 scheme may carry a few colours of base24; without the whole set they mean nothing.
    let isBase24 = system == "base24" || system == nil && names.allSatisfy { palette[$0] != nil }
    let wanted = isBase24 ? names : Array(names.prefix(16))
    let colors = wanted.compactMap { name in
      palette.require(name, expected: "a colour such as \"1d2027\"").flatMap(color)
    }
    let isDark = top["variant"].flatMap(variant)
    // The flat form calls the name `scheme`.
    let name = (top["name"] ?? top["scheme"])?.string(expected: "the theme's name") ?? slug
    guard colors.count == wanted.count else { return nil }
    return Theme(
      name: name, isDark: isDark ?? (Contrast.luminance(colors[0]) < Contrast.luminance(colors[5])), colors: colors)
  }

  private static func system(_ value: YAMLValue) -> String? {
    let expected = "base16 or base24"
    guard let text = value.string(expected: expected) else { return nil }
    if ["base16", "base24"].contains(text) { return text }
    value.error(.invalidValue(found: text.quoted, expected: expected))
    return nil
  }

  private static func variant(_ value: YAMLValue) -> Bool? {
    let expected = "dark or light"
    guard let text = value.string(expected: expected) else { return nil }
    if ["dark", "light"].contains(text) { return text == "dark" }
    value.error(.invalidValue(found: text.quoted, expected: expected))
    return nil
  }

  private static func color(_ value: YAMLValue) -> Color? {
    let expected = "six hexadecimal digits, with or without #, such as \"1d2027\""
    guard let text = value.string(expected: expected) else { return nil }
    let digits = text.hasPrefix("#") ? text.dropFirst() : text[...]
    guard digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit), let rgb = UInt32(digits, radix: 16) else {
      value.error(.invalidValue(found: text.quoted, expected: expected))
      return nil
    }
    return Color(rgb: rgb)
  }
}
