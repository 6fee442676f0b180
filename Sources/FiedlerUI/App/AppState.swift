import Canvas
import Conversations
import FoundationEssentials

/// Everything there is to show: the world and the screens over each other. Only ``update(_:_:)`` changes it.
public struct AppState: Sendable {
  var world: World
  /// The first screen.
  var compose = ComposeScreen()
  /// The screens over it; the last is shown.
  var screens: [any Screen] = []
  /// Screens that were left and are found as they were when they are opened again.
  var kept: [any Screen] = []
  /// What lies over the screen and takes all keys but those of `everywhere`.
  var layer: (any Screen)?

  /// When Ctrl+C stops being half a request to quit.
  var interruptUntil: Duration?
  /// The terminal says that it has not the focus.
  var isElsewhere = false
  var notices = NoticeChoice.terminal(.auto)

  /// `launchedAt` is the wall-clock time of `tick(now: .zero)`; `secondsFromUTC` the local time zone's offset.
  public init(
    launchedAt: Date, secondsFromUTC: Int = 0, theme: Theme = .fallback, keyMap: KeyMap = KeyMap(),
    health: LogHealth = LogHealth(state: .connecting)
  ) {
    world = World(
      launchedAt: launchedAt, secondsFromUTC: secondsFromUTC, theme: theme, keyMap: keyMap, health: health)
  }

  // MARK: What the shell may ask

  public var size: Size { world.size }
  public var theme: Theme { world.theme }
  /// The last ``Message/tick(now:)``.
  public var now: Duration { world.now }
  /// The conversation on the screen; `nil` until the first prompt of a new one is sent.
  public var conversation: Conversation? { stage.conversation(world) }
  public var chosenModels: [ModelReference] { world.chosenModels }
  public var models: [ModelChoice] { world.models }
  /// For screen readers and consoles: see `Frame.makePlain(_:_:)`.
  public var isPlain: Bool {
    get { world.isPlain }
    set { world.isPlain = newValue }
  }
  /// Replies that still run, in whatever conversation.
  public var runningReplies: Int { world.runningReplies }

  /// When the screen will change by itself, as a `now`; `nil` if it will not. Draw no later than then, after a tick.
  public var nextChange: Duration? {
    var next: [Duration] = world.toasts.map(\.until)
    if let interruptUntil { next.append(interruptUntil) }
    if let draftDue = compose.draftDue { next.append(draftDue) }
    if world.movesByItself {
      if world.isLive { next.append(now + .milliseconds(100)) }
      if world.health.nextRetry != nil { next.append(now + .seconds(1)) }
      if case .waiting = world.health.state { next.append(now + .seconds(1)) }
    }
    if let change = top.nextChange(world) { next.append(change) }
    return next.min()
  }

  /// The conversation whose text the screen shows.
  public var shownConversation: UUID? { top.shownConversation?.id ?? world.conversation?.id }

  /// The panes that keys and the mouse are for: the replay's while one is shown, else the live ones.
  var stage: Stage { top(ReplayScreen.self)?.stage ?? compose.stage }
}
