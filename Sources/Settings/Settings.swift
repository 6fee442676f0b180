import Basics
import ConfigurationReading

/// What `config.yaml` says. Every key is optional.
///
/// ```yaml
/// theme: fiedler-dark
/// mouse: on                         # off: the terminal's own selection works without Shift
/// editor: emacs                     # or: vi, the keys of the prompt
/// escape_ms: 50                     # how long ESC waits for more before it is the Escape key
/// background: theme                 # or: terminal, whose own stays
/// links: auto                       # or: on, off; links are the terminal's own (OSC 8)
/// notify: auto                      # or: bell, osc9, osc777, osc99, off; done while the terminal has not the focus
/// notify_command: [notify-send, Fiedler]
/// contrast: readable                # or scheme: the scheme's own colours, whether or not they can be read
/// reading: end                      # or top: an answer stays at its beginning while it grows
/// animation: on                     # off: no clock and no figure goes on by itself
/// keys:                             # any action; `fiedler keys` names them
///   send: [alt-enter, f5]
///   pane.copy: X                    # in one place alone
///   suspend: []                     # no key
/// godot:
///   url: embedded                   # or: ws://127.0.0.1:9060, wss://..., off
///   token_env: GODOT_TOKEN          # or: token_command: [pass, show, godot]
///   ca_file: /etc/ssl/godot.pem     # whom to trust instead of the system's authorities
///   conversations: auto             # or: log, tools
///   keep_days: 90                   # how long the embedded server keeps log records; turns stay
/// attachments:
///   max_files: 100
///   max_bytes: 20000000
///   max_lines: 100000
///   allowed_roots: [~/src]
/// ```
public struct Settings: Hashable, Sendable {
  /// A theme's slug or name; `nil` leaves it to the theme picker, then to the terminal's background.
  public var theme: String?
  /// The theme of a dark background, and of one that is not known.
  public static let darkTheme = "fiedler-dark"
  /// The theme of a light background.
  public static let lightTheme = "fiedler-light"
  /// Whether clicks and the wheel are the program's; `nil` leaves it to ``reportsMouse(in:)``.
  public var mouse: Bool?
  /// The keys of the prompt's editor.
  public var editor = EditorKeys.emacs
  /// How long a lone ESC waits for the rest of a sequence, in milliseconds; `nil` leaves it to the terminal.
  public var escapeMilliseconds: Int?
  /// Other keys for actions, as written and in that order.
  public var keys: [KeySetting] = []
  public var screen = Screen()
  public var godot = Godot()
  public var attachments = Attachments()

  public enum EditorKeys: String, Hashable, Sendable, CaseIterable { case emacs, vi }

  /// The log server.
  public struct Godot: Hashable, Sendable {
    public enum Destination: Hashable, Sendable {
      /// Nothing is logged.
      case off
      /// A log server within this program, with a database beside the history's.
      case embedded
      /// A `ws://` or `wss://` URL.
      case url(String)
    }

    /// Where the bearer token is.
    public enum Token: Hashable, Sendable {
      /// In this environment variable.
      case environment(String)
      /// Printed by this command.
      case command(CommandSetting)
    }

    /// How conversation turns are told to the server.
    public enum Conversations: String, Hashable, Sendable, CaseIterable {
      /// With its conversation tools where it has them, else as log records.
      case auto
      /// Always as log records.
      case log
      /// With its conversation tools alone.
      case tools
    }

    public var destination = Destination.embedded
    public var token: Token?
    /// As written; `~` and relative paths are for the reader to resolve.
    public var caFile: String?
    public var conversations = Conversations.auto
    /// Days; `nil` for ever.
    public var keepDays: Int?

    public init() {}
  }

  /// Whether the mouse is reported in an environment: where not set, everywhere but in GNU screen, which keeps a lone
  /// Esc until the next key comes while it is.
  public func reportsMouse(in variables: [String: String]) -> Bool {
    mouse ?? ((variables["STY"] ?? "").isEmpty || !(variables["TMUX"] ?? "").isEmpty)
  }

  /// Limits of what may go with one prompt, all files together.
  public struct Attachments: Hashable, Sendable {
    public var maximumFiles = 100
    public var maximumBytes = 20_000_000
    public var maximumLines = 100_000
    /// Directories files must lie in; empty: anywhere. As written; `~` and relative paths are for the reader to
    /// resolve.
    public var allowedRoots: [String] = []

    public init() {}
  }

  public init() {}
}

extension Settings {
  /// Settings and what in their file is probably not meant.
  public struct Loaded: Hashable, Sendable {
    public var settings: Settings
    public var warnings: [ConfigurationProblem]
  }

  /// Reads `config.yaml`; a missing file means the defaults. Throws every error of the file at once. Blocks on the
  /// disk.
  public static func load(path: String) throws(ConfigurationError) -> Loaded {
    let document: YAMLDocument
    do throws(RegularFile.Failure) {
      document = try YAMLDocument(path: path)
    } catch .missing {
      return Loaded(settings: Settings(), warnings: [])
    } catch {
      let problem = ConfigurationProblem(.error, file: path, line: 0, key: "", .unreadable(error.description))
      throw ConfigurationError([problem])
    }
    return try read(document)
  }

  /// Reads the content of a `config.yaml`; `file` stands for it in messages.
  public static func parse(_ text: String, file: String = "config.yaml") throws(ConfigurationError) -> Loaded {
    try read(YAMLDocument(text: text, file: file))
  }

