import Canvas

extension ActionID {
  public static let nextHit = Self("next_hit")
  public static let previousHit = Self("previous_hit")
  public static let continueConversation = Self("continue")
  public static let search = Self("search")
  public static let switchHistory = Self("history_switch")
  public static let deleteConversation = Self("delete")
  public static let undoDelete = Self("undo_delete")
  public static let editTags = Self("tags")
  public static let pin = Self("pin")
  public static let editTitle = Self("title")
  public static let export = Self("export")
  public static let changeOrder = Self("history_order")
}

extension Actions {
  /// The history.
  static let history: [Action] = [
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
      .switchHistory, "Between list and preview", [Key(.tab), Key(.tab, .shift)], in: [.history],
      also: [Binding([Key(.tab)], in: [.historyFilter])], hint: "switch", can: hasSelection,
      does: changeHistory { history, _ in history.switchParts() }),
    Action(
      .deleteConversation, "Delete the conversation", [letter("d")], in: [.history], hint: "delete", can: hasFound,
      does: onHistory { $0.deleteSelected(&$1) }),
    Action(
      .undoDelete, "Bring back what was deleted last", [letter("u")], in: [.history], hint: "undo", anywhere: true,
      can: { $0.world.deletions.deleted.isEmpty ? .no("Nothing was deleted since the program began") : .yes },
      does: { $0.world.undoDelete() }),
    Action(
      .editTags, "Change its tags", [letter("t")], in: [.history], hint: "tags", can: hasFound,
      does: changeHistory { history, _ in history.beginEdit(.tags) }),
    Action(
      .pin, "Pin, or no longer: pinned ones stand first", [letter("P")], in: [.history], hint: "pin", anywhere: true,
      can: { $0.hasMeant }, does: { $0.togglePin() }),
    Action(
      .editTitle, "Change its title", [letter("m")], in: [.history], hint: "title", can: hasFound,
      does: changeHistory { history, _ in history.beginEdit(.title) }),
    Action(
      .export, "Export the conversation", [letter("e")], in: [.history], hint: "export", anywhere: true,
      can: { $0.hasMeant }, does: { $0.openExportPicker() }),
    Action(
      .changeOrder, "Newest, oldest, title or best match first", [letter("o")], in: [.history], hint: "order",
      can: hasSelection, does: onHistory { $0.changeOrder(&$1) }),
  ]

  private static let hasSelection: Action.Asking = { app in
    app.top(HistoryScreen.self)?.selectedItem == nil ? .no("There is no conversation here yet") : .yes
  }

  /// What changes a conversation waits for the search: the row that is still selected need not be the one meant.
  private static let hasFound: Action.Asking = { app in
    app.top(HistoryScreen.self)?.isSearching == true ? .no(HistoryScreen.stillSearching) : hasSelection(app)
  }

  private static func onHistory(
    _ body: @escaping @Sendable (inout HistoryScreen, inout World) -> [Effect]
  ) -> Action.Doing {
    { $0.on(HistoryScreen.self, body) ?? [] }
  }

  private static func changeHistory(_ body: @escaping @Sendable (inout HistoryScreen, inout World) -> Void)
    -> Action.Doing
  {
    onHistory { screen, world -> [Effect] in
      body(&screen, &world)
      return []
    }
  }
}
