import Canvas
import ConfigurationReading
import Interchange
import JSON
import Settings

/// How the screen looked last, so that the first frame, which is drawn before settings are read and before the terminal
/// tells its background, looks so too and nothing flashes.
struct LastLook: Hashable, Sendable {
  var theme: Theme
  /// Whether the terminal's background was light.
  var isOnLight: Bool
  /// The kind of terminal: another may have another background.
  var terminal: String

  /// What tells terminals apart.
  static func terminal(_ variables: [String: String]) -> String {
    ["TERM", "TERM_PROGRAM", "COLORFGBG"].map { variables[$0] ?? "" }.joined(separator: "|")
  }

  /// What `COLORFGBG` says of the background, as rxvt and its relatives set it: the number behind the last semicolon is
  /// the palette's. `nil` where it says nothing.
  static func hint(_ variables: [String: String]) -> Bool? {
    guard let last = variables["COLORFGBG"]?.split(separator: ";").last, let number = Int(last),
      (0...15).contains(number)
    else { return nil }
    return number == 7 || number > 8
  }

  /// What the first frame is drawn with, and whether the background is taken for light until the terminal tells.
  static func first(_ variables: [String: String], _ paths: Paths) -> (theme: Theme, isOnLight: Bool) {
    let hint = hint(variables)
    if let last = read(paths), last.terminal == terminal(variables) { return (last.theme, hint ?? last.isOnLight) }
    // The theme comes with the program; without it the first frame is dark.
    let light = hint == true ? try? ThemeLoader(directories: []).load(Settings.lightTheme) : nil
    return (light ?? .fallback, hint ?? false)
  }

  private static let mostBytes = 1 << 16

  private static func path(_ paths: Paths) -> String { "\(paths.stateDirectory)/look.json" }

  /// `nil` where nothing was kept, or what was kept cannot be used: the next frame will be right all the same.
  static func read(_ paths: Paths) -> LastLook? {
    // What is wrong with the file, or with what is in it, helps nobody.
    guard let bytes = try? RegularFile(path: path(paths)).read(limit: mostBytes), let json = try? JSON(bytes: bytes),
      let name = json["name"]?.string, let isDark = json["dark"]?.bool, let isOnLight = json["on_light"]?.bool,
      let terminal = json["terminal"]?.string, let keepsBackground = json["terminal_background"]?.bool
    else { return nil }
    let colors = (json["colors"]?.array ?? []).compactMap { $0.string.flatMap { Color(hex: $0) } }
    guard [16, 24].contains(colors.count) else { return nil }
    var theme = Theme(name: name, isDark: isDark, colors: colors)
    theme.keepsTerminalBackground = keepsBackground
    theme.keepsSchemeColors = json["scheme_colors"]?.bool ?? false
    return LastLook(theme: theme, isOnLight: isOnLight, terminal: terminal)
  }

  /// Themes of the terminal's own colours are not kept: they look right from the first frame on.
  func write(_ paths: Paths) throws(ExportProblem) {
    let colors = theme.colors.compactMap(\.rgb).map { rgb in
      let digits = String(rgb, radix: 16)
      return JSON.string(String(repeating: "0", count: 6 - digits.count) + digits)
    }
    guard colors.count == theme.colors.count, Self.read(paths) != self else { return }
    let json: JSON = [
      "name": .string(theme.name), "dark": .bool(theme.isDark), "on_light": .bool(isOnLight),
      "terminal": .string(terminal), "terminal_background": .bool(theme.keepsTerminalBackground),
      "scheme_colors": .bool(theme.keepsSchemeColors),
      "colors": .array(colors),
    ]
    let file = try ReplacementFile(path: Self.path(paths))
    try file.write(json.text + "\n")
    try file.finish()
  }
}
