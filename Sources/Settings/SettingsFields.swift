import ConfigurationReading
import JSON

/// The keys of `config.yaml`.
enum SettingsFields {
  static let file: [ConfigurationField] = [
    ConfigurationField("theme", "A base16 or base24 scheme, by the name `fiedler themes list` has.", .text),
    ConfigurationField("mouse", "off: the mouse is the terminal's own, which selects text without Shift.", .boolean),
    ConfigurationField("editor", "The prompt's keys.", choice(Settings.EditorKeys.self)),
    ConfigurationField("escape_ms", "Milliseconds that ESC waits for the rest of a key.", .integer(1...5000)),
    ConfigurationField(
      "background", "Whose background there is: the theme's or the terminal's own.",
      choice(Settings.Screen.Background.self)),
    ConfigurationField(
      "contrast", "Whether a scheme's colours are changed so that text can be read, or drawn as it has them.",
      choice(Settings.Screen.ContrastRule.self)),
    ConfigurationField(
      "links", "Whether links are the terminal's own (OSC 8); auto: where it is known to take them.",
      choice(Settings.Screen.Links.self)),
    ConfigurationField(
      "notify", "How it is told that a send is done while the terminal has not the focus.",
      choice(Settings.Screen.Notice.self)),
    ConfigurationField(
      "notify_command", "A command that tells it instead; the words are its last argument, $1 of a line for the shell.",
      .textOrTexts),
    ConfigurationField(
      "animation", "off: no clock and no figure goes on by itself while answers come.", .boolean),
    ConfigurationField(
      "reading", "top: an answer stays at its beginning while it grows; end: its end is followed.",
      choice(Settings.Screen.Reading.self)),
    ConfigurationField(
      "keys", "Other keys for actions, by the names of `fiedler keys`; [] takes an action's keys off.",
      .named(.textOrTexts)),
    ConfigurationField("godot", "The log server.", .mapping(godot)),
    ConfigurationField(
      "attachments", "Limits of what goes with one prompt, all files together.", .mapping(attachments)),
  ]

  static let godot: [ConfigurationField] = [
    ConfigurationField("url", "embedded (within Fiedler), a ws:// or wss:// URL, or off.", .text),
    ConfigurationField("token_env", "The environment variable with its bearer token.", .text),
    ConfigurationField("token_command", "A command that prints the token.", .textOrTexts),
    ConfigurationField("ca_file", "A PEM file with whom to trust instead of the system's authorities.", .text),
    ConfigurationField(
      "conversations", "How turns are told: with the server's tools, as log records, or as it can.",
      choice(Settings.Godot.Conversations.self)),
    ConfigurationField("keep_days", "Days that the embedded server keeps log records.", .integer(1...36_500)),
  ]

  static let attachments: [ConfigurationField] = [
    ConfigurationField("max_files", "Files at most.", .integer(1...100_000)),
    ConfigurationField("max_bytes", "Bytes at most.", .integer(1...2_000_000_000)),
    ConfigurationField("max_lines", "Lines at most.", .integer(1...100_000_000)),
    ConfigurationField("allowed_roots", "Directories that files must lie in; [] is anywhere.", .texts),
  ]

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ type: Choice.Type
  ) -> ConfigurationField.Shape { .choice(type.allCases.map(\.rawValue)) }
}

extension Settings {
  /// A JSON Schema of `config.yaml`.
  public static var schema: JSON { SettingsFields.file.schema(title: "Fiedler's config.yaml") }
}
