import CTestSupport
import Glibc

/// A terminal that tmux emulates, on a server of its own: what a user would see can be read as text.
///
/// The server ends when this goes away.
public final class Tmux {
  private let socket: String
  private static let session = "t"
  private let environment: [String]

  /// Runs the program at a path with its arguments in a new window. `environment` as for ``PseudoTerminal``.
  public init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], columns: Int = 80, rows: Int = 24
  ) {
    socket = "test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
    self.environment = PseudoTerminal.environment(environment)
    // tmux gives its own TERM to what runs inside; env(1) has the last word.
    let inside = environment.map { "\($0)=\($1)" }
    tmux(
      ["-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "-s", Self.session, "/usr/bin/env"]
        + inside + [path] + arguments)
    tmux(["set-option", "-g", "escape-time", "0"])
    tmux(["set-option", "-g", "focus-events", "on"])
    tmux(["set-option", "-g", "remain-on-exit", "on"])
  }

  deinit { tmux(["kill-server"]) }

  /// Runs a tmux command; returns what it prints.
  @discardableResult
  public func tmux(_ command: [String]) -> String {
    let output = ct_memory_file()
    defer { close(output) }
    _ = withCStrings(["tmux", "-L", socket] + command) { arguments in
      withCStrings(environment) { ct_run(arguments, $0, output) }
    }
    let size = Int(lseek(output, 0, SEEK_END))
    let bytes = [UInt8](unsafeUninitializedCapacity: max(0, size)) { buffer, count in
      count = max(0, pread(output, buffer.baseAddress, size, 0))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Types keys by tmux's names for them: `C-z`, `Enter`, `M-x`, or text.
  public func sendKeys(_ keys: String...) { tmux(["send-keys", "-t", Self.session] + keys) }

  /// Types text as it is.
  public func type(_ text: String) { tmux(["send-keys", "-t", Self.session, "-l", text]) }

  /// Pastes text as a terminal does.
  public func paste(_ text: String) {
    tmux(["set-buffer", text])
    tmux(["paste-buffer", "-p", "-t", Self.session])
  }

  public func resize(columns: Int, rows: Int) {
    tmux(["resize-window", "-t", Self.session, "-x", "\(columns)", "-y", "\(rows)"])
  }

  /// The screen as text, a line a row; with `escapes` the colours and attributes as SGR sequences.
  public func capture(escapes: Bool = false) -> String {
    tmux(["capture-pane", "-p", "-t", Self.session] + (escapes ? ["-e"] : []))
  }

  /// A format of tmux, such as `#{cursor_x}`.
  public func value(_ format: String) -> String {
    String(tmux(["display-message", "-p", "-t", Self.session, format]).prefix { $0 != "\n" })
  }

  /// Captures until `condition` holds, or for so long; returns the last screen.
  @discardableResult
  public func until(escapes: Bool = false, within seconds: Double = 20, _ condition: (String) -> Bool) -> String {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      let screen = capture(escapes: escapes)
      if condition(screen) || ContinuousClock.now >= deadline { return screen }
      poll(nil, 0, 10)
    }
  }

  /// Captures until the screen shows `text`.
  @discardableResult
  public func until(_ text: String, within seconds: Double = 20) -> String {
    until(within: seconds) { $0.contains(text) }
  }
}
