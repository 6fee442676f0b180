import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  // MARK: What comes in

  mutating func take(_ events: [ReplyEvent]) {
    for event in events {
      if let turn = conversation?.exchanges.apply(event) {
        note(event)
        // An answer of an earlier turn, asked for again while that was the last one on the screen.
        if turn < (conversation?.exchanges.count ?? 0) - 1 {
          for index in panes.indices { panes[index].document.reopen(from: turn) }
        }
      } else if branches.rest.apply(event) == nil {
        for index in others.indices where others[index].exchanges.apply(event) != nil { break }
      }
      if event.event.isFinal { sendStarts[event.reply] = nil }
    }
    forgetFinished()
  }

  /// Remembers when text came, for the rate.
  private mutating func note(_ event: ReplyEvent) {
    switch event.event {
    case .text, .reasoning:
      guard let pane = panes.firstIndex(where: { currentReplyID($0.model) == event.reply }) else { return }
      panes[pane].arrivals = Pane.Arrivals.extended(panes[pane].arrivals, by: event.at)
    default: return
    }
  }

  private func currentReplyID(_ model: ModelReference) -> UUID? {
    conversation?.exchanges.last?.replies.last { $0.model == model }?.id
  }

  /// Begins to show a send: its prompt, and a pane a model.
  mutating func begin(_ start: SendStart) {
    for reply in start.replies { sendStarts[reply.id] = now }
    let exchange = Exchange(prompt: start.prompt, replies: start.replies)
    let pending = pendingSend
    pendingSend = nil
    for index in queued.indices where queued[index].conversation == nil {
      queued[index].conversation = start.conversation
    }
    if conversation?.id == start.conversation {
      conversation?.updatedAt = start.prompt.sentAt
      guard pending == nil || pending?.tip == conversation?.exchanges.last?.id else {
        // The user has gone to another branch since.
        branches.rest.append(exchange)
        if let tip = conversation?.exchanges.last?.id { show(ConversationTree(allExchanges), to: tip) }
        return
      }
      if branches.rest.isEmpty, start.prompt.parent == conversation?.exchanges.last?.id {
        conversation?.exchanges.append(exchange)
        refreshTree()
      } else {
        branches.plan = nil
        branches.rest.append(exchange)
        show(ConversationTree(allExchanges), to: exchange.id)
      }
    } else {
      let begun = Conversation(
        id: start.conversation, title: Prompt.title(for: start.prompt.text), createdAt: start.prompt.sentAt,
        updatedAt: start.prompt.sentAt, exchanges: [exchange])
      guard conversation == nil, pending?.conversation == nil else {
        // The user has gone elsewhere since; the answers come all the same.
        if let index = others.firstIndex(where: { $0.id == start.conversation }) {
          others[index].exchanges.append(exchange)
        } else {
          others.append(begun)
        }
        return
      }
      conversation = begun
    }
    showPanes(keeping: true)
    for index in panes.indices {
      panes[index].scroll(to: .max)
      panes[index].follows = true
      panes[index].arrivals = nil
    }
  }

  mutating func beginRetry(of prompt: UUID, _ reply: Reply) {
    sendStarts[reply.id] = now
    func insert(_ exchange: inout Exchange) {
      let last = exchange.replies.lastIndex { $0.model == reply.model }
      exchange.replies.insert(reply, at: last.map { $0 + 1 } ?? exchange.replies.count)
    }
    if let index = branches.rest.firstIndex(where: { $0.id == prompt }) { insert(&branches.rest[index]) }
    if let index = conversation?.exchanges.lastIndex(where: { $0.id == prompt }) {
      if var exchange = conversation?.exchanges[index] {
        insert(&exchange)
        conversation?.exchanges[index] = exchange
      }
      for pane in panes.indices where panes[pane].model == reply.model {
        panes[pane].attempts[prompt] = nil
        panes[pane].document.reopen(from: index)
        guard index == (conversation?.exchanges.count ?? 0) - 1 else { continue }
        panes[pane].arrivals = nil
        panes[pane].turn = nil
        panes[pane].follows = true
      }
      return
    }
    for other in others.indices {
      for index in others[other].exchanges.indices where others[other].exchanges[index].id == prompt {
        insert(&others[other].exchanges[index])
      }
    }
  }

  /// Panes for the models of the newest prompt. Those there already keep their place if `keeping`.
  mutating func showPanes(keeping: Bool) {
    let old = keeping ? panes : []
    var models: [ModelReference] = []
    for model in conversation?.exchanges.last?.prompt.models ?? [] where !models.contains(model) {
      models.append(model)
    }
    panes = arrangement.ordered(models).map { model in
      if let pane = old.first(where: { $0.model == model }) { return pane }
      var pane = Pane(model: model)
      pane.readArrivals(of: currentReply(model))
      return pane
    }
    if activePane >= panes.count { activePane = 0 }
    if panes.isEmpty {
      focus = .prompt
      isZoomed = false
    }
  }

  // MARK: Leaving and coming back

  /// Takes the conversation off the screen. What still streams goes on.
  mutating func leaveConversation() {
    takeBackPlan()
    if let wholeConversation { others.append(wholeConversation) }
    conversation = nil
    branches = Branches()
    showPanes(keeping: false)
    forgetFinished()
  }

  /// Shows a conversation: the line to its newest end, or that by one of its exchanges, with the panes at it.
  mutating func open(_ loaded: Conversation, continues: Bool, at exchange: UUID? = nil) {
    if conversation?.id != loaded.id {
      leaveConversation()
      let known = others.firstIndex { $0.id == loaded.id }.map { others.remove(at: $0) }
      conversation = known.flatMap { isNewer($0, than: loaded) ? $0 : nil } ?? loaded
      let tree = ConversationTree(conversation?.exchanges ?? [])
      let leaf = exchange.flatMap(tree.newestLeaf) ?? tree.newestLeaf(below: nil)
      show(tree, to: leaf?.id)
      showPanes(keeping: false)
    } else if let exchange, turn(of: exchange) == nil {
      go(to: exchange)
    }
    if let exchange { lookAt(exchange) }
    let models = conversation?.exchanges.last?.prompt.models ?? []
    if !models.isEmpty { chosenModels = models }
    screen = .compose
    focus = continues || panes.isEmpty ? .prompt : .pane
    isZoomed = false
  }

  /// Whether what is known here has more than what was stored: it still runs, or its end was not stored when it was
  /// read.
  private func isNewer(_ known: Conversation, than loaded: Conversation) -> Bool {
    isRunning(known) || known.exchanges.count > loaded.exchanges.count
      || loaded.exchanges.contains { $0.replies.contains { !$0.state.isFinal } }
  }

  func isRunning(_ conversation: Conversation) -> Bool {
    conversation.exchanges.contains { $0.replies.contains { sendStarts[$0.id] != nil } }
  }

  /// Keeps the conversations that still run, and the last few that ended: storing their end may take a moment.
  private mutating func forgetFinished() {
    let ended = others.indices.filter { index in
      others[index].exchanges.allSatisfy { $0.replies.allSatisfy(\.state.isFinal) }
    }
    for index in ended.dropLast(4).reversed() { others.remove(at: index) }
  }

  // MARK: What the user asks

  mutating func scrollActive(_ change: (inout Pane) -> Void) {
    guard panes.indices.contains(activePane) else { return }
    change(&panes[activePane])
  }

  mutating func cancelActive() -> [Effect] {
    guard let reply = activeReply, !reply.state.isFinal else {
      show("Nothing streams in this pane")
      return []
    }
    return [.cancel(reply: reply.id)]
  }

  mutating func retryActive() -> [Effect] {
    guard let reply = activeReply else { return [] }
    guard reply.state.isFinal else {
      show("Stop this answer before asking again")
      return []
    }
    if let id = conversation?.id, isDeleted(id) {
      show("This conversation is deleted: undo that in the history first", .warning)
      return []
    }
    return [.retry(reply: reply.id)]
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
    // The prompt is the last stop of the round.
    let stops = panes.count + 1
    let here = focus == .prompt ? panes.count : activePane
    let next = (here + step + stops) % stops
    focus = next == panes.count ? .prompt : .pane
    if focus == .pane { activePane = next }
  }
}

extension [Exchange] {
  /// Moves on the reply an event is of, the newest exchanges being looked at first. Returns the place of its exchange.
  fileprivate mutating func apply(_ event: ReplyEvent) -> Int? {
    for index in indices.reversed() {
      guard let reply = self[index].replies.lastIndex(where: { $0.id == event.reply }) else { continue }
      self[index].replies[reply].apply(event.event, at: event.at)
      return index
    }
    return nil
  }
}
