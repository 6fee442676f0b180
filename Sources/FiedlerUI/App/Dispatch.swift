import Canvas
import Conversations

extension AppState {
  /// Does what an action of the table means now.
  mutating func perform(_ id: ActionID) -> [Effect] {
    let outer = acting
    acting = id
    defer { acting = outer }
    leaveReplay(for: id)
    dropSelection(for: id)
    switch id {
    case .replay, .replayPlay, .replayBack, .replayForward, .replayPreviousEvent, .replayNextEvent,
      .replayPreviousExchange, .replayNextExchange, .replaySlower, .replayFaster, .replayStart, .replayEnd:
      return performReplay(id)
    case .send: return send()
    case .newline: return edit(.newline)
    case .attach, .system: return begin(command: Actions.action(id)?.command ?? "")
    case .detach:
      prompt.attachments = []
      show("No file is attached")
    case .template: return [.loadTemplates(.choose(filter: ""))]
    case .nextBlank: return goToNextBlank()
    case .models: return openModelPicker()
    case .palette: return openPalette()
    case .themes: return [.loadThemes]
    case .newConversation: return beginNew()
    case .history: return openHistory()
    case .log: return screen == .log ? closeLog() : openLog()
    case .conversationLog: return openConversationLog()
    case .logOutbox: return showLog(.outbox)
    case .logRecords: return showLog(.records)
    case .switchLog: return showLog(log.part == .outbox ? .records : .outbox)
    case .resendParked: return resend([log.outbox.selectedItem].compactMap(\.self))
    case .resendAllParked: return resend(log.outbox.items)
    case .exportParked: return export([log.outbox.selectedItem].compactMap(\.self))
    case .exportAllParked: return export(log.outbox.items)
    case .logLevel: return cycleLevel()
    case .logTrace: return filterByTrace()
    case .followLog: return toggleFollow()
    case .clearLogFilter: return apply(filter: "")
    case .copyRecord: return copyRecord()
    case .reloadLog: return reloadLog()
    case .retryGodot: return retryGodot()
    case .editor: return [.openEditor(prompt.editor.text)]
    case .expandPaste: return openChip()
    case .files: openFiles()
    case .dropFile: dropFile()
    case .help: toggleHelp()
    case .focusNext: screen == .replay ? moveReplayFocus(by: 1) : moveFocus(by: 1)
    case .focusPrevious: screen == .replay ? moveReplayFocus(by: -1) : moveFocus(by: -1)
    case .focusPrompt: focus = .prompt
    case .redraw: return [.redraw]
    case .suspend: return [.suspend]
    case .interrupt: return interrupt()
    case .quit: return quit()
    case .close: return close()
    case .scrollDown, .scrollUp, .pageDown, .pageUp, .top, .bottom: return scroll(id)
    case .zoom: if !panes.isEmpty { isZoomed.toggle() }
    case .find: beginFind()
    case .findNext: stepFind(by: 1)
    case .findPrevious: stepFind(by: -1)
    case .layout: return cycleLayout()
    case .movePaneLeft: return movePane(by: -1)
    case .movePaneRight: return movePane(by: 1)
    case .cancel: return cancelActive()
    case .cancelAll: return runningReplies > 0 ? [.cancelAll] : []
    case .retry: return retryActive()
    case .copy: return selection == nil ? copyActive() : copySelection()
    case .select: toggleSelecting()
    case .links: openLinks()
    case .openLink: return openLink()
    case .wrapCode: toggleCodeWrapping()
    case .codeLeft: moveCode(by: -8)
    case .codeRight: moveCode(by: 8)
    case .nextCode: stepCode(by: 1)
    case .previousCode: stepCode(by: -1)
    case .copyCode: return copyCode()
    case .fold: if screen == .history { history.view?.toggleReasoning() } else { toggleReasoning() }
    case .rawText: return toggleRawText()
    case .branch, .editPrompt, .nextBranch, .previousBranch: walkBranches(id)
    case .nextAttempt: stepAttempt(by: 1)
    case .previousAttempt: stepAttempt(by: -1)
    case .nextTurn: stepTurn(by: 1)
    case .previousTurn: stepTurn(by: -1)
    case .tree: toggleTree()
    case .treeParent: moveToParent()
    case .treeChild: moveToChild()
    case .compare: return openDiff()
    case .compareNext, .comparePrevious, .compareLayout, .compareAgain, .nextChange, .previousChange, .copyDiff:
      return performInDiff(id)
    case .moveDown, .moveUp, .movePageDown, .movePageUp, .moveFirst, .moveLast: return move(id)
    case .open:
      if screen == .log {
        openDetail()
      } else if screen == .tree {
        goToSelected()
      } else {
        return openSelected(continues: false)
      }
    case .continueConversation: return openSelected(continues: true)
    case .search: beginSearch()
    case .filter: log.records.typed = LineEditor(log.records.filter)
    case .nextHit: moveHit(by: 1)
    case .previousHit: moveHit(by: -1)
    case .switchHistory: switchHistory()
    case .changeOrder: return changeOrder()
    case .pin: return togglePin()
    case .editTags: beginEdit(.tags)
    case .editTitle: beginEdit(.title)
    case .deleteConversation: return deleteSelected()
    case .undoDelete: return undoDelete()
    case .export: return openExportPicker()
    case .toggle: togglePicked()
    case .accept:
      if case .picker = overlay { return acceptPicker() }
      if screen == .log { return acceptLogFilter() }
      if screen == .compose {
        acceptFind()
        return []
      }
      return acceptInHistory()
    case .acceptOnly: return acceptOnly()
    case .complete: return takeCompletion()
    case .descend: return descend()
    case .answerYes:
      overlay = nil
      return [.cancelAll, .quit]
    case .answerNo: overlay = nil
    }
    return []
  }

