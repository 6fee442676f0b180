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
      command: "best", anywhere: true, can: hasEnded, does: { $0.toggleVerdict(.best) }),
    Action(
      .bad, "This answer is bad; once more takes that back", [letter("-")], in: [.pane], command: "bad",
      anywhere: true, can: hasEnded, does: { $0.toggleVerdict(.bad) }),
    Action(
      .verdict, "A verdict: best, bad, better than another, as good; with a note", [letter("J")], in: [.pane],
      hint: "verdict", command: "verdict", anywhere: true, can: hasEnded, does: change { $0.openVerdictPicker() }),
    Action(
      .blind, "Read blind: hide which model wrote what, until a verdict or this key reveals it", [letter("B")],
      in: [.pane], command: "blind", anywhere: true, keepsReplay: true, does: { $0.stepBlind() }),
  ]

  private static let hasEnded: Action.Asking = { app in
    guard let reply = app.replyInView else { return .no("There is no answer here to judge") }
    return reply.state.isFinal ? .yes : .no("A verdict can be given once the answer has ended")
  }
}
