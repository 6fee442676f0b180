/// A program that a terminal loop drives. The loop makes every call on its own thread, one at a time.
public protocol TerminalProgram: AnyObject {
  /// What the user did since the last call, in order. The first input is always a resize with the first size.
  /// Empty after a wake-up or ``nextWake``, at most once a frame however many there were.
  func handle(_ inputs: [Input])

  /// The screen if it changed since the last call, else `nil`. Called at most 60 times a second,
  /// and only after input, a wake-up or ``nextWake``.
  func frame() -> Frame?

  /// When something will change by itself (a clock, a countdown); `nil` if nothing will.
  var nextWake: ContinuousClock.Instant? { get }

  /// What the loop shall do now. Called after every `handle`, and again until there is none; each request is given
  /// once.
  func takeRequests() -> [TerminalRequest]

  /// The user came back from an editor that ``TerminalRequest/edit(_:)`` opened.
  func edited(_ result: Result<String, EditorFailure>)
}

/// What only the terminal can do for a program.
public enum TerminalRequest: Hashable, Sendable {
  /// Leave the loop.
  case quit
  /// Stop as Ctrl+Z does, and redraw when the shell continues us.
  case suspend
  /// Hand the terminal to `$VISUAL` or `$EDITOR` with this text; ``TerminalProgram/edited(_:)`` follows.
  case edit(String)
  /// Put text on the system's clipboard (OSC 52). Terminals may refuse in silence.
  case copy(String)
  /// Name the terminal's window. Sanitised by the driver.
  case title(String)
  /// Draw everything anew.
  case redraw
  /// Report the mouse, or leave it to the terminal.
  case mouse(Bool)
  /// How long a lone ESC waits for the rest of a sequence before it is the Escape key; `nil`: the driver's own time.
  case escapeTime(Duration?)
  /// Make links of the cells that lead somewhere, or do not; `nil`: where the terminal is known to take them.
  case markLinks(Bool?)
  /// Tell the user, who looks elsewhere, that something is done.
  case notify(TerminalNotice)
}

/// A word for somebody who does not look at the terminal. Sanitised by the driver.
public struct TerminalNotice: Hashable, Sendable {
  /// How terminals are asked to show one.
  public enum Way: String, Hashable, Sendable, CaseIterable {
    /// What the terminal is known to take, else the bell.
    case auto
    case bell
    /// iTerm2's, which Windows Terminal, WezTerm, ConEmu and others have too.
    case osc9
    /// rxvt-unicode's, which foot and others have too.
    case osc777
    /// kitty's.
    case osc99
  }

  public var title: String
  public var text: String
  public var way: Way

  public init(title: String, text: String, way: Way = .auto) {
    self.title = title
    self.text = text
    self.way = way
  }
}

/// The editor could not be run, or its file could not be read back; plain words for the user.
public struct EditorFailure: Error, Hashable, Sendable {
  public var message: String
  public init(message: String) { self.message = message }
}
