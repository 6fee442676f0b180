import Canvas
import Conversations

extension AppState {
  mutating func edit(_ action: EditorAction) -> [Effect] {
    let copied = action == .copySelection ? compose.prompt.editor.selectedText : nil
    if action == .copySelection, copied == nil { show("Nothing is selected") }
    compose.prompt.editor.apply(action)
    return refreshCompletion() + (copied.map { [.copy($0, words: Figures.plural($0.count, "character"))] } ?? [])
  }

  // MARK: Sending

  mutating func send(checksMentions: Bool = true) -> [Effect] {
    let text = compose.prompt.editor.text
    guard !text.allSatisfy(\.isWhitespace) || !compose.prompt.files.isEmpty else { return [] }
    if let effects = runCommand(text) ?? takeFromDesk() { return effects }
    if let id = conversation?.id, world.deletions.contains(id) {
      show("This conversation is deleted: undo that in the history, or begin a new one", .warning)
      return []
    }
    let waits = compose.pendingSend != nil || world.isLive
    guard !waits || branches.plan == nil else {
      let stop = keyMap.name(of: .cancel, in: [.pane]).map { ", or stop them with \($0) in their panes" } ?? ""
      show("Answers still stream: wait for them\(stop)", .warning)
      return []
    }
    guard compose.modelsAreKnown else {
      compose.sendsOnceModelsAreKnown = true
      return []
    }
    guard !chosenModels.isEmpty else {
      if let problem = compose.modelsProblem {
        show(problem, .error)
        return []
      }
      show("Choose a model first", .warning)
      return openModelPicker()
    }
    if warnsOfBlanks() { return [] }
    if checksMentions, let effects = checkMentions() { return effects }
    if waits {
      queue(text)
      return []
    }
    let chosen = chosenModels
    var outgoing = takeWritten(text)
    outgoing.conversation = conversation?.id
    outgoing.parent = promptParent
    outgoing.tip = conversation?.exchanges.last?.id
    outgoing.plan = branches.plan
    compose.pendingSend = outgoing
    if let plan = branches.plan {
      branches.plan = nil
      restoreKept(of: plan)
      world.chosenModels = chosen
    }
    return [.send(outgoing.draft)]
  }

  mutating func modelsBecameKnown(problem: String?) -> [Effect] {
    compose.modelsAreKnown = true
    compose.modelsProblem = problem
    guard compose.sendsOnceModelsAreKnown else { return [] }
    compose.sendsOnceModelsAreKnown = false
    return send()
  }

  /// Gives back what could not be sent, before whatever has been typed since.
  mutating func restore(because message: String) {
    show(message, .error)
    guard let pending = compose.pendingSend else { return }
    compose.pendingSend = nil
    if let plan = pending.plan, world.conversation?.id == pending.conversation,
      world.conversation?.exchanges.last?.id == pending.tip
    {
      branches.plan = plan
      // What an edit had taken the place of stands there again, and is kept once more.
      if plan.kept?.text == compose.prompt.editor.text { compose.prompt.editor.apply(.setText("")) }
    }
    compose.prompt.carried = pending.carried
    let typed = compose.prompt.editor.text
    if typed.isEmpty { compose.prompt.editor.apply(.undo) }
    if compose.prompt.editor.text != pending.text {
      compose.prompt.editor.apply(.setText(typed.isEmpty ? pending.text : pending.text + "\n\n" + typed))
    }
    let added = compose.prompt.attachments.filter { !pending.attachments.contains($0) }
    compose.prompt.attachments = pending.attachments + added
    compose.stage.focus = .prompt
  }

  // MARK: Commands

  static let commands: [Action] = Actions.all.filter { $0.command != nil }

  /// Runs a prompt that is a command; `nil` if it is a prompt. One line of `/word` and no second slash is a command.
  private mutating func runCommand(_ text: String) -> [Effect]? {
    guard text.first == "/", !text.contains(where: \.isNewline) else { return nil }
    let parts = text.dropFirst().split(separator: " ", maxSplits: 1)
    let name = parts.first.map(String.init) ?? ""
    let argument = parts.count > 1 ? trimmed(parts[1]) : ""
    guard let action = Self.commands.first(where: { $0.command == name }) else {
      guard parts.count < 2, name.allSatisfy({ $0.isLetter || $0 == "-" }) else { return nil }
      show("There is no command /\(name). To send it as it is, put a blank before it.", .warning)
      return []
    }
    if let needed = action.argument, !needed.hasPrefix("["), argument.isEmpty {
      show("/\(name) needs \(needed)", .warning)
      return []
    }
    compose.prompt.completion = nil
    compose.prompt.editor.apply(.clear)
    switch action.id {
    case .attach: return [.readAttachment(path: argument)]
    case .detach: detach(argument)
    case .system: setSystem(argument)
    case .option where !argument.isEmpty: setOption(argument)
    case .template where !argument.isEmpty: return [.loadTemplates(.take(argument))]
    case .models where !argument.isEmpty: return chooseModels(named: argument)
    case .history where !argument.isEmpty: return openHistory(query: argument)
    case .statistics: return openStatistics(query: argument)
    case .log where !argument.isEmpty: return openLog(filter: argument)
    default: return perform(action.id)
    }
    return []
  }

  private func trimmed(_ text: Substring) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Puts the beginning of a command that wants an argument in the editor.
  mutating func begin(command: String) -> [Effect] {
    focus = .prompt
    let typed = compose.prompt.editor.text
    guard typed.isEmpty || typed.hasPrefix("/") else {
      show("/\(command) is typed into an empty prompt", .info)
      return []
    }
    compose.prompt.editor.apply(.setText("/\(command) "))
    return refreshCompletion()
  }

