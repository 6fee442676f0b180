import Canvas

extension ActionID {
  public static let open = Self("open")
  public static let nextHit = Self("next_hit")
  public static let previousHit = Self("previous_hit")
  public static let continueConversation = Self("continue")
  public static let search = Self("search")
  public static let filter = Self("filter")
  public static let moveDown = Self("move_down")
  public static let moveUp = Self("move_up")
  public static let movePageDown = Self("move_page_down")
  public static let movePageUp = Self("move_page_up")
  public static let moveFirst = Self("move_first")
  public static let moveLast = Self("move_last")
  public static let toggle = Self("toggle")
  public static let accept = Self("accept")
  public static let acceptOnly = Self("accept_only")
  public static let saveSet = Self("save_set")
  public static let complete = Self("complete")
  public static let descend = Self("descend")
  public static let answerYes = Self("yes")
  public static let answerNo = Self("no")
}

extension Actions {
  /// Lists, and what is chosen or asked.
  static let lists: [Action] = [
    Action(
      .open, "Open", [Key(.enter)], in: [.history, .log, .tree, .list], hint: "open",
      can: { $0.top?.canOpen ?? false ? .yes : .no("There is nothing here to open") },
      does: { $0.onTop { $0.open(&$1) } ?? [] }),
    Action(
      .nextHit, "Next place that was found", [letter("n")], in: [.history], hint: "next hit",
      can: { $0.top(HistoryScreen.self)?.selectedView?.document.hitCount ?? 0 > 0 ? .yes : .quietly },
      does: changeHistory { $0.moveHit(by: 1, &$1) }),
    Action(
      .previousHit, "Place found before", [letter("N")], in: [.history], does: changeHistory { $0.moveHit(by: -1, &$1) }
    ),
    Action(
      .continueConversation, "Continue with its models", [letter("c")], in: [.history], hint: "continue",
      can: hasSelection, does: onHistory { $0.openSelected(continues: true, &$1) }),
    Action(
      .search, "Search", [letter("/")], in: [.history], hint: "search",
      does: onHistory { history, _ in history.beginSearch() }),
    Action(
      .filter, "Filter", [letter("/")], in: [.records], hint: "filter", can: logsSomewhere,
      does: changeLog { log, _ in log.typeFilter() }),
    Action(
      .moveDown, "Down", [letter("j"), Key(.down)], in: [.history, .log, .logDetail, .tree, .diff, .list, .review],
      also: [Binding([Key(.down)], in: [.picker, .help, .completion, .historyFilter, .options])],
      does: { $0.move(.rows(1)) }),
    Action(
      .moveUp, "Up", [letter("k"), Key(.up)], in: [.history, .log, .logDetail, .tree, .diff, .list, .review],
      also: [Binding([Key(.up)], in: [.picker, .help, .completion, .historyFilter, .options])],
      does: { $0.move(.rows(-1)) }),
    Action(
      .movePageDown, "A page down", [Key(.pageDown)],
      in: [.history, .historyFilter, .log, .logDetail, .tree, .diff, .list, .picker, .help, .review],
      also: [Binding([letter(" ")], in: [.history, .logDetail, .diff])], does: { $0.move(.pages(1)) }),
    Action(
      .movePageUp, "A page up", [Key(.pageUp)],
      in: [.history, .historyFilter, .log, .logDetail, .tree, .diff, .list, .picker, .help, .review],
      does: { $0.move(.pages(-1)) }),
    Action(
      .moveFirst, "To the first", [letter("g"), Key(.home)],
      in: [.history, .log, .logDetail, .tree, .diff, .list, .review], also: [Binding([Key(.home)], in: [.help])],
      does: { $0.move(.first) }),
    Action(
      .moveLast, "To the last", [letter("G"), Key(.end)],
      in: [.history, .log, .logDetail, .tree, .diff, .list, .review],
      also: [Binding([Key(.end)], in: [.help])], does: { $0.move(.last) }),
    Action(.toggle, "Choose or leave out", [letter(" ")], in: [.picker], does: change { $0.togglePicked() }),
    Action(
      .accept, "Accept", [Key(.enter)],
      in: [.picker, .help, .historyFilter, .historyEdit, .logFilter, .statisticsSearch, .note, .options, .paneFind],
      hint: "accept", does: { $0.accept() }),
    Action(
      .acceptOnly, "Take only this one; in a model's place, without its answers", [Key(.enter, .alt)], in: [.picker],
      does: { $0.acceptOnly() }),
    Action(
      .saveSet, "Save the chosen models as a set, by a name", [.control("s")], in: [.models],
      does: change { $0.nameSet() }),
    Action(
      .complete, "Take the completion; a folder with all its files", [Key(.enter)], in: [.completion], hint: "take",
      does: { $0.takeCompletion() }),
    Action(
      .descend, "Go into the folder, or take the completion", [Key(.tab)], in: [.completion], hint: "complete",
      does: { $0.descend() }),
    Action(.answerYes, "Yes", [letter("y")], in: [.question], hint: "yes", does: { $0.answerQuestion(true) }),
    Action(
      .answerNo, "No", [letter("n"), Key(.escape)], in: [.question], hint: "no", does: { $0.answerQuestion(false) }),
  ]
}
