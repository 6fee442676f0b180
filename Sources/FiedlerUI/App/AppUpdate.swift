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
    world.now = max(now, time)
    let notices = toasts.count
    world.toasts.removeAll { [now] in $0.until <= now }
    if let until = interruptUntil, until <= now { interruptUntil = nil }
    advanceDrag()
    let effects = advanceScreen() + keepDraft()
    // The rows of notices that have gone are the panes' again; what lies over them may have moved on.
    if toasts.count != notices || !screens.isEmpty { settle() }
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
    case .conversationLoaded(let conversation): return showFromDesk(conversation)
    case .deskLoaded(let desk): world.desk = desk
    case .historyLoaded, .historyFailed, .previewLoaded, .recordsLoaded, .recordsFailed,
      .parkedLoaded, .parkedFailed, .compared, .batchesLoaded, .matrixLoaded, .batchesFailed, .statisticsLoaded,
      .statisticsFailed:
      break  // A screen has asked.
    case .events(let events):
      world.take(events)
      compose.stage.note(events, world)
      return doneNotices(events)
    case .sendStarted(let exchange, let conversation):
      let isNew = world.conversation == nil
      begin(exchange, in: conversation)
      if isNew, let conversation = world.conversation { return [.title(conversation.title)] }
    case .sendFailed(let why):
      restore(because: why)
      // What was to follow it makes no sense without it.
      unqueue()
    case .retryStarted(let prompt, let reply):
      world.sendStarts[reply.id] = now
      beginRetry(of: prompt, reply)
    case .runningElsewhere(let running): world.elsewhere = running
    case .beganElsewhere(let exchange, let conversation): began(elsewhere: exchange, in: conversation)
    case .retriedElsewhere(let prompt, let reply): beginRetry(of: prompt, reply)
    case .verdictsChanged(let prompt, let verdicts): judged(prompt, verdicts)
    case .showRunning(let conversation):
      open(RunningScreen(opening: conversation))
      return conversation.map { [.openConversation($0)] } ?? []
    case .crashed(let conversation): world.suspect = conversation
    case .loadFailed(let why):
      world.deskOpening = nil
      show(why, .error)
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
      compose.prompt.editor.apply(.setText(text.hasSuffix("\n") ? String(text.dropLast()) : text))
      focus = .prompt
      return refreshCompletion()
    case .edited(.failure(let failure)): show(failure.message, .error)
    case .health(let newer):
      world.health = newer
      world.healthAt = now
    case .themeLoaded(let loaded): world.theme = loaded
    case .themesLoaded(let choices): openThemePicker(choices)
    case .templatesLoaded(let files, let use): return take(files, for: use)
    case .providersFound(let choices): openSetup(choices)
    case .providerListed(let listing): openSetupModels(listing)
    case .providerRefused(let provider, let why, let wantsKey): setupRefused(provider, why, wantsKey: wantsKey)
    case .modelsSetUp(let models, let words): setUp(models, words)
    case .setSaved(_, let words): setSaved(words)
    case .setRefused(_, let why): setRefused(why)
    case .keysLoaded(let loaded):
      world.keyMap = loaded
      world.keyMap.spellsKeys = isPlain
    case .animationChosen(let isWanted): world.isAnimated = isWanted
    case .readingChosen(let fromTop): world.readsFromTop = fromTop
    case .editorKeysChosen(let keys): compose.prompt.editor.keys = keys
    case .mouseChosen(let isOurs): return [.mouse(isOurs)]
    case .escapeTimeChosen(let time): return [.escapeTime(time)]
    case .noticesChosen(let choice): notices = choice
    case .linksChosen(let isWanted): return [.markLinks(isWanted)]
    case .replay(let conversation, let exchange): return openReplay(of: conversation, exchange: exchange)
    case .linkRefused(let link, let why):
      show("\(why): the link is copied instead", .warning)
      return [Self.copy(link: link)]
    case .toast(let text, let kind):
      // What was asked for may have failed: it can be asked for again.
      if kind == .error { world.deletions.asked = [] }
      show(text, kind)
    case .promptHistory(let earlier): compose.prompt.editor.history = earlier
    }
    return []
  }
}
