import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  // MARK: What comes in

  /// Begins to show a send: its prompt, and a pane a model.
  mutating func begin(_ exchange: Exchange, in id: UUID) {
    for reply in exchange.replies { world.sendStarts[reply.id] = now }
    let pending = compose.pendingSend
    compose.pendingSend = nil
    for index in compose.queued.indices where compose.queued[index].conversation == nil {
      compose.queued[index].conversation = id
    }
    if world.conversation?.id == id {
      world.conversation?.updatedAt = exchange.prompt.sentAt
      guard pending == nil || pending?.tip == world.conversation?.exchanges.last?.id else {
        // The user has gone to another branch since.
        branches.rest.append(exchange)
        if let tip = world.conversation?.exchanges.last?.id { show(ConversationTree(world.allExchanges), to: tip) }
        return
      }
      if branches.rest.isEmpty, exchange.prompt.parent == world.conversation?.exchanges.last?.id {
        world.conversation?.exchanges.append(exchange)
        branches.version += 1
      } else {
        branches.plan = nil
        branches.rest.append(exchange)
        show(ConversationTree(world.allExchanges), to: exchange.id)
      }
    } else {
      let begun = Conversation(
        id: id, title: Prompt.title(for: exchange.prompt.text), createdAt: exchange.prompt.sentAt,
        updatedAt: exchange.prompt.sentAt, exchanges: [exchange])
      guard world.conversation == nil, pending?.conversation == nil else {
        // The user has gone elsewhere since; the answers come all the same.
        if let index = world.others.firstIndex(where: { $0.id == id }) {
          world.others[index].exchanges.append(exchange)
        } else {
          world.others.append(begun)
        }
        return
      }
      world.conversation = begun
    }
    showNewest()
  }

  /// Shows a prompt that another process has sent in a conversation that is open here, and the answers to come.
  mutating func began(elsewhere exchange: Exchange, in id: UUID) {
    guard world.conversation?.id == id else {
      if let index = world.others.firstIndex(where: { $0.id == id }) { world.others[index].exchanges.append(exchange) }
      return
    }
    guard branches.rest.isEmpty, exchange.prompt.parent == world.conversation?.exchanges.last?.id else {
      // Another line of the conversation goes on; the tree shows it.
      branches.rest.append(exchange)
      return
    }
    world.conversation?.exchanges.append(exchange)
    branches.version += 1
    showNewest()
  }

  /// Begins to show another attempt.
  mutating func beginRetry(of prompt: UUID, _ reply: Reply) {
    world.beginRetry(of: prompt, reply)
    compose.stage.beginRetry(of: prompt, reply, world)
  }

  /// Shows what another process has added to the conversation on the screen before it was read again.
  private mutating func takeNewer(_ loaded: Conversation) {
    // What this process sends is there already, or is about to be.
    guard compose.pendingSend == nil, !world.isLive else { return }
    let known = Set(world.allExchanges.map(\.id))
    for exchange in loaded.exchanges where !known.contains(exchange.id) { began(elsewhere: exchange, in: loaded.id) }
  }

  /// Shows the panes of the newest prompt at their ends.
  private mutating func showNewest() {
    showPanes(keeping: true)
    for index in compose.stage.panes.indices {
      compose.stage.panes[index].scroll(to: .max)
      compose.stage.panes[index].follows = true
      compose.stage.panes[index].arrivals = nil
    }
    if world.readsFromTop { showBeginnings() }
  }

  /// Brings all panes to the beginnings of the newest answers.
  mutating func showBeginnings() {
    guard let count = conversation?.exchanges.count, count > 0 else { return }
    for index in panes.indices { panes[index].read(fromTurn: count - 1) }
  }

  /// Has answers stay at their beginnings while they grow, or their ends followed.
  mutating func changeReading() {
    world.readsFromTop.toggle()
    if world.readsFromTop {
      showBeginnings()
    } else {
      for index in panes.indices { panes[index].scroll(to: .max) }
    }
    show(world.readsFromTop ? "Answers are read from the top" : "Answers are followed to their end")
  }

  /// Panes of the live conversation for the models of its newest prompt.
  /// Those that it was not sent to stay, if they are still chosen.
  mutating func showPanes(keeping: Bool) {
    let others = keeping ? chosenModels : world.conversation?.modelsInUse ?? []
    compose.stage.showPanes(keeping: keeping, world.arrangement, and: others, world)
  }

  // MARK: Leaving and coming back

  /// Takes the live conversation off the screen. What still streams goes on.
  mutating func leaveConversation() {
    takeBackPlan()
    if let whole = world.wholeConversation {
      world.others.append(whole)
      world.desk.put(whole)
    }
    world.conversation = nil
    branches = Branches(version: branches.version + 1)
    world.successions = []
    showPanes(keeping: false)
    world.forgetFinished()
  }

  /// Shows a conversation: the line to its newest end, or that by one of its exchanges, with the panes at it.
  mutating func open(_ loaded: Conversation, continues: Bool, at exchange: UUID? = nil) {
    // Whoever opens a conversation wants to see it: nothing stays over it.
    _ = leaveScreens()
    if world.conversation?.id != loaded.id {
      leaveConversation()
      let known = world.others.firstIndex { $0.id == loaded.id }.map { world.others.remove(at: $0) }
      world.conversation = known.flatMap { isNewer($0, than: loaded) ? $0 : nil } ?? loaded
      let tree = ConversationTree(world.conversation?.exchanges ?? [])
      let leaf = exchange.flatMap(tree.newestLeaf) ?? tree.newestLeaf(below: nil)
      show(tree, to: leaf?.id)
      showPanes(keeping: false)
    } else {
      takeNewer(loaded)
      if let exchange, world.conversation?.turn(of: exchange) == nil { go(to: exchange) }
    }
    if let exchange { compose.stage.lookAt(exchange, world) }
    let models = world.conversation?.modelsInUse ?? []
    if !models.isEmpty { world.chosenModels = models }
    askAll()
    world.successions = []
    focus = continues || compose.stage.panes.isEmpty ? .prompt : .pane
    isZoomed = false
  }

  /// Whether what is known here has more than what was stored: it still runs, or its end was not stored when it was
  /// read.
  private func isNewer(_ known: Conversation, than loaded: Conversation) -> Bool {
    let ended = Set(known.exchanges.flatMap(\.replies).filter(\.state.isFinal).map(\.id))
    return world.isRunning(known) || known.exchanges.count > loaded.exchanges.count
      || loaded.exchanges.contains { $0.replies.contains { !$0.state.isFinal && ended.contains($0.id) } }
  }

  // MARK: What the user asks

  mutating func scrollActive(_ change: (inout Pane) -> Void) {
    guard panes.indices.contains(activePane) else { return }
    change(&panes[activePane])
  }

  mutating func cancelActive() -> [Effect] { activeReply.map { [.cancel(reply: $0.id)] } ?? [] }

  var canRetry: Possibility {
    guard let reply = activeReply else { return .no("There is no answer here to ask for again") }
    return reply.state.isFinal ? .yes : .no("Stop this answer before asking again")
  }

  var canCopy: Possibility { selection != nil || replyInView?.text.isEmpty == false ? .yes : .quietly }

  var canFold: Possibility {
    guard isComposing || stage.past != nil else { return .quietly }
    return activeReply?.reasoning.isEmpty == false ? .yes : .quietly
  }

  /// Folds or unfolds the reasoning of the pane, or of the history's preview.
  mutating func toggleReasoning() {
    let isDone = on(HistoryScreen.self) { history, _ in
      history.view?.toggleReasoning()
      return []
    }
    guard isDone == nil else { return }
    scrollActive { pane in pane.isUnfolded = !pane.document.showsReasoning }
  }

  mutating func retryActive() -> [Effect] {
    guard let reply = activeReply else { return [] }
    if let id = conversation?.id, world.deletions.contains(id) {
      show("This conversation is deleted: undo that in the history first", .warning)
      return []
    }
    return conversation.map { [.retry(reply: reply.id, in: $0)] } ?? []
  }

  mutating func copyActive() -> [Effect] {
    guard let text = replyInView?.text, !text.isEmpty, let turn = turnInView else {
      show("No answer to copy yet")
      return []
    }
    let isLast = turn + 1 == conversation?.exchanges.count
    let which = isLast ? "" : " of turn \(Figures.count(turn + 1))"
    return [.copy(text, words: Figures.plural(text.count, "character") + which)]
  }

  mutating func moveFocus(by step: Int) {
    // The prompt is the last stop of the round; a replay has none.
    let stops = panes.count + (stage.past == nil ? 1 : 0)
    guard stops > 0 else { return }
    let here = focus == .prompt ? panes.count : activePane
    let next = (here + step + stops) % stops
    focus = next == panes.count ? .prompt : .pane
    if focus == .pane { activePane = next }
  }
}

