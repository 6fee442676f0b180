import Conversations

extension ComposeScreen {
  /// Tells which options are set, and how one is.
  func showOptions(_ world: inout World) {
    let set = prompt.options.words(world.label)
    world.show(
      set.isEmpty
        ? "No options are set; /option temperature=0.2 sets one"
        : "\(set.joined(separator: ", ")); /option NAME= takes one back, /option none all of them")
  }

  func openOptions(_ world: inout World) {
    world.lay(OptionsLayer(prompt.options, models: world.chosenModels.map { ($0, world.label($0)) }))
  }

  /// Sets an option for the sends to come; `NAME=` takes it back, `none` takes back all.
  mutating func setOption(_ argument: String, _ world: inout World) {
    if argument == "none" {
      prompt.options = PromptOptions()
      return world.show("No options are set any more", .success)
    }
    if argument.hasSuffix("="), let name = GenerationOptions.Name(rawValue: String(argument.dropLast())) {
      prompt.options.all.remove(name)
      return world.show("\(name.rawValue) is left to models.yaml and the provider", .success)
    }
    var options = prompt.options.all
    do throws(InvalidOption) {
      // Typed again, it replaces what it was.
      if argument.hasPrefix("stop=") { options.stop = [] }
      try options.set(assignment: argument)
    } catch {
      // What was typed is not lost.
      if prompt.editor.isEmpty { prompt.editor.apply(.setText("/option \(argument)")) }
      return world.show("\(error)", .warning)
    }
    prompt.options.all = options
    world.show("\(argument) for what you send from now on", .success)
  }
}
