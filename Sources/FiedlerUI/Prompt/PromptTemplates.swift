import Canvas
import Conversations

/// What prompt templates are read for.
public enum TemplateUse: Hashable, Sendable {
  /// To choose one.
  case choose(filter: String)
  /// To take one at once: its name, and what else stands behind the command.
  case take(String)
  /// To complete `/template NAME`.
  case complete
  /// To have answers read by one more model.
  case synthesize
}

/// The template that a prompt was taken from, until it is sent.
struct TakenTemplate: Hashable, Sendable {
  /// Bytes of text up to which the blanks that are left are known after every key; longer text is read when it counts.
  static let followed = 32 * 1024

  /// The variables that had no value.
  var names: Set<String>
  /// Those of them that still stand in the text, as far as is known.
  var left: [String]
  /// The editor's count of changes for which that is so.
  var changes = -1
  /// What the user was told of when they wanted to send.
  var told: [String] = []
}

extension ComposeScreen {
  /// The templates have been read.
  mutating func take(_ files: [TemplateFile], for use: TemplateUse, hasLayer: Bool, _ world: inout World) -> [Effect] {
    switch use {
    case .choose(let filter): if !hasLayer { world.openTemplatePicker(files, filter: filter) }
    case .synthesize: if !hasLayer { stage.openSynthesisPicker(files, &world) }
    case .take(let argument): return takeTemplate(argument, of: files, &world)
    case .complete:
      guard case .command = prompt.editor.completionContext else { return [] }
      prompt.knownTemplates = files
      return refreshCompletion()
    }
    return []
  }

  /// `argument` is a template's name, which may have blanks, and what is to fill its input.
  private mutating func takeTemplate(_ argument: String, of files: [TemplateFile], _ world: inout World) -> [Effect] {
    let named = files.filter { argument == $0.name || argument.hasPrefix($0.name + " ") }
    if let file = named.max(by: { $0.name.count < $1.name.count }) {
      return take(file, input: String(argument.dropFirst(file.name.count).drop { $0 == " " }), &world)
    }
    // What was typed is not lost.
    if prompt.editor.isEmpty { prompt.editor.apply(.setText("/template \(argument)")) }
    let name = argument.split(separator: " ").first.map(String.init) ?? argument
    world.show(
      files.isEmpty ? TemplateFile.none : "No template is called \(name); /template alone lists them", .warning)
    return []
  }

  /// Puts a template in the prompt, its system prompt and models with it.
  mutating func take(_ file: TemplateFile, input: String = "", _ world: inout World) -> [Effect] {
    guard let template = file.template else {
      if !input.isEmpty, prompt.editor.isEmpty { prompt.editor.apply(.setText("/template \(file.name) \(input)")) }
      world.show(file.problem ?? "", .error)
      return []
    }
    world.then { $0.leaveScreens() }
    focus = .prompt
    let isBlank = prompt.editor.isEmpty && input.isEmpty
    prompt.editor.take(template, input: input)
    prompt.completion = nil
    var words: [String] = []
    if let system = template.system {
      prompt.system = system
      words.append("its system prompt set")
    }
    if !template.models.isEmpty {
      world.chosenModels = template.models
      words.append("\(Figures.plural(template.models.count, "model")) chosen")
    }
    if !template.options.isEmpty {
      prompt.options.all = template.options
      words += template.options.assignments
    }
    let values = template.values
    let blanks = template.names.filter { name in
      (name != PromptTemplate.input || isBlank) && values[name] == nil
    }
    let names = Set(blanks)
    prompt.template = blanks.isEmpty ? nil : TakenTemplate(names: names, left: blanks)
    if !blanks.isEmpty {
      _ = prompt.editor.selectBlank(of: names, fromStart: true)
      let next = world.keyMap.keys(of: .nextBlank).first.map(world.keyMap.text)
      let hint = blanks.count > 1 ? next.map { "; \($0) goes to the next" } ?? "" : ""
      words.append("type over \(Self.list(blanks))\(hint)")
    }
    if !words.isEmpty { world.show("\(template.title): \(words.joined(separator: ", "))") }
    return []
  }

  /// The first few of them; how many more there are.
  private static func list(_ names: [String]) -> String {
    let shown = names.prefix(names.count > 10 ? 8 : 10).map(PromptTemplate.mark).joined(separator: ", ")
    return names.count > 10 ? "\(shown) and \(names.count - 8) more" : shown
  }

  /// Tab: the next blank; as ever where none is left.
  mutating func goToNextBlank() {
    guard let template = prompt.template, !prompt.editor.selectBlank(of: template.names) else { return }
    stage.moveFocus(by: 1)
  }

  /// What a prompt still lacks: said once, sent the second time. True if it waits for the user.
  mutating func warnsOfBlanks(_ world: inout World) -> Bool {
    guard let template = prompt.template else { return false }
    let left = prompt.editor.blanks(of: template.names)
    guard !left.isEmpty, left != template.told else { return false }
    prompt.template?.told = left
    _ = prompt.editor.selectBlank(of: template.names, fromStart: true)
    let send = world.keyMap.keys(of: .send).first.map(world.keyMap.text) ?? "Sending"
    world.show("Not filled in: \(Self.list(left)). \(send) again sends it as it is.", .warning)
    return true
  }

  /// Follows which blanks are left, so that Tab means what the footer says.
  mutating func settleBlanks() {
    let changes = prompt.editor.log.changes
    guard let template = prompt.template, template.changes != changes else { return }
    prompt.template?.changes = changes
    guard prompt.editor.utf8Count <= TakenTemplate.followed else { return }
    let left = prompt.editor.blanks(of: template.names)
    prompt.template?.left = left
  }

  /// The templates as completions of a command that begins so.
  func templateCompletions(_ prefix: String) -> [PromptState.Completion.Item] {
    guard let command = templateCommand(prefix) else { return [] }
    return (prompt.knownTemplates ?? []).map { file in
      PromptState.Completion.Item(
        text: "/\(command) \(file.name)", detail: file.template?.title ?? "cannot be used", action: .template,
        argument: file.name)
    }.filter { $0.text.dropFirst().hasPrefix(prefix) }
  }

  /// Reads the templates when their command is begun.
  func templatesToComplete(_ prefix: String) -> [Effect] {
    guard prompt.knownTemplates == nil, templateCommand(prefix) != nil else { return [] }
    return [.loadTemplates(.complete)]
  }

  /// The command for templates, if `prefix` is the beginning of it, or it and the beginning of a name.
  private func templateCommand(_ prefix: String) -> String? {
    guard let command = Actions.action(.template)?.command, !prefix.isEmpty else { return nil }
    return command.hasPrefix(prefix) || prefix.hasPrefix(command + " ") ? command : nil
  }
}
