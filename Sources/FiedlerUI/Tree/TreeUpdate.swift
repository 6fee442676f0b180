import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  mutating func toggleTree() {
    if screen == .tree {
      screen = .compose
      tree = nil
      return
    }
    guard conversation != nil, !allExchanges.isEmpty else {
      show("There is no conversation on the screen yet")
      return
    }
    var tree = TreeState(self)
    tree.select(exchangeInView?.id)
    self.tree = tree
    overlay = nil
    screen = .tree
  }

  /// The exchanges are not where they were, or there are more of them.
  mutating func refreshTree() {
    guard let old = tree else { return }
    var newer = TreeState(self)
    newer.selected = old.selected
    newer.select(old.selectedID)
    tree = newer
  }

  var treePage: Int { max(1, TreeLayout(room(in: size)).list.height - 1) }

  mutating func moveTree(by step: Int) {
    guard let tree, !tree.rows.isEmpty else { return }
    self.tree?.selected = min(max(0, tree.selected + step), tree.rows.count - 1)
  }

  mutating func moveToParent() {
    guard let tree, tree.rows.indices.contains(tree.selected) else { return }
    guard let parent = tree.rows[tree.selected].parent else { return }
    self.tree?.selected = parent
  }

  /// To what follows the selected prompt: on the line if that does, else the newest.
  mutating func moveToChild() {
    guard let tree else { return }
    let followers = tree.rows.indices.filter { tree.rows[$0].parent == tree.selected }
    let onLine = followers.first { if case .line = tree.rows[$0].place { true } else { false } }
    if let next = onLine ?? followers.last { self.tree?.selected = next }
  }

  mutating func goToSelected() {
    guard let id = tree?.selectedID else { return }
    screen = .compose
    tree = nil
    go(to: id)
    focus = panes.isEmpty ? .prompt : .pane
  }

  /// The exchange that an action is for: the selected one in the tree, else the one in view.
  private var exchangeMeant: UUID? { screen == .tree ? tree?.selectedID : exchangeInView?.id }

  mutating func walkBranches(_ id: ActionID) {
    if id == .nextBranch || id == .previousBranch { return switchBranch(by: id == .nextBranch ? 1 : -1) }
    guard let exchange = exchangeMeant else {
      show("There is no turn yet to branch from")
      return
    }
    if id == .branch { branch(after: exchange) } else { editPrompt(of: exchange) }
    if screen == .compose { tree = nil }
  }

  mutating func takeInTree(_ mouse: Mouse, _ step: Int) -> [Effect] {
    if step != 0 {
      moveTree(by: step.signum())
      return []
    }
    guard let tree, mouse.action == .press, mouse.button == .left else { return [] }
    let layout = TreeLayout(room(in: size))
    let row = layout.first(tree) + mouse.point.y - layout.list.y
    if layout.list.contains(mouse.point), tree.rows.indices.contains(row) { self.tree?.selected = row }
    return []
  }
}
