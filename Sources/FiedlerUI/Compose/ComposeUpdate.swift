import Canvas
import Conversations
import FoundationEssentials

extension ComposeScreen: Screen {
  func contexts(_ world: World) -> [KeyContext] {
    if stage.isSelecting { return [.selection, .everywhere] }
    if focus == .pane { return isFinding ? [.paneFind, .everywhere] : [.pane, .screens, .everywhere] }
    return (isCompleting ? [.completion] : []) + (prompt.template?.left.isEmpty == false ? [.blanks] : [])
      + (prompt.editor.isEmpty ? [.emptyPrompt] : []) + [.prompt, .screens, .everywhere]
  }

  var focus: Stage.Focus {
    get { stage.focus }
    set { stage.focus = newValue }
  }

  /// What is looked for in a pane is being typed.
  private var isFinding: Bool { focus == .pane && stage.find?.isTyped == true }

  var isTyping: Bool { focus == .prompt || isFinding }

  // MARK: Input

  /// A search through earlier prompts, and vi's keys, come before any other meaning.
  mutating func takeFirst(_ key: Key, _ world: inout World) -> [Effect]? {
    guard focus == .prompt else { return nil }
    if prompt.editor.search != nil, EditorKeys.searching.contains(where: { $0.key == key }),
      let action = prompt.editor.action(for: key)
    {
      return edit(action, &world)
    }
    return prompt.editor.takeVi(key) ? refreshCompletion() : nil
  }

  var leavesByEscape: Bool { focus == .prompt && prompt.editor.leavesByEscape }

  mutating func type(_ key: Key, _ world: inout World) -> [Effect] {
    if isFinding { stage.typeFind(key) }
    guard focus == .prompt else { return [] }
    if let action = prompt.editor.action(for: key) { return edit(action, &world) }
    // Nothing is sent by Enter: it is what it is in every editor.
    return key == Key(.enter) ? edit(.newline, &world) : []
  }

  mutating func paste(_ text: String, _ world: inout World) -> [Effect] {
    if isFinding {
      stage.find?.line.paste(text)
      return []
    }
    focus = .prompt
    return edit(.paste(text), &world)
  }

  mutating func take(_ mouse: Mouse, _ step: Int, _ world: inout World) -> [Effect] {
    stage.take(mouse, step, world)
    let layout = layout(world, world.size)
    guard layout.prompt.contains(mouse.point) else { return [] }
    if step != 0 { prompt.editor.scroll(by: step, in: layout.promptText) }
    if mouse.action == .press, mouse.button == .left { pressPrompt(layout.promptText, at: mouse.point, world) }
    return []
  }

  mutating func takeDrag(_ mouse: Mouse, _ world: inout World) -> [Effect]? {
    stage.takeSelecting(mouse, &world) ?? takePromptDrag(mouse, world)
  }

  mutating func move(_ motion: Motion, _ world: inout World) -> [Effect] {
    moveCompletion(by: motion.step(page: 8))
    return []
  }

  mutating func accept(_ world: inout World) -> [Effect] {
    stage.acceptFind()
    return []
  }

  /// Escape: closes the innermost thing that is open, and with nothing open goes back to the prompt. It never stops an
  /// answer: who presses it once more than was needed would lose what was paid for.
  mutating func close(_ world: inout World) -> [Effect] {
    if stage.selection != nil {
      stage.dropSelection()
    } else if focus == .prompt, prompt.completion != nil {
      prompt.dismissed = prompt.editor.completionContext
      prompt.completion = nil
    } else if focus == .prompt, prompt.editor.selection != nil {
      return edit(.dropSelection, &world)
    } else if focus == .prompt, !queued.isEmpty {
      return takeBackQueued(&world)
    } else if focus == .pane, stage.find != nil {
      stage.endFind()
    } else if stage.isZoomed {
      stage.isZoomed = false
    } else if focus == .pane {
      if world.branches.plan == nil { focus = .prompt } else { takeBackPlan(&world) }
    } else if world.branches.plan != nil {
      takeBackPlan(&world)
    } else if world.isLive {
      let keys = [
        world.keyMap.name(of: .focusNext, in: [.prompt]), world.keyMap.name(of: .cancel, in: [.pane]),
      ].compactMap(\.self)
      if keys.count == 2 { world.show("\(keys[0]) to a pane, then \(keys[1]) stops its answer") }
    }
    return []
  }

