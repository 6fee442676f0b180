import Canvas

/// Everything a user can ask for. The raw value names it in settings.
public enum ActionID: String, CaseIterable, Sendable {
  case send, newline, attach, system, detach
  case template
  case nextBlank = "next_blank"
  case focusNext = "focus_next"
  case focusPrevious = "focus_previous"
  case focusPrompt = "focus_prompt"
  case scrollDown = "scroll_down"
  case scrollUp = "scroll_up"
  case pageDown = "page_down"
  case pageUp = "page_up"
  case top, bottom, zoom, layout, find
  case findNext = "find_next"
  case findPrevious = "find_previous"
  case movePaneLeft = "pane_left"
  case movePaneRight = "pane_right"
  case cancel
  case cancelAll = "cancel_all"
  case retry, copy, fold
  case rawText = "raw_text"
  case select
  case links, files
  case dropFile = "drop_file"
  case openLink = "open_link"
  case wrapCode = "wrap_code"
  case codeLeft = "code_left"
  case codeRight = "code_right"
  case nextCode = "next_code"
  case previousCode = "previous_code"
  case copyCode = "copy_code"
  case branch
  case editPrompt = "edit_resend"
  case nextBranch = "next_branch"
  case previousBranch = "previous_branch"
  case nextAttempt = "next_attempt"
  case previousAttempt = "previous_attempt"
  case nextTurn = "next_turn"
  case previousTurn = "previous_turn"
  case tree
  case treeParent = "tree_parent"
  case treeChild = "tree_child"
  case compare
  case compareNext = "compare_next"
  case comparePrevious = "compare_previous"
  case compareLayout = "compare_layout"
  case compareAgain = "compare_again"
  case nextChange = "next_change"
  case previousChange = "previous_change"
  case copyDiff = "copy_diff"
  case close
  case expandPaste = "expand_paste"
  case palette, models, history, log
  case conversationLog = "conversation_log"
  case newConversation = "new"
  case editor, help, redraw, suspend, interrupt, quit
  case moveDown = "move_down"
  case moveUp = "move_up"
  case movePageDown = "move_page_down"
  case movePageUp = "move_page_up"
  case moveFirst = "move_first"
  case moveLast = "move_last"
  case open
  case continueConversation = "continue"
  case search, filter
  case nextHit = "next_hit"
  case previousHit = "previous_hit"
  case switchHistory = "history_switch"
  case changeOrder = "history_order"
  case pin
  case editTags = "tags"
  case editTitle = "title"
  case deleteConversation = "delete"
  case undoDelete = "undo_delete"
  case export
  case toggle, accept
  case acceptOnly = "accept_only"
  case logOutbox = "log_outbox"
  case logRecords = "log_records"
  case switchLog = "log_switch"
  case resendParked = "resend"
  case resendAllParked = "resend_all"
  case exportParked = "export_parked"
  case exportAllParked = "export_all_parked"
  case logLevel = "log_level"
  case logTrace = "log_trace"
  case clearLogFilter = "clear_log_filter"
  case followLog = "follow_log"
  case copyRecord = "copy_record"
  case reloadLog = "reload_log"
  case retryGodot = "retry_godot"
  case replay
  case themes
  case replayPlay = "replay_play"
  case replayBack = "replay_back"
  case replayForward = "replay_forward"
  case replayPreviousEvent = "replay_previous_event"
  case replayNextEvent = "replay_next_event"
  case replayPreviousExchange = "replay_previous_exchange"
  case replayNextExchange = "replay_next_exchange"
  case replaySlower = "replay_slower"
  case replayFaster = "replay_faster"
  case replayStart = "replay_start"
  case replayEnd = "replay_end"
  case complete
  case descend
  case answerYes = "yes"
  case answerNo = "no"
}

/// Where a key means something. Several are active at once: ``KeyMap/active(_:)``.
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
  case picker, help, question
  /// The list of links, and that of attached files; they take keys before other lists do.
  case links, files

  /// The sets of contexts that are active together. Within one, a key must have one meaning;
  /// `completion` and `blanks` alone may take keys from the rest.
  static let together: [[KeyContext]] = [
    [.prompt, .emptyPrompt, .screens, .everywhere], [.completion], [.blanks], [.pane, .screens, .everywhere],
    [.paneFind, .everywhere], [.selection, .everywhere],
    [.history, .screens, .everywhere], [.historyFilter, .everywhere], [.historyEdit, .everywhere],
    [.outbox, .log, .screens, .everywhere],
    [.records, .log, .screens, .everywhere], [.logDetail, .screens, .everywhere], [.logFilter, .everywhere],
    [.replay, .screens, .everywhere], [.tree, .screens, .everywhere], [.diff, .screens, .everywhere],
    [.links, .picker, .everywhere], [.files, .picker, .everywhere], [.help, .everywhere], [.question, .everywhere],
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

/// One row of the table of actions.
public struct Action: Sendable, Identifiable {
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

  init(
    _ id: ActionID, _ title: String, _ keys: [Key], in contexts: [KeyContext], also: [Binding] = [],
    hint: String? = nil, command: String? = nil, argument: String? = nil, anywhere: Bool = false,
    yields: Bool = false
  ) {
    self.id = id
    self.title = title
    self.hint = hint
    self.bindings = [Binding(keys, in: contexts)] + also
    self.command = command
    self.argument = argument
    self.worksAnywhere = anywhere
    self.yields = yields
  }
}
