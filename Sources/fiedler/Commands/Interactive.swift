import Basics
import Canvas
import FiedlerApp
import Foundation
import Synchronization
import TerminalDriver

/// The terminal user interface, on the main thread.
enum Interactive {
  /// Runs until the user leaves or a signal comes. Returns the exit status. `plain`: the user asked for the plain
  /// screen. `watching`: shows what runs at once; with the start of an id, that conversation.
  static func run(plain: Bool = false, watching: String?? = nil) -> Int32 {
    do {
      // The settings decide about the mouse; they are read after the first frame.
      let loop = try TerminalLoop(TerminalOptions(mouse: false))
      let app = TerminalApp(
        Startup.environment(), theme: theme(for: loop.colorDepth), reachesClipboard: loop.reachesClipboard,
        plain: plain || asksForPlain, wake: loop.wake
      ) { CrashReport.note(shown: $0?.lowercased) }
      loop.presumedBackground = Color(rgb: app.isOnLight ? 0xFFFFFF : 0)
      if let watching { app.watch(watching) }
      app.start()
      let exit = try loop.run(app)
      if let trouble = wait(for: app.stopping(within: .seconds(3))) { Output.error("fiedler: \(trouble)") }
      if let failure = app.failure {
        Output.error("fiedler: \(failure)")
        return 2
      }
      return exit.status
    } catch {
      Output.error("fiedler: \(error)")
      return 2
    }
  }

  /// `FIEDLER_PLAIN` is set, and to more than nothing.
  private static var asksForPlain: Bool {
    let value = Startup.variables["FIEDLER_PLAIN"] ?? ""
    return !value.isEmpty && value != "0"
  }

  /// Schemes of 24-bit colours want at least 256 of them; with fewer, the terminal's own look best.
  private static func theme(for depth: ColorDepth) -> Theme? {
    switch depth {
    case .none: .monochrome
    case .palette8, .palette16: .terminal
    case .palette256, .direct: nil
    }
  }

  /// Lets background work come to its end; nothing else runs on this thread by then.
  private static func wait(for work: @escaping @Sendable () async -> String?) -> String? {
    final class Answer: Sendable { let text = Mutex<String?>(nil) }
    let answer = Answer()
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      let text = await work()
      answer.text.withLock { $0 = text }
      done.signal()
    }
    done.wait()
    return answer.text.withLock { $0 }
  }
}
