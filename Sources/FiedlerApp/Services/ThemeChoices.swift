import Canvas
import FiedlerUI
import Settings

/// Which theme is drawn, and which there are.
extension Services {
  /// The chosen theme: of the settings, else of the picker; `nil` where none was chosen.
  func theme() throws(ThemeLoader.Failure) -> Theme? {
    guard let name = settings.theme ?? ThemeFile(paths).read() else { return nil }
    return shown(try ThemeLoader(directories: paths.themeDirectories).load(name))
  }

  /// A theme as the settings want it drawn.
  private func shown(_ theme: Theme) -> Theme {
    var theme = theme
    theme.keepsTerminalBackground = settings.screen.background == .terminal
    theme.keepsSchemeColors = settings.screen.contrast == .scheme
    return theme
  }

  /// The theme for a background; `nil` where the user chose one.
  func theme(onLight isLight: Bool) throws(ThemeLoader.Failure) -> Theme? {
    guard settings.theme == nil, ThemeFile(paths).read() == nil else { return nil }
    return shown(
      try ThemeLoader(directories: paths.themeDirectories).load(isLight ? Settings.lightTheme : Settings.darkTheme))
  }

  /// Has a theme at the next start. Returns what there is to know about it, in plain words.
  func keep(theme slug: String) throws -> String {
    try ThemeFile(paths).write(slug)
    guard let name = settings.theme, name != slug else { return "Kept for the next start" }
    return "Until you leave: config.yaml has theme: \(name). Take that out to keep what you choose here"
  }

  /// Every theme that can be read; `fiedler themes check` tells what is wrong with another.
  func themes() -> [ThemeChoice] {
    let loader = ThemeLoader(directories: paths.themeDirectories)
    return loader.list().compactMap { entry in
      // A broken scheme that nobody chose must not keep the rest from being shown.
      (try? loader.load(entry)).map { ThemeChoice(slug: entry.slug, theme: shown($0)) }
    }
  }
}
