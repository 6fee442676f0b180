/// What a key, a paste or a menu entry asks of an ``Editor``.
///
/// A motion or an edit that cannot be done (left at the start, yank with nothing killed) changes nothing.
public enum EditorAction: Hashable, Sendable {
  // MARK: Putting text in

  /// Typed text at the cursor. Runs of typing are one undo step.
  case insert(String)
  /// A new line at the cursor; begins an undo step of its own.
  case newline
  /// Pasted text, one undo step, line ends made `\n`. More than 10 lines or 2,000 characters become a chip.
  case paste(String)
  /// Text as a chip, whatever its length.
  case insertChip(String)
  /// Replaces the whole text, the cursor behind it. The same text again changes nothing (and keeps its chips).
  case setText(String)
  /// Empties the editor; undo brings the text back.
  case clear
  /// Replaces what ``Editor/completionContext`` stands for, the `@` or `/` included.
  case complete(String)
  /// Puts the text of the chip at the cursor, or just before it, in the chip's place; the cursor goes to its start.
  case expandChip

  // MARK: Moving

  /// One character (grapheme cluster or chip) back or forth, over line ends.
  case left, right
  /// To the start of this or the previous word; to the end of this or the next. Words are letters and digits; a chip is
  /// one.
  case wordLeft, wordRight
  /// One screen row, keeping to the column where the vertical motion began.
  case up, down
  /// As `up` and `down`; at the first row to the previous prompt, at the last row to the next one if one was recalled.
  case upOrHistory, downOrHistory
  /// As many rows as are shown less one.
  case pageUp, pageDown
  /// The ends of the line between two line ends, however many screen rows it takes.
  case lineStart, lineEnd
  case textStart, textEnd
  /// To the blank line before or after this paragraph, or the end of the text.
  case paragraphUp, paragraphDown

  // MARK: Selecting

  // Text that comes in, a deletion or a kill takes the selection's place; other actions but motions drop it.

  /// Moves and selects what is passed, until a plain motion.
  indirect case select(EditorAction)
  /// Begins a selection that every motion goes on with; the same again at once ends it.
  case setMark
  case selectAll
  /// Keeps what is selected for yank and drops the selection.
  case copySelection
  case dropSelection

  // MARK: Taking text out

  /// Removes a character or chip before the cursor or at it, not kept for yank. Runs of each are one undo step.
  case deleteBackward, deleteForward
  /// Kills to where `wordLeft` or `wordRight` would go.
  case killWordBackward, killWordForward
  /// Kills back over blanks, then to the blank before.
  case killBackToBlank
  /// Kills to the line's end; at the end, the line end itself.
  case killLine
  /// Kills to the line's start; at the start, the line end before it.
  case killToStart
  /// Inserts what was killed last. Kills with nothing between them are one.
  case yank
  /// Directly after a yank: replaces what it inserted by the kill before.
  case yankPop
  /// Swaps the characters around the cursor, at a line's end the last two, and moves on.
  case transpose

  // MARK: Going back

  /// Takes back a step; takes it forth again. Typing after an undo forgets what could be redone.
  case undo, redo

  // MARK: Earlier prompts

  /// Recalls an older or newer prompt. The draft, and every change to a recalled one, is kept until
  /// ``Editor/submit()``.
  case historyPrevious, historyNext
  /// Begins an incremental search through the history, newest first; while searching, goes to the next older match.
  case historySearch
  /// While searching, goes to the next newer match.
  case historySearchNewer
  /// Ends the search with its match in the editor, or with the draft.
  case acceptSearch, cancelSearch
}
