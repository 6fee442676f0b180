import Canvas

/// Something a user can ask for, by its name in settings. Which there are, ``Actions/all`` tells.
public struct ActionID: RawRepresentable, Hashable, Sendable {
  public let rawValue: String

  /// `nil` if there is no such action.
  public init?(rawValue: String) {
    self.init(rawValue)
    guard Actions.action(self) != nil else { return nil }
  }

  /// For the features' own actions.
  init(_ name: String) { rawValue = name }
}

/// Where a key means something. Several are active at once: `KeyMap.active(_:)`.
public enum KeyContext: String, CaseIterable, Sendable {
  /// Always.
  case everywhere
  /// On every screen while nothing lies over it.
  case screens
  case prompt
  /// The prompt while it is empty, so that a letter need not be text.
  case emptyPrompt = "empty prompt"
  /// The list of completions over the prompt; it takes keys before the prompt does.
  case completion
  /// The prompt while blanks of a template are left in it; takes keys before the prompt does.
  case blanks = "template"
  case pane
  /// What to find in a pane being typed.
  case paneFind = "find"
  /// Rows of a pane being selected.
  case selection
  case history
  /// The history's search line being typed.
  case historyFilter = "history filter"
  /// A title or tags being typed in the history.
  case historyEdit = "history edit"
  /// Both parts of the Godot log.
  case log = "godot log"
  case outbox, records
  /// One record, opened.
  case logDetail = "record"
  /// The records' filter being typed.
  case logFilter = "log filter"
  /// A past exchange, played again.
  case replay
  /// The tree of a conversation's branches.
  case tree
  /// Two answers compared.
  case diff
  /// What still runs.
  case running
  /// Batches, and the matrix of one.
  case batch
  /// Figures of the models.
  case statistics
  /// Their search line being typed.
  case statisticsSearch = "statistics search"
  /// A line being typed in a box of its own: a note on a verdict, the name of a set.
  case note
  /// Options of the models being typed.
  case options
  /// Any screen that is a list, whatever it lists.
  case list
  case picker, help, question
  /// A file or a paste, looked at before it is sent.
  case review
  /// The list of links, and that of attached files; they take keys before other lists do.
  case links, files
  /// The list of models; it takes keys before other lists do.
  case models

  /// What is active along with it; `nil` for what is only ever active along with others.
  private var companions: [KeyContext]? {
    switch self {
    case .prompt: [.emptyPrompt, .screens, .everywhere]
    case .pane, .history, .logDetail, .replay, .tree, .diff: [.screens, .everywhere]
    case .running, .batch, .statistics: [.list, .screens, .everywhere]
    case .outbox, .records: [.log, .screens, .everywhere]
    case .links, .files, .models: [.picker, .everywhere]
    case .paneFind, .selection, .historyFilter, .historyEdit, .logFilter, .statisticsSearch, .note, .options, .help,
      .review,
      .question:
      [.everywhere]
    // These two alone may take keys from the rest.
    case .completion, .blanks: []
    case .everywhere, .screens, .emptyPrompt, .log, .list, .picker: nil
    }
  }

  /// The sets of contexts that are active together. Within one, a key must have one meaning.
  static let together: [[KeyContext]] = allCases.compactMap { context in
    context.companions.map { [context] + $0 }
  }
}

extension KeyContext {
  /// The places that a replay is seen in.
  static let ofReplay: Set<KeyContext> = [
    .replay, .selection, .picker, .links, .files, .models, .help, .review, .question, .everywhere,
  ]
}

/// Keys that mean an action, and where.
public struct Binding: Hashable, Sendable {
  public var keys: [Key]
  public var contexts: [KeyContext]

  init(_ keys: [Key], in contexts: [KeyContext]) {
    self.keys = keys
    self.contexts = contexts
  }
}

/// One row of the table of actions: what it is called, its keys, what it does and when that can be done.
public struct Action: Sendable, Identifiable {
  typealias Doing = @Sendable (inout AppState) -> [Effect]
  typealias Asking = @Sendable (AppState) -> Possibility

  public let id: ActionID
  /// As help and palette call it.
  public let title: String
  /// One word for the footer; `nil` leaves it out there.
  public let hint: String?
  /// The first is what settings change.
  public let bindings: [Binding]
  /// Its `/` command, and what stands behind that (`PATH`), if anything does.
  public let command: String?
  public let argument: String?
  /// Whether the palette does it from every screen; another action needs its place.
  public let worksAnywhere: Bool
  /// Whether its keys of the table give way to those that the user chooses for other actions.
  let yields: Bool
  /// Whether it has a meaning while a replay is shown; any other is meant for what lies beneath.
  let worksInReplay: Bool
  /// Whether what is selected in a pane stays selected: what the user does elsewhere ends that, looking around does
  /// not.
  let keepsSelection: Bool
  let can: Asking
  let does: Doing

  init(
    _ id: ActionID, _ title: String, _ keys: [Key], in contexts: [KeyContext], also: [Binding] = [],
    hint: String? = nil, command: String? = nil, argument: String? = nil, anywhere: Bool = false,
    yields: Bool = false, keepsReplay: Bool = false, keepsSelection: Bool = false,
    can: @escaping Asking = { _ in .yes }, does: @escaping Doing
  ) {
    self.id = id
    self.title = title
    self.hint = hint
    self.bindings = [Binding(keys, in: contexts)] + also
    self.command = command
    self.argument = argument
    self.worksAnywhere = anywhere
    self.yields = yields
    // What has a key in a replay, in what lies over it, or everywhere.
    worksInReplay = keepsReplay || bindings.contains { !KeyContext.ofReplay.isDisjoint(with: $0.contexts) }
    // What has a key while rows are selected, or in what only looks.
    self.keepsSelection =
      keepsSelection || bindings.contains { !Set([.selection, .help, .review]).isDisjoint(with: $0.contexts) }
    self.can = can
    self.does = does
  }
}

/// Whether an action can be done now.
enum Possibility: Hashable, Sendable {
  case yes
  /// It can, or says itself why not; the footer need not tell of it.
  case quietly
  /// It cannot, for this reason.
  case no(String)
}
