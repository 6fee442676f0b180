import Basics
import Canvas
import Conversations

extension ComposeScreen {
  mutating func edit(_ action: EditorAction, _ world: inout World) -> [Effect] {
    let copied = action == .copySelection ? prompt.editor.selectedText : nil
    if action == .copySelection, copied == nil { world.show("Nothing is selected") }
    prompt.editor.apply(action)
    return refreshCompletion() + (copied.map { [.copy($0, words: Figures.plural($0.count, "character"))] } ?? [])
  }

  // MARK: Sending

  mutating func send(checksMentions: Bool = true, _ world: inout World) -> [Effect] {
    let text = prompt.editor.text
    guard !text.allSatisfy(\.isWhitespace) || !prompt.files.isEmpty else { return [] }
    if let effects = runCommand(text, &world) ?? takeFromDesk(&world) { return effects }
    if let id = world.conversation?.id, world.deletions.contains(id) {
      world.show("This conversation is deleted: undo that in the history, or begin a new one", .warning)
      return []
    }
    let waits = pendingSend != nil || world.isLive
    guard !waits || world.branches.plan == nil else {
      let stop = world.keyMap.name(of: .cancel, in: [.pane]).map { ", or stop them with \($0) in their panes" } ?? ""
      world.show("Answers still stream: wait for them\(stop)", .warning)
      return []
    }
    guard modelsAreKnown else {
      sendsOnceModelsAreKnown = true
      return []
    }
    guard !world.chosenModels.isEmpty else {
      if let problem = modelsProblem {
        world.show(problem, .error)
        return []
      }
      world.show("Choose a model first", .warning)
      openModelPicker(&world)
      return []
    }
    if warnsOfBlanks(&world) { return [] }
    if checksMentions, let effects = checkMentions() { return effects }
    if waits {
      queue(text, &world)
      return []
    }
    let chosen = world.chosenModels
    var outgoing = takeWritten(text, &world)
    outgoing.conversation = world.conversation?.id
    outgoing.parent = world.promptParent
    outgoing.tip = world.conversation?.exchanges.last?.id
    outgoing.plan = world.branches.plan
    pendingSend = outgoing
    if let plan = world.branches.plan {
      world.branches.plan = nil
      restoreKept(of: plan, &world)
      world.chosenModels = chosen
    }
    return [.send(outgoing.draft)]
  }

  mutating func modelsBecameKnown(problem: String?, _ world: inout World) -> [Effect] {
    modelsAreKnown = true
    modelsProblem = problem
    guard sendsOnceModelsAreKnown else { return [] }
    sendsOnceModelsAreKnown = false
    return send(&world)
  }

  /// Gives back what could not be sent, before whatever has been typed since.
  mutating func restore(because message: String, _ world: inout World) {
    world.show(message, .error)
    guard let pending = pendingSend else { return }
    pendingSend = nil
    if let plan = pending.plan, world.conversation?.id == pending.conversation,
      world.conversation?.exchanges.last?.id == pending.tip
    {
      world.branches.plan = plan
      // What an edit had taken the place of stands there again, and is kept once more.
      if plan.kept?.text == prompt.editor.text { prompt.editor.apply(.setText("")) }
    }
    prompt.carried = pending.carried
    let typed = prompt.editor.text
    if typed.isEmpty { prompt.editor.apply(.undo) }
    if prompt.editor.text != pending.text {
      prompt.editor.apply(.setText(typed.isEmpty ? pending.text : pending.text + "\n\n" + typed))
    }
    let added = prompt.attachments.filter { !pending.attachments.contains($0) }
    prompt.attachments = pending.attachments + added
    stage.focus = .prompt
  }

  // MARK: Commands

  static let commands: [Action] = Actions.all.filter { $0.command != nil }

  /// Runs a prompt that is a command; `nil` if it is a prompt. One line of `/word` and no second slash is a command.
  private mutating func runCommand(_ text: String, _ world: inout World) -> [Effect]? {
    guard text.first == "/", !text.contains(where: \.isNewline) else { return nil }
    let parts = text.dropFirst().split(separator: " ", maxSplits: 1)
    let name = parts.first.map(String.init) ?? ""
    let argument = parts.count > 1 ? trimmed(parts[1]) : ""
    guard let action = Self.commands.first(where: { $0.command == name }) else {
      guard parts.count < 2, name.allSatisfy({ $0.isLetter || $0 == "-" }) else { return nil }
      world.show("There is no command /\(name). To send it as it is, put a blank before it.", .warning)
      return []
    }
    if let needed = action.argument, !needed.hasPrefix("["), argument.isEmpty {
      world.show("/\(name) needs \(needed)", .warning)
      return []
    }
    prompt.completion = nil
    prompt.editor.apply(.clear)
    switch action.id {
    case .attach: return [.readAttachment(path: argument)]
    case .detach: detach(argument, &world)
    case .system: setSystem(argument, &world)
    case .option where !argument.isEmpty: setOption(argument, &world)
    case .template where !argument.isEmpty: return [.loadTemplates(.take(argument))]
    case .models where !argument.isEmpty: chooseModels(named: argument, &world)
    case .history where !argument.isEmpty: world.then { $0.openHistory(query: argument) }
    case .statistics: world.then { $0.openStatistics(query: argument) }
    case .log where !argument.isEmpty: world.then { $0.openLog(filter: argument) }
    default: world.then { $0.perform(action.id) }
    }
    return []
  }

