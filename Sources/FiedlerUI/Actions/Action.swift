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
  private let keepsReplay: Bool
  private let isLooking: Bool
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
    self.keepsReplay = keepsReplay
    isLooking = keepsSelection
    self.can = can
    self.does = does
  }

  /// Whether it has a meaning while a replay is shown: it has a key in one, in what lies over it, or everywhere. Any
  /// other is meant for what lies beneath.
  var worksInReplay: Bool { keepsReplay || hasKeys(in: KeyContext.ofReplay) }

  /// Whether what is selected in a pane stays selected: it has a key while rows are selected, or in what only looks.
  /// What the user does elsewhere ends a selection.
  var keepsSelection: Bool { isLooking || hasKeys(in: [.selection, .help, .review]) }

  // Asked when an action is done: the first frame waits for the table.
  private func hasKeys(in contexts: Set<KeyContext>) -> Bool {
    bindings.contains { !contexts.isDisjoint(with: $0.contexts) }
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
