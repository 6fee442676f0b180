import Canvas

extension Actions {
  private static func letter(_ character: Character) -> Key { Key(.character(character)) }

  /// Turns, branches, attempts, and answers beside each other.
  static let branches: [Action] = [
    Action(
      .tree, "The tree of branches", [letter("t"), .control("t")], in: [.pane],
      also: [Binding([.control("t")], in: [.emptyPrompt]), Binding([letter("t"), .control("t")], in: [.tree])],
      hint: "tree", command: "tree", anywhere: true),
    Action(
      .compare, "Compare this answer with another", [letter("d")], in: [.pane], hint: "diff", command: "diff",
      anywhere: true),
    Action(
      .branch, "Branch: the next prompt follows this turn", [letter("b")], in: [.pane, .tree], hint: "branch",
      command: "branch", anywhere: true),
    Action(
      .editPrompt, "Edit this turn's prompt and send it as a branch", [letter("e")], in: [.pane, .tree], hint: "edit",
      command: "edit", anywhere: true),
    Action(.previousTurn, "The turn before", [letter("[")], in: [.pane]),
    Action(.nextTurn, "The next turn", [letter("]")], in: [.pane]),
    Action(.previousAttempt, "The attempt before at this answer", [letter("{")], in: [.pane]),
    Action(.nextAttempt, "The next attempt at this answer", [letter("}")], in: [.pane]),
    Action(.previousBranch, "The branch before", [letter("<"), Key(.left, .alt)], in: [.pane], anywhere: true),
    Action(.nextBranch, "The next branch", [letter(">"), Key(.right, .alt)], in: [.pane], anywhere: true),
    Action(.treeParent, "To the turn before", [letter("h"), Key(.left)], in: [.tree]),
    Action(.treeChild, "To the turn that follows", [letter("l"), Key(.right)], in: [.tree]),
    Action(.nextChange, "The next change", [letter("n")], in: [.diff], hint: "next"),
    Action(.previousChange, "The change before", [letter("N")], in: [.diff]),
    Action(.compareNext, "With the next answer", [Key(.tab), letter("]")], in: [.diff], hint: "other"),
    Action(.comparePrevious, "With the answer before", [Key(.tab, .shift), letter("[")], in: [.diff]),
    Action(.compareLayout, "Side by side, or in one text", [letter("s")], in: [.diff], hint: "layout"),
    Action(.copyDiff, "Copy both as one text with marks", [letter("y")], in: [.diff], hint: "copy"),
    Action(.compareAgain, "Compare anew what has come since", [letter("u")], in: [.diff], hint: "refresh"),
  ]
}
