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

extension ComposeScreen {
  /// The button goes down in the prompt's box: the cursor goes to a place in its text; a word is selected at the second
  /// press, a line at the third.
  mutating func pressPrompt(_ text: Rect, at point: Point, _ world: World) {
    focus = .prompt
    guard text.contains(point) else { return }
    prompt.completion = nil
    var press = PromptState.Press(
      click: Click(at: point, world.now, after: prompt.press?.click), span: prompt.editor.cursor..<prompt.editor.cursor)
    press.span = prompt.editor.press(at: point, by: press.grain, in: text)
    prompt.press = press
  }

  /// What the mouse does while the button is down in the prompt; `nil` if it is not.
  mutating func takePromptDrag(_ mouse: Mouse, _ world: World) -> [Effect]? {
    guard let press = prompt.press, press.isDown else { return nil }
    switch mouse.action {
    case .drag: dragPrompt(to: mouse.point, press, world)
    case .release:
      prompt.press?.isDown = false
      stage.dragScroll = nil
    case .press, .wheelUp, .wheelDown, .wheelLeft, .wheelRight: return nil
    }
    return []
  }

  mutating func dragPrompt(to point: Point, _ press: PromptState.Press, _ world: World) {
    let text = layout(world, world.size).promptText
    guard !text.isEmpty else { return }
    stage.restDrag(at: point, beyond: text, world.now)
    prompt.editor.drag(from: press.span, to: point, by: press.grain, in: text)
  }
}
