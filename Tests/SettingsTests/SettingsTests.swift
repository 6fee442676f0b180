import ConfigurationReading
import Settings
import TestSupport
import Testing

@Suite struct SettingsTests {
  private func errors(_ text: String) -> [String] {
    do throws(ConfigurationError) {
      _ = try Settings.parse(text)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test("Without a config.yaml, and with an empty one, the defaults hold") func defaults() throws {
    let directory = try TemporaryDirectory()
    for loaded in [
      try Settings.load(path: directory("config.yaml")), try Settings.parse(""), try Settings.parse("# x"),
    ] {
      #expect(loaded.settings == Settings())
      #expect(loaded.warnings.isEmpty)
    }
    let settings = Settings()
    #expect(settings.theme == nil)
    #expect(settings.godot.destination == .embedded)
    #expect(settings.godot.conversations == .auto)
    #expect(settings.godot.keepDays == nil)
    #expect(settings.attachments.maximumFiles == 100)
    #expect(settings.attachments.maximumBytes == 20_000_000)
    #expect(settings.attachments.maximumLines == 100_000)
  }

  @Test("Every setting is read") func everything() throws {
    let text = """
      theme: Fiedler Light
      links: off
      notify: osc777
      background: terminal
      animation: off
      notify_command: notify-send "$1"
      godot:
        url: wss://logs.example:9060/mcp
        token_command: [pass, show, godot]
        ca_file: ~/godot.pem
        conversations: tools
        keep_days: 90
      attachments:
        max_files: 5
        max_bytes: 1_000_000
        max_lines: 200
        allowed_roots: [~/src, /data]
      """
    let loaded = try Settings.parse(text)
    #expect(loaded.warnings.isEmpty)
    var expected = Settings()
    expected.theme = "Fiedler Light"
    expected.screen.links = .off
    expected.screen.notice = .osc777
    expected.screen.background = .terminal
    expected.screen.animation = false
    expected.screen.notifyCommand = .shell("notify-send \"$1\"")
    expected.godot.destination = .url("wss://logs.example:9060/mcp")
    expected.godot.token = .command(.program(["pass", "show", "godot"]))
    expected.godot.caFile = "~/godot.pem"
    expected.godot.conversations = .tools
    expected.godot.keepDays = 90
    expected.attachments.maximumFiles = 5
    expected.attachments.maximumBytes = 1_000_000
    expected.attachments.maximumLines = 200
    expected.attachments.allowedRoots = ["~/src", "/data"]
    #expect(loaded.settings == expected)
    #expect(try Settings.parse("godot: {url: off, token_env: T}").settings.godot.destination == .off)
    #expect(try Settings.parse("godot: {url: embedded}").settings.godot.destination == .embedded)
    #expect(try Settings.parse("godot: {token_env: T}").settings.godot.token == .environment("T"))
  }

  @Test("All errors of a file are told at once, unknown keys are warnings, and no secret is shown") func problems()
    throws
  {
    let text = """
      theme: [dark]
      godot:
        url: http://x
        token_env: eyJhbGciOi.secret
        token_command: ""
      attachments:
        max_files: 0
        max_lines: many
        allowed_roots: /data
      """
    #expect(
      errors(text) == [
        "config.yaml:1: theme: found a list, expected a theme's name",
        #"config.yaml:3: godot.url: found "http://x", expected "#
          + "embedded, a ws:// or wss:// URL such as ws://127.0.0.1:9060, or off",
        "config.yaml:4: godot.token_env: found text that is no such name, "
          + "expected the name of an environment variable, such as GODOT_TOKEN",
        "config.yaml:5: godot.token_command: found an empty line, "
          + "expected a command: a list [program, argument, ...] or a line for the shell",
        "config.yaml:7: attachments.max_files: found 0, expected a whole number of files from 1 to 100000",
        #"config.yaml:8: attachments.max_lines: found "many", "#
          + "expected a whole number of lines from 1 to 100000000",
        #"config.yaml:9: attachments.allowed_roots: found "/data", expected a list of directories"#,
      ])
    #expect(errors("godot: {token_env: A, token_command: b}").count == 1)
    let ascii = "a URL is in ASCII: the host by its xn-- name, other letters of a path as %XX"
    for (url, reason) in [
      ("ws://b\u{FC}cher.example", ascii), ("ws://h:99999", "the port is wrong"), ("wss://h/#x", "a URL has no #"),
    ] {
      #expect(errors("godot: {url: '\(url)'}").first?.contains("(\(reason)), expected embedded") == true, "\(url)")
    }
    for url in ["ws://user:sesame@h", "http://h?token=sesame", "ws://h/#sesame", "user:sesame@h"] {
      let told = errors("godot: {url: '\(url)'}")
      #expect(told.count == 1 && !told[0].contains("sesame") && told[0].contains("config.yaml:1: godot.url"), "\(told)")
    }
    let loaded = try Settings.parse("them: x\ngodot: {ulr: off}")
    #expect(
      loaded.warnings.map(\.description) == [
        "config.yaml:1: them: unknown key, ignored; did you mean theme?",
        "config.yaml:2: godot.ulr: unknown key, ignored; did you mean url?",
      ])
  }

