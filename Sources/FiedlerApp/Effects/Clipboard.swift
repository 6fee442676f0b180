import Dispatch
import FoundationEssentials
import SendEngine

/// The clipboards that programs of this machine reach, besides that of the terminal, which is told by OSC 52.
struct Clipboard: Sendable {
  /// Where a text went.
  enum Outcome: Hashable, Sendable {
    /// Into the desktop's clipboard, by this program.
    case desktop(program: String)
    /// Into tmux's buffer, and into the clipboard of the terminal around it if that takes it.
    case tmux
    /// To the terminal alone, which never says whether it took it.
    case terminal
    /// Neither this terminal nor a program here has a clipboard.
    case nowhere

    /// What the user is told of `copied`: `1,204 characters`.
    func words(_ copied: String) -> String {
      switch self {
      case .desktop(let program): "Copied \(copied) to the clipboard (\(program))"
      case .tmux: "Copied \(copied) to tmux's buffer; to the clipboard, if the terminal around it allows that"
      case .terminal: "Sent \(copied) to the terminal's clipboard; it does not tell whether it took them"
      case .nowhere:
        "Not copied: this terminal has no clipboard that a program reaches, and none of wl-copy, xclip, xsel and tmux "
          + "is at hand"
      }
    }
  }

  /// Programs that need longer are stuck: their clipboard is not there.
  private static let limit: Duration = .seconds(3)

  /// Bytes that most terminals take at once; some cut or refuse more.
  private static let terminalLimit = 74_994

  private let environment: [String: String]
  private let reachesTerminal: Bool

  /// `reachesTerminal`: OSC 52 means something to it.
  init(environment: [String: String], reachesTerminal: Bool) {
    self.environment = environment
    self.reachesTerminal = reachesTerminal
  }

  /// What the user is told of `text`, of which so much is said in `words`, once it has been copied.
  func copy(_ text: String, words: String) async -> (words: String, isDone: Bool) {
    let outcome = await copy(text)
    let isLong = outcome == .terminal && text.utf8.count > Self.terminalLimit
    return (outcome.words(words) + (isLong ? "; many take no more than 75 kB" : ""), outcome != .nowhere)
  }

  /// Tries the desktop's clipboard, then tmux. Takes no thread of the caller's meanwhile.
  func copy(_ text: String) async -> Outcome {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: copyNow(text)) }
    }
  }

  private func copyNow(_ text: String) -> Outcome {
    for command in desktopCommands where accepts(text, command) { return .desktop(program: command[0]) }
    // Older ones do not know -w, which tells the terminal too.
    let tmux = [["tmux", "load-buffer", "-w", "-"], ["tmux", "load-buffer", "-"]]
    if has("TMUX"), tmux.contains(where: { accepts(text, $0) }) { return .tmux }
    return reachesTerminal ? .terminal : .nowhere
  }

  private var desktopCommands: [[String]] {
    (has("WAYLAND_DISPLAY") ? [["wl-copy"]] : [])
      + (has("DISPLAY")
        ? [["xclip", "-selection", "clipboard", "-in"], ["xsel", "--clipboard", "--input"]] : [])
  }

  private func has(_ variable: String) -> Bool { environment[variable]?.isEmpty == false }

  private func accepts(_ text: String, _ command: [String]) -> Bool {
    guard let program = path(of: command[0]) else { return false }
    do throws(ChildProcess.Failure) {
      var child = try ChildProcess([program] + command.dropFirst(), environment: environment, input: text)
      return try child.wait(limit: Self.limit) == .exited(0)
    } catch {
      // A program that does not start is one way less.
      return false
    }
  }

  private func path(of program: String) -> String? {
    let directories = environment["PATH"]?.split(separator: ":") ?? []
    return directories.map { "\($0)/\(program)" }.first(where: FileManager.default.isExecutableFile)
  }
}
