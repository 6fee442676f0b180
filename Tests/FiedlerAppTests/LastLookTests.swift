import Canvas
import FoundationEssentials
import Settings
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("The look of the first frame") struct LastLookTests {
  private let directory = try! TemporaryDirectory()

  private func variables(_ more: [String: String] = [:]) -> [String: String] {
    ["HOME": directory.path, "TERM": "xterm-256color"].merging(more) { $1 }
  }

  private func paths() throws -> Paths {
    let paths = Paths(environment: variables())
    try paths.createDirectories()
    return paths
  }

  @Test("It is that of the last run in such a terminal") func last() throws {
    let paths = try paths()
    var light = try ThemeLoader(directories: []).load(Settings.lightTheme)
    light.keepsTerminalBackground = true
    #expect(LastLook.first(variables(), paths).theme == .fallback)
    try LastLook(theme: light, isOnLight: true, terminal: LastLook.terminal(variables())).write(paths)
    let first = LastLook.first(variables(), paths)
    #expect(first.theme == light && first.isOnLight)
    let other = LastLook.first(variables(["TERM_PROGRAM": "other"]), paths)
    #expect(other.theme == .fallback && !other.isOnLight, "another terminal may have another background")
  }

  @Test(
    "COLORFGBG tells a light background from a dark one",
    arguments: [
      ("0;15", true), ("0;default;15", true), ("0;7", true), ("15;0", false), ("7;8", false), ("15;default", nil),
      ("", nil),
      ("x", nil), ("0;99", nil),
    ] as [(String, Bool?)])
  func hint(_ value: String, _ isLight: Bool?) throws {
    #expect(LastLook.hint(["COLORFGBG": value]) == isLight)
    let first = LastLook.first(variables(["COLORFGBG": value]), try paths())
    #expect(first.isOnLight == (isLight ?? false) && first.theme.isDark == !(isLight ?? false))
  }

  @Test("A file that is none is passed over", arguments: ["", "{}", "nonsense", "{\"name\": \"x\", \"colors\": []}"])
  func broken(_ text: String) throws {
    let paths = try paths()
    try text.write(toFile: "\(paths.stateDirectory)/look.json", atomically: true, encoding: .utf8)
    #expect(LastLook.first(variables(), paths).theme == .fallback)
  }

  @Test("The terminal's own background stays where it is wanted, under text and not under panels") func ownBackground()
  {
    var theme = Theme.fallback
    theme.keepsTerminalBackground = true
    #expect(theme.text.background == .default && theme.accent.background == .default)
    #expect(theme.bar.background == Theme.fallback.panel && theme.text.foreground == Theme.fallback.text.foreground)
  }
}