  @Test(
    "A URL that Godot cannot have is refused",
    arguments: ["ws://", "ws://me:pw@x", "ws://x:0", "ws://x#a", "//x", "embeded", "'ws://a b'"])
  func badURLs(url: String) { #expect(errors("godot: {url: \(url)}").count == 1) }

  @Test("A token over plain ws to another machine is warned of; on this machine it is not") func plainToken() throws {
    #expect(try Settings.parse("godot: {url: 'ws://10.0.0.1:9060', token_env: T}").warnings.count == 1)
    #expect(try Settings.parse("godot: {url: 'ws://localhost:9060', token_env: T}").warnings.isEmpty)
    #expect(try Settings.parse("godot: {url: 'ws://10.0.0.1:9060'}").warnings.isEmpty)
  }

  @Test("The editor's keys are emacs or vi; anything else is an error that names both") func editorKeys() throws {
    #expect(try Settings.parse("theme: x").settings.editor == .emacs)
    #expect(try Settings.parse("editor: vi").settings.editor == .vi)
    let error = #expect(throws: ConfigurationError.self) { try Settings.parse("editor: nano") }
    #expect("\(error as Any)".contains("emacs or vi"))
  }

  @Test("Where the mouse is not set, it is reported everywhere but in GNU screen") func mouse() throws {
    let screen = ["TERM": "screen.xterm-256color", "STY": "1.pts"]
    let settings = try Settings.parse("theme: x").settings
    #expect(!settings.reportsMouse(in: screen) && settings.reportsMouse(in: ["TERM": "xterm"]))
    #expect(settings.reportsMouse(in: screen.merging(["TMUX": "/tmp/tmux-0/default,1,0"]) { $1 }))
    #expect(try Settings.parse("mouse: on").settings.reportsMouse(in: screen))
    #expect(try !Settings.parse("mouse: off").settings.reportsMouse(in: [:]))
  }

  @Test("A config.yaml that is there but cannot be read is an error") func unreadable() throws {
    let directory = try TemporaryDirectory()
    #expect(throws: ConfigurationError.self) { try Settings.load(path: directory.path) }
  }
}

@Suite struct KeySettingTests {
  @Test("Keys are kept as written, with their lines") func keys() throws {
    let text = "mouse: off\nkeys:\n  send: [alt-enter, f5]\n  pane.copy: Y\n  quit: null\n  suspend: []\n"
    let settings = try Settings.parse(text).settings
    #expect(settings.mouse == false)
    #expect(settings.keys.map(\.name) == ["send", "pane.copy", "quit", "suspend"])
    #expect(settings.keys.map(\.keys) == [["alt-enter", "f5"], ["Y"], [], []])
    #expect(settings.keys.map(\.source.line) == [3, 4, 5, 6])
  }

  @Test("Keys that are no text are errors") func wrong() {
    #expect(throws: ConfigurationError.self) { try Settings.parse("keys: {send: {a: b}}") }
    #expect(throws: ConfigurationError.self) { try Settings.parse("keys: [send]") }
  }
}
