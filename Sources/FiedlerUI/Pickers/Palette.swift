import Canvas
import Conversations

/// The palette: every action of the table. What can be done where it was opened comes first; the rest is dimmed, with
/// the place where it can be done.
extension AppState {
  mutating func openPalette() -> [Effect] {
    let here = paletteContexts
    let ranked = Actions.all.enumerated().map { order, action in
      let rank = Self.rank(action, here)
      // Where prompts are written, what begins something else is as near as what belongs to the prompt.
      return (order: order, action: action, rank: isComposing && rank == .general ? .local : rank)
    }
    let actions = ranked.sorted { ($0.rank, $0.order) < ($1.rank, $1.order) }
    let items = actions.map { _, action, rank in
      let isElsewhere = rank == .elsewhere
      let keys = keyMap.keys(of: action.id, in: here) + keyMap.keys(of: action.id)
      let place = isElsewhere ? ActionSections.title(of: action) : ""
      let notes = [place, action.command.map { "/" + $0 } ?? ""].filter { !$0.isEmpty }
      let words = "\(action.hint ?? "") \(action.id.rawValue.replacing("_", with: " "))"
      return PickerLayer.Item(
        title: action.title, note: notes.joined(separator: " · "), details: [keys.first.map(keyMap.text) ?? ""],
        words: words, isElsewhere: isElsewhere)
    }
    layer = PickerLayer(kind: .palette(actions.map(\.action.id)), title: "actions", items: items)
    return []
  }

  /// The order of the palette while nothing is typed.
  private enum Rank: Int, Comparable {
    /// What the screen is about, what works on every screen, and what finds its screen by itself.
    case local, general, anywhere
    /// Moving about, for which nobody looks here first.
    case motion
    case elsewhere

    static func < (one: Rank, other: Rank) -> Bool { one.rawValue < other.rawValue }
  }

  private static func rank(_ action: Action, _ here: [KeyContext]) -> Rank {
    let contexts = action.bindings.flatMap(\.contexts)
    guard contexts.contains(where: here.contains) else { return action.worksAnywhere ? .anywhere : .elsewhere }
    if action.hint == nil, action.command == nil, !action.worksAnywhere { return .motion }
    return contexts.contains { $0 != .screens && $0 != .everywhere && here.contains($0) } ? .local : .general
  }

  /// Where the palette was opened, or would be. The prompt and the panes are one screen: one leads to the other.
  private var paletteContexts: [KeyContext] {
    let active = activeContexts
    guard isComposing else { return active }
    return active + [.prompt, .emptyPrompt, .pane].filter { !active.contains($0) }
  }

  /// Does what was chosen, or goes to where it is done and says how.
  mutating func performFromPalette(_ id: ActionID) -> [Effect] {
    guard let action = Actions.action(id) else { return [] }
    let contexts = action.bindings.flatMap(\.contexts)
    if contexts.contains(where: activeContexts.contains) { return perform(id) }
    let isPrompts = contexts.contains { $0 == .prompt || $0 == .emptyPrompt }
    let isComposes = isPrompts || contexts.contains(.pane)
    if isComposing, isComposes, !action.worksAnywhere {
      if !isPrompts, panes.isEmpty {
        show("There is no answer yet: \(action.title)")
        return []
      }
      focus = isPrompts ? .prompt : .pane
      return perform(id)
    }
    if action.worksAnywhere {
      let before = isComposes ? leaveScreens() : []
      return before + perform(id)
    }
    let shown = toasts
    let effects = goToPlace(of: action, isPrompts: isPrompts, isComposes: isComposes)
    let isThere = contexts.contains(where: activeContexts.contains)
    // Why that place cannot be gone to is said already.
    if !isThere, toasts != shown { return effects }
    guard let key = keyMap.name(of: id, in: isThere ? activeContexts : nil) else {
      show("“\(action.title)” has no key; config.yaml can give it one")
      return effects
    }
    show("\(action.title): press \(key) " + (isThere ? "here" : "in “\(ActionSections.title(of: action))”"))
    return effects
  }

  /// To the one screen an action belongs to; nowhere for what belongs to lists and questions.
  private mutating func goToPlace(of action: Action, isPrompts: Bool, isComposes: Bool) -> [Effect] {
    if isComposes {
      let effects = leaveScreens()
      focus = isPrompts || panes.isEmpty ? .prompt : .pane
      return effects
    }
    switch ActionSections.place(of: action) {
    case .history: return perform(.history)
    case .log where !(top is LogScreen): return perform(.log)
    case .outbox: return (top is LogScreen ? [] : perform(.log)) + perform(.logOutbox)
    case .records: return (top is LogScreen ? [] : perform(.log)) + perform(.logRecords)
    case .replay: return perform(.replay)
    case .tree: return leaveScreens() + perform(.tree)
    case .diff: return leaveScreens() + perform(.compare)
    default: return []
    }
  }
}

extension ActionSections {
  /// The heading an action stands under, the first one if it stands under several; what belongs to more than two
  /// screens, and what is asked, stands with the lists.
  static func title(of action: Action) -> String {
    let place = place(of: action)
    return sections.first { place.map($0.contexts.contains) ?? false }?.title ?? "Choosing"
  }

  /// The context that an action belongs to; `nil` for lists, help and questions.
  static func place(of action: Action) -> KeyContext? {
    let contexts = action.bindings.flatMap(\.contexts)
    let places = sections.dropLast().filter { $0.contexts.contains(where: contexts.contains) }
    guard !contexts.contains(.picker), let first = places.first else { return nil }
    if places.count > 2, first.title != "Prompt", first.title != "Panes" { return nil }
    return contexts.first(where: first.contexts.contains)
  }
}
