/// Why there is no screen. Each description says what the user can do.
public enum TerminalError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Stream: String, Sendable {
    case input, output
  }

  /// Standard input or output is a file, a pipe or nothing.
  case notATerminal(Stream)
  /// `TERM` is not set.
  case noTerminalType
  /// The terminal cannot place text on its screen (`TERM=dumb` and its like).
  case dumbTerminal(String)
  /// terminfo has no entry for `TERM`.
  case unknownTerminalType(String)
  /// The user's locale asks for an encoding other than UTF-8.
  case notUTF8(locale: String)
  /// The system has no UTF-8 locale at all, not even C.UTF-8.
  case noUTF8Locale
  /// The operating system refused something a screen needs.
  case system(call: String, errorNumber: Int32)

  public var description: String {
    switch self {
    case .notATerminal(.input):
      "standard input is not a terminal: run this in a terminal window, without < or | before it"
    case .notATerminal(.output):
      "standard output is not a terminal: run this in a terminal window, without > or | behind it"
    case .noTerminalType:
      "TERM is not set, so the terminal's abilities are unknown: try TERM=xterm-256color"
    case .dumbTerminal(let name):
      "the terminal type '\(name)' has no screen to draw on: use another terminal, or set TERM to what it really is"
    case .unknownTerminalType(let name):
      "the terminal type '\(name)' is not known on this machine: install its terminfo entry (often in the package "
        + "ncurses-term), or try TERM=xterm-256color"
    case .notUTF8(let locale):
      "the locale '\(locale)' does not use UTF-8: set LC_ALL to one that does, for example LC_ALL=C.UTF-8"
    case .noUTF8Locale:
      "this system has no UTF-8 locale: install one, for example en_US.UTF-8, and set LC_ALL to it"
    case .system(let call, let errorNumber):
      "the terminal could not be set up: \(call) failed (error \(errorNumber)); try another terminal"
    }
  }
}

/// Why the loop ended.
public enum TerminalExit: Hashable, Sendable {
  /// The program asked for it.
  case quit
  /// A signal asked for it (SIGHUP also where the terminal vanished): shut down soon, and exit with ``status``.
  case signal(Int32)

  /// The exit status that shells expect: 0, or 128 and the signal's number.
  public var status: Int32 {
    switch self {
    case .quit: 0
    case .signal(let number): 128 + number
    }
  }
}
