import Canvas
import Conversations
import FoundationEssentials

extension ComposeScreen {
  // MARK: What comes in

  /// Begins to show a send: its prompt, and a pane a model.
  mutating func begin(_ exchange: Exchange, in id: UUID, _ world: inout World) {
    for reply in exchange.replies { world.sendStarts[reply.id] = world.now }
    let pending = pendingSend
    pendingSend = nil
    for index in queued.indices where queued[index].conversation == nil {
      queued[index].conversation = id
    }
    if world.conversation?.id == id {
      world.conversation?.updatedAt = exchange.prompt.sentAt
      guard pending == nil || pending?.tip == world.conversation?.exchanges.last?.id else {
        // The user has gone to another branch since.
        world.branches.rest.append(exchange)
        if let tip = world.conversation?.exchanges.last?.id {
          show(ConversationTree(world.allExchanges), to: tip, &world)
        }
        return
      }
      if world.branches.rest.isEmpty, exchange.prompt.parent == world.conversation?.exchanges.last?.id {
        world.conversation?.exchanges.append(exchange)
        world.branches.version += 1
      } else {
        world.branches.plan = nil
        world.branches.rest.append(exchange)
        show(ConversationTree(world.allExchanges), to: exchange.id, &world)
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
    showNewest(&world)
  }

  /// Shows a prompt that another process has sent in a conversation that is open here, and the answers to come.
  mutating func began(elsewhere exchange: Exchange, in id: UUID, _ world: inout World) {
    guard world.conversation?.id == id else {
      if let index = world.others.firstIndex(where: { $0.id == id }) { world.others[index].exchanges.append(exchange) }
      return
    }
    guard world.branches.rest.isEmpty, exchange.prompt.parent == world.conversation?.exchanges.last?.id else {
      // Another line of the conversation goes on; the tree shows it.
      world.branches.rest.append(exchange)
      return
    }
    world.conversation?.exchanges.append(exchange)
    world.branches.version += 1
    showNewest(&world)
  }

  /// Begins to show another attempt.
  mutating func beginRetry(of prompt: UUID, _ reply: Reply, _ world: inout World) {
    world.beginRetry(of: prompt, reply)
    stage.beginRetry(of: prompt, reply, world)
  }

  /// Shows what another process has added to the conversation on the screen before it was read again.
  private mutating func takeNewer(_ loaded: Conversation, _ world: inout World) {
    // What this process sends is there already, or is about to be.
    guard pendingSend == nil, !world.isLive else { return }
    let known = Set(world.allExchanges.map(\.id))
    for exchange in loaded.exchanges where !known.contains(exchange.id) {
      began(elsewhere: exchange, in: loaded.id, &world)
    }
  }

  /// Shows the panes of the newest prompt at their ends.
  private mutating func showNewest(_ world: inout World) {
    showPanes(keeping: true, world)
    for index in stage.panes.indices {
      stage.panes[index].scroll(to: .max)
      stage.panes[index].follows = true
      stage.panes[index].arrivals = nil
    }
    if world.readsFromTop { stage.showBeginnings(world) }
  }

  /// Panes of the live conversation for the models of its newest prompt.
  /// Those that it was not sent to stay, if they are still chosen.
  mutating func showPanes(keeping: Bool, _ world: World) {
    let others = keeping ? world.chosenModels : world.conversation?.modelsInUse ?? []
    stage.showPanes(keeping: keeping, world.arrangement, and: others, world)
  }

  // MARK: Leaving and coming back

  /// Takes the live conversation off the screen. What still streams goes on.
  mutating func leaveConversation(_ world: inout World) {
    takeBackPlan(&world)
    if let whole = world.wholeConversation {
      world.others.append(whole)
      world.desk.put(whole)
    }
    world.conversation = nil
    world.branches = Branches(version: world.branches.version + 1)
    world.successions = []
    showPanes(keeping: false, world)
    world.forgetFinished()
  }

  /// Shows a conversation: the line to its newest end, or that by one of its exchanges, with the panes at it.
  mutating func open(_ stored: Conversation, continues: Bool, at exchange: UUID? = nil, _ world: inout World) {
    var loaded = stored
    loaded.nameSources()
    if world.conversation?.id != loaded.id {
      leaveConversation(&world)
      let known = world.others.firstIndex { $0.id == loaded.id }.map { world.others.remove(at: $0) }
      world.conversation = known.flatMap { world.isNewer($0, than: loaded) ? $0 : nil } ?? loaded
      let tree = ConversationTree(world.conversation?.exchanges ?? [])
      let leaf = exchange.flatMap(tree.newestLeaf) ?? tree.newestLeaf(below: nil)
      show(tree, to: leaf?.id, &world)
      showPanes(keeping: false, world)
    } else {
      takeNewer(loaded, &world)
      if let exchange, world.conversation?.turn(of: exchange) == nil { go(to: exchange, &world) }
    }
    if let exchange { stage.lookAt(exchange, world) }
    let models = world.conversation?.modelsInUse ?? []
    if !models.isEmpty { world.chosenModels = models }
    world.askAll()
    world.successions = []
    focus = continues || stage.panes.isEmpty ? .prompt : .pane
    stage.isZoomed = false
  }

}

extension AppState {
  /// Shows a conversation: whoever opens it wants to see it, and nothing stays over it.
  mutating func open(_ loaded: Conversation, continues: Bool, at exchange: UUID? = nil) {
    _ = leaveScreens()
    compose.open(loaded, continues: continues, at: exchange, &world)
  }
}

extension World {
  /// Whether what is known here has more than what was stored: it still runs, or its end was not stored when it was
  /// read.
  fileprivate func isNewer(_ known: Conversation, than loaded: Conversation) -> Bool {
    let ended = Set(known.exchanges.flatMap(\.replies).filter(\.state.isFinal).map(\.id))
    return isRunning(known) || known.exchanges.count > loaded.exchanges.count
      || loaded.exchanges.contains { $0.replies.contains { !$0.state.isFinal && ended.contains($0.id) } }
  }

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
      if event.event.isFinal { self[index].nameSources() }
      return true
    }
    return false
  }
}
