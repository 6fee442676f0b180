import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  mutating func toggleTree() -> [Effect] {
    if top is TreeScreen { return leaveScreen() }
    guard world.conversation != nil, !world.allExchanges.isEmpty else {
      world.show("There is no conversation on the screen yet")
      return []
    }
    var tree = TreeScreen(world)
    tree.select(stage.exchangeInView(world)?.id)
    open(tree)
    return []
  }
}

extension TreeScreen {
  func contexts(_ world: World) -> [KeyContext] { [.tree, .screens, .everywhere] }

  mutating func settle(_ world: World) {
    // The exchanges are not where they were, or there are more of them.
    guard version != world.branches.version else { return }
    var newer = TreeScreen(world)
    newer.select(row: selected)
    newer.select(selectedID)
    self = newer
  }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    let page = max(1, TreeLayout(self, world.room(in: world.size)).visible - 1)
    select(row: selected + motion.step(page: page))
    return []
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    if step != 0 { return move(.rows(step.signum()), &world) }
    guard mouse.action == .press, mouse.button == .left else { return [] }
    if let row = TreeLayout(self, world.room(in: world.size)).row(at: mouse.point, self) { select(row: row) }
    return []
  }

  /// To the turn that the selected one follows.
  mutating func selectParent() {
    if rows.indices.contains(selected), let parent = rows[selected].parent { select(row: parent) }
  }

  /// To what follows the selected prompt: on the line if that does, else the newest.
  mutating func selectChild() {
    let followers = rows.indices.filter { rows[$0].parent == selected }
    let onLine = followers.first { if case .line = rows[$0].place { true } else { false } }
    if let next = onLine ?? followers.last { select(row: next) }
  }

  var canOpen: Bool { selectedID != nil }

  /// Shows the line by the selected prompt, the panes at it.
  mutating func open(_ world: inout World) -> [Effect] {
    guard let id = selectedID else { return [] }
    world.then { app in
      let effects = app.leaveScreen()
      app.compose.go(to: id, &app.world)
      app.compose.focus = app.compose.stage.panes.isEmpty ? .prompt : .pane
      return effects
    }
    return []
  }

  func meant(_ world: World) -> MeantConversation? {
    var meant = world.conversation.map { MeantConversation($0) }
    meant?.exchange = selectedID
    return meant
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    TreeView(tree: self, world: look.world, theme: look.theme).draw(look.world.room(in: size), &frame)
  }
}
