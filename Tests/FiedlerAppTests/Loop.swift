import Canvas
import FoundationEssentials
import Synchronization
import TestSupport

@testable import FiedlerApp

/// Drives a ``TerminalApp`` as the terminal's loop does, without a terminal.
final class Loop {
  private final class Awake: Sendable {
    let flag = Atomic<Bool>(false)
  }

  let app: TerminalApp
  private let awake = Awake()
  /// The last frame as text.
  private(set) var screen = ""
  /// Everything the program has asked of its terminal.
  private(set) var requests: [TerminalRequest] = []

  var hasQuit: Bool { requests.contains(.quit) }

  /// With `starts` false nothing but the screen is there yet.
  init(_ home: Home, starts: Bool = true, width: Int = 100, height: Int = 30) {
    app = TerminalApp(home.environment, theme: .monochrome) { [awake] in
      awake.flag.store(true, ordering: .sequentiallyConsistent)
    }
    if starts { app.start() }
    deliver(.resize(Size(width: width, height: height)))
  }

  func press(_ keys: Key...) { for key in keys { deliver(.key(key)) } }

  func press(_ character: Character) { press(Key(.character(character))) }

  func type(_ text: String) { for character in text { press(character) } }

  /// Types a prompt and sends it.
  func send(_ text: String) {
    type(text)
    press(Key(.enter))
  }

  /// Turns until `condition` holds of the screen.
  func until(_ what: String, _ condition: (String) -> Bool) async throws {
    try await eventually("\(what):\n\(screen)") {
      turn()
      return condition(screen)
    }
  }

  func until(_ text: String) async throws { try await until("“\(text)” on the screen") { $0.contains(text) } }

  /// Turns until the program asks to leave.
  func untilQuit() async throws { try await until("the program asks to leave") { _ in hasQuit } }

  /// What the program does after its loop has ended.
  func stop() async -> String? { await app.stopping(within: .seconds(20))() }

  /// Leaves with Ctrl+Q, nothing streaming.
  func quit() async throws {
    press(.control("q"))
    try await untilQuit()
    _ = await stop()
  }

  private func deliver(_ input: Input) {
    app.handle([input])
    finishTurn()
  }

  /// What the loop does when it wakes up.
  func turn() {
    let isAwake = awake.flag.exchange(false, ordering: .sequentiallyConsistent)
    guard isAwake || app.nextWake.map({ $0 <= .now }) == true else { return }
    app.handle([])
    finishTurn()
  }

  private func finishTurn() {
    requests += app.takeRequests()
    if let frame = app.frame() { screen = frame.description }
  }
}
