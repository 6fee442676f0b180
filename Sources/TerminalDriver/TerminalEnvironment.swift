import CNcurses
import Canvas
import Glibc

/// What the environment says about the terminal.
struct TerminalEnvironment {
  /// A variable's value; an empty one counts as unset.
  static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  /// https://no-color.org
  static var refusesColor: Bool { variable("NO_COLOR") != nil }

  /// How long a lone ESC waits for more: what ESCDELAY says (milliseconds, as ncurses has it), else short; longer over
  /// ssh and mosh, where the network may cut a sequence.
  static var escapeTime: Duration {
    if let text = variable("ESCDELAY"), let given = Int(text), given > 0 { return .milliseconds(min(given, 5000)) }
    return .milliseconds(variable("SSH_CONNECTION") ?? variable("SSH_TTY") == nil ? 50 : 100)
  }

  /// GNU screen, and no tmux in it, has the terminal.
  static var isWithinScreen: Bool { variable("STY") != nil && variable("TMUX") == nil }

  /// The terminal is xterm itself, seen directly: it alone sets this variable. Others that are called so do not all
  /// know what it has beyond them, and an emulator may take what it does not know for something else.
  static var isXterm: Bool {
    variable("XTERM_VERSION") != nil && variable("TMUX") == nil && variable("STY") == nil
      && variable("TERM")?.hasPrefix("xterm") == true && !isModern
  }

  static var claimsDirectColor: Bool {
    let value = variable("COLORTERM")
    return value == "truecolor" || value == "24bit"
  }

  /// Whether the terminal shows 24-bit colours, whatever terminfo tells: it says so, or is known to. GNU screen shows
  /// none.
  static var hasDirectColor: Bool {
    guard !isWithinScreen else { return false }
    return claimsDirectColor || isModern
  }

  /// The terminal's type is that of one of those that have had 24-bit colours and links for years.
  private static var isModern: Bool {
    let type = variable("TERM") ?? ""
    let types = ["xterm-kitty", "xterm-ghostty", "ghostty", "foot", "alacritty", "wezterm", "contour", "rio"]
    return types.contains { type == $0 || type.hasPrefix($0 + "-") }
  }

  /// The names under which terminfo may know this terminal, the best first.
  static func terminalTypes() throws(TerminalError) -> [String] {
    guard let name = variable("TERM") else { throw .noTerminalType }
    guard name != "dumb" else { throw .dumbTerminal(name) }
    let types = [name] + relatives(of: name)
    guard hasDirectColor, !refusesColor, !name.hasSuffix("color"), !name.hasSuffix("-direct") else { return types }
    return ["\(name)-256color"] + types
  }

  /// Types that every terminfo has and that such a terminal understands, for machines that do not know its own: those
  /// of new terminals come with the terminals.
  private static func relatives(of name: String) -> [String] {
    let family = name.prefix { $0 != "-" && $0 != "." }
    switch family {
    case "xterm", "foot", "footclient", "alacritty", "ghostty", "kitty", "wezterm", "rio", "contour", "konsole", "vte",
      "gnome", "iterm2", "iTerm", "mintty", "st", "putty":
      return ["xterm-256color", "xterm"].filter { $0 != name }
    case "tmux", "screen": return ["screen-256color", "screen"].filter { $0 != name }
    default: return []
    }
  }

  /// Makes the C library measure and write characters as UTF-8. The user's locale is used where it is UTF-8;
  /// where none is chosen, or the chosen one is not installed, C.UTF-8 serves as well.
  static func useUTF8() throws(TerminalError) {
    if cn_locale_use("") { return }
    let chosen = variable("LC_ALL") ?? variable("LC_CTYPE") ?? variable("LANG") ?? "C"
    let isUTF8 = chosen.lowercased().contains("utf-8") || chosen.lowercased().contains("utf8")
    guard isUTF8 || chosen == "C" || chosen == "POSIX" else { throw .notUTF8(locale: chosen) }
    let substitutes: [String] = ["C.UTF-8", "C.utf8", "en_US.UTF-8"]
    guard substitutes.contains(where: { cn_locale_use($0) }) else { throw .noUTF8Locale }
  }

  static func requireTerminal() throws(TerminalError) {
    guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal(.input) }
    guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal(.output) }
  }

  /// The window's size, that of an ordinary terminal where it is not known (serial lines, new pseudo terminals).
  static func windowSize() -> Size {
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard cn_window_size(STDOUT_FILENO, &columns, &rows), columns > 0, rows > 0 else {
      return Size(width: 80, height: 24)
    }
    return Size(width: min(Int(columns), Int(CN_MAX_COLUMNS)), height: min(Int(rows), Int(CN_MAX_ROWS)))
  }
}

