import Canvas
import Conversations
import FoundationEssentials

/// The world's and the stage's fields by their short names, for prompt and panes.
extension AppState {
  var panes: [Pane] {
    _read { yield stage.panes }
    _modify { yield &stage.panes }
  }
  var activePane: Int {
    get { stage.activePane }
    set { stage.activePane = newValue }
  }
  var focus: Stage.Focus {
    get { stage.focus }
    set { stage.focus = newValue }
  }
  var isZoomed: Bool {
    get { stage.isZoomed }
    set { stage.isZoomed = newValue }
  }
  var find: PaneFind? {
    _read { yield stage.find }
    _modify { yield &stage.find }
  }
  var selection: PaneSelection? {
    get { stage.selection }
    set { stage.selection = newValue }
  }
  var press: PanePress? {
    get { stage.press }
    set { stage.press = newValue }
  }
  var dragScroll: DragScroll? {
    get { stage.dragScroll }
    set { stage.dragScroll = newValue }
  }
  var keyMap: KeyMap { world.keyMap }
  var toasts: [Toast] { world.toasts }
  var health: LogHealth { world.health }
  var when: When { world.when }
  var branches: Branches {
    _read { yield world.branches }
    _modify { yield &world.branches }
  }

  func choice(_ reference: ModelReference) -> ModelChoice? { world.choice(reference) }
  func label(_ reference: ModelReference) -> String { world.label(reference) }
  /// The newest reply of a model to the newest prompt.
  func currentReply(_ model: ModelReference) -> Reply? { stage.currentReply(model, world) }
  var activeReply: Reply? { panes.indices.contains(activePane) ? currentReply(panes[activePane].model) : nil }

  mutating func show(_ text: String, _ kind: Toast.Kind = .info) { world.show(text, kind) }
}
