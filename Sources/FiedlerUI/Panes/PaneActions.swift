import Canvas
import Conversations

extension ActionID {
  public static let scrollDown = Self("scroll_down")
  public static let scrollUp = Self("scroll_up")
  public static let pageDown = Self("page_down")
  public static let pageUp = Self("page_up")
  public static let top = Self("top")
  public static let bottom = Self("bottom")
  public static let topHere = Self("top_here")
  public static let bottomHere = Self("bottom_here")
  public static let beginnings = Self("beginnings")
  public static let reading = Self("reading")
  public static let zoom = Self("zoom")
  public static let find = Self("find")
  public static let findNext = Self("find_next")
  public static let findPrevious = Self("find_previous")
  public static let layout = Self("layout")
  public static let movePaneLeft = Self("pane_left")
  public static let movePaneRight = Self("pane_right")
  public static let cancel = Self("cancel")
  public static let cancelAll = Self("cancel_all")
  public static let retry = Self("retry")
  public static let copy = Self("copy")
  public static let select = Self("select")
  public static let links = Self("links")
  public static let openLink = Self("open_link")
  public static let wrapCode = Self("wrap_code")
  public static let codeLeft = Self("code_left")
  public static let codeRight = Self("code_right")
  public static let nextCode = Self("next_code")
  public static let previousCode = Self("previous_code")
  public static let copyCode = Self("copy_code")
  public static let fold = Self("fold")
  public static let rawText = Self("raw_text")
}

