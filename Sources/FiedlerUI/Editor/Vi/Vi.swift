import Canvas

/// Where the vi keys are: mode, what is typed of a command, and what `.` and `;` do again.
struct Vi: Sendable, Equatable {
  enum Mode: Hashable, Sendable { case insert, normal, visual, visualLines }

  struct Change: Hashable, Sendable {
    var command: ViCommand
    /// What was done in the insertion that the command began.
    var typed: [EditorAction] = []
  }

  var mode = Mode.insert
  /// The keys of a command that is not whole yet.
  var typed: [Character] = []
  /// What ended in insert mode, with what was done there so far.
  var insertion = Change(command: ViCommand(.insert(.before)))
  var last: Change?
  var lastFind: ViFind?
  /// The kill that is whole lines.
  var lines: Editor.Fragment?
  /// The column that `j` and `k` keep to.
  var goal: Int?
  /// Whether what is done next in insert mode belongs to the undo step of what was done there before.
  var continues = true

  var isVisual: Bool { mode == .visual || mode == .visualLines }
}

extension Editor {
  /// Which keys the editor has. Emacs's work in vi's insert mode, too.
  public enum Keys: String, Hashable, Sendable, CaseIterable { case emacs, vi }

  /// Changing it begins in insert mode; the same again changes nothing.
  public var keys: Keys {
    get { vi == nil ? .emacs : .vi }
    set {
      guard newValue != keys else { return }
      vi = newValue == .vi ? Vi() : nil
      selection = nil
    }
  }

  /// vi's mode as it is shown, with the beginning of a command; `nil` with emacs keys.
  public var modeWords: String? {
    guard let vi else { return nil }
    let word =
      switch vi.mode {
      case .insert: "INSERT"
      case .normal: "NORMAL"
      case .visual: "VISUAL"
      case .visualLines: "VISUAL LINE"
      }
    return vi.typed.isEmpty ? word : "\(word) \(String(vi.typed))"
  }

  /// Whether Escape leads to normal mode: vi's keys insert or select.
  public var leavesByEscape: Bool { search == nil && vi.map { $0.mode == .insert || $0.isVisual } ?? false }

  /// Whether characters that are typed are commands.
  public var takesCommands: Bool { vi.map { $0.mode != .insert } ?? false }

  /// Takes a key that means something to vi now. False if it is somebody else's; nothing has changed then but that
  /// the beginning of a command is forgotten.
  public mutating func takeVi(_ key: Key) -> Bool {
    guard search == nil, let vi else { return false }
    let isEscape = key == Key(.escape)
    if vi.mode == .insert {
      if isEscape { endInsertion() }
      return isEscape
    }
    if isEscape {
      self.vi?.typed = []
      guard vi.typed.isEmpty else { return true }
      if vi.isVisual { leaveVisual() }
      return vi.isVisual
    }
    guard let character = Self.viCharacter(key, isWithin: !vi.typed.isEmpty) else {
      self.vi?.typed = []
      return !vi.typed.isEmpty && key == Key(.enter)
    }
    let typed = vi.typed + [character]
    self.vi?.typed = []
    do throws(ViCommand.Stop) {
      run(try ViCommand(typed, isVisual: vi.isVisual))
      return true
    } catch {
      // What is typed is read anew with each key; no command is nearly as long.
      if error == .more, typed.count < ViCommand.longest { self.vi?.typed = typed }
      // A letter that is no command may be the program's.
      return error == .more || typed.count > 1
    }
  }

  /// A key as the character of a command. `isWithin`: one has begun.
  private static func viCharacter(_ key: Key, isWithin: Bool) -> Character? {
    if key == .control("r") { return ViCommand.redo }
    guard key.modifiers.isSubset(of: .shift) else { return nil }
    switch key.code {
    case .character(let character): return character
    case .left, .backspace: return key.modifiers.isEmpty ? "h" : nil
    case .right: return key.modifiers.isEmpty ? "l" : nil
    case .home: return key.modifiers.isEmpty ? "0" : nil
    case .end: return key.modifiers.isEmpty ? "$" : nil
    case .delete: return "x"
    case .up where isWithin: return "k"
    case .down where isWithin: return "j"
    default: return nil
    }
  }

