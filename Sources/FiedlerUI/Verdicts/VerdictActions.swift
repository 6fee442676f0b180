import Canvas
import Conversations

extension ActionID {
  public static let best = Self("best")
  public static let bad = Self("bad")
  public static let verdict = Self("verdict")
  public static let blind = Self("blind")
}

extension Actions {
  /// What the reader thinks of the answers.
  static let verdicts: [Action] = [
    Action(
      .best, "This answer is the best of these; once more takes that back", [letter("+")], in: [.pane], hint: "best",
      command: "best", anywhere: true, can: hasEnded,
      does: onStage { stage, world in stage.toggleVerdict(.best, world) }),
    Action(
      .bad, "This answer is bad; once more takes that back", [letter("-")], in: [.pane], command: "bad",
      anywhere: true, can: hasEnded, does: onStage { stage, world in stage.toggleVerdict(.bad, world) }),
    Action(
      .verdict, "A verdict: best, bad, better than another, as good; with a note", [letter("J")], in: [.pane],
      hint: "verdict", command: "verdict", anywhere: true, can: hasEnded,
      does: changeStage { $0.openVerdictPicker(&$1) }),
    Action(
      .blind, "Read blind: hide which model wrote what, until a verdict or this key reveals it", [letter("B")],
      in: [.pane], command: "blind", anywhere: true, keepsReplay: true, does: onCompose { $0.stepBlind(&$1) }),
  ]

  private static let hasEnded: Action.Asking = { app in
    guard let reply = app.stage.replyInView(app.world) else { return .no("There is no answer here to judge") }
    return reply.state.isFinal ? .yes : .no("A verdict can be given once the answer has ended")
  }
}
