import Canvas
import Conversations
import FiedlerUI
import FoundationEssentials
import Settings
import Synchronization

/// The interactive program between the terminal's loop and everything else.
///
/// It lives on the loop's thread. The first frame is drawn before the database, the models and the theme are read:
/// those come in as messages, each as soon as it is there. Background work reaches it only through its `Inbox`.
public final class TerminalApp: TerminalProgram {
  private var state: AppState
  private let inbox: Inbox
  private let runner: EffectRunner
  private let clock = ContinuousClock()
  private let launched: ContinuousClock.Instant
  private var requests: [TerminalRequest] = []
  private var isDirty = true
  private var hasDrawn = false
  /// What opens everything else; `nil` once it runs.
  private var opening: (() -> Void)?
  private let wake: @Sendable () -> Void
  /// Is told which conversation is on the screen, or about to be laid out, whenever that changes.
  private let noteShown: (UUID?) -> Void
  private var shown: UUID?
  /// Whether the terminal's background is taken for light until the terminal tells it.
  public let isOnLight: Bool

  /// `wake` makes the loop call ``handle(_:)`` soon; any thread may call it. With `theme`, what the terminal can show
  /// decides; without, the user's choice does. `reachesClipboard`: the terminal takes what is copied. `plain`: the
  /// screen is for a screen reader or a console.
  public init(
    _ environment: LaunchEnvironment, theme: Theme?, reachesClipboard: Bool = true, plain: Bool = false,
    wake: @escaping @Sendable () -> Void,
    noteShown: @escaping (UUID?) -> Void = { _ in }
  ) {
    self.noteShown = noteShown
    launched = clock.now
    let first = LastLook.first(environment.variables, Paths(environment: environment.variables))
    state = AppState(launchedAt: Date(), secondsFromUTC: LocalTime.secondsFromUTC(), theme: theme ?? first.theme)
    state.isPlain = plain
    self.wake = wake
    inbox = Inbox(wake: wake)
    runner = EffectRunner(environment, inbox: inbox, usesThemes: theme == nil, reachesClipboard: reachesClipboard)
    isOnLight = first.isOnLight
    runner.isOnLight.store(isOnLight, ordering: .relaxed)
  }

  /// Opens everything that the first frame does not need, once that frame is on the screen: not earlier, because on a
  /// small machine the two would share a core.
  public func start() { opening = { [runner] in runner.start() } }

  /// Shows, as soon as everything is open, the conversation whose id begins so, or without one what runs: its only
  /// conversation, or the list. Call it before ``start()``.
  public func watch(_ prefix: String?) { runner.watchAtFirst(prefix) }

  /// Why the program cannot go on, in plain words; it has then asked to quit.
  public private(set) var failure: String?

  /// What to run, on any thread, once the loop has ended: stops what streams and waits until it is stored, for at most
  /// `limit`. It returns what could not be done, in plain words.
  public func stopping(within limit: Duration) -> @Sendable () async -> String? {
    { [runner, written = state.writtenPrompt] in await runner.stop(within: limit, keeping: written) }
  }

  /// Takes input at once. Without any it is the call after a wake-up, at most one a frame: then whatever background
  /// work has left is taken in, however much it is.
  public func handle(_ inputs: [Input]) {
    if hasDrawn, let opening {
      self.opening = nil
      opening()
    }
    let messages = inputs.isEmpty ? inbox.take() : []
    if !inputs.isEmpty || !messages.isEmpty || state.nextChange.map({ $0 <= now }) == true { take(.tick(now: now)) }
    for message in messages { take(message) }
    for input in inputs { take(.input(input)) }
    if failure == nil, let failure = inbox.failure {
      self.failure = failure
      requests.append(.quit)
    }
  }

  public func frame() -> Frame? {
    guard isDirty else { return nil }
    isDirty = false
    if !hasDrawn {
      hasDrawn = true
      wake()
    }
    return view(state, size: state.size, theme: state.theme, now: state.now)
  }

  public var nextWake: ContinuousClock.Instant? { state.nextChange.map { launched + $0 } }

  public func takeRequests() -> [TerminalRequest] {
    defer { requests = [] }
    return requests
  }

  public func edited(_ result: Result<String, EditorFailure>) { take(.edited(result)) }

  private var now: Duration { launched.duration(to: clock.now) }

  private func take(_ message: Message) {
    isDirty = true
    // What is laid out for the first time may be what ends the program.
    switch message {
    case .conversationLoaded(let conversation), .previewLoaded(let conversation, _), .replay(let conversation, _):
      note(conversation.id)
    case .themeLoaded(let theme): runner.keep(look: theme)
    default: break
    }
    let effects = update(&state, message)
    note(state.shownConversation)
    for effect in effects { perform(effect) }
  }

  private func note(_ conversation: UUID?) {
    guard conversation != shown else { return }
    shown = conversation
    noteShown(conversation)
  }

  private func perform(_ effect: Effect) {
    switch effect {
    case .quit: requests.append(.quit)
    case .suspend: requests.append(.suspend)
    case .redraw: requests.append(.redraw)
    case .copy(let text, _):
      // The terminal is always told: over SSH its clipboard is the only one that is the user's.
      requests.append(.copy(text))
      runner.run(effect)
    case .mouse(let isReported): requests.append(.mouse(isReported))
    case .escapeTime(let time): requests.append(.escapeTime(time))
    case .notify(let notice): requests.append(.notify(notice))
    case .markLinks(let isWanted): requests.append(.markLinks(isWanted))
    case .title(let text): requests.append(.title(text))
    case .openEditor(let text): requests.append(.edit(text))
    case .keepTheme:
      runner.keep(look: state.theme)
      runner.run(effect)
    // The runner knows every effect, so none is forgotten.
    default: runner.run(effect)
    }
  }
}
