import Canvas
import Conversations
import FoundationEssentials

/// Moves the program on by one message, and says what the shell shall do then. The only place where state changes.
public func update(_ state: inout AppState, _ message: Message) -> [Effect] {
  if case .tick(let now) = message {
    return state.tick(now)
  }
  let written = state.writing
  let effects = state.take(message) + state.sendQueued()
  state.settle()
  if state.writing != written { state.touchDraft() }
  return effects
}

extension AppState {
  fileprivate mutating func tick(_ time: Duration) -> [Effect] {
    now = max(now, time)
    let notices = toasts.count
    toasts.removeAll { $0.until <= now }
    // Their rows are the panes' again.
    if toasts.count != notices { settle() }
    if let until = interruptUntil, until <= now { interruptUntil = nil }
    advanceReplay()
    advanceDrag()
    return keepDraft() + followRecords()
  }

  fileprivate mutating func take(_ message: Message) -> [Effect] {
    switch message {
    case .tick: break
    case .input(let input): return take(input)
    case .events(let events):
      return behindReplay { state in
        state.take(events)
        return state.doneNotices(events)
      }
    case .sendStarted(let start):
      let isNew = conversation == nil
      behindReplay { $0.begin(start) }
      if isNew, let conversation { return [.title(conversation.title)] }
    case .sendFailed(let why):
      behindReplay { state in
        state.restore(because: why)
        // What was to follow it makes no sense without it.
        state.unqueue()
      }
    case .retryStarted(let prompt, let reply): behindReplay { $0.beginRetry(of: prompt, reply) }
    case .historyLoaded(let token, let page): return take(page, for: token)
    case .historyFailed(let token, let why): historyFailed(token, why)
    case .conversationLoaded(let loaded):
      explain(loaded.id)
      return opened(loaded)
    case .previewLoaded(let loaded, let hits): return takePreview(loaded, hits)
    case .crashed(let conversation): suspect = conversation
    case .loadFailed(let why):
      opening = nil
      previewFailed()
      show(why, .error)
    case .conversationChanged(let summary): return changed(summary)
    case .conversationDeleted(let id): return deleted(id)
    case .modelsLoaded(let choices, let defaults):
      models = choices
      if chosenModels.isEmpty { chosenModels = defaults }
      return modelsBecameKnown(problem: nil)
    case .modelsFailed(let why): return modelsBecameKnown(problem: why)
    case .draftFound(let draft): return takeUp(draft)
    case .arrangementLoaded(let arrangement): arrange(arrangement)
    case .warnings(let warnings): for warning in warnings { show(warning, .warning) }
    case .attachmentsRead(let files): attached(files)
    case .mentionsChecked(let mentions): return take(mentions)
    case .attachmentFailed(let why): show(why, .error)
    case .readForReview(let file, let text): openReview(name: file.name, text: text)
    case .completions(let token, let paths): completed(token, paths)
    case .edited(.success(let text)):
      prompt.editor.apply(.setText(text.hasSuffix("\n") ? String(text.dropLast()) : text))
      focus = .prompt
      return refreshCompletion()
    case .edited(.failure(let failure)): show(failure.message, .error)
    case .recordsLoaded(let token, let records, let horizon): take(records, horizon, for: token)
    case .recordsFailed(let token, let why): recordsFailed(token, why)
    case .parkedLoaded(let parked): take(parked)
    case .parkedFailed(let why): parkedFailed(why)
    case .compared(let token, let difference): take(difference, for: token)
    case .health(let newer): return take(newer)
    case .themeLoaded(let loaded): theme = loaded
    case .themesLoaded(let choices): openThemePicker(choices)
    case .templatesLoaded(let files, let use): return take(files, for: use)
    case .keysLoaded(let loaded):
      keyMap = loaded
      keyMap.spellsKeys = isPlain
    case .animationChosen(let isWanted): isAnimated = isWanted
    case .editorKeysChosen(let keys): prompt.editor.keys = keys
    case .mouseChosen(let isOurs): return [.mouse(isOurs)]
    case .escapeTimeChosen(let time): return [.escapeTime(time)]
    case .noticesChosen(let choice): notices = choice
    case .linksChosen(let isWanted): return [.markLinks(isWanted)]
    case .replay(let conversation, let exchange): return openReplay(of: conversation, exchange: exchange)
    case .linkRefused(let link, let why):
      show("\(why): the link is copied instead", .warning)
      return [Self.copy(link: link)]
    case .toast(let text, let kind):
      if kind == .error { forgetAsked() }
      show(text, kind)
    case .promptHistory(let earlier): prompt.editor.history = earlier
    }
    return []
  }

