import ConfigurationReading

extension Settings {
  /// What the screen is like, and what its terminal is asked for beside text.
  public struct Screen: Hashable, Sendable {
    /// Whether links are marked as such for the terminal (OSC 8).
    public enum Links: String, Hashable, Sendable, CaseIterable {
      /// Where the terminal is known to take them.
      case auto
      case on, off
    }

    /// How it is told that a send is done while the terminal has not the focus.
    public enum Notice: String, Hashable, Sendable, CaseIterable {
      /// As the terminal is known to show notices, else by its bell.
      case auto
      case bell, osc9, osc777, osc99, off
    }

    public enum Background: String, Hashable, Sendable, CaseIterable {
      /// The theme's.
      case theme
      /// The terminal's own.
      case terminal
    }

    /// Whether a scheme's colours are changed so that text can be read.
    public enum ContrastRule: String, Hashable, Sendable, CaseIterable {
      case readable
      /// As the scheme has them.
      case scheme
    }

    /// Where an answer is looked at while it comes.
    public enum Reading: String, Hashable, Sendable, CaseIterable {
      /// From its beginning on, which stays.
      case top
      /// At its end, which is followed.
      case end
    }

    public var background = Background.theme
    public var contrast = ContrastRule.readable
    public var reading = Reading.end
    public var links = Links.auto
    /// Whether clocks and figures go on by themselves while answers come.
    public var animation = true
    public var notice = Notice.auto
    /// Tells it instead of the terminal, unless that is off: the words are its last argument, `$1` of a line for the
    /// shell.
    public var notifyCommand: CommandSetting?

    public init() {}
  }
}

extension Settings.Screen {
  /// Reads those of `mapping` that are about the screen.
  init(_ mapping: YAMLMapping) {
    self.init()
    if let value = mapping["background"] { background = Self.choice(value) ?? .theme }
    if let value = mapping["contrast"] { contrast = Self.choice(value) ?? .readable }
    if let value = mapping["links"] { links = Self.choice(value) ?? .auto }
    if let value = mapping["notify"] { notice = Self.choice(value) ?? .auto }
    if let value = mapping["reading"] { reading = Self.choice(value) ?? .end }
    if let value = mapping["animation"]?.boolean() { animation = value }
    notifyCommand = mapping["notify_command"].flatMap(CommandSetting.init)
  }

  private static func choice<Choice: RawRepresentable<String> & CaseIterable>(_ value: YAMLValue) -> Choice? {
    let all = Choice.allCases.map(\.rawValue)
    let expected = "\(all.dropLast().joined(separator: ", ")) or \(all.last ?? "")"
    guard let text = value.string(expected: expected) else { return nil }
    guard let found = Choice(rawValue: text) else {
      value.error(.invalidValue(found: text.quoted, expected: expected))
      return nil
    }
    return found
  }
}

extension Settings {
  /// The part of ``yaml`` that is about the screen.
  var screenLines: [String] {
    [
      "# terminal: the terminal's own background, which may be transparent, stays; theme: the theme's is drawn.",
      "background: \(screen.background.rawValue)", "",
      "# readable: a scheme's colours are changed so that text can be read (4.5:1); scheme: they are as it has them.",
      "contrast: \(screen.contrast.rawValue)", "",
      "# Links are links of the terminal's (OSC 8): on, off, or auto, where it is known to take them.",
      "links: \(screen.links.rawValue)", "",
      "# off: no clock and no figure goes on by itself while answers come.",
      "animation: \(screen.animation ? "on" : "off")",
      "",
      "# top: an answer stays at its beginning while it grows; end: its end is followed.",
      "reading: \(screen.reading.rawValue)", "",
      "# Done while the terminal has not the focus: auto, bell, osc9, osc777, osc99 (the terminal's own notices), or off.",
      "notify: \(screen.notice.rawValue)",
      "# Or a command that tells it; the words are its last argument, $1 of a line for the shell.",
      screen.notifyCommand.map { "notify_command: \(Self.command($0))" } ?? "# notify_command: [notify-send, Fiedler]",
    ]
  }
}
