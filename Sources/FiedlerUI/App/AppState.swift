import Canvas
import Conversations
import FoundationEssentials

/// Everything the screens show. Only ``update(_:_:)`` changes it.
public struct AppState: Sendable {
  enum Screen: Hashable, Sendable { case compose, history, log, replay, tree, diff }
  enum Focus: Hashable, Sendable { case prompt, pane }

  /// What lies over the screen and takes all keys but those of `everywhere`.
  enum Overlay: Sendable {
    case help(HelpState)
    case picker(PickerState)
    case review(ReviewState)
    case quitQuestion
  }

  public internal(set) var size = Size(width: 0, height: 0)
  public internal(set) var theme: Theme
  /// The last ``Message/tick(now:)``.
  public internal(set) var now: Duration = .zero
  /// The conversation on the screen; `nil` until the first prompt of a new one is sent.
  public internal(set) var conversation: Conversation?
  public internal(set) var chosenModels: [ModelReference] = []
  public internal(set) var models: [ModelChoice] = []

  /// Whether it is known which models there are; Enter waits for that.
  var modelsAreKnown = false
  /// Enter was pressed before that.
  var sendsOnceModelsAreKnown = false
  /// Why there are no models.
  var modelsProblem: String?

  /// Wall-clock time at `now == .zero`.
  let launchedAt: Date
  let secondsFromUTC: Int
  var keyMap: KeyMap

  var screen = Screen.compose
  var focus = Focus.prompt
  var overlay: Overlay?
  var panes: [Pane] = []
  var activePane = 0
  var isZoomed = false
  var arrangement = PaneArrangement()
  /// What is looked for in the active pane.
  var find: PaneFind?
  /// What is selected, and where the button was pressed last.
  var selection: PaneSelection?
  var press: PanePress?
  /// While a drag rests beyond an edge.
  var dragScroll: DragScroll?
  /// Answers are shown as they were written, not as Markdown.
  var showsRawText = false
  /// For screen readers and consoles: see ``Frame/makePlain(_:_:)``.
  public var isPlain = false {
    didSet { keyMap.spellsKeys = isPlain }
  }
  /// Clocks and figures go on by themselves.
  var isAnimated = true
  /// The conversation that a Fiedler crashed over: it is shown plainly until the user wants it as usual.
  var suspect: UUID?
  var prompt = PromptState()
  var history = HistoryState()
  var log = LogState()
  /// While an exchange is replayed: `conversation` and `panes` are the replay's then.
  var replay: ReplayState?
  var toasts: [Toast] = []
  /// The action that is being done: what it says replaces what it said before.
  var acting: ActionID?
  var health: LogHealth
  var healthAt: Duration = .zero
  /// The terminal says that it has not the focus.
  var isElsewhere = false
  var notices = NoticeChoice.terminal(.auto)
  /// When Ctrl+C stops being half a request to quit.
  var interruptUntil: Duration?
  /// When the sends of running replies began.
  var sendStarts: [UUID: Duration] = [:]
  /// Conversations left while their answers still came; they go on here.
  var others: [Conversation] = []
  /// What belongs to ``conversation``, which holds the line on the screen only.
  var branches = Branches()
  /// While its screen is open.
  var tree: TreeState?
  var diff = DiffState()
  /// When the prompt is next to be kept, if it may have changed.
  var draftDue: Duration?
  /// What was sent and not yet confirmed.
  var pendingSend: PendingSend?
  /// What is to be sent once the answers before it have ended, in order.
  var queued: [QueuedPrompt] = []
  /// The history entry being opened: whether its prompt is to be continued.
  var opening: Opening?
  /// What the panes are to be scrolled to once they are laid out.
  var reveal: ConversationPlace?

  struct PendingSend: Sendable {
    var text: String
    var system: String?
    var attachments: [AttachedFile]
    var carried: PromptState.Carried?
    /// The conversation on the screen when it was sent, and the last exchange of its line.
    var conversation: UUID?
    var tip: UUID?
    var plan: BranchPlan?
  }

  struct Opening: Hashable, Sendable {
    var id: UUID
    var continues: Bool
    /// What its panes are to show; their end if `nil`.
    var place: ConversationPlace?
  }

  /// `launchedAt` is the wall-clock time of `tick(now: .zero)`; `secondsFromUTC` the local time zone's offset.
  public init(
    launchedAt: Date, secondsFromUTC: Int = 0, theme: Theme = .fallback, keyMap: KeyMap = KeyMap(),
    health: LogHealth = LogHealth(state: .connecting)
  ) {
    self.launchedAt = launchedAt
    self.secondsFromUTC = secondsFromUTC
    self.theme = theme
    self.keyMap = keyMap
    self.health = health
  }

  // MARK: What the shell may ask

  /// Replies that still run, in whatever conversation.
  public var runningReplies: Int { sendStarts.count }

  /// When the screen will change by itself, as a `now`; `nil` if it will not. Draw no later than then, after a tick.
  public var nextChange: Duration? {
    var next: [Duration] = toasts.map(\.until)
    if let interruptUntil { next.append(interruptUntil) }
    if let draftDue { next.append(draftDue) }
    if let dragScroll { next.append(dragScroll.due) }
    if movesByItself {
      if isLive { next.append(now + .milliseconds(100)) }
      if health.nextRetry != nil { next.append(now + .seconds(1)) }
      if case .waiting = health.state { next.append(now + .seconds(1)) }
      if screen == .history { next.append(now + .seconds(30)) }
    }
    if screen == .history, let change = history.nextChange(now) { next.append(change) }
    if screen == .log { next.append(nextLogChange) }
    if let change = replay?.nextChange(now) { next.append(change) }
    return next.min()
  }

  // MARK: Derived

  var when: When { When(now: launchedAt.addingTimeInterval(now.inSeconds), secondsFromUTC: secondsFromUTC) }

  /// Whether an answer of the conversation on the screen still comes, from a send of this program.
  var isLive: Bool {
    conversation?.exchanges.last?.replies.contains { !$0.state.isFinal && sendStarts[$0.id] != nil } ?? false
  }

  func choice(_ reference: ModelReference) -> ModelChoice? { models.first { $0.reference == reference } }

  func label(_ reference: ModelReference) -> String {
    choice(reference)?.label ?? ModelChoice.shortName(reference)
  }

  /// The newest reply of a model to the newest prompt.
  func currentReply(_ model: ModelReference) -> Reply? {
    conversation?.exchanges.last?.replies.last { $0.model == model }
  }

  var activeReply: Reply? { panes.indices.contains(activePane) ? currentReply(panes[activePane].model) : nil }
}

/// A short notice that takes no keys and goes by itself.
public struct Toast: Hashable, Sendable {
  public enum Kind: Hashable, Sendable { case info, success, warning, error }

  public var text: String
  public var kind: Kind
  /// The ``AppState/now`` at which it goes.
  public var until: Duration
  /// What was done; of one action's toasts, the newest alone is of interest.
  var about: ActionID?
}

extension AppState {
  mutating func show(_ text: String, _ kind: Toast.Kind = .info) {
    let duration: Duration = kind == .error || kind == .warning ? .seconds(8) : .seconds(4)
    toasts.removeAll { $0.text == text || (acting != nil && $0.about == acting) }
    toasts.append(Toast(text: text, kind: kind, until: now + duration, about: acting))
    if toasts.count > 4 { toasts.removeFirst(toasts.count - 4) }
  }
}