  mutating func detachAll() { detach("") }

  private mutating func detach(_ name: String) {
    let before = compose.prompt.files.count
    compose.prompt.attachments.removeAll { name.isEmpty || $0.name == name || $0.path == name }
    if name.isEmpty { compose.prompt.carried = nil }
    let gone = before - compose.prompt.files.count
    if gone == 0, compose.prompt.carried?.files.contains(where: { $0.name == name }) == true {
      show("The files of the edited prompt go together; /detach alone takes them off", .warning)
      return
    }
    show(gone == 0 ? "No such file is attached" : "\(Figures.plural(gone, "file")) taken off")
  }

  private mutating func setSystem(_ text: String) {
    compose.prompt.system = text.isEmpty ? nil : text
    show(text.isEmpty ? "No system prompt" : "System prompt set for what you send from now on", .success)
  }

  mutating func attached(_ files: [AttachedFile]) {
    for file in files {
      if let index = compose.prompt.attachments.firstIndex(where: { $0.path == file.path }) {
        compose.prompt.attachments[index] = file
      } else {
        compose.prompt.attachments.append(file)
      }
    }
    // Else it is seen in the prompt.
    guard isPlain || !isComposing else { return }
    if let only = files.first, files.count == 1 {
      show("Attached \(only.label)", .success)
    } else if !files.isEmpty {
      show("Attached \(Figures.plural(files.count, "file"))", .success)
    }
  }

  // MARK: Completion

  /// Opens, narrows or closes the list after the text has changed.
  mutating func refreshCompletion() -> [Effect] {
    let context = compose.prompt.editor.completionContext
    if context != compose.prompt.dismissed { compose.prompt.dismissed = nil }
    guard let context, compose.prompt.dismissed == nil else {
      compose.prompt.completion = nil
      compose.prompt.knownTemplates = nil
      return []
    }
    switch context {
    case .command(let prefix):
      let items =
        Self.commands.filter { $0.command?.hasPrefix(prefix) ?? false }.map { action in
          PromptState.Completion.Item(
            text: ["/" + (action.command ?? ""), action.argument].compactMap(\.self).joined(separator: " "),
            detail: action.title, action: action.id)
        } + templateCompletions(prefix)
      compose.prompt.completion =
        items.isEmpty ? nil : PromptState.Completion(kind: .command, prefix: prefix, items: items)
      return templatesToComplete(prefix)
    case .file(let prefix, _):
      if let shown = compose.prompt.completion, shown.kind == .file, shown.prefix == prefix { return [] }
      // What is listed still serves until the answer comes.
      let old = compose.prompt.completion?.kind == .file ? compose.prompt.completion?.items ?? [] : []
      let kept = old.filter { FuzzyMatch.match(prefix, $0.text) != nil }
      compose.prompt.completion = PromptState.Completion(kind: .file, prefix: prefix, items: kept)
      compose.prompt.completionToken += 1
      return [.completePath(prefix: prefix, token: compose.prompt.completionToken)]
    }
  }

  mutating func completed(_ token: Int, _ paths: [FoundPath]) {
    guard token == compose.prompt.completionToken, compose.prompt.completion?.kind == .file else { return }
    compose.prompt.completion?.items = paths.map { found in
      PromptState.Completion.Item(text: found.path, detail: "", matched: found.matched)
    }
    compose.prompt.completion?.selected = 0
  }

  var isCompleting: Bool {
    focus == .prompt && compose.prompt.editor.search == nil && compose.prompt.completion?.items.isEmpty == false
  }

  mutating func moveCompletion(by step: Int) {
    guard var completion = compose.prompt.completion, !completion.items.isEmpty else { return }
    let count = completion.items.count
    completion.selected = (completion.selected + step.signum() + count) % count
    compose.prompt.completion = completion
  }

  mutating func takeCompletion() -> [Effect] {
    guard let completion = compose.prompt.completion, completion.items.indices.contains(completion.selected) else {
      return []
    }
    let item = completion.items[completion.selected]
    if let argument = item.argument, let command = item.action.flatMap(Actions.action)?.command {
      if completion.prefix == "\(command) \(argument)" { return runCommand(item.text) ?? [] }
      compose.prompt.editor.apply(.complete("/\(command) \(argument) "))
      return refreshCompletion()
    }
    if let id = item.action, let action = Actions.action(id), let command = action.command {
      let isOptional = action.argument?.hasPrefix("[") ?? true
      if action.argument == nil || (isOptional && completion.prefix == command) {
        return runCommand("/" + command) ?? []
      }
      compose.prompt.editor.apply(.complete("/\(command) "))
      return refreshCompletion()
    }
    let slash = item.text.hasSuffix("/") ? "/" : ""
    let name = item.text.split(separator: "/").last.map { $0 + slash } ?? item.text
    compose.prompt.editor.apply(.complete(name + " "))
    compose.prompt.completion = nil
    return [.readAttachment(path: item.text)]
  }

  /// Goes into the folder under the cursor of the list; takes anything else.
  mutating func descend() -> [Effect] {
    guard let completion = compose.prompt.completion, completion.items.indices.contains(completion.selected) else {
      return []
    }
    let item = completion.items[completion.selected]
    guard completion.kind == .file, item.text.hasSuffix("/") else { return takeCompletion() }
    compose.prompt.editor.apply(.complete("@" + item.text))
    return refreshCompletion()
  }
}