  private func trimmed(_ text: Substring) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Puts the beginning of a command that wants an argument in the editor.
  mutating func begin(command: String, _ world: inout World) -> [Effect] {
    focus = .prompt
    let typed = prompt.editor.text
    guard typed.isEmpty || typed.hasPrefix("/") else {
      world.show("/\(command) is typed into an empty prompt", .info)
      return []
    }
    prompt.editor.apply(.setText("/\(command) "))
    return refreshCompletion()
  }

  mutating func detachAll(_ world: inout World) { detach("", &world) }

  private mutating func detach(_ name: String, _ world: inout World) {
    let before = prompt.files.count
    prompt.attachments.removeAll { name.isEmpty || $0.name == name || $0.path == name }
    if name.isEmpty { prompt.carried = nil }
    let gone = before - prompt.files.count
    if gone == 0, prompt.carried?.files.contains(where: { $0.name == name }) == true {
      world.show("The files of the edited prompt go together; /detach alone takes them off", .warning)
      return
    }
    world.show(gone == 0 ? "No such file is attached" : "\(Figures.plural(gone, "file")) taken off")
  }

  private mutating func setSystem(_ text: String, _ world: inout World) {
    prompt.system = text.isEmpty ? nil : text
    world.show(text.isEmpty ? "No system prompt" : "System prompt set for what you send from now on", .success)
  }

  /// `isShown`: the prompt is on the screen.
  mutating func attached(_ files: [AttachedFile], isShown: Bool, _ world: inout World) {
    for file in files {
      if let index = prompt.attachments.firstIndex(where: { $0.path == file.path }) {
        prompt.attachments[index] = file
      } else {
        prompt.attachments.append(file)
      }
    }
    // Else it is seen in the prompt.
    guard world.isPlain || !isShown else { return }
    if let only = files.first, files.count == 1 {
      world.show("Attached \(only.label)", .success)
    } else if !files.isEmpty {
      world.show("Attached \(Figures.plural(files.count, "file"))", .success)
    }
  }

  // MARK: Completion

  /// Opens, narrows or closes the list after the text has changed.
  mutating func refreshCompletion() -> [Effect] {
    let context = prompt.editor.completionContext
    if context != prompt.dismissed { prompt.dismissed = nil }
    guard let context, prompt.dismissed == nil else {
      prompt.completion = nil
      prompt.knownTemplates = nil
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
      prompt.completion = items.isEmpty ? nil : PromptState.Completion(kind: .command, prefix: prefix, items: items)
      return templatesToComplete(prefix)
    case .file(let prefix, _):
      if let shown = prompt.completion, shown.kind == .file, shown.prefix == prefix { return [] }
      // What is listed still serves until the answer comes.
      let old = prompt.completion?.kind == .file ? prompt.completion?.items ?? [] : []
      let pattern = FuzzyPattern(prefix)
      let kept = old.filter { pattern.match(in: $0.text) != nil }
      prompt.completion = PromptState.Completion(kind: .file, prefix: prefix, items: kept)
      prompt.completionToken += 1
      return [.completePath(prefix: prefix, token: prompt.completionToken)]
    }
  }

  mutating func completed(_ token: Int, _ paths: [FoundPath]) {
    guard token == prompt.completionToken, prompt.completion?.kind == .file else { return }
    prompt.completion?.items = paths.map { found in
      PromptState.Completion.Item(text: found.path, detail: "", matched: found.matched)
    }
    prompt.completion?.selected = 0
  }

  var isCompleting: Bool {
    focus == .prompt && prompt.editor.search == nil && prompt.completion?.items.isEmpty == false
  }

  mutating func moveCompletion(by step: Int) {
    guard var completion = prompt.completion, !completion.items.isEmpty else { return }
    let count = completion.items.count
    completion.selected = (completion.selected + step.signum() + count) % count
    prompt.completion = completion
  }

  mutating func takeCompletion(_ world: inout World) -> [Effect] {
    guard let completion = prompt.completion, completion.items.indices.contains(completion.selected) else { return [] }
    let item = completion.items[completion.selected]
    if let argument = item.argument, let command = item.action.flatMap(Actions.action)?.command {
      if completion.prefix == "\(command) \(argument)" { return runCommand(item.text, &world) ?? [] }
      prompt.editor.apply(.complete("/\(command) \(argument) "))
      return refreshCompletion()
    }
    if let id = item.action, let action = Actions.action(id), let command = action.command {
      let isOptional = action.argument?.hasPrefix("[") ?? true
      if action.argument == nil || (isOptional && completion.prefix == command) {
        return runCommand("/" + command, &world) ?? []
      }
      prompt.editor.apply(.complete("/\(command) "))
      return refreshCompletion()
    }
    let slash = item.text.hasSuffix("/") ? "/" : ""
    let name = item.text.lastPathPart.map { $0 + slash } ?? item.text
    prompt.editor.apply(.complete(name + " "))
    prompt.completion = nil
    return [.readAttachment(path: item.text)]
  }

  /// Goes into the folder under the cursor of the list; takes anything else.
  mutating func descend(_ world: inout World) -> [Effect] {
    guard let completion = prompt.completion, completion.items.indices.contains(completion.selected) else { return [] }
    let item = completion.items[completion.selected]
    guard completion.kind == .file, item.text.hasSuffix("/") else { return takeCompletion(&world) }
    prompt.editor.apply(.complete("@" + item.text))
    return refreshCompletion()
  }
}
