import Conversations

/// Which of the chosen models the next prompt does not go to.
struct Recipients: Hashable, Sendable {
  var leftOut: Set<ModelReference> = []
  /// After the next prompt all are asked again.
  var isOnce = false
}

extension World {
  /// Whom the next prompt goes to, in the order of their panes; never nobody while models are chosen.
  var recipients: [ModelReference] {
    let asked = chosenModels.filter { !leaving.leftOut.contains($0) }
    return asked.isEmpty ? chosenModels : asked
  }

  /// Whether some of the chosen models are not asked next.
  var leavesSomeOut: Bool { recipients.count < chosenModels.count }

  mutating func askAll() { leaving = Recipients() }

  /// Asks a chosen model, by its place from 0 on, or leaves it out, until the user says otherwise.
  mutating func toggleRecipient(_ place: Int) {
    let model = chosenModels[place]
    var asked = Set(recipients)
    if asked.remove(model) == nil { asked.insert(model) }
    guard !asked.isEmpty else { return show("\(label(model)) is the only one that is asked") }
    leaving = Recipients(leftOut: Set(chosenModels).subtracting(asked))
  }

  /// A prompt has been taken: where it went to one alone but once, all are asked again.
  mutating func settleRecipients() { if leaving.isOnce { askAll() } }
}

extension Stage {
  func canAskAlone(_ world: World) -> Possibility {
    guard panes.indices.contains(activePane) else { return .no("There is no answer yet") }
    let model = panes[activePane].model
    guard world.chosenModels.contains(model) else { return .no("\(world.label(model)) is not among the chosen models") }
    return world.chosenModels.count > 1 ? .yes : .no("No other model is asked")
  }

  /// The next prompt goes to the model of the active pane alone; the one after that to all again.
  mutating func askAlone(_ world: inout World) {
    let model = panes[activePane].model
    world.leaving = Recipients(leftOut: Set(world.chosenModels).subtracting([model]), isOnce: true)
    focus = .prompt
  }
}

extension ComposeScreen {
  /// The prompt's empty row says whom it asks.
  mutating func settlePlaceholder(_ world: World) {
    let names = world.recipients.map(world.label)
    prompt.editor.placeholder = world.leavesSomeOut && names.count == 1 ? "Ask \(names[0]) alone …" : "Ask them all …"
  }
}

extension Conversation {
  /// The models that its next prompt goes to: those of its last one, or of the one before where that asked one alone.
  var modelsInUse: [ModelReference] {
    let last = exchanges.last?.prompt.models ?? []
    guard last.count == 1 else { return last }
    return exchanges.last { $0.prompt.models.count > 1 && $0.prompt.models.contains(last[0]) }?.prompt.models ?? last
  }
}
