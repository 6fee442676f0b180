import Canvas

/// The one table behind dispatch, help, footer, palette and commands, in the order they show it.
public enum Actions {
  public static let all: [Action] = conversation + screens + panes + branches + replay + lists + history + log

  /// The action of an id; every id has one (a test proves it).
  public static func action(_ id: ActionID) -> Action? { byID[id] }

  private static let byID = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })

  private static func letter(_ character: Character) -> Key { Key(.character(character)) }

  private static let conversation: [Action] = [
    Action(.send, "Send the prompt", [Key(.enter)], in: [.prompt], hint: "send"),
    Action(
      .newline, "New line in the prompt", [.control("j"), Key(.enter, .alt), Key(.enter, .shift)], in: [.prompt],
      yields: true),
    Action(.focusNext, "Next pane", [Key(.tab)], in: [.prompt, .pane, .replay], hint: "focus"),
    Action(.palette, "All actions", [.control("p")], in: [.screens], hint: "palette"),
    Action(
      .help, "Help", [letter("?")],
      in: [.emptyPrompt, .pane, .replay, .history, .log, .logDetail, .tree, .diff, .help],
      also: [Binding([Key(.function(1))], in: [.screens, .help])], hint: "help", command: "help", anywhere: true),
    Action(.attach, "Attach a file", [], in: [.prompt], command: "attach", argument: "PATH", anywhere: true),
    Action(
      .detach, "Take attached files off", [], in: [.prompt], command: "detach", argument: "[NAME]", anywhere: true),
    Action(
      .system, "Set the system prompt", [], in: [.prompt], command: "system", argument: "[TEXT]", anywhere: true),
    Action(
      .template, "Use a prompt template", [.alt("t")], in: [.prompt], command: "template", argument: "[NAME]",
      anywhere: true),
    Action(.nextBlank, "The template's next blank", [Key(.tab)], in: [.blanks], hint: "next blank"),
    Action(
      .models, "Choose models", [.control("o")], in: [.screens], hint: "models", command: "model", anywhere: true),
    Action(
      .newConversation, "New conversation", [.control("n")], in: [.screens], hint: "new", command: "new",
      anywhere: true),
    Action(
      .history, "History", [.control("s")], in: [.screens], hint: "history", command: "history", anywhere: true),
    Action(
      .log, "Godot log", [Key(.function(2)), .alt("l")], in: [.screens], hint: "log", command: "log",
      argument: "[FILTER]", anywhere: true),
    Action(.themes, "Choose a theme", [], in: [.screens], command: "theme", anywhere: true),
    Action(
      .conversationLog, "This conversation in the Godot log", [letter("L")], in: [.pane, .history], anywhere: true),
    Action(
      .editor, "Edit the prompt in $EDITOR", [.control("g")], in: [.prompt, .pane], command: "editor", anywhere: true),
    Action(.expandPaste, "Open the paste at the cursor, or the files", [.alt("o")], in: [.prompt]),
    Action(
      .files, "The attached files, to look at or take off", [], in: [.prompt], command: "files", anywhere: true),
    Action(.dropFile, "Take the file off", [Key(.delete), .control("d")], in: [.files]),
  ]

  private static let screens: [Action] = [
    Action(.focusPrevious, "Previous pane", [Key(.tab, .shift)], in: [.prompt, .pane, .replay]),
    Action(.focusPrompt, "To the prompt", [Key(.enter), letter("i")], in: [.pane]),
    Action(
      .close, "Close what is open; back to the prompt", [Key(.escape)],
      in: [
        .prompt, .pane, .paneFind, .selection, .replay, .history, .historyFilter, .historyEdit, .log, .logDetail,
        .logFilter, .tree,
        .diff,
        .picker, .help, .completion,
      ],
      also: [Binding([letter("q")], in: [.replay, .history, .log, .logDetail, .tree, .diff, .help])]),
    Action(.redraw, "Draw the screen anew", [.control("l")], in: [.everywhere], anywhere: true),
    Action(.suspend, "Suspend", [.control("z")], in: [.everywhere], anywhere: true),
    Action(.interrupt, "Clear the prompt; twice: quit", [.control("c")], in: [.everywhere]),
    Action(.quit, "Quit", [.control("q")], in: [.everywhere], hint: "quit", command: "quit", anywhere: true),
  ]

  private static let panes: [Action] = [
    Action(.scrollDown, "Scroll down", [letter("j"), Key(.down)], in: [.pane, .replay, .selection]),
    Action(.scrollUp, "Scroll up", [letter("k"), Key(.up)], in: [.pane, .replay, .selection]),
    Action(
      .pageDown, "A page down", [Key(.pageDown)], in: [.prompt, .pane, .replay, .selection],
      also: [Binding([letter(" ")], in: [.pane, .selection])]),
    Action(.pageUp, "A page up", [Key(.pageUp)], in: [.prompt, .pane, .replay, .selection]),
    Action(
      .top, "To the beginning", [letter("g"), Key(.home)], in: [.pane, .selection],
      also: [Binding([letter("g")], in: [.replay])]),
    Action(
      .bottom, "To the end, and follow it", [letter("G"), Key(.end)], in: [.pane, .selection],
      also: [Binding([letter("G")], in: [.replay])]),
    Action(.zoom, "Zoom the pane", [letter("z")], in: [.pane, .replay], hint: "zoom", anywhere: true),
    Action(.find, "Find in the pane", [letter("/")], in: [.pane], hint: "find"),
    Action(.findNext, "The next place found", [letter("n")], in: [.pane]),
    Action(.findPrevious, "The place found before", [letter("N")], in: [.pane]),
    Action(
      .layout, "Panes as a grid, in columns, in rows, or as tabs", [letter("v")], in: [.pane, .replay],
      command: "layout", anywhere: true),
    Action(.movePaneLeft, "Move the pane to the left", [letter("(")], in: [.pane], anywhere: true),
    Action(.movePaneRight, "Move the pane to the right", [letter(")")], in: [.pane], anywhere: true),
    Action(.cancel, "Stop this answer", [letter("c")], in: [.pane], hint: "stop", anywhere: true),
    Action(.cancelAll, "Stop all answers", [letter("C")], in: [.pane], command: "stop", anywhere: true),
    Action(.retry, "Ask this model again", [letter("R")], in: [.pane], hint: "retry", anywhere: true),
    Action(
      .copy, "Copy the whole answer, or what is selected", [letter("y")], in: [.pane, .replay, .selection],
      also: [Binding([Key(.enter)], in: [.selection])], hint: "copy", anywhere: true),
    Action(.select, "Select rows, to copy them", [letter("V")], in: [.pane, .replay, .selection]),
    Action(
      .links, "The links of the answer, to copy or open", [letter("o")], in: [.pane, .replay], command: "links",
      anywhere: true),
    Action(.openLink, "Open the link on the desktop", [.control("o")], in: [.links]),
    Action(.wrapCode, "Wrap or cut long lines of code", [letter("w")], in: [.pane, .replay], anywhere: true),
    Action(.codeLeft, "Move code that is cut: its beginning", [letter("h"), Key(.left)], in: [.pane]),
    Action(.codeRight, "Move code that is cut: its end", [letter("l"), Key(.right)], in: [.pane]),
    Action(.nextCode, "The next block of code", [letter("f")], in: [.pane, .replay], anywhere: true),
    Action(.previousCode, "The block of code before", [letter("F")], in: [.pane, .replay]),
    Action(
      .copyCode, "Copy the code gone to, or the first in sight", [letter("Y")], in: [.pane, .replay], anywhere: true),
    Action(
      .fold, "Fold or unfold the reasoning", [letter("r")], in: [.pane, .replay, .history], hint: "reasoning",
      anywhere: true),
    Action(.rawText, "Raw text or Markdown", [letter("m")], in: [.pane, .replay], anywhere: true),
  ]

  private static let lists: [Action] = [
    Action(.open, "Open", [Key(.enter)], in: [.history, .log, .tree], hint: "open"),
    Action(.nextHit, "Next place that was found", [letter("n")], in: [.history], hint: "next hit"),
    Action(.previousHit, "Place found before", [letter("N")], in: [.history]),
    Action(.continueConversation, "Continue with its models", [letter("c")], in: [.history], hint: "continue"),
    Action(.search, "Search", [letter("/")], in: [.history], hint: "search"),
    Action(.filter, "Filter", [letter("/")], in: [.records], hint: "filter"),
    Action(
      .moveDown, "Down", [letter("j"), Key(.down)], in: [.history, .log, .logDetail, .tree, .diff, .help],
      also: [Binding([Key(.down)], in: [.picker, .completion, .historyFilter])]),
    Action(
      .moveUp, "Up", [letter("k"), Key(.up)], in: [.history, .log, .logDetail, .tree, .diff, .help],
      also: [Binding([Key(.up)], in: [.picker, .completion, .historyFilter])]),
    Action(
      .movePageDown, "A page down", [Key(.pageDown)],
      in: [.history, .historyFilter, .log, .logDetail, .tree, .diff, .picker, .help],
      also: [Binding([letter(" ")], in: [.history, .logDetail, .diff])]),
    Action(
      .movePageUp, "A page up", [Key(.pageUp)],
      in: [.history, .historyFilter, .log, .logDetail, .tree, .diff, .picker, .help]),
    Action(
      .moveFirst, "To the first", [letter("g"), Key(.home)], in: [.history, .log, .logDetail, .tree, .diff, .help]),
    Action(.moveLast, "To the last", [letter("G"), Key(.end)], in: [.history, .log, .logDetail, .tree, .diff, .help]),
    Action(.toggle, "Choose or leave out", [letter(" ")], in: [.picker]),
    Action(
      .accept, "Accept", [Key(.enter)], in: [.picker, .historyFilter, .historyEdit, .logFilter, .paneFind],
      hint: "accept"),
    Action(.acceptOnly, "Take only this one", [Key(.enter, .alt)], in: [.picker]),
    Action(
      .complete, "Take the completion; a folder with all its files", [Key(.enter)], in: [.completion], hint: "take"),
    Action(.descend, "Go into the folder, or take the completion", [Key(.tab)], in: [.completion], hint: "complete"),
    Action(.answerYes, "Yes", [letter("y")], in: [.question], hint: "yes"),
    Action(.answerNo, "No", [letter("n"), Key(.escape)], in: [.question], hint: "no"),
  ]

  private static let history: [Action] = [
    Action(
      .switchHistory, "Between list and preview", [Key(.tab), Key(.tab, .shift)], in: [.history],
      also: [Binding([Key(.tab)], in: [.historyFilter])], hint: "switch"),
    Action(.deleteConversation, "Delete the conversation", [letter("d")], in: [.history], hint: "delete"),
    Action(
      .undoDelete, "Bring back what was deleted last", [letter("u")], in: [.history], hint: "undo", anywhere: true),
    Action(.editTags, "Change its tags", [letter("t")], in: [.history], hint: "tags"),
    Action(
      .pin, "Pin, or no longer: pinned ones stand first", [letter("P")], in: [.history], hint: "pin", anywhere: true),
    Action(.editTitle, "Change its title", [letter("m")], in: [.history], hint: "title"),
    Action(.export, "Export the conversation", [letter("e")], in: [.history], hint: "export", anywhere: true),
    Action(.changeOrder, "Newest, oldest, title or best match first", [letter("o")], in: [.history], hint: "order"),
  ]

  private static let log: [Action] = [
    Action(.logOutbox, "Outbox: what the server refuses", [letter("1")], in: [.log]),
    Action(.logRecords, "Records that the server has", [letter("2")], in: [.log]),
    Action(
      .retryGodot, "Try Godot again now", [letter("r")], in: [.log], hint: "retry now", anywhere: true),
    Action(.switchLog, "The other part", [Key(.tab), Key(.tab, .shift)], in: [.log], hint: "switch"),
    Action(.resendParked, "Send this record again", [letter("s")], in: [.outbox], hint: "resend"),
    Action(.resendAllParked, "Send all refused records again", [letter("S")], in: [.outbox], hint: "resend all"),
    Action(.exportParked, "Save this record in a file", [letter("e")], in: [.outbox], hint: "export"),
    Action(.exportAllParked, "Save all refused records in a file", [letter("E")], in: [.outbox]),
    Action(.logLevel, "Next least level", [letter("l")], in: [.records], hint: "level"),
    Action(.logTrace, "Only records of this one's trace", [letter("t")], in: [.records, .logDetail], hint: "trace"),
    Action(.followLog, "Follow: load anew every 2 s", [letter("f")], in: [.records], hint: "follow"),
    Action(.clearLogFilter, "No filter", [letter("x")], in: [.records]),
    Action(.copyRecord, "Copy the record", [letter("y")], in: [.records, .logDetail], hint: "copy"),
    Action(.reloadLog, "Load anew", [letter("u"), letter("R")], in: [.log], hint: "reload"),
  ]
}
