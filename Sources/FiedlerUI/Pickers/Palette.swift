import Canvas
import Conversations

/// The palette: every action of the table but itself. What was done last from it comes first, then what can be done
/// where it was opened; the rest is dimmed, under the heading of the place where it can be done.
extension AppState {
  mutating func openPalette() -> [Effect] {
    let here = paletteContexts
    let entries = Actions.all.filter { $0.id != .palette }.enumerated().map { order, action in
      PaletteEntry(action, order: order, place: placeInPalette(action, here))
    }
    let items = entries.sorted { $0.rank < $1.rank }
    layer = PickerLayer(
      kind: .palette(items.map(\.action.id)), title: "actions",
      items: items.map { entry in
        let (action, isElsewhere) = (entry.action, entry.place.isElsewhere)
        let keys = world.keyMap.keys(of: action.id, in: here) + world.keyMap.keys(of: action.id)
        return PickerLayer.Item(
          title: action.title, note: isElsewhere ? ActionSections.title(of: action) : "",
          details: [action.command.map { "/" + $0 } ?? "", keys.first.map(world.keyMap.text) ?? ""],
          words: "\(action.hint ?? "") \(action.id.rawValue.replacing("_", with: " "))", isElsewhere: isElsewhere,
          group: entry.place.heading)
      })
    return []
  }

  private func placeInPalette(_ action: Action, _ here: [KeyContext]) -> PaletteEntry.Place {
    let contexts = action.bindings.flatMap(\.contexts)
    guard contexts.contains(where: here.contains) else {
      if action.worksAnywhere { return .general }
      let isCompleting = Set([.completion, .blanks]).isSuperset(of: contexts)
      return .elsewhere(isCompleting ? "Completing" : ActionSections.title(of: action))
    }
    if let used = world.lastDone.firstIndex(of: action.id) { return .lastDone(used) }
    // Nobody looks here first for how to move about, or for what Enter and Tab are known to do.
    let isKnown = action.id == .send || action.id == .focusNext
    if isKnown || (action.hint == nil && action.command == nil && !action.worksAnywhere) { return .motion }
    let local = here.filter { $0 != .screens && $0 != .everywhere && contexts.contains($0) }
    guard let section = KeyContext.sections.first(where: { $0.contexts.contains(where: local.contains) }) else {
      return .general
    }
    return .local(here.firstIndex(where: section.contexts.contains) ?? 0, section.title)
  }

  /// Where the palette was opened, or would be. The prompt and the panes are one screen: one leads to the other.
  private var paletteContexts: [KeyContext] {
    let active = activeContexts
    guard screens.isEmpty else { return active }
    return active + [.prompt, .emptyPrompt, .pane].filter { !active.contains($0) }
  }

  /// Does what was chosen, or goes to where it is done and says how.
  mutating func performFromPalette(_ id: ActionID) -> [Effect] {
    guard let action = Actions.action(id) else { return [] }
    world.lastDone = Array(([id] + world.lastDone.filter { $0 != id }).prefix(3))
    let contexts = action.bindings.flatMap(\.contexts)
    if contexts.contains(where: activeContexts.contains) { return perform(id) }
    let isPrompts = contexts.contains { $0 == .prompt || $0 == .emptyPrompt }
    let isComposes = isPrompts || contexts.contains(.pane)
    if screens.isEmpty, isComposes, !action.worksAnywhere {
      if !isPrompts, compose.stage.panes.isEmpty {
        world.show("There is no answer yet: \(action.title)")
        return []
      }
      compose.focus = isPrompts ? .prompt : .pane
      return perform(id)
    }
    if action.worksAnywhere {
      let before = isComposes ? leaveScreens() : []
      return before + perform(id)
    }
    let shown = world.toasts
    let effects = goToPlace(of: action, isPrompts: isPrompts, isComposes: isComposes)
    let isThere = contexts.contains(where: activeContexts.contains)
    // Why that place cannot be gone to is said already.
    if !isThere, world.toasts != shown { return effects }
    guard let key = world.keyMap.name(of: id, in: isThere ? activeContexts : nil) else {
      world.show("“\(action.title)” has no key; config.yaml can give it one")
      return effects
    }
    world.show("\(action.title): press \(key) " + (isThere ? "here" : "in “\(ActionSections.title(of: action))”"))
    return effects
  }

  /// To the one screen an action belongs to; nowhere for what belongs to lists and questions.
  private mutating func goToPlace(of action: Action, isPrompts: Bool, isComposes: Bool) -> [Effect] {
    if isComposes {
      let effects = leaveScreens()
      compose.focus = isPrompts || compose.stage.panes.isEmpty ? .prompt : .pane
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

/// A line of the palette, before the lines are ordered.
private struct PaletteEntry {
  /// Under which heading it stands, the first heading first.
  enum Place {
    /// Done from the palette lately, 0 last.
    case lastDone(Int)
    /// What the screen is about: how early its section is among the active contexts, and the section's heading.
    case local(Int, String)
    /// What works on every screen, or finds its screen by itself.
    case general
    case motion
    case elsewhere(String)

    var heading: String {
      switch self {
      case .lastDone: "Last used"
      case .local(_, let title): title
      case .general: "Everywhere"
      case .motion: "Moving about"
      case .elsewhere(let title): title
      }
    }

    var isElsewhere: Bool { if case .elsewhere = self { true } else { false } }

    fileprivate var rank: (Int, Int) {
      switch self {
      case .lastDone(let number): (0, number)
      case .local(let number, _): (1, number)
      case .general: (2, 0)
      case .motion: (3, 0)
      case .elsewhere(let title): (4, KeyContext.sections.firstIndex { $0.title == title } ?? 0)
      }
    }
  }

  let action: Action
  let order: Int
  let place: Place

  init(_ action: Action, order: Int, place: Place) {
    self.action = action
    self.order = order
    self.place = place
  }

  var rank: (Int, Int, Int) { (place.rank.0, place.rank.1, order) }
}

extension ActionSections {
  /// The heading an action stands under, the first one if it stands under several; what belongs to more than two
  /// screens, and what is asked, stands with the lists.
  static func title(of action: Action) -> String {
    let place = place(of: action)
    return KeyContext.sections.first { place.map($0.contexts.contains) ?? false }?.title ?? "Choosing"
  }

  /// The context that an action belongs to; `nil` for lists, help and questions.
  static func place(of action: Action) -> KeyContext? {
    let contexts = action.bindings.flatMap(\.contexts)
    let places = KeyContext.sections.dropLast().filter { $0.contexts.contains(where: contexts.contains) }
    guard !contexts.contains(.picker), let first = places.first else { return nil }
    if places.count > 2, first.title != "Prompt", first.title != "Panes" { return nil }
    return contexts.first(where: first.contexts.contains)
  }
}