  // MARK: Input

  fileprivate mutating func take(_ input: Input) -> [Effect] {
    switch input {
    case .resize(let size):
      self.size = size
      fitReview()
      return []
    case .key(let key): return take(key)
    case .escaped(let key): return take(escaped: key)
    case .paste(let text): return paste(text)
    case .burst(let text): return take(burst: text)
    case .mouse(let mouse): return take(mouse)
    case .focus(let isHere):
      isElsewhere = !isHere
      return []
    case .background(let color): return [.followBackground(isLight: Contrast.luminance(color) > 0.18)]
    }
  }

  /// The contexts whose keys work now; the first that knows a key decides.
  var activeContexts: [KeyContext] {
    switch overlay {
    case .quitQuestion: return [.question, .everywhere]
    case .help, .review: return [.help, .everywhere]
    case .picker(let picker):
      if case .links = picker.kind { return [.links, .picker, .everywhere] }
      if case .files = picker.kind { return [.files, .picker, .everywhere] }
      return [.picker, .everywhere]
    case nil: break
    }
    switch screen {
    case .history: return historyContexts
    case .log: return logContexts
    case .replay: return isSelecting ? [.selection, .everywhere] : [.replay, .screens, .everywhere]
    case .tree: return [.tree, .screens, .everywhere]
    case .diff: return [.diff, .screens, .everywhere]
    case .compose: break
    }
    if isSelecting { return [.selection, .everywhere] }
    if focus == .pane { return find?.isTyped == true ? [.paneFind, .everywhere] : [.pane, .screens, .everywhere] }
    return (isCompleting ? [.completion] : []) + (prompt.template?.left.isEmpty == false ? [.blanks] : [])
      + (prompt.editor.isEmpty ? [.emptyPrompt] : []) + [.prompt, .screens, .everywhere]
  }

  /// Keys are the prompt's.
  private var isEditing: Bool { overlay == nil && screen == .compose && focus == .prompt }

  /// Text is typed into a line somewhere.
  private var isTyping: Bool {
    if case .picker = overlay { return true }
    let typing: [KeyContext] = [.prompt, .paneFind, .historyFilter, .historyEdit, .logFilter]
    return overlay == nil && activeContexts.contains(where: typing.contains)
  }

  /// ESC and a key in one. While vi's keys insert or select, Escape is what leads out, and over a slow line the command
  /// behind it comes in the same read; a terminal that tells Alt apart (kitty's protocol) never sends it so. Everywhere
  /// else it is the chord with Alt, as terminals have sent it for ever.
  private mutating func take(escaped key: Key) -> [Effect] {
    if isEditing, prompt.editor.leavesByEscape, case .character = key.code, key.modifiers.isEmpty {
      let effects = take(Key(.escape))
      return effects + take(key)
    }
    return take(Key(key.code, key.modifiers.union(.alt)))
  }

  /// Lines that came at once: text where text is typed, else the keys they are made of.
  private mutating func take(burst text: String) -> [Effect] {
    if isTyping { return paste(text) }
    return text.flatMap { character -> [Effect] in
      switch character {
      case "\n": take(Key(.enter))
      case "\t": take(Key(.tab))
      default: take(Key(.character(character)))
      }
    }
  }

