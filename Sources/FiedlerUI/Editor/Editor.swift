import Canvas

/// The prompt editor: text, cursor, undo, kill ring, earlier prompts. A value without a terminal.
///
/// The owner turns keys into actions (``action(for:)``), sets ``viewport`` whenever the screen is laid out, and draws.
/// An action costs as much as the text it touches and the rows on the screen, not as the whole text.
public struct Editor: Sendable, Equatable {
  var document: Document
  var log = UndoLog()
  var kills = KillRing()
  var recall = Recall()
  /// What the last action was, where the next one may go on with it.
  var run = Run.none
  /// The screen column that vertical motion keeps to.
  var goal: Int?
  var top = RowAddress()

  /// Where the next character goes.
  public internal(set) var cursor: Position

  /// Where the selection began; it ends at the cursor.
  public internal(set) var selection: Selection?

  /// The vi keys; `nil` with emacs's.
  var vi: Vi?

  /// The history search that is open; while there is one, typing goes to its query.
  public internal(set) var search: HistorySearch?

  /// The size at which the editor is drawn: up, down and the page actions go by its rows, scrolling by its height.
  public var viewport = Size(width: 80, height: 10) {
    didSet { if viewport != oldValue { scroll() } }
  }

  /// Shown while there is no text.
  public var placeholder = ""

  /// Earlier prompts, oldest first. Equal neighbours become one. ``submit()`` adds to it by itself.
  public var history: [String] = [] {
    didSet { historyChanged(from: oldValue) }
  }

  /// An editor with this text and the cursor behind it.
  public init(text: String = "") {
    document = Document(Fragment(text))
    cursor = document.end
    scroll()
  }

  /// What would be sent: chips expanded. Costs as much as the text is long; ``utf8Count`` and ``isEmpty`` do not.
  public var text: String { document.text }
  public var isEmpty: Bool { document.isEmpty }
  /// Bytes of UTF-8 in ``text``.
  public var utf8Count: Int { document.utf8Count }
  /// Lines between line ends, a chip's own not counted.
  public var lineCount: Int { document.lines.count }

  /// Actions of one kind that belong together when they follow each other.
  enum Run: Equatable {
    case none, typing, deletingBackward, deletingForward, killing
    case yanking(Edit)
  }

  public mutating func apply(_ action: EditorAction) {
    if search != nil, searching(action) { return }
    let before = run
    run = .none
    let continues = continuesInsertion(action)
    log.begin(at: mark, continuing: continues || (action.run != .none && action.run == before))
    if !takeSelection(action) { perform(action, after: before) }
    log.end(at: mark)
    if !keepsSelection(action) { selection = nil }
    if !action.isVertical { goal = nil }
    recordInsertion(action)
    settleVi()
    scroll()
  }

  /// A motion or change that no action stands for, one undo step.
  mutating func step(_ change: (inout Editor) -> Void) {
    run = .none
    log.begin(at: mark, continuing: false)
    change(&self)
    log.end(at: mark)
    goal = nil
    scroll()
  }

  /// What was typed, for sending: empties the editor, adds the text to the history and forgets the kept drafts.
  /// Undo brings the text back, and so does the history, chips included.
  public mutating func submit() -> String {
    if search != nil { apply(.acceptSearch) }
    let text = text
    recall.keepChips(of: document, text: text)
    apply(.clear)
    if !isBlank(text) { history.append(text) }
    beginViAnew()
    return text
  }

  private func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

  private mutating func perform(_ action: EditorAction, after before: Run) {
    switch action {
    case .insert(let text): type(Fragment(text))
    case .newline: type(.lineEnd)
    case .paste(let text): paste(text)
    case .insertChip(let text): change(insertionRange, to: Fragment(Chip(Fragment.withLineFeeds(text))))
    case .setText(let text): setText(text)
    case .clear:
      change(document.all, to: .empty)
      recall.forget()
    case .complete(let text): complete(text)
    case .expandChip: expandChip()
    case .left: cursor = document.position(before: cursor) ?? cursor
    case .right: cursor = document.position(after: cursor) ?? cursor
    case .wordLeft: cursor = document.wordStart(before: cursor)
    case .wordRight: cursor = document.wordEnd(after: cursor)
    case .up: moveRows(-1)
    case .down: moveRows(1)
    case .upOrHistory: if !moveRows(-1) { recallPrevious() }
    case .downOrHistory: if !moveRows(1) { recallNext() }
    case .pageUp: moveRows(-max(1, viewport.height - 1))
    case .pageDown: moveRows(max(1, viewport.height - 1))
    case .lineStart: cursor.column = 0
    case .lineEnd: cursor.column = document.lines[cursor.line].count
    case .textStart: cursor = .start
    case .textEnd: cursor = document.end
    case .paragraphUp: cursor = document.paragraphStart(before: cursor)
    case .paragraphDown: cursor = document.paragraphEnd(after: cursor)
    case .select(let motion):
      if selection == nil { selection = Selection(anchor: cursor, kind: .held) }
      perform(motion, after: before)
    case .setMark: toggleMark()
    case .selectAll: selectAll()
    case .copySelection: copySelection()
    case .dropSelection: break
    case .deleteBackward: delete(document.position(before: cursor).map { $0..<cursor }, as: .deletingBackward)
    case .deleteForward: delete(document.position(after: cursor).map { cursor..<$0 }, as: .deletingForward)
    case .killWordBackward: kill(document.wordStart(before: cursor)..<cursor, .backward, after: before)
    case .killWordForward: kill(cursor..<document.wordEnd(after: cursor), .forward, after: before)
    case .killBackToBlank: kill(document.blank(before: cursor)..<cursor, .backward, after: before)
    case .killLine: kill(cursor..<lineKillEnd, .forward, after: before)
    case .killToStart: kill(lineKillStart..<cursor, .backward, after: before)
    case .yank: yank()
    case .yankPop: yankPop(after: before)
    case .transpose: transpose()
    case .undo: undo()
    case .redo: redo()
    case .historyPrevious: recallPrevious()
    case .historyNext: recallNext()
    case .historySearch: search = HistorySearch()
    case .historySearchNewer, .acceptSearch, .cancelSearch: break
    }
  }
}

extension EditorAction {
  /// The run that makes one undo step of several actions.
  fileprivate var run: Editor.Run {
    switch self {
    case .insert(let text): text.utf8.contains(0x0A) || text.utf8.contains(0x0D) ? .none : .typing
    case .deleteBackward: .deletingBackward
    case .deleteForward: .deletingForward
    default: .none
    }
  }

  fileprivate var isVertical: Bool {
    switch self {
    case .up, .down, .upOrHistory, .downOrHistory, .pageUp, .pageDown: true
    case .select(let motion): motion.isVertical
    default: false
    }
  }
}
