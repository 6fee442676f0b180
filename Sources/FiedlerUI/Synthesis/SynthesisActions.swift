import Canvas
import Conversations

extension ActionID {
  public static let synthesize = Self("synthesize")
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
      }, does: { _ in [.loadTemplates(.synthesize)] })
  ]
}
