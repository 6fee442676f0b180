import Canvas
import Conversations

extension ActionID {
  public static let tree = Self("tree")
  public static let compare = Self("compare")
  public static let branch = Self("branch")
  public static let editPrompt = Self("edit_resend")
  public static let previousTurn = Self("previous_turn")
  public static let nextTurn = Self("next_turn")
  public static let previousTurnHere = Self("previous_turn_here")
  public static let nextTurnHere = Self("next_turn_here")
  public static let previousAttempt = Self("previous_attempt")
  public static let nextAttempt = Self("next_attempt")
  public static let previousBranch = Self("previous_branch")
  public static let nextBranch = Self("next_branch")
}

extension Actions {
  /// Turns, branches, attempts, and answers beside each other.
  static let branches: [Action] = [
    Action(
      .tree, "The tree of branches", [letter("t"), .control("t")], in: [.pane],
      also: [Binding([.control("t")], in: [.emptyPrompt]), Binding([letter("t"), .control("t")], in: [.tree])],
      hint: "tree", command: "tree", anywhere: true,
      can: { $0.screens.isEmpty && $0.stage.turnInView($0.world) != nil ? .yes : .quietly },
      does: { $0.toggleTree() }),
    Action(
      .compare, "Compare this answer with another", [letter("d")], in: [.pane], hint: "diff", command: "diff",
      anywhere: true,
      can: { $0.stage.exchangeInView($0.world)?.replies.count { !$0.text.isEmpty } ?? 0 > 1 ? .yes : .quietly },
      does: { $0.openDiff() }),
    Action(
      .branch, "Branch: the next prompt follows this turn", [letter("b")], in: [.pane, .tree], hint: "branch",
      command: "branch", anywhere: true,
      can: {
        let last = ($0.conversation?.exchanges.count ?? 0) - 1
        return !$0.screens.isEmpty || ($0.stage.turnInView($0.world) ?? 0) < last ? .yes : .quietly
      }, does: { $0.branchHere() }),
    Action(
      .editPrompt, "Edit this turn's prompt and send it as a branch", [letter("e")], in: [.pane, .tree], hint: "edit",
      command: "edit", anywhere: true, can: { $0.stage.turnInView($0.world) != nil ? .yes : .quietly },
      does: { $0.editPromptHere() }),
    Action(
      .previousTurn, "All panes to the turn before", [letter("[")], in: [.pane],
      does: changeStage { $0.stepTurn(by: -1, $1) }),
    Action(
      .nextTurn, "All panes to the next turn", [letter("]")], in: [.pane],
      does: changeStage { $0.stepTurn(by: 1, $1) }),
    // Alt with a bracket is how terminals begin a control sequence.
    Action(
      .previousTurnHere, "This pane alone to the turn before", [Key(.up, .alt)], in: [.pane],
      does: changeStage { $0.stepTurn(by: -1, alone: true, $1) }),
    Action(
      .nextTurnHere, "This pane alone to the next turn", [Key(.down, .alt)], in: [.pane],
      does: changeStage { $0.stepTurn(by: 1, alone: true, $1) }),
    Action(
      .previousAttempt, "The attempt before at this answer", [letter("{")], in: [.pane],
      does: changeStage { $0.stepAttempt(by: -1, &$1) }),
    Action(
      .nextAttempt, "The next attempt at this answer", [letter("}")], in: [.pane],
      does: changeStage { $0.stepAttempt(by: 1, &$1) }),
    Action(
      .previousBranch, "The branch before", [letter("<"), Key(.left, .alt)], in: [.pane], anywhere: true,
      does: changeCompose { $0.switchBranch(by: -1, &$1) }),
    Action(
      .nextBranch, "The next branch", [letter(">"), Key(.right, .alt)], in: [.pane], anywhere: true,
      does: changeCompose { $0.switchBranch(by: 1, &$1) }),
  ]
}
