import Canvas
import Conversations

/// Which answer came fastest and which was cheapest, once all answers of an exchange have ended.
struct PaneAwards {
  private var fastest: ModelReference?
  private var cheapest: ModelReference?

  /// Nobody has an award while an answer is missing, where there is nobody to be compared with, and at a draw.
  init(_ state: StageLook, _ theme: Theme, _ now: Duration) {
    let answers = state.panes.compactMap { pane in state.currentReply(pane.model).map { (pane: pane, reply: $0) } }
    guard answers.count > 1, answers.count == state.panes.count, answers.allSatisfy(\.reply.state.isFinal) else {
      return
    }
    func winner(by isBetter: (Double, Double) -> Bool, _ value: (Pane, Reply) -> Double?) -> ModelReference? {
      let values = answers.compactMap { answer in value(answer.pane, answer.reply).map { (answer.pane.model, $0) } }
      guard values.count > 1, let best = values.min(by: { isBetter($0.1, $1.1) }),
        values.count(where: { !isBetter(best.1, $0.1) }) == 1
      else { return nil }
      return best.0
    }
    fastest = winner(by: >, PaneFigures(state: state, theme: theme, now: now).rate)
    cheapest = winner(by: <) { state.choice($1.model)?.price?.cost(of: $1.usage) }
  }

  /// `↯` and `¢`; words where signs cannot be read.
  func mark(of model: ModelReference, plainly: Bool) -> String {
    let marks = [
      fastest == model ? (plainly ? "fastest" : "↯") : nil, cheapest == model ? (plainly ? "cheapest" : "¢") : nil,
    ]
    return marks.compactMap(\.self).joined(separator: " ")
  }
}
