import Canvas

extension ActionID {
  public static let send = Self("send")
  public static let newline = Self("newline")
  public static let focusNext = Self("focus_next")
  public static let palette = Self("palette")
  public static let help = Self("help")
  public static let attach = Self("attach")
  public static let detach = Self("detach")
  public static let system = Self("system")
  public static let template = Self("template")
  public static let nextBlank = Self("next_blank")
  public static let models = Self("models")
  public static let newConversation = Self("new")
  public static let history = Self("history")
  public static let log = Self("log")
  public static let themes = Self("themes")
  public static let conversationLog = Self("conversation_log")
  public static let editor = Self("editor")
  public static let expandPaste = Self("expand_paste")
  public static let files = Self("files")
  public static let complete = Self("complete")
  public static let descend = Self("descend")
  public static let dropFile = Self("drop_file")
}

extension Actions {
  /// The prompt, and what is begun from it.
  static let prompt: [Action] = [
    Action(.send, "Send the prompt", [Key(.enter)], in: [.prompt], hint: "send", does: onCompose { $0.send(&$1) }),
    Action(
      .newline, "New line in the prompt", [.control("j"), Key(.enter, .alt), Key(.enter, .shift)], in: [.prompt],
      yields: true, does: onCompose { $0.edit(.newline, &$1) }),
    Action(
      .focusNext, "Next pane", [Key(.tab)], in: [.prompt, .pane, .replay], hint: "focus",
      does: changeStage { stage, _ in stage.moveFocus(by: 1) }),
    Action(
      .palette, "All actions", [.control("p")], in: [.screens], hint: "palette", keepsReplay: true,
      does: { $0.openPalette() }),
    Action(
      .help, "Help", [letter("?")],
      in: [.emptyPrompt, .pane, .replay, .history, .log, .logDetail, .tree, .diff, .list, .help, .review],
      also: [Binding([Key(.function(1))], in: [.screens, .help, .review])], hint: "help", command: "help",
      anywhere: true,
      does: change { $0.toggleHelp() }),
    Action(
      .attach, "Attach a file", [], in: [.prompt], command: "attach", argument: "PATH", anywhere: true,
      does: onCompose { $0.begin(command: "attach", &$1) }),
    Action(
      .detach, "Take attached files off", [], in: [.prompt], command: "detach", argument: "[NAME]", anywhere: true,
      does: changeCompose { $0.detachAll(&$1) }),
    Action(
      .system, "Set the system prompt", [], in: [.prompt], command: "system", argument: "[TEXT]", anywhere: true,
      does: onCompose { $0.begin(command: "system", &$1) }),
    Action(
      .template, "Use a prompt template", [.alt("t")], in: [.prompt], command: "template", argument: "[NAME]",
      anywhere: true, does: { _ in [.loadTemplates(.choose(filter: ""))] }),
    Action(
      .nextBlank, "The template's next blank", [Key(.tab)], in: [.blanks], hint: "next blank",
      does: changeCompose { compose, _ in compose.goToNextBlank() }),
    Action(
      .models, "Choose models", [.control("o")], in: [.screens], hint: "models", command: "model", anywhere: true,
      does: changeCompose { $0.openModelPicker(&$1) }),
    Action(
      .newConversation, "New conversation", [.control("n")], in: [.screens], hint: "new", command: "new",
      anywhere: true, does: { $0.beginNew() }),
    Action(
      .history, "History", [.control("s")], in: [.screens], hint: "history", command: "history", anywhere: true,
      does: { $0.openHistory() }),
    Action(
      .log, "Godot log", [Key(.function(2)), .alt("l")], in: [.screens], hint: "log", command: "log",
      argument: "[FILTER]", anywhere: true, can: { $0.top(LogScreen.self) == nil ? .yes : .quietly },
      does: { $0.toggleLog() }),
    Action(
      .themes, "Choose a theme", [], in: [.screens], command: "theme", anywhere: true, does: { _ in [.loadThemes] }),
    Action(
      .conversationLog, "This conversation in the Godot log", [letter("L")], in: [.pane, .history], anywhere: true,
      does: { $0.openConversationLog() }),
    Action(
      .editor, "Edit the prompt in $EDITOR", [.control("g")], in: [.prompt, .pane], command: "editor", anywhere: true,
      does: { [.openEditor($0.compose.prompt.editor.text)] }),
    Action(
      .expandPaste, "Open the paste at the cursor, or the files", [.alt("o")], in: [.prompt],
      does: onCompose { $0.openChip(&$1) }),
    Action(
      .files, "The attached files, to look at or take off", [], in: [.prompt], command: "files", anywhere: true,
      does: changeCompose { $0.openFiles(&$1) }),
    Action(
      .dropFile, "Take the file off", [Key(.delete), .control("d")], in: [.files],
      does: {
        $0.onLayer(PickerLayer.self) { picker, world in
          picker.dropFile(&world)
          return []
        } ?? []
      }),
    Action(
      .complete, "Take the completion; a folder with all its files", [Key(.enter)], in: [.completion], hint: "take",
      does: onCompose { $0.takeCompletion(&$1) }),
    Action(
      .descend, "Go into the folder, or take the completion", [Key(.tab)], in: [.completion], hint: "complete",
      does: onCompose { $0.descend(&$1) }),
  ]
}