  private mutating func beginNew() -> [Effect] {
    leaveConversation()
    opening = nil
    screen = .compose
    focus = .prompt
    return [.title("Fiedler")]
  }

  // MARK: Scrolling

  private mutating func scroll(_ id: ActionID) -> [Effect] {
    if panes.isEmpty {
      if id == .pageDown { return edit(.pageDown) }
      if id == .pageUp { return edit(.pageUp) }
      return []
    }
    if isSelecting {
      extendSelection(id)
      return []
    }
    scrollActive { pane in
      switch id {
      case .scrollDown: pane.scroll(by: 1)
      case .scrollUp: pane.scroll(by: -1)
      case .pageDown: pane.scroll(by: max(1, pane.bodyHeight - 1))
      case .pageUp: pane.scroll(by: -max(1, pane.bodyHeight - 1))
      case .top: pane.scroll(to: 0)
      default: pane.scroll(to: .max)
      }
    }
    return []
  }

  private mutating func toggleReasoning() {
    scrollActive { pane in
      let isOpen = pane.document.showsReasoning
      pane.isUnfolded = !isOpen
    }
  }

  private mutating func move(_ id: ActionID) -> [Effect] {
    let isList = overlay == nil && screen != .compose && screen != .replay
    let page = isList ? listPage : reviewPage ?? 8
    let step =
      switch id {
      case .moveDown: 1
      case .moveUp: -1
      case .movePageDown: page
      case .movePageUp: -page
      case .moveFirst: -1_000_000
      default: 1_000_000
      }
    if case .picker = overlay {
      changePicker { $0.move(by: step) }
    } else if case .help = overlay {
      scrollHelp(by: step)
    } else if case .review = overlay {
      scrollReview(by: step)
    } else if isList {
      switch screen {
      case .history: return moveInHistory(by: step)
      case .log: moveLog(by: step)
      case .tree: moveTree(by: step)
      case .diff: scrollDiff(by: step)
      case .compose, .replay: break
      }
    } else {
      moveCompletion(by: step)
    }
    return []
  }

  private var reviewPage: Int? {
    if case .review = overlay { max(1, ReviewState.box(size).height - 3) } else { nil }
  }

  private var listPage: Int {
    switch screen {
    case .log: logPage
    case .tree: treePage
    case .diff: diffPage
    case .history, .compose, .replay: historyPage
    }
  }

  private mutating func toggleHelp() {
    if case .help = overlay { overlay = nil } else { overlay = .help(HelpState()) }
  }

  mutating func scrollHelp(by step: Int) {
    guard case .help(let help) = overlay else { return }
    overlay = .help(HelpState(top: min(max(0, help.top + step), HelpView.lastTop(keyMap, prompt.editor.keys, size))))
  }

  // MARK: Leaving

  /// Escape: closes the innermost thing that is open, and with nothing open goes back to the prompt. It never stops an
  /// answer: who presses it once more than was needed would lose what was paid for.
  private mutating func close() -> [Effect] {
    if overlay != nil {
      takeBackTheme()
      overlay = nil
    } else if selection != nil, screen == .compose || screen == .replay {
      if isSelecting { endSelecting() } else { selection = nil }
    } else if screen == .log {
      return closeInLog()
    } else if screen == .replay {
      if isZoomed { isZoomed = false } else { return closeReplay() }
    } else if screen == .tree || screen == .diff {
      screen = .compose
      tree = nil
      diff.close()
    } else if screen == .history {
      return closeInHistory()
    } else if focus == .prompt, prompt.completion != nil {
      prompt.dismissed = prompt.editor.completionContext
      prompt.completion = nil
    } else if focus == .prompt, prompt.editor.selection != nil {
      return edit(.dropSelection)
    } else if focus == .prompt, !queued.isEmpty {
      return takeBackQueued()
    } else if focus == .pane, find != nil {
      endFind()
    } else if isZoomed {
      isZoomed = false
    } else if focus == .pane {
      if branches.plan == nil { focus = .prompt } else { takeBackPlan() }
    } else if branches.plan != nil {
      takeBackPlan()
    } else if isLive {
      let keys = [
        keyMap.name(of: .focusNext, in: [.prompt]), keyMap.name(of: .cancel, in: [.pane]),
      ].compactMap(\.self)
      if keys.count == 2 { show("\(keys[0]) to a pane, then \(keys[1]) stops its answer") }
    }
    return []
  }

  /// Ctrl+C: clears the prompt; with nothing to clear, twice within two seconds quits.
  private mutating func interrupt() -> [Effect] {
    if interruptUntil != nil || isAsking { return quit() }
    if overlay == nil, screen == .compose, focus == .prompt, !prompt.editor.isEmpty {
      show("Prompt cleared" + (keyMap.name(of: EditorAction.undo).map { "; \($0) brings it back" } ?? ""))
      return edit(.clear)
    }
    interruptUntil = now + .seconds(2)
    show("\(keyMap.name(of: .interrupt) ?? "This") again quits")
    return []
  }

  private var isAsking: Bool {
    if case .quitQuestion = overlay { true } else { false }
  }

  private mutating func quit() -> [Effect] {
    interruptUntil = nil
    // Asked twice is an answer.
    guard runningReplies > 0, !isAsking else { return isAsking ? [.cancelAll, .quit] : [.quit] }
    overlay = .quitQuestion
    return []
  }
}