  /// Ctrl+C in a prompt with text clears it; `nil` if there is none to clear.
  mutating func interrupt(_ world: inout World) -> [Effect]? {
    guard focus == .prompt, !prompt.editor.isEmpty else { return nil }
    world.show(
      "Prompt cleared" + (world.keyMap.name(of: EditorAction.undo).map { "; \($0) brings it back" } ?? ""))
    return edit(.clear, &world)
  }

  // MARK: What several screens do

  mutating func toggleReasoning() { stage.toggleReasoning() }
  func canFold(_ world: World) -> Bool { stage.canFold(world) }
  mutating func toggleRawText(_ world: inout World) -> [Effect] { world.toggleRawText(of: world.conversation?.id) }

  // MARK: What happens

  mutating func advance(_ world: inout World) -> [Effect] {
    if let press = prompt.press, press.isDown, let rest = stage.dragScroll, rest.due <= world.now {
      dragPrompt(to: rest.point, press, world)
    } else {
      stage.advanceDrag(world)
    }
    return []
  }

  func nextChange(_ world: World) -> Duration? { stage.dragScroll?.due }

  /// Lays out prompt and panes. What goes on in the conversation beneath another screen is taken along by
  /// ``settlePrompt(_:)``.
  mutating func settle(_ world: World) {
    stage.activePane = max(0, min(stage.activePane, stage.panes.count - 1))
    let layout = layout(world, world.size)
    if !layout.prompt.isEmpty { prompt.editor.viewport = layout.promptText.size }
    stage.settle(layout, world)
    showRevealed(world)
    stage.settleMarks(world)
  }

  /// What the prompt says of the models and of what they will be shown; after every message.
  mutating func settlePrompt(_ world: World) {
    settleBlanks()
    settleTurnSizes(world)
    settlePlaceholder(world)
  }

  // MARK: What it shows

  /// Where everything stands on a screen of a size.
  func layout(_ world: World, _ size: Size) -> ComposeLayout {
    let most = max(1, size.height / 3)
    let rows = max(1, prompt.editor.rows(width: PromptView.textWidth(size.width), atMost: most))
    return ComposeLayout(stage, world, promptRows: rows, isBare: hasBarePrompt(world, size), size)
  }

  /// Whether the prompt goes without borders: it is empty, they would say nothing that matters, and rows are few.
  private func hasBarePrompt(_ world: World, _ size: Size) -> Bool {
    size.height < 30 && !world.isPlain && !stage.panes.isEmpty && prompt.editor.isEmpty && prompt.editor.search == nil
      && prompt.editor.modeWords == nil && prompt.files.isEmpty && prompt.system == nil && queued.isEmpty
      && world.branches.plan == nil
  }

  func draw(_ look: Look, _ size: Size, _ frame: inout Frame) {
    let layout = layout(look.world, size)
    StageView(stage, look).draw(layout, &frame)
    if stage.panes.isEmpty {
      Welcome(compose: self, world: look.world, theme: look.theme).draw(in: layout.area, &frame)
    }
    PromptView(compose: self, world: look.world, theme: look.theme, hasKeys: look.hasKeys)
      .draw(in: layout.prompt, text: layout.promptText, &frame)
  }

  func drawOver(_ look: Look, _ size: Size, _ frame: inout Frame) {
    guard look.hasKeys, isCompleting else { return }
    PromptView(compose: self, world: look.world, theme: look.theme, hasKeys: true)
      .drawCompletion(over: layout(look.world, size).prompt, &frame)
  }

  func noticesEnd(_ world: World, _ size: Size) -> Int { layout(world, size).prompt.y }

  func readPlace(_ world: World, _ size: Size) -> Point? { stage.readPlace(layout(world, size)) }

  func meant(_ world: World) -> MeantConversation? {
    var meant = world.conversation.map { MeantConversation($0) }
    meant?.exchange = stage.exchangeInView(world)?.id
    return meant
  }
}
