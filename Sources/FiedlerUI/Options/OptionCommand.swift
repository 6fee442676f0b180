import Conversations

extension AppState {
  /// Tells which options are set, and how one is.
  mutating func showOptions() {
    let set = compose.prompt.options.words(world.label)
    show(
      set.isEmpty
        ? "No options are set; /option temperature=0.2 sets one"
        : "\(set.joined(separator: ", ")); /option NAME= takes one back, /option none all of them")
  }

  mutating func openOptions() {
    layer = OptionsLayer(compose.prompt.options, models: chosenModels.map { ($0, label($0)) })
  }

  /// Sets an option for the sends to come; `NAME=` takes it back, `none` takes back all.
  mutating func setOption(_ argument: String) {
    if argument == "none" {
      compose.prompt.options = PromptOptions()
      return show("No options are set any more", .success)
    }
    if argument.hasSuffix("="), let name = GenerationOptions.Name(rawValue: String(argument.dropLast())) {
      compose.prompt.options.all.remove(name)
      return show("\(name.rawValue) is left to models.yaml and the provider", .success)
    }
    var options = compose.prompt.options.all
    do throws(InvalidOption) {
      // Typed again, it replaces what it was.
      if argument.hasPrefix("stop=") { options.stop = [] }
      try options.set(assignment: argument)
    } catch {
      // What was typed is not lost.
      if compose.prompt.editor.isEmpty { compose.prompt.editor.apply(.setText("/option \(argument)")) }
      return show("\(error)", .warning)
    }
    compose.prompt.options.all = options
    show("\(argument) for what you send from now on", .success)
  }
}
