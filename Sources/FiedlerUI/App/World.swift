import Canvas
import Conversations
import FoundationEssentials

/// What outlives a screen: the conversations that run, the models there are, how Godot stands, and how all is shown.
///
/// Screens look at it and change it in their own functions; what only the whole program can do (opening and leaving
/// screens, the prompt) they wish for with ``then(_:)``.
struct World: Sendable {
  var size = Size(width: 0, height: 0)
  var theme: Theme
  /// The last ``Message/tick(now:)``.
  var now: Duration = .zero
  /// Wall-clock time at `now == .zero`.
  let launchedAt: Date
  let secondsFromUTC: Int
  var keyMap: KeyMap
  /// For screen readers and consoles: see `Frame.makePlain(_:_:)`.
  var isPlain = false {
    didSet { keyMap.spellsKeys = isPlain }
  }
  /// Clocks and figures go on by themselves.
  var isAnimated = true
  /// Answers stay at their beginnings while they grow.
  var readsFromTop = false
  /// Answers are shown as they were written, not as Markdown.
  var showsRawText = false
  var arrangement = PaneArrangement()
  /// While answers are read without knowing whose they are.
  var blind: Blind?
  /// The conversation that a Fiedler crashed over: it is shown plainly until the user wants it as usual.
  var suspect: UUID?

  var models: [ModelChoice] = []
  var chosenModels: [ModelReference] = []
  /// What is chosen where the user has chosen nothing.
  var defaultModels: [ModelReference] = []
  /// Who last read the answers of others.
  var judge: ModelReference?
  var modelSets: [ModelSet] = []
  /// Whom the next prompts leave out.
  var leaving = Recipients()
  /// Which of the chosen models take the places of others with their next prompt.
  var successions: [Succession] = []
  /// The conversation that prompts go to, as the line on the screen; `nil` until the first prompt of a new one is sent.
  var conversation: Conversation?
  /// What belongs to the live conversation, which holds the line on the screen only.
  var branches = Branches()
  /// Conversations left while their answers still came; they go on here.
  var others: [Conversation] = []
  /// When the sends of the replies began that run in this process.
  var sendStarts: [UUID: Duration] = [:]
  /// What other processes of this machine send.
  var elsewhere: [RunningConversation] = []
  var deletions = Deletions()
  var desk = Desk()
  /// The conversation of the desk that is being read.
  var deskOpening: UUID?
  /// What was done from the palette or from help, the last first.
  var lastDone: [ActionID] = []

  var health: LogHealth
  var healthAt: Duration = .zero
  var toasts: [Toast] = []
  /// The action that is being done: what it says replaces what it said before.
  var acting: ActionID?

  /// What the whole shall do once the screen that wished it is done.
  private var wishes: [@Sendable (inout AppState) -> [Effect]] = []
  private var lastToken = 0

  init(launchedAt: Date, secondsFromUTC: Int, theme: Theme, keyMap: KeyMap, health: LogHealth) {
    self.launchedAt = launchedAt
    self.secondsFromUTC = secondsFromUTC
    self.theme = theme
    self.keyMap = keyMap
    self.health = health
  }

  // MARK: Wishes

  /// Has the whole do something once the screen that runs now is done.
  mutating func then(_ wish: @escaping @Sendable (inout AppState) -> [Effect]) { wishes.append(wish) }

  mutating func takeWishes() -> [@Sendable (inout AppState) -> [Effect]] {
    defer { wishes = [] }
    return wishes
  }

  /// Numbers a question to the shell; an answer to an older one of the same kind is dropped.
  mutating func nextToken() -> Int {
    lastToken += 1
    return lastToken
  }

  // MARK: Derived

  var when: When { When(now: launchedAt.addingTimeInterval(now.inSeconds), secondsFromUTC: secondsFromUTC) }

  /// Whether clocks and figures go on by themselves.
  var movesByItself: Bool { isAnimated && !isPlain }

  func choice(_ reference: ModelReference) -> ModelChoice? { models.first { $0.reference == reference } }

  /// What a model is called on the screen; while names are hidden, its letter.
  func label(_ reference: ModelReference) -> String {
    if hidesNames, let blind { return blind.label(reference) }
    return choice(reference)?.label ?? ModelChoice.shortName(reference)
  }

  /// Whether a Fiedler crashed while this conversation was on the screen.
  func isSuspect(_ conversation: UUID?) -> Bool { suspect != nil && conversation == suspect }

  /// The live conversation with all its branches.
  var wholeConversation: Conversation? {
    var whole = conversation
    whole?.exchanges = allExchanges
    return whole
  }

  /// All exchanges of the live conversation, those of other branches too, in the order of their turns.
  var allExchanges: [Exchange] {
    let line = conversation?.exchanges ?? []
    guard !branches.rest.isEmpty else { return line }
    return (line + branches.rest).sorted {
      ($0.prompt.turnNumber, $0.prompt.sentAt) < ($1.prompt.turnNumber, $1.prompt.sentAt)
    }
  }

  /// Replies that this process streams, in whatever conversation.
  var runningReplies: Int { sendStarts.count }

  /// When the send of a reply that runs began, in this process or another; `nil` for one that does not run.
  func start(of reply: UUID) -> Duration? {
    if let start = sendStarts[reply] { return start }
    for conversation in elsewhere {
      guard let answer = conversation.answers.first(where: { $0.id == reply }) else { continue }
      return start(of: answer)
    }
    return nil
  }

  /// When the send of an answer elsewhere began, by the wall clock, which is what the two processes share.
  func start(of answer: RunningConversation.Answer) -> Duration {
    .milliseconds(Int64(answer.startedAt.timeIntervalSince(launchedAt) * 1000))
  }

  func isRunning(_ conversation: Conversation) -> Bool {
    conversation.exchanges.contains { $0.replies.contains { !$0.state.isFinal && start(of: $0.id) != nil } }
  }

  /// Whether an answer of the live conversation still comes, from whatever process.
  var isLive: Bool {
    conversation?.exchanges.last?.replies.contains { !$0.state.isFinal && start(of: $0.id) != nil } ?? false
  }

  // MARK: Notices

  mutating func show(_ text: String, _ kind: Toast.Kind = .info) {
    let duration: Duration = kind == .error || kind == .warning ? .seconds(8) : .seconds(4)
    toasts.removeAll { $0.text == text || (acting != nil && $0.about == acting) }
    toasts.append(Toast(text: text, kind: kind, until: now + duration, about: acting))
    if toasts.count > 4 { toasts.removeFirst(toasts.count - 4) }
  }

  /// Takes a notice back that is not true any more.
  mutating func withdraw(_ text: String) { toasts.removeAll { $0.text == text } }
}

/// What was deleted since the program began, and what is being deleted or brought back.
struct Deletions: Sendable {
  /// A conversation that was deleted, and where it stood in the history.
  struct Deleted: Sendable {
    var id: UUID
    var title: String
    var row: Int
    /// What the history showed then.
    var query: HistoryQuery
  }

  /// What is known of those whose deletion was asked for.
  var deleting: [UUID: Deleted] = [:]
  /// Whose deletion or return is asked for and not answered yet.
  var asked: Set<UUID> = []
  /// What can come back, the newest last.
  var deleted: [Deleted] = []
  /// What has come back with the message that is being taken.
  var returned: Deleted?

  /// Whether a conversation was deleted here and is not back: nothing more is sent in it.
  func contains(_ id: UUID) -> Bool { deleted.contains { $0.id == id } }
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
