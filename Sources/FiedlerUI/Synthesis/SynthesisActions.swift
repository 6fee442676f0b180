import Canvas
import Conversations

extension ActionID {
  public static let synthesize = Self("synthesize")
  public static let synthesisPoints = Self("points")
}

extension Actions {
  /// From many answers to one.
  static let synthesis: [Action] = [
    Action(
      .synthesize, "Have one model read these answers and write one", [letter("=")], in: [.pane], hint: "merge",
      command: "synthesize", anywhere: true,
      can: { state in
        guard let exchange = state.stage.exchangeInView(state.world) else {
          return .no("There are no answers here yet")
        }
        return exchange.readable.answers.count > 1 ? .yes : .no("It takes two answers that have ended")
      }, does: { _ in [.loadTemplates(.synthesize)] }),
    Action(
      .synthesisPoints, "The points of a reading: where they are in the answers, and what it leaves out", [letter("P")],
      in: [.pane], hint: "points", command: "points", anywhere: true,
      can: { $0.stage.canOpenPoints($0.world) },
      does: {
        $0.onCompose {
          $0.stage.openPoints(&$1); return []
        }
      }),
  ]
}
