import Canvas

extension ActionID {
  public static let treeParent = Self("tree_parent")
  public static let treeChild = Self("tree_child")
}

extension Actions {
  /// The tree of branches.
  static let tree: [Action] = [
    Action(
      .treeParent, "To the turn before", [letter("h"), Key(.left)], in: [.tree],
      does: changeTree { tree, _ in tree.selectParent() }),
    Action(
      .treeChild, "To the turn that follows", [letter("l"), Key(.right)], in: [.tree],
      does: changeTree { tree, _ in tree.selectChild() }),
  ]

  private static func changeTree(_ body: @escaping @Sendable (inout TreeScreen, inout World) -> Void) -> Action.Doing {
    { app in
      app.on(TreeScreen.self) { tree, world in
        body(&tree, &world)
        return []
      } ?? []
    }
  }
}
