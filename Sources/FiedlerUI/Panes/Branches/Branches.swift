import Conversations
import FoundationEssentials

/// What of the conversation lies beside the line on the screen, and where the next prompt leaves that line.
struct Branches: Sendable {
  /// The exchanges that are not on the line. Their answers go on as they come.
  var rest: [Exchange] = []
  /// Where the line could have gone on otherwise, from its beginning on.
  var forks: [Fork] = []
  /// What the next prompt does other than go on at the line's end.
  var plan: BranchPlan?
  /// Another one whenever exchanges have come or the line is another.
  var version = 0
}

/// An exchange of the line with others that follow the same one.
struct Fork: Hashable, Sendable {
  /// Its place on the line, from 0.
  var turn: Int
  /// All of them, oldest first.
  var siblings: [UUID]
  /// Which of them is on the line.
  var place: Int
}

/// The next prompt leaves the line: after a turn, or in the place of one.
struct BranchPlan: Sendable {
  enum Kind: Hashable, Sendable { case branch, edit }

  var kind: Kind
  /// What the next prompt follows; `nil` where it begins the conversation anew.
  var parent: UUID?
  /// The turn it follows, or the one that is edited, from 1.
  var turn: Int
  /// The last exchange of the line before it was cut; Esc goes back to it.
  var tip: UUID?
  /// What stood in the prompt before an edit took its place.
  var kept: Kept?

  struct Kept: Sendable {
    var text: String
    var system: String?
    var attachments: [AttachedFile]
    var models: [ModelReference]
  }

  /// As the prompt's border says it.
  var words: String {
    switch kind {
    case .branch: "branch after turn \(Figures.count(turn))"
    case .edit: "edit of turn \(Figures.count(turn))"
    }
  }
}

extension ComposeScreen {
  // MARK: The line and the rest

  /// Puts one line of the tree on the screen: that which ends with `tip`.
  mutating func show(_ tree: ConversationTree, to tip: UUID?, _ world: inout World) {
    guard let old = world.conversation?.exchanges else { return }
    let line = tip.map(tree.line) ?? []
    let onLine = Set(line.map(\.id))
    world.conversation?.exchanges = line
    world.branches.rest = tree.exchanges.filter { !onLine.contains($0.id) }
    world.branches.forks = line.enumerated().compactMap { turn, exchange in
      let siblings = tree.siblings(of: exchange.id).map(\.id)
      guard siblings.count > 1, let place = siblings.firstIndex(of: exchange.id) else { return nil }
      return Fork(turn: turn, siblings: siblings, place: place)
    }
    world.branches.version += 1
    let same = zip(old, line).prefix { $0.id == $1.id }.count
    guard same < old.count || same < line.count else { return }
    for index in stage.panes.indices {
      stage.panes[index].document.reopen(from: min(same, line.count - 1))
      stage.panes[index].turn = nil
    }
    showPanes(keeping: true, world)
    for index in stage.panes.indices {
      stage.panes[index].readArrivals(of: stage.shownReply(stage.panes[index], world))
    }
  }

  /// Shows the line by an exchange to its newest end, the panes at that exchange.
  mutating func go(to exchange: UUID, _ world: inout World) {
    takeBackPlan(&world)
    let tree = ConversationTree(world.allExchanges)
    guard let leaf = tree.newestLeaf(below: exchange) else { return }
    show(tree, to: leaf.id, &world)
    stage.lookAt(exchange, world)
    let models = leaf.prompt.models
    if !models.isEmpty { world.chosenModels = models }
  }

  // MARK: Branching

  /// The next prompt will follow this exchange; the line is cut there.
  mutating func branch(after id: UUID, _ world: inout World) {
    takeBackPlan(&world)
    let tree = ConversationTree(world.allExchanges)
    let tip = world.conversation?.exchanges.last?.id
    let turn = tree.line(to: id).count
    guard turn > 0 else { return }
    show(tree, to: id, &world)
    for index in stage.panes.indices { stage.panes[index].scroll(to: .max) }
    focus = .prompt
    if tree.children(of: id).isEmpty {
      world.show("The next prompt follows turn \(Figures.count(turn)): nothing comes after it yet")
    } else {
      world.branches.plan = BranchPlan(kind: .branch, parent: id, turn: turn, tip: tip)
    }
  }

