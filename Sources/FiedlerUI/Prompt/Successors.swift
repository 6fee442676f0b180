import Conversations

extension World {
  /// Takes out what is to be declared with a prompt to these models.
  mutating func takeSuccessions(of asked: [ModelReference]) -> [Succession] {
    let taken = successions.filter { asked.contains($0.successor) }
    successions.removeAll { asked.contains($0.successor) }
    return taken
  }
}

extension AppState {
  var canSwap: Possibility {
    guard panes.indices.contains(activePane) else { return .no("There is no answer yet") }
    let model = panes[activePane].model
    guard chosenModels.contains(model) else { return .no("\(label(model)) is not among the chosen models") }
    return models.contains { !chosenModels.contains($0.reference) } ? .yes : .no("All models are asked")
  }

  /// Asks who shall take the place of the active pane's model from the next prompt on.
  mutating func openSuccessorPicker() {
    guard !world.hidesNames else { return refuseNames() }
    let old = panes[activePane].model
    let choices = models.filter { !chosenModels.contains($0.reference) }
    let items = choices.map { model in
      PickerLayer.Item(
        title: model.label, note: model.reference.description,
        details: [model.contextWindow.map(Figures.window) ?? ""], problem: model.problem)
    }
    layer = PickerLayer(
      kind: .successor(of: old, choices.map(\.reference)), title: "in the place of \(label(old))", items: items)
  }

  /// Puts a model where another was; `seesAnswers`: of the turns before it is shown what that one was.
  mutating func replace(_ old: ModelReference, by new: ModelReference, seesAnswers: Bool) -> [Effect] {
    layer = nil
    guard let place = chosenModels.firstIndex(of: old) else { return [] }
    world.chosenModels[place] = new
    world.leaving.leftOut.remove(old)
    // Where the old one was to take another's place itself, the new one does.
    let inherited = world.successions.filter { $0.successor == old }
    world.successions.removeAll { $0.successor == old || $0.successor == new }
    if seesAnswers {
      let hasAnswers = world.conversation?.exchanges.contains { $0.answer(of: [old]) != nil } == true
      if hasAnswers { world.successions.append(Succession(new, after: old)) }
      world.successions += inherited.map { Succession(new, after: $0.predecessor) }
    }
    focus = .prompt
    let memory = world.successions.contains { $0.successor == new }
    show("\(label(new)) is asked in \(label(old))'s place" + (memory ? " and sees its answers so far" : ""))
    return []
  }
}
