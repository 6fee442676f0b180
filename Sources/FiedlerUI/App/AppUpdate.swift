import Canvas
import Conversations
import FoundationEssentials

/// Moves the program on by one message, and says what the shell shall do then. The only place where state changes.
public func update(_ state: inout AppState, _ message: Message) -> [Effect] {
  if case .tick(let now) = message {
    return state.tick(now)
  }
  let written = state.compose.writing
  let effects = state.take(message) + state.onCompose { $0.sendQueued(&$1) }
  state.settle()
  if state.compose.writing != written { state.compose.touchDraft(state.world) }
  return effects
}

extension AppState {
  fileprivate mutating func tick(_ time: Duration) -> [Effect] {
    world.now = max(now, time)
    let notices = world.toasts.count
    world.toasts.removeAll { [now] in $0.until <= now }
    if let until = interruptUntil, until <= now { interruptUntil = nil }
    let isDragging = compose.stage.dragScroll != nil
    let effects = advanceScreen() + compose.keepDraft(world)
    // The rows of notices that have gone are the panes' again; what lies over them may have moved on.
    if world.toasts.count != notices || isDragging || !screens.isEmpty { settle() }
    return effects
  }

  /// What concerns the whole is taken here; every screen hears of it afterwards.
  fileprivate mutating func take(_ message: Message) -> [Effect] {
    if case .input(let input) = message { return take(input) }
    let effects = takeAnswer(message)
    return effects + tellScreens(message)
  }

  private mutating func takeAnswer(_ message: Message) -> [Effect] {
    switch message {
    case .tick, .input: break
    // Prompt and panes hear of these.
    case .sendStarted, .sendFailed, .retryStarted, .beganElsewhere, .retriedElsewhere, .verdictsChanged, .modelsFailed,
      .draftFound, .arrangementLoaded, .attachmentsRead, .mentionsChecked, .completions, .edited(.success),
      .editorKeysChosen, .promptHistory:
      break
    case .deskLoaded(let desk): world.desk = desk
    case .conversationLoaded, .historyLoaded, .historyFailed, .previewLoaded, .recordsLoaded, .recordsFailed,
      .parkedLoaded, .parkedFailed, .compared, .batchesLoaded, .matrixLoaded, .batchesFailed, .statisticsLoaded,
      .statisticsFailed:
      break  // A screen has asked.
    case .events(let events):
      world.take(events)
      compose.stage.note(events, world)
      return doneNotices(events)
    case .runningElsewhere(let running): world.elsewhere = running
    case .showRunning(let conversation):
      open(RunningScreen(opening: conversation))
      return conversation.map { [.openConversation($0)] } ?? []
    case .crashed(let conversation): world.suspect = conversation
    case .loadFailed(let why):
      world.deskOpening = nil
      world.show(why, .error)
    case .conversationChanged(let summary):
      return world.changed(summary, showsPins: top is HistoryScreen && !isPlain)
    case .conversationDeleted(let id):
      world.deleted(id)
      world.desk.remove(id)
    case .modelsLoaded(let choices, let defaults, let sets):
      world.models = choices
      world.modelSets = sets
      // Whoever has chosen none has the new defaults.
      let hasOnlyDefaults = chosenModels == world.defaultModels && !defaults.isEmpty
      if chosenModels.isEmpty || hasOnlyDefaults { world.chosenModels = defaults }
      world.defaultModels = defaults
      return onCompose { $0.modelsBecameKnown(problem: nil, &$1) }
    case .warnings(let warnings): for warning in warnings { world.show(warning, .warning) }
    case .attachmentFailed(let why): world.show(why, .error)
    case .readForReview(let file, let text): world.openReview(name: file.name, text: text)
    case .edited(.failure(let failure)): world.show(failure.message, .error)
    case .health(let newer):
      world.health = newer
      world.healthAt = now
    case .themeLoaded(let loaded): world.theme = loaded
    case .themesLoaded(let choices): openThemePicker(choices)
    case .templatesLoaded(let files, let use):
      let hasLayer = layer != nil
      return onCompose { $0.take(files, for: use, hasLayer: hasLayer, &$1) }
    case .providersFound(let choices): openSetup(choices)
    case .providerListed(let listing): openSetupModels(listing)
    case .providerRefused(let provider, let why, let wantsKey): setupRefused(provider, why, wantsKey: wantsKey)
    case .keyKept(let provider, let words): keyKept(of: provider, words)
    case .keyNotKept(let provider, let why, let wantsKey): keyNotKept(of: provider, why, wantsKey: wantsKey)
    case .modelsSetUp(let models, let words): setUp(models, words)
    case .setSaved(_, let words): setSaved(words)
    case .setRefused(_, let why): setRefused(why)
    case .keysLoaded(let loaded):
      world.keyMap = loaded
      world.keyMap.spellsKeys = isPlain
    case .animationChosen(let isWanted): world.isAnimated = isWanted
    case .readingChosen(let fromTop): world.readsFromTop = fromTop
    case .mouseChosen(let isOurs): return [.mouse(isOurs)]
    case .escapeTimeChosen(let time): return [.escapeTime(time)]
    case .noticesChosen(let choice): notices = choice
    case .linksChosen(let isWanted): return [.markLinks(isWanted)]
    case .replay(let conversation, let exchange): return openReplay(of: conversation, exchange: exchange)
    case .linkRefused(let link, let why):
      world.show("\(why): the link is copied instead", .warning)
      return [PaneTarget.link(link).taking]
    case .toast(let text, let kind):
      // What was asked for may have failed: it can be asked for again.
      if kind == .error { world.deletions.asked = [] }
      world.show(text, kind)
    }
    return []
  }
}
