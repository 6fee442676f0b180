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
      can: hasPanes, does: changeStage { $0.showBeginnings($1) }),
    Action(
      .reading, "Read answers from the top, or follow their end", [letter("T")], in: [.pane], anywhere: true,
      does: changeStage { $0.changeReading(&$1) }),
    Action(
      .zoom, "Zoom the pane", [letter("z")], in: [.pane, .replay], hint: "zoom", anywhere: true,
      can: hasPanes, does: changeStage { stage, _ in stage.isZoomed.toggle() }),
    Action(
      .find, "Find in the pane", [letter("/")], in: [.pane], hint: "find",
      can: hasPanes, does: changeStage { stage, _ in stage.beginFind() }),
    Action(
      .findNext, "The next place found", [letter("n")], in: [.pane], does: changeStage { $0.stepFind(by: 1, &$1) }),
    Action(
      .findPrevious, "The place found before", [letter("N")], in: [.pane],
      does: changeStage { $0.stepFind(by: -1, &$1) }),
    Action(
      .layout, "Panes as a grid, in columns, in rows, or as tabs", [letter("v")], in: [.pane, .replay],
      command: "layout", anywhere: true, does: onStage { $0.cycleLayout(&$1) }),
    Action(
      .movePaneLeft, "Move the pane to the left", [letter("(")], in: [.pane], anywhere: true,
      can: { $0.stage.canMovePane(by: -1, $0.world) }, does: onStage { $0.movePane(by: -1, &$1) }),
    Action(
      .movePaneRight, "Move the pane to the right", [letter(")")], in: [.pane], anywhere: true,
      can: { $0.stage.canMovePane(by: 1, $0.world) }, does: onStage { $0.movePane(by: 1, &$1) }),
    Action(
      .cancel, "Stop this answer", [letter("c")], in: [.pane], hint: "stop", anywhere: true,
      can: { $0.stage.activeReply($0.world)?.state.isFinal == false ? .yes : .no("Nothing streams in this pane") },
      does: onStage { stage, world in stage.cancelActive(world) }),
    Action(
      .cancelAll, "Stop all answers", [letter("C")], in: [.pane], command: "stop", anywhere: true,
      can: { $0.runningReplies > 0 ? .yes : .no("No answer streams") }, does: { _ in [.cancelAll] }),
    Action(
      .retry, "Ask this model again", [letter("R")], in: [.pane], hint: "retry", anywhere: true,
      can: { $0.stage.canRetry($0.world) },
      does: onStage { $0.retryActive(&$1) }),
    Action(
      .copy, "Copy the whole answer, or what is selected", [letter("y")], in: [.pane, .replay, .selection],
      also: [Binding([Key(.enter)], in: [.selection])], hint: "copy", anywhere: true,
      can: { $0.stage.canCopy($0.world) },
      does: onStage { $0.selection == nil ? $0.copyActive(&$1) : $0.copySelection(&$1) }),
    Action(
      .select, "Select rows, to copy them", [letter("V")], in: [.pane, .replay, .selection],
      can: hasPanes, does: changeStage { $0.toggleSelecting($1) }),
    Action(
      .links, "The links of the answer, to copy or open", [letter("o")], in: [.pane, .replay], command: "links",
      anywhere: true, does: changeStage { $0.openLinks(&$1) }),
    Action(
      .openLink, "Open the link on the desktop", [.control("o")], in: [.links],
      does: { $0.onLayer(PickerLayer.self) { picker, world in picker.openLink(&world) } ?? [] }),
    Action(
      .wrapCode, "Wrap or cut long lines of code", [letter("w")], in: [.pane, .replay], anywhere: true,
      does: changeStage { $0.toggleCodeWrapping(&$1) }),
    Action(
      .codeLeft, "Move code that is cut: its beginning", [letter("h"), Key(.left)], in: [.pane],
      keepsSelection: true, does: changeStage { $0.moveCode(by: -8, &$1) }),
    Action(
      .codeRight, "Move code that is cut: its end", [letter("l"), Key(.right)], in: [.pane],
      keepsSelection: true, does: changeStage { $0.moveCode(by: 8, &$1) }),
    Action(
      .nextCode, "The next block of code", [letter("f")], in: [.pane, .replay], anywhere: true,
      does: changeStage { $0.stepCode(by: 1, &$1) }),
    Action(
      .previousCode, "The block of code before", [letter("F")], in: [.pane, .replay],
      does: changeStage { $0.stepCode(by: -1, &$1) }
    ),
    Action(
      .copyCode, "Copy the code gone to, or the first in sight", [letter("Y")], in: [.pane, .replay], anywhere: true,
      does: onStage { $0.copyCode(&$1) }),
    Action(
      .fold, "Fold or unfold the reasoning", [letter("r")], in: [.pane, .replay, .history], hint: "reasoning",
      anywhere: true, can: { $0.top.canFold($0.world) ? .yes : .quietly },
      does: {
        $0.onTop { top, _ -> [Effect] in
          top.toggleReasoning()
          return []
        }
      }),
    Action(
      .rawText, "Raw text or Markdown", [letter("m")], in: [.pane, .replay], anywhere: true,
      does: { $0.onTop { top, world -> [Effect] in top.toggleRawText(&world) } }),
  ]

  private static let hasPanes: Action.Asking = { $0.stage.panes.isEmpty ? .no("There is no answer yet") : .yes }
}
