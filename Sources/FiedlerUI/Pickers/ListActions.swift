import Canvas

extension ActionID {
  public static let open = Self("open")
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
}

extension Actions {
  /// Lists, and what is chosen in them.
  static let lists: [Action] = [
    Action(
      .open, "Open", [Key(.enter)], in: [.history, .log, .tree, .list], hint: "open",
      can: { $0.top.canOpen ? .yes : .no("There is nothing here to open") },
      does: { $0.onTop { top, world -> [Effect] in top.open(&world) } }),
    Action(
      .moveDown, "Down", [letter("j"), Key(.down)], in: [.history, .log, .logDetail, .tree, .diff, .list, .review],
      also: [Binding([Key(.down)], in: [.picker, .help, .completion, .historyFilter, .options])],
      does: move(.rows(1))),
    Action(
      .moveUp, "Up", [letter("k"), Key(.up)], in: [.history, .log, .logDetail, .tree, .diff, .list, .review],
      also: [Binding([Key(.up)], in: [.picker, .help, .completion, .historyFilter, .options])],
      does: move(.rows(-1))),
    Action(
      .movePageDown, "A page down", [Key(.pageDown)],
      in: [.history, .historyFilter, .log, .logDetail, .tree, .diff, .list, .picker, .help, .review],
      also: [Binding([letter(" ")], in: [.history, .logDetail, .diff])], does: move(.pages(1))),
    Action(
      .movePageUp, "A page up", [Key(.pageUp)],
      in: [.history, .historyFilter, .log, .logDetail, .tree, .diff, .list, .picker, .help, .review],
      does: move(.pages(-1))),
    Action(
      .moveFirst, "To the first", [letter("g"), Key(.home)],
      in: [.history, .log, .logDetail, .tree, .diff, .list, .review], also: [Binding([Key(.home)], in: [.help])],
      does: move(.first)),
    Action(
      .moveLast, "To the last", [letter("G"), Key(.end)],
      in: [.history, .log, .logDetail, .tree, .diff, .list, .review],
      also: [Binding([Key(.end)], in: [.help])], does: move(.last)),
    Action(
      .toggle, "Choose or leave out", [letter(" ")], in: [.picker],
      does: {
        $0.onLayer(PickerLayer.self) { picker, _ in
          picker.toggle()
          return []
        } ?? []
      }),
    Action(
      .accept, "Accept", [Key(.enter)],
      in: [.picker, .help, .historyFilter, .historyEdit, .logFilter, .statisticsSearch, .note, .options, .paneFind],
      hint: "accept", does: { $0.onUppermost { $0.accept(&$1) } }),
    Action(
      .acceptOnly, "Take only this one; in a model's place, without its answers", [Key(.enter, .alt)], in: [.picker],
      does: { $0.onLayer(PickerLayer.self) { $0.acceptOnly(&$1) } ?? [] }),
    Action(
      .saveSet, "Save the chosen models as a set, by a name", [.control("s")], in: [.models],
      does: {
        $0.onLayer(PickerLayer.self) { picker, world in
          picker.nameSet(&world)
          return []
        } ?? []
      }),
  ]

  private static func move(_ motion: Motion) -> Action.Doing { { $0.onUppermost { $0.move(motion, &$1) } } }
}