  /// An editor key outside insert mode: what moves, goes back or recalls; a character is a command or nothing.
  func viAction(for key: Key) -> EditorAction? {
    guard let action = EditorKeys.action(for: key) else { return nil }
    switch action {
    case .historyPrevious, .historyNext, .historySearch, .undo, .redo, .copySelection, .expandChip: return action
    default: return action.isMotion ? action : nil
    }
  }

  // MARK: Modes

  /// Insert mode after `command`, whose own change is in the same undo step.
  mutating func beginInsertion(_ command: ViCommand) {
    vi?.mode = .insert
    vi?.insertion = Vi.Change(command: command)
    vi?.continues = true
    selection = nil
  }

  /// To normal mode. An insertion with a count is done as often.
  mutating func endInsertion() {
    guard let done = vi?.insertion else { return }
    if case .insert(let place) = done.command.verb, !done.typed.isEmpty {
      for _ in 1..<max(1, done.command.count ?? 1) where utf8Count < ViCommand.greatestGrowth {
        if place == .below || place == .above { apply(.newline) }
        for action in done.typed { apply(action) }
      }
    }
    vi?.mode = .normal
    if !done.typed.isEmpty || done.command.verb != .insert(.before) { vi?.last = done }
    step { editor in
      editor.selection = nil
      editor.cursor.column = max(0, editor.cursor.column - 1)
    }
    settleVi()
  }

  /// Does a change again, with another count if there is one.
  mutating func repeatChange(count: Int?) {
    guard var change = vi?.last else { return }
    if let count { change.command.count = count }
    run(change.command)
    guard vi?.mode == .insert else { return }
    for action in change.typed { apply(action) }
    endInsertion()
  }

  mutating func leaveVisual() {
    vi?.mode = .normal
    selection = nil
    settleVi()
  }

  /// A sent prompt leaves an empty one to be typed in.
  mutating func beginViAnew() {
    vi?.typed = []
    beginInsertion(ViCommand(.insert(.before)))
    vi?.continues = false
  }

  /// Outside insert mode the cursor stands on a character, not behind the last.
  mutating func settleVi() {
    guard let mode = vi?.mode, mode != .insert, search == nil else { return }
    if selection == nil, vi?.isVisual == true { vi?.mode = .normal }
    cursor.line = min(cursor.line, document.lines.count - 1)
    cursor.column = max(0, min(cursor.column, document.lines[cursor.line].count - 1))
  }

  // MARK: Insert mode

  /// Whether an action of insert mode belongs to the undo step of the one before.
  mutating func continuesInsertion(_ action: EditorAction) -> Bool {
    guard let vi, vi.mode == .insert else { return false }
    self.vi?.continues = action.isTyped
    return vi.continues && action.isTyped
  }

  /// Keeps what is done in insert mode for `.`.
  mutating func recordInsertion(_ action: EditorAction) {
    guard vi?.mode == .insert else { return }
    guard action.isTyped else {
      vi?.insertion = Vi.Change(command: ViCommand(.insert(.before)))
      return
    }
    if case .insert(let text) = action, case .insert(let before)? = vi?.insertion.typed.last, !text.contains("\n") {
      vi?.insertion.typed.removeLast()
      vi?.insertion.typed.append(.insert(before + text))
    } else {
      vi?.insertion.typed.append(action)
    }
  }
}

extension EditorAction {
  /// What is done while text is put in, not something of another kind in between.
  fileprivate var isTyped: Bool {
    switch self {
    case .setText, .clear, .undo, .redo, .historyPrevious, .historyNext, .historySearch, .historySearchNewer,
      .acceptSearch, .cancelSearch, .upOrHistory, .downOrHistory, .copySelection:
      false
    default: true
    }
  }
}

extension ViCommand {
  /// Bytes from which on nothing is put in again and again, whatever the count.
  static let greatestGrowth = 16_000_000
}
