import Canvas

extension ActionID {
  public static let focusPrevious = Self("focus_previous")
  public static let focusPrompt = Self("focus_prompt")
  public static let close = Self("close")
  public static let redraw = Self("redraw")
  public static let suspend = Self("suspend")
  public static let interrupt = Self("interrupt")
  public static let quit = Self("quit")
  public static let answerYes = Self("yes")
  public static let answerNo = Self("no")
}

extension Actions {
  /// What every screen has.
  static let screens: [Action] = [
    Action(
      .focusPrevious, "Previous pane", [Key(.tab, .shift)], in: [.prompt, .pane, .replay],
      does: changeStage { stage, _ in stage.moveFocus(by: -1) }),
    Action(
      .focusPrompt, "To the prompt", [Key(.enter), letter("i")], in: [.pane],
      does: changeCompose { compose, _ in compose.focus = .prompt }),
    Action(
      .close, "Close what is open; back to the prompt", [Key(.escape)],
      in: [
        .prompt, .pane, .paneFind, .selection, .replay, .history, .historyFilter, .historyEdit, .log, .logDetail,
        .logFilter, .tree,
        .diff, .list,
        .picker, .help, .review, .completion, .statisticsSearch, .note, .options,
      ],
      also: [Binding([letter("q")], in: [.replay, .history, .log, .logDetail, .tree, .diff, .list, .review])],
      does: { $0.onUppermost { $0.close(&$1) } }),
    Action(
      .redraw, "Draw the screen anew", [.control("l")], in: [.everywhere], anywhere: true, keepsSelection: true,
      does: { _ in [.redraw] }),
    Action(
      .suspend, "Suspend", [.control("z")], in: [.everywhere], anywhere: true, keepsSelection: true,
      does: { _ in [.suspend] }),
    Action(.interrupt, "Clear the prompt; twice: quit", [.control("c")], in: [.everywhere], does: { $0.interrupt() }),
    Action(
      .quit, "Quit", [.control("q")], in: [.everywhere], hint: "quit", command: "quit", anywhere: true,
      does: { $0.quit() }),
    Action(.answerYes, "Yes", [letter("y")], in: [.question], hint: "yes", does: { $0.answerQuestion(true) }),
    Action(
      .answerNo, "No", [letter("n"), Key(.escape)], in: [.question], hint: "no", does: { $0.answerQuestion(false) }),
  ]
}