extension TerminalEnvironment {
  /// Whether the terminal is one of those that take links (OSC 8); others may write their addresses out.
  static var takesLinks: Bool {
    if isWithinScreen { return false }
    if variable("TMUX") != nil {
      // tmux hands them on from 3.4 on, where the terminal around it is said to take them, and else leaves them out.
      return variable("TERM_PROGRAM") == "tmux" && isAtLeast(variable("TERM_PROGRAM_VERSION"), [3, 4])
    }
    if isModern { return true }
    let programs = ["iTerm.app", "WezTerm", "ghostty", "vscode", "rio", "Hyper", "Tabby", "mintty"]
    if let program = variable("TERM_PROGRAM"), programs.contains(program) { return true }
    // VTE 0.50.0 crashes at a link.
    if let version = variable("VTE_VERSION").flatMap({ Int($0) }), version > 5000 { return true }
    if let version = variable("KONSOLE_VERSION").flatMap({ Int($0) }), version >= 201_200 { return true }
    // Where TERM is an ordinary one: as configured, or for want of the terminal's own entry. LC_TERMINAL crosses ssh.
    if variable("LC_TERMINAL") == "iTerm2" || variable("TERMINAL_NAME") == "contour" { return true }
    return ["KITTY_WINDOW_ID", "ALACRITTY_WINDOW_ID", "WEZTERM_PANE", "WT_SESSION", "DOMTERM"].contains {
      variable($0) != nil
    }
  }

  /// How the terminal is known to show notices: where a multiplexer stands between, and where nothing is known, the
  /// bell.
  static var noticeWay: TerminalNotice.Way {
    guard variable("TMUX") == nil, variable("STY") == nil else { return .bell }
    let type = variable("TERM") ?? ""
    if type.hasPrefix("xterm-kitty") || variable("KITTY_WINDOW_ID") != nil { return .osc99 }
    if ["foot", "rxvt-unicode"].contains(where: type.hasPrefix) { return .osc777 }
    let programs = ["iTerm.app", "WezTerm", "ghostty", "rio"]
    let isKnown = programs.contains(variable("TERM_PROGRAM") ?? "") || variable("WT_SESSION") != nil
    return isKnown || type.hasPrefix("xterm-ghostty") || type.hasPrefix("wezterm") ? .osc9 : .bell
  }

  private static func isAtLeast(_ version: String?, _ least: [Int]) -> Bool {
    let numbers = (version ?? "").split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 }
    return !numbers.lexicographicallyPrecedes(least)
  }
}

extension TerminalLoop {
  /// What is known about the terminal, as lines for a diagnosis. Draws nothing, and works without a terminal.
  /// Not while a loop exists.
  public static func capabilities() -> [(name: String, value: String)] {
    var lines: [(name: String, value: String)] = []
    let isTerminal = isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1
    lines.append(("terminal", isTerminal ? "yes" : "no: standard input or output is not one"))
    if isTerminal {
      let size = TerminalEnvironment.windowSize()
      lines.append(("size", "\(size.width) x \(size.height)"))
    }
    do {
      let types = try TerminalEnvironment.terminalTypes()
      let colors = types.lazy.map { ($0, cn_terminal_colors($0)) }.first { $0.1 >= 0 }
      let name = TerminalEnvironment.variable("TERM") ?? ""
      let isKnown = cn_terminal_colors(name) >= 0
      let known = colors.map { isKnown ? $0.0 : "\($0.0), for \(name) is not known to terminfo: install its entry" }
      lines.append(("type", known ?? "\(name): not known to terminfo"))
      lines.append(("colors", colorWords(colors?.1)))
    } catch {
      lines.append(("type", "none: \(error)"))
    }
    lines.append(
      ("links", TerminalEnvironment.takesLinks ? "yes" : "no: not known to take OSC 8 (links: on says it does)"))
    do {
      try TerminalEnvironment.useUTF8()
      lines.append(("locale", String(cString: setlocale(LC_CTYPE, nil))))
    } catch {
      lines.append(("locale", "\(error)"))
    }
    if TerminalEnvironment.variable("TMUX") != nil { lines.append(("multiplexer", "tmux")) }
    if TerminalEnvironment.variable("STY") != nil { lines.append(("multiplexer", "screen")) }
    lines.append(("editor", EditorSession.command() ?? "none: set VISUAL or EDITOR"))
    return lines
  }

  /// How many colours are shown where terminfo tells of so many, and why no more where `COLORTERM` announces them.
  private static func colorWords(_ told: Int32?) -> String {
    guard !TerminalEnvironment.refusesColor else { return "none: NO_COLOR is set" }
    let depth = ColorDepth(colors: Int(told ?? 0))
    if depth == .palette256, TerminalEnvironment.hasDirectColor { return ColorDepth.direct.description }
    guard TerminalEnvironment.claimsDirectColor, depth != .direct else { return depth.description }
    let claim = TerminalEnvironment.variable("COLORTERM") ?? ""
    let why = TerminalEnvironment.isWithinScreen ? "GNU screen hands on no more" : "terminfo has no more for this type"
    return "\(depth); COLORTERM says \(claim), but \(why)"
  }
}