  private static func read(_ document: YAMLDocument) throws(ConfigurationError) -> Loaded {
    var settings = Settings()
    if let root = document.root, !root.isNull, let top = root.mapping(known: SettingsFields.file.names) {
      if let theme = top["theme"]?.string(expected: "a theme's name") { settings.theme = theme }
      if let mouse = top["mouse"]?.boolean() { settings.mouse = mouse }
      if let value = top["editor"] { settings.editor = editorKeys(value) ?? .emacs }
      settings.escapeMilliseconds = top["escape_ms"]?.integer(in: 1...5000, unit: "milliseconds")
      settings.screen = Screen(top)
      if let keys = top["keys"]?.mapping(expected: "actions and their keys, such as send: alt-enter") {
        settings.keys = KeySetting.all(in: keys, file: document.problems.file)
      }
      if let godot = top["godot"]?.mapping(known: SettingsFields.godot.names) {
        settings.godot = Godot(godot)
      }
      if let attachments = top["attachments"]?.mapping(known: SettingsFields.attachments.names) {
        settings.attachments = Attachments(attachments)
      }
    }
    try document.check()
    return Loaded(settings: settings, warnings: document.problems.warnings)
  }

  private static func editorKeys(_ value: YAMLValue) -> EditorKeys? {
    let expected = "emacs or vi"
    guard let text = value.string(expected: expected) else { return nil }
    guard let found = EditorKeys(rawValue: text) else {
      value.error(.invalidValue(found: text.quoted, expected: expected))
      return nil
    }
    return found
  }
}

extension Settings.Godot {
  fileprivate init(_ mapping: YAMLMapping) {
    self.init()
    if let value = mapping["url"] { destination = Self.destination(value) ?? .off }
    caFile = mapping["ca_file"]?.string(expected: "a PEM file with certificates")
    if let value = mapping["conversations"] { conversations = Self.conversations(value) ?? .auto }
    keepDays = mapping["keep_days"]?.integer(in: 1...36_500, unit: "days")
    if let value = mapping["token_env"] { token = Self.variable(value).map(Token.environment) }
    if let value = mapping["token_command"] {
      if token != nil { value.error(.conflict("token_env is set too; keep one of them")) }
      token = CommandSetting(value).map(Token.command)
    }
    // What is a destination was read as an address before.
    if case .url(let url) = destination, token != nil, let address = try? Self.address(url), !address.isSecure,
      !address.isLoopback
    {
      mapping["url"]?.warn(.questionable("the token would cross the network unencrypted; use wss"))
    }
  }

  private static func destination(_ value: YAMLValue) -> Destination? {
    let expected = "embedded, a ws:// or wss:// URL such as ws://127.0.0.1:9060, or off"
    guard let text = value.string(expected: expected) else { return nil }
    if text == "off" { return .off }
    if text == "embedded" { return .embedded }
    do throws(WebSocketAddress.Invalid) {
      _ = try address(text)
      return .url(text)
    } catch {
      if text.contains("@") {
        value.error(
          .invalidValue(
            found: "a URL with a user name or password", expected: "the token in token_env or token_command"))
      } else {
        // What follows may be a secret, too.
        let found = String(text.prefix { $0 != "?" && $0 != "#" }).quoted
        // What is no such URL at all is told by what is expected.
        let isMeant = text.lowercased().hasPrefix("ws")
        value.error(.invalidValue(found: isMeant ? "\(found) (\(error.reason))" : found, expected: expected))
      }
      return nil
    }
  }

  private static func address(_ url: String) throws(WebSocketAddress.Invalid) -> WebSocketAddress {
    // Nobody would send it.
    guard !url.contains("#") else { throw WebSocketAddress.Invalid(reason: "a URL has no #") }
    return try WebSocketAddress(url, defaultPort: 9060)
  }

  private static func conversations(_ value: YAMLValue) -> Conversations? {
    let expected = "auto, log or tools"
    guard let text = value.string(expected: expected) else { return nil }
    guard let found = Conversations(rawValue: text) else {
      value.error(.invalidValue(found: text.quoted, expected: expected))
      return nil
    }
    return found
  }

  /// What is found is not repeated in the message: it may be the token itself, put there by mistake.
  private static func variable(_ value: YAMLValue) -> String? {
    let expected = "the name of an environment variable, such as GODOT_TOKEN"
    guard let name = value.string(expected: expected) else { return nil }
    guard EnvironmentVariable.isName(name) else {
      value.error(.invalidValue(found: "text that is no such name", expected: expected))
      return nil
    }
    return name
  }
}

extension Settings.Attachments {
  fileprivate init(_ mapping: YAMLMapping) {
    self.init()
    if let value = mapping["max_files"]?.integer(in: 1...100_000, unit: "files") { maximumFiles = value }
    if let value = mapping["max_bytes"]?.integer(in: 1...2_000_000_000, unit: "bytes") { maximumBytes = value }
    if let value = mapping["max_lines"]?.integer(in: 1...100_000_000, unit: "lines") { maximumLines = value }
    for (root, value) in mapping["allowed_roots"]?.strings(expected: "a list of directories") ?? [] {
      if root.isEmpty {
        value.error(.invalidValue(found: "\"\"", expected: "a directory"))
      } else {
        allowedRoots.append(root)
      }
    }
  }
}
