import Canvas
import Conversations
import FoundationEssentials

/// What the user asks of panes, be they the live conversation's or a replay's.
extension Stage {
  var activeModel: ModelReference? { panes.indices.contains(activePane) ? panes[activePane].model : nil }

  /// The newest reply of the active pane's model.
  func activeReply(_ world: World) -> Reply? { activeModel.flatMap { currentReply($0, world) } }

  // MARK: Scrolling

  /// To the beginning or the end go all panes, unless `alone`.
  mutating func scroll(_ motion: Motion, alone: Bool = false, _ world: World) {
    if isSelecting { return extendSelection(motion, world) }
    switch motion {
    case .first, .last:
      let row = motion == .first ? 0 : Int.max
      for index in panes.indices where !alone || index == activePane { panes[index].scroll(to: row) }
    case .rows, .pages:
      scrollActive { pane in pane.scroll(by: motion.step(page: max(1, pane.bodyHeight - 1))) }
    }
  }

  /// Brings all panes to the beginnings of the newest answers.
  mutating func showBeginnings(_ world: World) {
    guard let count = conversation(world)?.exchanges.count, count > 0 else { return }
    for index in panes.indices { panes[index].read(fromTurn: count - 1) }
  }

  /// Has answers stay at their beginnings while they grow, or their ends followed.
  mutating func changeReading(_ world: inout World) {
    world.readsFromTop.toggle()
    if world.readsFromTop {
      showBeginnings(world)
    } else {
      for index in panes.indices { panes[index].scroll(to: .max) }
    }
    world.show(world.readsFromTop ? "Answers are read from the top" : "Answers are followed to their end")
  }

  mutating func scrollActive(_ change: (inout Pane) -> Void) {
    guard panes.indices.contains(activePane) else { return }
    change(&panes[activePane])
  }

  func cancelActive(_ world: World) -> [Effect] { activeReply(world).map { [.cancel(reply: $0.id)] } ?? [] }

  func canRetry(_ world: World) -> Possibility {
    guard let reply = activeReply(world) else { return .no("There is no answer here to ask for again") }
    return reply.state.isFinal ? .yes : .no("Stop this answer before asking again")
  }

  func canCopy(_ world: World) -> Possibility {
    selection != nil || replyInView(world)?.text.isEmpty == false ? .yes : .quietly
  }

  func retryActive(_ world: inout World) -> [Effect] {
    guard let reply = activeReply(world) else { return [] }
    if let id = conversation(world)?.id, world.deletions.contains(id) {
      world.show("This conversation is deleted: undo that in the history first", .warning)
      return []
    }
    return conversation(world).map { [.retry(reply: reply.id, in: $0)] } ?? []
  }

  func copyActive(_ world: inout World) -> [Effect] {
    guard let text = replyInView(world)?.text, !text.isEmpty, let turn = turnInView(world) else {
      world.show("No answer to copy yet")
      return []
    }
    let isLast = turn + 1 == conversation(world)?.exchanges.count
    let which = isLast ? "" : " of turn \(Figures.count(turn + 1))"
    return [.copy(text, words: Figures.plural(text.count, "character") + which)]
  }

  /// Folds or unfolds the reasoning of the pane.
  mutating func toggleReasoning() { scrollActive { pane in pane.isUnfolded = !pane.document.showsReasoning } }

  /// Whether the answer has reasoning.
  func canFold(_ world: World) -> Bool { activeReply(world)?.reasoning.isEmpty == false }

  mutating func moveFocus(by step: Int) {
    // The prompt is the last stop of the round; a replay has none.
    let stops = panes.count + (past == nil ? 1 : 0)
    guard stops > 0 else { return }
    let here = focus == .prompt ? panes.count : activePane
    let next = (here + step + stops) % stops
    focus = next == panes.count ? .prompt : .pane
    if focus == .pane { activePane = next }
  }

  // MARK: By mouse

  /// The mouse over the panes and their tabs.
  mutating func take(_ mouse: Mouse, _ step: Int, _ world: World) {
    guard let layout else { return }
    let pane = layout.panes.first { $0.rect.contains(mouse.point) }?.index
    if step != 0, let pane {
      if mouse.modifiers.contains(.shift), !panes[pane].wrapsCode {
        moveCode(of: pane, by: step, world)
      } else {
        panes[pane].scroll(by: step)
      }
    }
    let sideways = mouse.action == .wheelRight ? 3 : mouse.action == .wheelLeft ? -3 : 0
    if sideways != 0, let pane, !panes[pane].wrapsCode { moveCode(of: pane, by: sideways, world) }
    guard mouse.action == .press, mouse.button == .left else { return }
    if let pane {
      activePane = pane
      focus = .pane
      if let rect = layout.panes.first(where: { $0.index == pane })?.rect { press(pane, rect, at: mouse.point, world) }
    } else if layout.tabs.contains(mouse.point),
      let tab = TabStrip(StageLook(self, world), world.theme, layout.tabs).pane(at: mouse.point.x)
    {
      activePane = tab
      focus = .pane
    } else if layout.strip.contains(mouse.point) {
      activePane = panesInStrip[mouse.point.y - layout.strip.y]
      focus = .pane
    }
  }

  // MARK: Laying out

  /// Wraps what is new for the places it will be drawn in. Panes out of sight wait until they are seen.
  mutating func settle(_ layout: ComposeLayout, _ world: World) {
    self.layout = layout
    let exchanges = conversation(world)?.exchanges ?? []
    let (isRaw, hidesPrompt) = (showsSource(world), titleTellsPrompt(layout, world))
    for (index, rect) in layout.panes {
      let body = PaneView.body(rect)
      panes[index].refresh(
        exchanges, columns: body.width, height: body.height, isRaw: isRaw, hidesPrompt: hidesPrompt,
        theme: world.theme)
    }
  }

  /// Columns of the title's row that its right end may take.
  private static let titleEndColumns = 30

  /// Whether the row above the panes of a grid says all that was asked so far, so that none of them need say it again.
  func titleTellsPrompt(_ layout: ComposeLayout, _ world: World) -> Bool {
    guard layout.panes.count > 1, !layout.title.isEmpty, let conversation = conversation(world),
      conversation.exchanges.count == 1, let prompt = conversation.exchanges.first?.prompt
    else { return false }
    return prompt.text == conversation.title && prompt.attachments.isEmpty && prompt.synthesis == nil
      && prompt.successions.isEmpty
      && TextWidth.columns(prompt.text) + Self.titleEndColumns <= layout.title.width
  }

  /// What was looked for, gone to and selected, once its panes stand where it is to be seen.
  mutating func settleMarks(_ world: World) {
    settleFind(world)
    settleCode()
    settleSelection(world)
  }
}
