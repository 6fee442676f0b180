import Canvas
import Conversations
import FoundationEssentials

/// One model's column of the conversation.
struct Pane: Sendable {
  let model: ModelReference
  var document = PaneDocument()
  /// The text rows and columns the pane last had on the screen.
  var bodyHeight = 1
  /// Shows the end as it grows. While `false`, the row `top` stays where it is.
  var follows = true
  var top = 0
  /// Rows the reader has had on the screen since the pane stopped following.
  var seenRows = 0
  /// The user's choice; `nil` leaves reasoning open until the answer begins.
  var isUnfolded: Bool?
  /// When the first and the last text or reasoning of the newest reply came.
  var arrivals: Arrivals?
  /// How long the newest reply waits until it is asked for again.
  var retryWait: Duration?
  /// Whether it shows the past: nothing in it can be asked again.
  var isReplay = false
  /// The replies shown instead of the newest attempts, by their exchange.
  var attempts: [UUID: UUID] = [:]
  /// The turn that was gone to, by its place on the line, until the pane is scrolled.
  var turn: Int?
  /// The block of code that was gone to.
  var code: CodePlace?
  /// Long lines of code go on in the next row, or are cut at the pane's edge.
  var wrapsCode = true
  /// Columns of cut code that are out of sight at the left.
  var codeLeft = 0
  /// The turn at whose beginning it stays, however that grows, until the pane is scrolled.
  private var readTurn: Int?
  /// That turn has yet to be scrolled to.
  private var seeksTurn = false
  /// Blank rows that the end would begin with.
  private var blanksBeforeEnd = 0

  struct Arrivals: Hashable, Sendable {
    var first: Duration
    var last: Duration

    static func extended(_ old: Arrivals?, by time: Duration) -> Arrivals {
      Arrivals(first: old?.first ?? time, last: time)
    }
  }

  init(model: ModelReference) { self.model = model }

  /// The first row on the screen where the end is shown. It is none that is blank: the end can do with a row less.
  var lastTop: Int { max(0, document.rowCount - bodyHeight) + blanksBeforeEnd }
  /// The first row on the screen.
  var firstRow: Int { follows ? lastTop : min(top, lastTop) }
  /// Rows that came below while the reader stayed above.
  var newRows: Int { follows ? 0 : max(0, document.rowCount - max(seenRows, firstRow + bodyHeight)) }

  /// Rows below those on the screen.
  var moreRows: Int { follows ? 0 : max(0, document.rowCount - firstRow - bodyHeight) }

  mutating func scroll(by rows: Int) { scroll(to: firstRow + rows) }

  mutating func scroll(to row: Int) {
    turn = nil
    readTurn = nil
    move(to: row)
  }

  /// Stays at the beginning of a turn, however it grows, until the pane is scrolled.
  mutating func read(fromTurn turn: Int) {
    self.turn = nil
    readTurn = turn
    stayAtBeginning()
  }

  private mutating func stayAtBeginning() {
    guard let readTurn else { return }
    top = min(document.row(ofExchange: readTurn), lastTop)
    follows = false
    seenRows = document.rowCount
  }

  private mutating func move(to row: Int) {
    let wasFollowing = follows
    top = min(max(0, row), lastTop)
    follows = top == lastTop
    if wasFollowing, !follows { seenRows = document.rowCount }
    seenRows = max(seenRows, top + bodyHeight)
  }

  /// Stays where it is, whatever is appended.
  mutating func hold() {
    guard follows else { return }
    top = lastTop
    follows = false
    seenRows = document.rowCount
  }

  /// Follows the end again if that is where it stayed.
  mutating func release() { move(to: firstRow) }

  /// Shows a turn from its prompt on, as soon as it is wrapped.
  mutating func go(toTurn turn: Int) {
    self.turn = turn
    readTurn = nil
    seeksTurn = true
  }

  /// The turn that the first text on the screen is of; the last one while the end is followed.
  var turnInView: Int? { turn ?? readTurn ?? (follows ? nil : document.exchange(atRow: firstRow)) }

  /// Whether the document has to be laid out anew to be shown so.
  func isStale(columns: Int, isRaw: Bool, hidesPrompt: Bool) -> Bool {
    columns != document.columns || isRaw != document.isRaw || wrapsCode != document.wrapsCode
      || hidesPrompt != document.hidesPrompt
  }

