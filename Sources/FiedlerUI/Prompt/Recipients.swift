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
}

extension AppState {
  var recipients: [ModelReference] { world.recipients }

  /// Whether some of the chosen models are not asked next.
  var leavesSomeOut: Bool { recipients.count < chosenModels.count }

  var canAskAlone: Possibility {
    guard panes.indices.contains(activePane) else { return .no("There is no answer yet") }
    let model = panes[activePane].model
    guard chosenModels.contains(model) else { return .no("\(label(model)) is not among the chosen models") }
    return chosenModels.count > 1 ? .yes : .no("No other model is asked")
  }

  /// The next prompt goes to the model of the active pane alone; the one after that to all again.
  mutating func askAlone() {
    let model = panes[activePane].model
    world.leaving = Recipients(leftOut: Set(chosenModels).subtracting([model]), isOnce: true)
    focus = .prompt
  }

  mutating func askAll() { world.leaving = Recipients() }

  /// Asks a chosen model, by its place from 0 on, or leaves it out, until the user says otherwise.
  mutating func toggleRecipient(_ place: Int) {
    let model = chosenModels[place]
    var asked = Set(recipients)
    if asked.remove(model) == nil { asked.insert(model) }
    guard !asked.isEmpty else {
      show("\(label(model)) is the only one that is asked")
      return
    }
    world.leaving = Recipients(leftOut: Set(chosenModels).subtracting(asked))
  }

  /// A prompt has been taken: where it went to one alone but once, all are asked again.
  mutating func settleRecipients() { if world.leaving.isOnce { askAll() } }

  /// The prompt's empty row says whom it asks.
  mutating func settlePlaceholder() {
    let names = recipients.map(label)
    compose.prompt.editor.placeholder = leavesSomeOut && names.count == 1 ? "Ask \(names[0]) alone …" : "Ask them all …"
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
