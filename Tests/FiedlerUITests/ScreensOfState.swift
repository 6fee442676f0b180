import Canvas
import Conversations

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

  // MARK: Prompt and panes

  var isComposing: Bool { screens.isEmpty }
  var prompt: PromptState {
    get { compose.prompt }
    set { compose.prompt = newValue }
  }
  var queued: [OutgoingPrompt] { compose.queued }
  var isCompleting: Bool { compose.isCompleting }
  var panes: [Pane] {
    get { stage.panes }
    set { compose.stage.panes = newValue }
  }
  var activePane: Int {
    get { stage.activePane }
    set { compose.stage.activePane = newValue }
  }
  var focus: Stage.Focus {
    get { stage.focus }
    set { compose.focus = newValue }
  }
  var isZoomed: Bool {
    get { stage.isZoomed }
    set { compose.stage.isZoomed = newValue }
  }
  var find: PaneFind? { stage.find }
  var selection: PaneSelection? { stage.selection }
  var dragScroll: DragScroll? { stage.dragScroll }
  var turnInView: Int? { stage.turnInView(world) }
  var replyInView: Reply? { stage.replyInView(world) }
  var showsSource: Bool { stage.showsSource(world) }
  var branches: Branches { world.branches }
  var recipients: [ModelReference] { world.recipients }
  var toasts: [Toast] { world.toasts }
  var keyMap: KeyMap { world.keyMap }

  func currentReply(_ model: ModelReference) -> Reply? { stage.currentReply(model, world) }
  func isNewHere(_ model: ModelReference) -> Bool { compose.isNewHere(model, world) }
  func estimatedTokens(for model: ModelReference) -> Int { compose.estimatedTokens(for: model, world) }
}

extension ComposeLayout {
  /// Of the panes that are shown, and what stands beneath them.
  init(_ state: AppState, _ size: Size) {
    self = state.top(ReplayScreen.self)?.layout(state.world, size) ?? state.compose.layout(state.world, size)
  }
}