extension World {
  /// Moves the conversations on by what came for their replies.
  mutating func take(_ events: [ReplyEvent]) {
    for event in events {
      let isHere = conversation?.exchanges.apply(event) == true || branches.rest.apply(event)
      if !isHere { for index in others.indices where others[index].exchanges.apply(event) { break } }
      if event.event.isFinal { sendStarts[event.reply] = nil }
    }
    forgetFinished()
  }

  /// Puts another attempt behind those of its model.
  mutating func beginRetry(of prompt: UUID, _ reply: Reply) {
    func insert(_ exchange: inout Exchange) {
      let last = exchange.replies.lastIndex { $0.model == reply.model }
      exchange.replies.insert(reply, at: last.map { $0 + 1 } ?? exchange.replies.count)
    }
    if let index = branches.rest.firstIndex(where: { $0.id == prompt }) { insert(&branches.rest[index]) }
    if let index = conversation?.exchanges.lastIndex(where: { $0.id == prompt }) {
      guard var exchange = conversation?.exchanges[index] else { return }
      insert(&exchange)
      conversation?.exchanges[index] = exchange
      return
    }
    for other in others.indices {
      for index in others[other].exchanges.indices where others[other].exchanges[index].id == prompt {
        insert(&others[other].exchanges[index])
      }
    }
  }

  /// Keeps the conversations that still run, and the last few that ended: storing their end may take a moment.
  mutating func forgetFinished() {
    let ended = others.indices.filter { index in
      others[index].exchanges.allSatisfy { $0.replies.allSatisfy(\.state.isFinal) }
    }
    for index in ended.dropLast(4).reversed() { others.remove(at: index) }
  }
}

extension [Exchange] {
  /// Moves on the reply an event is of, the newest exchanges being looked at first. Returns whether it is here.
  fileprivate mutating func apply(_ event: ReplyEvent) -> Bool {
    for index in indices.reversed() {
      guard let reply = self[index].replies.lastIndex(where: { $0.id == event.reply }) else { continue }
      self[index].replies[reply].apply(event.event, at: event.at)
      return true
    }
    return false
  }
}
