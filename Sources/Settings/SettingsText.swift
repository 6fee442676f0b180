import ConfigurationReading

extension Settings {
  /// These settings as a commented `config.yaml`; ``parse(_:file:)`` reads the same settings from it.
  public var yaml: String {
    let reported = mouse.map { "mouse: \($0 ? "on" : "off")" } ?? "# mouse: on"
    var lines: [String] = [
      "# Any base16 or base24 scheme: `fiedler themes list`. If not set: what /theme chose, else as the background is.",
      theme.map { "theme: \(YAMLText.scalar($0))" } ?? "# theme: \(Self.darkTheme)", "",
      "# off: the mouse is the terminal's own, which selects text without Shift.",
      "# If not set: on, but in GNU screen, which keeps a lone Esc back while the mouse is reported.",
      reported, "",
      "# The prompt's keys: emacs or vi.", "editor: \(editor.rawValue)", "",
      "# Milliseconds that ESC waits for the rest of a key before it is Escape. If not set: ESCDELAY, else 50, over ssh 100.",
      escapeMilliseconds.map { "escape_ms: \($0)" } ?? "# escape_ms: 50", "",
    ]
    lines += screenLines
    lines += [
      "", "# Other keys for actions: `fiedler keys` names them all. [] takes an action's keys off.",
      "#   send: [alt-enter, f5]", "#   pane.copy: X          # in one place alone",
    ]
    lines.append(keys.isEmpty ? "keys: {}" : "keys:")
    lines += keys.map { "  \(YAMLText.scalar($0.name)): \(YAMLText.list($0.keys))" }
    return (lines + [""] + godotLines + [""] + attachmentLines).joined(separator: "\n") + "\n"
  }

  private var godotLines: [String] {
    let url =
      switch godot.destination {
      case .off: "off"
      case .embedded: "embedded"
      case .url(let url): YAMLText.scalar(url)
      }
    var lines = [
      "# The log server.", "godot:", "  # embedded: within Fiedler; a ws:// or wss:// URL; or off.", "  url: \(url)",
      "  # Where its bearer token is: a variable's name, or a command that prints it.",
    ]
    switch godot.token {
    case nil: lines += ["  # token_env: GODOT_TOKEN", "  # token_command: [pass, show, godot]"]
    case .environment(let name): lines.append("  token_env: \(YAMLText.scalar(name))")
    case .command(let command): lines.append("  token_command: \(Self.command(command))")
    }
    lines.append("  # Whom to trust instead of the system's authorities.")
    lines.append(godot.caFile.map { "  ca_file: \(YAMLText.scalar($0))" } ?? "  # ca_file: /etc/ssl/godot.pem")
    lines.append("  # How turns are told: auto, log or tools.")
    lines.append("  conversations: \(godot.conversations.rawValue)")
    lines.append("  # Days the embedded server keeps log records; for ever if not set.")
    lines.append(godot.keepDays.map { "  keep_days: \($0)" } ?? "  # keep_days: 90")
    return lines
  }

  private var attachmentLines: [String] {
    [
      "# Limits of what goes with one prompt, all files together.", "attachments:",
      "  max_files: \(attachments.maximumFiles)", "  max_bytes: \(attachments.maximumBytes)",
      "  max_lines: \(attachments.maximumLines)", "  # Directories files must lie in; [] is anywhere.",
      "  allowed_roots: \(YAMLText.list(attachments.allowedRoots))",
    ]
  }

  static func command(_ command: CommandSetting) -> String {
    switch command {
    case .program(let words): YAMLText.list(words)
    case .shell(let line): YAMLText.scalar(line)
    }
  }
}
