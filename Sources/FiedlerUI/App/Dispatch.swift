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
    if stage.past != nil, !action.worksInReplay { effects += leaveScreen() }
    if !action.keepsSelection { selection = nil }
    if case .no(let why) = action.can(self) {
      show(why)
      return effects
    }
    return effects + action.does(&self)
  }

  mutating func beginNew() -> [Effect] {
    _ = leaveScreens()
    leaveConversation()
    focus = .prompt
    return [.title("Fiedler")]
  }

  mutating func focusPrompt() { focus = .prompt }

  mutating func toggleZoom() { isZoomed.toggle() }

  // MARK: Scrolling

  /// To the beginning or the end go all panes, unless `alone`: answers to one prompt are read beside each other.
  mutating func scroll(_ motion: Motion, alone: Bool = false) -> [Effect] {
    if panes.isEmpty {
      guard case .pages(let count) = motion else { return [] }
      return edit(count > 0 ? .pageDown : .pageUp)
    }
    if isSelecting {
      extendSelection(motion)
      return []
    }
    switch motion {
    case .first, .last:
      let row = motion == .first ? 0 : Int.max
      for index in panes.indices where !alone || index == activePane { panes[index].scroll(to: row) }
    case .rows, .pages:
      scrollActive { pane in pane.scroll(by: motion.step(page: max(1, pane.bodyHeight - 1))) }
    }
    return []
  }

  mutating func move(_ motion: Motion) -> [Effect] {
    if let effects = onUppermost({ $0.move(motion, &$1) }) { return effects }
    moveCompletion(by: motion.step(page: 8))
    return []
  }

  mutating func accept() -> [Effect] {
    if let effects = onUppermost({ $0.accept(&$1) }) { return effects }
    acceptFind()
    return []
  }

  mutating func answerQuestion(_ isYes: Bool) -> [Effect] {
    layer = nil
    return isYes ? [.cancelAll, .quit] : []
  }

  // MARK: Leaving

  /// Escape: closes the innermost thing that is open, and with nothing open goes back to the prompt. It never stops an
  /// answer: who presses it once more than was needed would lose what was paid for.
  mutating func close() -> [Effect] {
    onUppermost { $0.close(&$1) } ?? closeInCompose()
  }

  private mutating func closeInCompose() -> [Effect] {
    if selection != nil {
      stage.dropSelection()
    } else if focus == .prompt, compose.prompt.completion != nil {
      compose.prompt.dismissed = compose.prompt.editor.completionContext
      compose.prompt.completion = nil
    } else if focus == .prompt, compose.prompt.editor.selection != nil {
      return edit(.dropSelection)
    } else if focus == .prompt, !compose.queued.isEmpty {
      return takeBackQueued()
    } else if focus == .pane, find != nil {
      endFind()
    } else if isZoomed {
      isZoomed = false
    } else if focus == .pane {
      if branches.plan == nil { focus = .prompt } else { takeBackPlan() }
    } else if branches.plan != nil {
      takeBackPlan()
    } else if world.isLive {
      let keys = [
        keyMap.name(of: .focusNext, in: [.prompt]), keyMap.name(of: .cancel, in: [.pane]),
      ].compactMap(\.self)
      if keys.count == 2 { show("\(keys[0]) to a pane, then \(keys[1]) stops its answer") }
    }
    return []
  }

  /// Ctrl+C: clears the prompt; with nothing to clear, twice within two seconds quits.
  mutating func interrupt() -> [Effect] {
    if interruptUntil != nil || layer is QuitQuestion { return quit() }
    if layer == nil, isComposing, focus == .prompt, !compose.prompt.editor.isEmpty {
      show("Prompt cleared" + (keyMap.name(of: EditorAction.undo).map { "; \($0) brings it back" } ?? ""))
      return edit(.clear)
    }
    interruptUntil = now + .seconds(2)
    show("\(keyMap.name(of: .interrupt) ?? "This") again quits")
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