  private mutating func take(_ key: Key) -> [Effect] {
    // A search through earlier prompts takes its keys before any other meaning.
    if isEditing, prompt.editor.search != nil, EditorKeys.searching.contains(where: { $0.key == key }),
      let action = prompt.editor.action(for: key)
    {
      return edit(action)
    }
    if isEditing, prompt.editor.takeVi(key) {
      interruptUntil = nil
      return refreshCompletion()
    }
    if let id = keyMap.action(for: key, in: activeContexts) {
      if id != .interrupt { interruptUntil = nil }
      return perform(id)
    }
    interruptUntil = nil
    if let effects = typeLinkNumber(key) { return effects }
    if case .picker = overlay {
      changePicker { picker in _ = picker.type(key) }
    } else if overlay == nil, screen == .history {
      return typeInHistory(key)
    } else if overlay == nil, screen == .log {
      typeLogFilter(key)
    } else if isEditing, let action = prompt.editor.action(for: key) {
      return edit(action)
    } else if isEditing, key == Key(.enter) {
      // Nothing is sent by Enter: it is what it is in every editor.
      return edit(.newline)
    } else if overlay == nil, screen == .compose, focus == .pane, find?.isTyped == true {
      typeFind(key)
    }
    return []
  }

  private mutating func paste(_ text: String) -> [Effect] {
    switch overlay {
    case .picker: changePicker { $0.paste(text) }
    case .help, .review, .quitQuestion: break
    case nil:
      if screen == .history { return pasteInHistory(text) }
      if screen == .log {
        pasteLogFilter(text)
        return []
      }
      guard screen == .compose else { return [] }
      if focus == .pane, find?.isTyped == true {
        find?.line.paste(text)
        return []
      }
      focus = .prompt
      return edit(.paste(text))
    }
    return []
  }

  private mutating func take(_ mouse: Mouse) -> [Effect] {
    if let effects = takeSelecting(mouse) ?? takePromptDrag(mouse) { return effects }
    let step = mouse.action == .wheelDown ? 3 : mouse.action == .wheelUp ? -3 : 0
    switch overlay {
    case .help where step != 0: scrollHelp(by: step)
    case .review where step != 0: scrollReview(by: step)
    case .picker where step != 0: changePicker { $0.move(by: step.signum()) }
    case .help, .picker, .review, .quitQuestion: break
    case nil:
      if mouse.action == .press, mouse.button == .left, StatusBar.godot(self, size).contains(mouse.point) {
        return perform(.log)
      }
      if screen == .history { return takeInHistory(mouse, step) }
      if screen == .log { return takeInLog(mouse, step) }
      if screen == .replay, takeInTimeline(mouse) { return [] }
      if screen == .tree { return takeInTree(mouse, step) }
      if screen == .diff {
        scrollDiff(by: step)
        return []
      }
      takeInCompose(mouse, step)
    }
    return []
  }

  /// The panes' and the prompt's; the panes' alone in a replay.
  private mutating func takeInCompose(_ mouse: Mouse, _ step: Int) {
    guard !ComposeLayout.isTooSmall(size) else { return }
    let layout = ComposeLayout(self, size)
    let pane = layout.panes.first { $0.rect.contains(mouse.point) }?.index
    if step != 0, let pane {
      if mouse.modifiers.contains(.shift), !panes[pane].wrapsCode {
        moveCode(of: pane, by: step)
      } else {
        panes[pane].scroll(by: step)
      }
    }
    let sideways = mouse.action == .wheelRight ? 3 : mouse.action == .wheelLeft ? -3 : 0
    if sideways != 0, let pane, !panes[pane].wrapsCode { moveCode(of: pane, by: sideways) }
    if step != 0, screen == .compose, layout.prompt.contains(mouse.point) {
      prompt.editor.scroll(by: step, in: layout.prompt.inset(2, 1))
    }
    guard mouse.action == .press, mouse.button == .left else { return }
    if let pane {
      activePane = pane
      focus = .pane
      if let rect = layout.panes.first(where: { $0.index == pane })?.rect { press(pane, rect, at: mouse.point) }
    } else if screen == .compose, layout.prompt.contains(mouse.point) {
      pressPrompt(layout.prompt, at: mouse.point)
    } else if layout.tabs.contains(mouse.point),
      let tab = TabStrip(self, theme, layout.tabs).pane(at: mouse.point.x)
    {
      activePane = tab
      focus = .pane
    }
  }
}
