import Canvas

extension PromptState {
  /// Where the left button was pressed in the prompt's text.
  struct Press: Sendable {
    var click: Click
    /// What it took hold of.
    var span: Range<Editor.Position>
    var isDown = true

    var grain: Editor.Grain { click.count == 1 ? .character : click.count == 2 ? .word : .line }
  }
}

extension AppState {
  /// The button goes down in the prompt's box: the cursor goes to a place in its text; a word is selected at the second
  /// press, a line at the third.
  mutating func pressPrompt(_ text: Rect, at point: Point) {
    focus = .prompt
    guard text.contains(point) else { return }
    compose.prompt.completion = nil
    var press = PromptState.Press(
      click: Click(at: point, now, after: compose.prompt.press?.click),
      span: compose.prompt.editor.cursor..<compose.prompt.editor.cursor)
    press.span = compose.prompt.editor.press(at: point, by: press.grain, in: text)
    compose.prompt.press = press
  }

  /// What the mouse does while the button is down in the prompt; `nil` if it is not.
  mutating func takePromptDrag(_ mouse: Mouse) -> [Effect]? {
    guard let press = compose.prompt.press, press.isDown else { return nil }
    switch mouse.action {
    case .drag: dragPrompt(to: mouse.point, press)
    case .release:
      compose.prompt.press?.isDown = false
      dragScroll = nil
    case .press, .wheelUp, .wheelDown, .wheelLeft, .wheelRight: return nil
    }
    return []
  }

  mutating func dragPrompt(to point: Point, _ press: PromptState.Press) {
    guard isComposing, layer == nil else { return }
    let text = ComposeLayout(self, size).promptText
    guard !text.isEmpty else { return }
    restDrag(at: point, beyond: text)
    compose.prompt.editor.drag(from: press.span, to: point, by: press.grain, in: text)
  }
}