  /// Puts an exchange's prompt in the editor, to be sent in its place as a branch of its own.
  mutating func editPrompt(of id: UUID, _ world: inout World) {
    takeBackPlan(&world)
    let tip = world.conversation?.exchanges.last?.id
    let kept = BranchPlan.Kept(
      text: prompt.editor.text, system: prompt.system, attachments: prompt.attachments, models: world.chosenModels)
    if world.conversation?.turn(of: id) == nil { go(to: id, &world) }
    guard let turn = world.conversation?.turn(of: id), let edited = world.conversation?.exchanges[turn].prompt else {
      return
    }
    let parent = turn > 0 ? world.conversation?.exchanges[turn - 1].id : nil
    world.branches.plan = BranchPlan(kind: .edit, parent: parent, turn: turn + 1, tip: tip, kept: kept)
    prompt.editor.apply(.setText(edited.text))
    prompt.system = edited.system
    prompt.attachments = []
    prompt.carried = PromptState.Carried(edited)
    prompt.completion = nil
    if !edited.models.isEmpty { world.chosenModels = edited.models }
    focus = .prompt
  }

  /// Whether the line can be left, the last prompt being on its way.
  func canPlan(_ world: inout World) -> Bool {
    guard pendingSend != nil else { return true }
    world.show("Your last prompt is not on its way yet", .warning)
    return false
  }

  /// Esc: the line is whole again, and the prompt as it was. Undo still brings an edit back.
  mutating func takeBackPlan(_ world: inout World) {
    guard let plan = world.branches.plan else { return }
    world.branches.plan = nil
    restoreKept(of: plan, &world)
    guard let tip = plan.tip, world.conversation?.exchanges.last?.id != tip else { return }
    show(ConversationTree(world.allExchanges), to: tip, &world)
    if plan.kind == .branch, let parent = plan.parent { stage.lookAt(parent, world) }
  }

  /// What an edit had taken the place of.
  mutating func restoreKept(of plan: BranchPlan, _ world: inout World) {
    guard let kept = plan.kept else { return }
    prompt.editor.apply(.setText(kept.text))
    prompt.system = kept.system
    prompt.attachments = kept.attachments
    prompt.carried = nil
    prompt.completion = nil
    world.chosenModels = kept.models
  }

  // MARK: Forks

  mutating func switchBranch(by step: Int, _ world: inout World) {
    guard let fork = stage.forkInView(world) else {
      world.show(
        "There is one branch only"
          + (world.keyMap.name(of: .branch, in: [.pane]).map { "; \($0) begins another" } ?? ""))
      return
    }
    let count = fork.siblings.count
    go(to: fork.siblings[(fork.place + step + count) % count], &world)
  }
}

extension World {
  /// The turns of the line that the next prompt goes on with: what the models will be shown of.
  var promptedTurns: ArraySlice<Exchange> {
    guard let exchanges = conversation?.exchanges else { return [] }
    guard let plan = branches.plan, plan.kind == .edit else { return exchanges[...] }
    return exchanges.prefix(plan.turn - 1)
  }

  /// What the next prompt follows.
  var promptParent: UUID? {
    if let plan = branches.plan { plan.parent } else { conversation?.exchanges.last?.id }
  }
}

extension Stage {
  /// The exchange that the focused pane shows, by its place on the line.
  func turnInView(_ world: World) -> Int? {
    guard let exchanges = conversation(world)?.exchanges, !exchanges.isEmpty else { return nil }
    let turn = panes.indices.contains(activePane) ? panes[activePane].turnInView : nil
    return min(turn ?? exchanges.count - 1, exchanges.count - 1)
  }

  func exchangeInView(_ world: World) -> Exchange? { turnInView(world).flatMap { conversation(world)?.exchanges[$0] } }

  /// The fork of the line nearest to the exchange in view, of two as near the one before it.
  func forkInView(_ world: World) -> Fork? {
    let turn = turnInView(world) ?? 0
    return world.branches.forks.min {
      (abs($0.turn - turn), $0.turn) < (abs($1.turn - turn), $1.turn)
    }
  }

  /// `branch 2 of 3`, where the line has others beside it.
  func branchWords(_ world: World) -> String? {
    forkInView(world).map { "branch \($0.place + 1) of \($0.siblings.count)" }
  }
}

extension AppState {
  /// The exchange that an action is for: the selected one in the tree, else the one in view.
  private mutating func meantExchange() -> UUID? {
    let exchange = top.meant(world)?.exchange
    if exchange == nil { world.show("There is no turn yet to branch from") }
    return exchange
  }

  mutating func branchHere() -> [Effect] {
    guard let exchange = meantExchange(), compose.canPlan(&world) else { return [] }
    return leaveScreens()
      + onCompose { compose, world in
        compose.branch(after: exchange, &world)
        return []
      }
  }

  mutating func editPromptHere() -> [Effect] {
    guard let exchange = meantExchange(), compose.canPlan(&world) else { return [] }
    return leaveScreens()
      + onCompose { compose, world in
        compose.editPrompt(of: exchange, &world)
        return []
      }
  }
}
