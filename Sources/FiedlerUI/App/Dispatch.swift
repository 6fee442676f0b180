import Canvas
import Conversations

extension AppState {
  /// Does what an action of the table means now.
  mutating func perform(_ id: ActionID) -> [Effect] {
    let outer = world.acting
    world.acting = id
    defer { world.acting = outer }
    guard let action = Actions.action(id) else { return [] }
    var effects: [Effect] = []
    if !top.stays(for: action) { effects += leaveScreen() }
    if !action.keepsSelection, stage.selection != nil {
      effects += onStage { stage, _ in
        stage.selection = nil
        return []
      }
    }
    if case .no(let why) = action.can(self) {
      world.show(why)
      return effects
    }
    return effects + action.does(&self)
  }

  mutating func beginNew() -> [Effect] {
    _ = leaveScreens()
    compose.leaveConversation(&world)
    compose.focus = .prompt
    return [.title("Fiedler")]
  }

  /// Scrolls the panes; the prompt by pages where there are none. To the beginning or the end go all panes, unless
  /// `alone`: answers to one prompt are read beside each other.
  mutating func scroll(_ motion: Motion, alone: Bool = false) -> [Effect] {
    if stage.panes.isEmpty {
      guard case .pages(let count) = motion else { return [] }
      return onCompose { $0.edit(count > 0 ? .pageDown : .pageUp, &$1) }
    }
    return onStage { stage, world in
      stage.scroll(motion, alone: alone, world)
      return []
    }
  }

  mutating func answerQuestion(_ isYes: Bool) -> [Effect] {
    layer = nil
    return isYes ? [.cancelAll, .quit] : []
  }

  /// Ctrl+C: clears the prompt; with nothing to clear, twice within two seconds quits.
  mutating func interrupt() -> [Effect] {
    if interruptUntil != nil || layer is QuitQuestion { return quit() }
    if layer == nil, let effects = onTop({ $0.interrupt(&$1) }) { return effects }
    interruptUntil = now + .seconds(2)
    world.show("\(world.keyMap.name(of: .interrupt) ?? "This") again quits")
    return []
  }

  mutating func quit() -> [Effect] {
    interruptUntil = nil
    // Asked twice is an answer.
    let isAsking = layer is QuitQuestion
    guard runningReplies > 0, !isAsking else { return isAsking ? [.cancelAll, .quit] : [.quit] }
    layer = QuitQuestion()
    return []
  }
}
