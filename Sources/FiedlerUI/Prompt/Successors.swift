import Conversations

extension World {
  /// Takes out what is to be declared with a prompt to these models.
  mutating func takeSuccessions(of asked: [ModelReference]) -> [Succession] {
    let taken = successions.filter { asked.contains($0.successor) }
    successions.removeAll { asked.contains($0.successor) }
    return taken
  }
}

extension Stage {
  func canSwap(_ world: World) -> Possibility {
    guard panes.indices.contains(activePane) else { return .no("There is no answer yet") }
    let model = panes[activePane].model
    guard world.chosenModels.contains(model) else { return .no("\(world.label(model)) is not among the chosen models") }
    return world.models.contains { !world.chosenModels.contains($0.reference) } ? .yes : .no("All models are asked")
  }

  /// Asks who shall take the place of the active pane's model from the next prompt on.
  func openSuccessorPicker(_ world: inout World) {
    guard !world.hidesNames else { return world.refuseNames() }
    let old = panes[activePane].model
    let choices = world.models.filter { !world.chosenModels.contains($0.reference) }
    let items = choices.map { model in
      PickerLayer.Item(
        title: model.label, note: model.reference.description,
        details: [model.contextWindow.map(Figures.window) ?? ""], problem: model.problem)
    }
    world.lay(
      PickerLayer(
        kind: .successor(of: old, choices.map(\.reference)), title: "in the place of \(world.label(old))", items: items)
    )
  }
}

extension ComposeScreen {
  /// Puts a model where another was; `seesAnswers`: of the turns before it is shown what that one was.
  mutating func replace(_ old: ModelReference, by new: ModelReference, seesAnswers: Bool, _ world: inout World)
    -> [Effect]
  {
    guard let place = world.chosenModels.firstIndex(of: old) else { return [] }
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
    world.show(
      "\(world.label(new)) is asked in \(world.label(old))'s place" + (memory ? " and sees its answers so far" : ""))
    return []
  }
}
