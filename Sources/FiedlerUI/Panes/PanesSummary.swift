import Canvas
import Conversations

/// Who was first, fastest, longest and dearest, once all answers of an exchange have ended.
struct PanesSummary {
  /// `first quick 0.15 s`, `fastest quick 90/s`, the most telling first; empty while an answer is missing, and where
  /// there is nobody to be compared with.
  let words: [String]

  init(_ state: AppState, _ theme: Theme, _ now: Duration) {
    let answers = state.panes.compactMap { pane in state.currentReply(pane.model).map { (pane: pane, reply: $0) } }
    guard answers.count > 1, answers.count == state.panes.count, answers.allSatisfy(\.reply.state.isFinal) else {
      words = []
      return
    }
    let figures = PaneFigures(state: state, theme: theme, now: now)
    func winner<Value: Comparable>(
      _ word: String, by isBetter: (Value, Value) -> Bool, _ value: (Pane, Reply) -> Value?, _ text: (Value) -> String
    ) -> String? {
      let values = answers.compactMap { answer in value(answer.pane, answer.reply).map { (answer.pane.model, $0) } }
      guard values.count > 1, let best = values.min(by: { isBetter($0.1, $1.1) }),
        values.count(where: { !isBetter(best.1, $0.1) }) == 1  // nobody wins a draw
      else { return nil }
      return "\(word) \(state.label(best.0)) \(text(best.1))"
    }
    words = [
      winner("first", by: <, { $1.timeToFirstToken }, Figures.fineSeconds),
      winner("fastest", by: >, figures.rate, Figures.rate),
      winner("longest", by: >, { $1.text.isEmpty ? nil : $1.completionTokens }, { "\(Figures.count($0)) tok" }),
      winner("dearest", by: >, { state.choice($1.model)?.price?.cost(of: $1.usage) }, Figures.money),
    ].compactMap(\.self)
  }

  /// As many of the words as fit.
  func words(in columns: Int) -> [String] {
    var left = columns
    return Array(
      words.prefix { word in
        left -= TextWidth.columns(word) + 3
        return left >= 0
      })
  }
}