extension Actions {
  /// Reading and steering the answers.
  static let panes: [Action] = [
    Action(
      .scrollDown, "Scroll down", [letter("j"), Key(.down)], in: [.pane, .replay, .selection],
      does: { $0.scroll(.rows(1)) }),
    Action(
      .scrollUp, "Scroll up", [letter("k"), Key(.up)], in: [.pane, .replay, .selection], does: { $0.scroll(.rows(-1)) }),
    Action(
      .pageDown, "A page down", [Key(.pageDown)], in: [.prompt, .pane, .replay, .selection],
      also: [Binding([letter(" ")], in: [.pane, .selection])], does: { $0.scroll(.pages(1)) }),
    Action(
      .pageUp, "A page up", [Key(.pageUp)], in: [.prompt, .pane, .replay, .selection], does: { $0.scroll(.pages(-1)) }),
    Action(
      .top, "All panes to the beginning", [letter("g"), Key(.home)], in: [.pane, .selection],
      also: [Binding([letter("g")], in: [.replay])], does: { $0.scroll(.first) }),
    Action(
      .bottom, "All panes to the end, and follow it", [letter("G"), Key(.end)], in: [.pane, .selection],
      also: [Binding([letter("G")], in: [.replay])], does: { $0.scroll(.last) }),
    Action(
      .topHere, "This pane alone to the beginning", [.alt("g")], in: [.pane, .replay],
      does: { $0.scroll(.first, alone: true) }),
    Action(
      .bottomHere, "This pane alone to the end, and follow it", [.alt("G")], in: [.pane, .replay],
      does: { $0.scroll(.last, alone: true) }),
    Action(
      .beginnings, "All panes to the beginnings of their answers", [letter("H")], in: [.pane],
      also: [Binding([Key(.home)], in: [.emptyPrompt])], anywhere: true,
      can: { $0.panes.isEmpty ? .no("There is no answer yet") : .yes }, does: change { $0.showBeginnings() }),
    Action(
      .reading, "Read answers from the top, or follow their end", [letter("T")], in: [.pane], anywhere: true,
      does: change { $0.changeReading() }),
    Action(
      .zoom, "Zoom the pane", [letter("z")], in: [.pane, .replay], hint: "zoom", anywhere: true,
      can: { $0.panes.isEmpty ? .no("There is no answer yet") : .yes }, does: change { $0.toggleZoom() }),
    Action(
      .find, "Find in the pane", [letter("/")], in: [.pane], hint: "find",
      can: { $0.panes.isEmpty ? .no("There is no answer yet") : .yes }, does: change { $0.beginFind() }),
    Action(.findNext, "The next place found", [letter("n")], in: [.pane], does: change { $0.stepFind(by: 1) }),
    Action(.findPrevious, "The place found before", [letter("N")], in: [.pane], does: change { $0.stepFind(by: -1) }),
    Action(
      .layout, "Panes as a grid, in columns, in rows, or as tabs", [letter("v")], in: [.pane, .replay],
      command: "layout", anywhere: true, does: { $0.cycleLayout() }),
    Action(
      .movePaneLeft, "Move the pane to the left", [letter("(")], in: [.pane], anywhere: true,
      can: { $0.canMovePane(by: -1) }, does: { $0.movePane(by: -1) }),
    Action(
      .movePaneRight, "Move the pane to the right", [letter(")")], in: [.pane], anywhere: true,
      can: { $0.canMovePane(by: 1) }, does: { $0.movePane(by: 1) }),
    Action(
      .cancel, "Stop this answer", [letter("c")], in: [.pane], hint: "stop", anywhere: true,
      can: { $0.activeReply?.state.isFinal == false ? .yes : .no("Nothing streams in this pane") },
      does: { $0.cancelActive() }),
    Action(
      .cancelAll, "Stop all answers", [letter("C")], in: [.pane], command: "stop", anywhere: true,
      can: { $0.runningReplies > 0 ? .yes : .no("No answer streams") }, does: { _ in [.cancelAll] }),
    Action(
      .retry, "Ask this model again", [letter("R")], in: [.pane], hint: "retry", anywhere: true, can: { $0.canRetry },
      does: { $0.retryActive() }),
    Action(
      .copy, "Copy the whole answer, or what is selected", [letter("y")], in: [.pane, .replay, .selection],
      also: [Binding([Key(.enter)], in: [.selection])], hint: "copy", anywhere: true, can: { $0.canCopy },
      does: { $0.selection == nil ? $0.copyActive() : $0.copySelection() }),
    Action(
      .select, "Select rows, to copy them", [letter("V")], in: [.pane, .replay, .selection],
      can: { $0.panes.isEmpty ? .no("There is no answer yet") : .yes }, does: change { $0.toggleSelecting() }),
    Action(
      .links, "The links of the answer, to copy or open", [letter("o")], in: [.pane, .replay], command: "links",
      anywhere: true, does: change { $0.openLinks() }),
    Action(.openLink, "Open the link on the desktop", [.control("o")], in: [.links], does: { $0.openLink() }),
    Action(
      .wrapCode, "Wrap or cut long lines of code", [letter("w")], in: [.pane, .replay], anywhere: true,
      does: change { $0.toggleCodeWrapping() }),
    Action(
      .codeLeft, "Move code that is cut: its beginning", [letter("h"), Key(.left)], in: [.pane],
      keepsSelection: true, does: change { $0.moveCode(by: -8) }),
    Action(
      .codeRight, "Move code that is cut: its end", [letter("l"), Key(.right)], in: [.pane],
      keepsSelection: true, does: change { $0.moveCode(by: 8) }),
    Action(
      .nextCode, "The next block of code", [letter("f")], in: [.pane, .replay], anywhere: true,
      does: change { $0.stepCode(by: 1) }),
    Action(
      .previousCode, "The block of code before", [letter("F")], in: [.pane, .replay],
      does: change { $0.stepCode(by: -1) }
    ),
    Action(
      .copyCode, "Copy the code gone to, or the first in sight", [letter("Y")], in: [.pane, .replay], anywhere: true,
      does: { $0.copyCode() }),
    Action(
      .fold, "Fold or unfold the reasoning", [letter("r")], in: [.pane, .replay, .history], hint: "reasoning",
      anywhere: true, can: { $0.canFold }, does: change { $0.toggleReasoning() }),
    Action(
      .rawText, "Raw text or Markdown", [letter("m")], in: [.pane, .replay], anywhere: true,
      does: { $0.toggleRawText() }),
  ]
}
