@testable import FiedlerUI

/// The screens of a state by name, wherever they are: shown, covered, or left and kept.
extension AppState {
  enum Place: Hashable { case compose, history, log, replay, tree, diff }

  /// Which screen is shown.
  var screen: Place {
    switch top {
    case is HistoryScreen: .history
    case is LogScreen: .log
    case is ReplayScreen: .replay
    case is TreeScreen: .tree
    case is DiffScreen: .diff
    default: .compose
    }
  }

  var history: HistoryScreen { screen(HistoryScreen.self) ?? HistoryScreen() }
  var log: LogScreen { screen(LogScreen.self) ?? LogScreen() }
  var replay: ReplayScreen? { screen(ReplayScreen.self) }
  var tree: TreeScreen? { screen(TreeScreen.self) }
  var diff: DiffScreen? { screen(DiffScreen.self) }

  var prompt: PromptState {
    get { compose.prompt }
    set { compose.prompt = newValue }
  }
  var queued: [OutgoingPrompt] { compose.queued }
}
