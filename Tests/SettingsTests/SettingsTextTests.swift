import ConfigurationReading
import Settings
import Testing

@Suite("Settings as text") struct SettingsTextTests {
  private func back(_ settings: Settings) throws -> Settings {
    let loaded = try Settings.parse(settings.yaml)
    #expect(loaded.warnings.isEmpty)
    return loaded.settings
  }

  @Test("The defaults are read back") func defaults() throws { #expect(try back(Settings()) == Settings()) }

  @Test(
    "Whatever is set is read back",
    arguments: [
      "plain", "null", "~", "off", "a: b # c", "\"q\" \\ '", "tab\tline\nend", "-", "[x]", "é 日\u{2028}\u{85}", " ",
    ])
  func everything(text: String) throws {
    var settings = Settings()
    settings.theme = text
    settings.mouse = false
    settings.editor = .vi
    let source = KeySetting.Source(file: "x", line: 99)
    settings.keys = [
      KeySetting("send", keys: [text, "~", "ctrl--"], source: source), KeySetting("quit", keys: [], source: source),
    ]
    settings.screen.links = .on
    settings.screen.notice = .osc99
    settings.screen.background = .terminal
    settings.screen.animation = false
    settings.screen.notifyCommand = .program(["notify", text])
    settings.godot.destination = .url("wss://logs.example:9060/mcp")
    settings.godot.caFile = text
    settings.godot.conversations = .log
    settings.godot.keepDays = 7
    settings.attachments.maximumBytes = 5
    settings.attachments.allowedRoots = [text, "~/src"]
    for token in [
      Settings.Godot.Token.environment("TOKEN"), .command(.program(["pass", text])), .command(.shell("x \(text)")),
    ] {
      settings.godot.token = token
      #expect(try back(settings) == settings)
    }
  }
}