  /// Wraps what is new, or everything anew for another width, the reader's place kept.
  mutating func refresh(
    _ exchanges: [Exchange], columns: Int, height: Int, isRaw: Bool = false, hidesPrompt: Bool = false,
    theme: Theme = .fallback
  ) {
    bodyHeight = max(1, height)
    let columns = max(1, columns)
    let keepsPlace = isStale(columns: columns, isRaw: isRaw, hidesPrompt: hidesPrompt) && !follows
    // What is read begins below the prompt that stays.
    let covered = stickyTurn == nil ? 0 : 1
    let place = keepsPlace ? document.anchor(ofRow: firstRow + covered) : nil
    let seen = keepsPlace ? document.anchor(ofRow: seenRows - 1) : nil
    // The prompt and the row behind it, which come or go.
    let shift = hidesPrompt == document.hidesPrompt ? 0 : hidesPrompt ? -2 : 2
    document.refresh(
      exchanges, for: model, isUnfolded: isUnfolded, columns: columns, attempts: attempts, isReplay: isReplay,
      isRaw: isRaw, wrapsCode: wrapsCode, hidesPrompt: hidesPrompt, theme: theme)
    countBlanksBeforeEnd()
    if keepsPlace {
      func row(_ anchor: PaneDocument.Anchor) -> Int {
        document.row(of: .init(block: max(0, anchor.block + shift), offset: anchor.offset))
      }
      top = place.map { max(0, row($0) - covered) } ?? lastTop
      seenRows = seen.map { row($0) + 1 } ?? document.rowCount
    }
    if seeksTurn, let turn {
      seeksTurn = false
      move(to: document.row(ofExchange: turn))
    }
    stayAtBeginning()
  }

  private mutating func countBlanksBeforeEnd() {
    blanksBeforeEnd = 0
    let first = document.rowCount - bodyHeight
    guard first > 0 else { return }
    while blanksBeforeEnd < bodyHeight / 2, document.isBlank(row: first + blanksBeforeEnd) { blanksBeforeEnd += 1 }
  }

  // MARK: The prompt over what is read

  /// Lower panes have no row to spare.
  private static let leastStickyHeight = 5

  /// The turn whose prompt has the first row on the screen: that of the text below it, while its own place is out of
  /// sight above and the end is not followed.
  var stickyTurn: Int? {
    guard !follows, bodyHeight >= Self.leastStickyHeight, let next = document.exchange(atRow: firstRow) else {
      return nil
    }
    // The blank row before a prompt counts as the prompt's.
    let start = document.row(ofExchange: next)
    let turn = start > firstRow ? next - 1 : next
    return start == firstRow || turn < 0 || turn == 0 && document.hidesPrompt ? nil : turn
  }

  /// The rows of the text on the screen.
  var rowsInSight: Range<Int> { firstRow + (stickyTurn == nil ? 0 : 1)..<firstRow + bodyHeight }

  /// Where the view must begin for a row to be in sight as the first one.
  func top(showing row: Int) -> Int { bodyHeight >= Self.leastStickyHeight ? row - 1 : row }

  /// The arrivals of a reply that was recorded.
  mutating func readArrivals(of reply: Reply?) {
    arrivals = nil
    for entry in reply?.recording.entries() ?? [] where entry.kind == .text || entry.kind == .reasoning {
      arrivals = Arrivals.extended(arrivals, by: .milliseconds(Int64(clamping: entry.milliseconds)))
    }
  }
}

/// How a state is shown, apart from its colour.
extension ReplyState {
  var glyph: Character {
    switch self {
    case .queued: "○"
    case .connecting: "◌"
    case .streaming: "◐"
    case .retrying: "↻"
    case .success: "●"
    case .partial: "◑"
    case .failed: "✕"
    case .cancelled: "■"
    case .interrupted: "◇"
    }
  }

  /// The words before the time in a pane's header.
  var word: String {
    switch self {
    case .queued: "queued"
    case .connecting: "connecting"
    case .streaming: ""
    case .retrying: "retry in"
    case .success: "done"
    case .partial: "broke off"
    case .failed: "failed"
    case .cancelled: "stopped"
    case .interrupted: "interrupted"
    }
  }
}
