import Canvas
import Synchronization

/// Which key means what where: the table of actions with the user's changes.
public struct KeyMap: Sendable {
  /// Keys are written in words, `Ctrl+P` for `^P`.
  var spellsKeys = false
  /// Two actions that one key would mean at the same time.
  public struct Conflict: Hashable, Sendable, CustomStringConvertible {
    public var key: Key
    public var first: ActionID
    public var second: ActionID

    public var description: String {
      "\(KeyName.text(key)) means both “\(title(first))” (\(first.rawValue)) and “\(title(second))” (\(second.rawValue))"
    }

    private func title(_ id: ActionID) -> String { Actions.action(id)?.title ?? id.rawValue }
  }

  /// Those that are not the table's own.
  private var changed: [ActionID: [Binding]] = [:]
  private let meanings = Meanings()

  /// What a key means, and where.
  private typealias Meaning = (contexts: [KeyContext], action: ActionID)

  /// What each key means, worked out when it is first asked for. In the table's order: of two meanings of a key in one
  /// place the first counts.
  private final class Meanings: Sendable {
    private let known = Mutex<[Key: [Meaning]]?>(nil)

    func known(_ make: () -> [Key: [Meaning]]) -> [Key: [Meaning]] {
      known.withLock { known in
        let meanings = known ?? make()
        known = meanings
        return meanings
      }
    }
  }

  /// `changes` replaces the keys of an action's first binding (an empty list takes all of them off).
  public init(changes: [ActionID: [Key]] = [:]) { self.init(changes.map { KeyChange($0.key, keys: $0.value) }) }

  /// Changes without a context come before those for one; of two for the same place the later counts.
  public init(_ changes: [KeyChange]) {
    guard !changes.isEmpty else { return }
    for change in changes.filter({ $0.context == nil }) + changes.filter({ $0.context != nil }) {
      changed[change.action] = change.applied(to: bindings(of: change.action))
    }
    let taken = Set(changes.flatMap(\.keys))
    for action in Actions.all where action.yields && !changes.contains(where: { $0.action == action.id }) {
      changed[action.id] = action.bindings.map { Binding($0.keys.filter { !taken.contains($0) }, in: $0.contexts) }
    }
  }

  private func bindings(of id: ActionID) -> [Binding] { changed[id] ?? Actions.action(id)?.bindings ?? [] }

  private func bindings(of action: Action) -> [Binding] { changed[action.id] ?? action.bindings }

  private var known: [Key: [Meaning]] {
    meanings.known {
      // The first frame waits for it: each key is hashed once, and there is room for all.
      var meanings = [Key: [Meaning]](minimumCapacity: Actions.all.count)
      for action in Actions.all {
        for binding in bindings(of: action) {
          for key in binding.keys { meanings[key, default: []].append((binding.contexts, action.id)) }
        }
      }
      return meanings
    }
  }

  /// What a key means while these contexts are active, the first that knows it deciding.
  func action(for key: Key, in contexts: [KeyContext]) -> ActionID? {
    guard let meanings = known[key] else { return nil }
    for context in contexts {
      if let meaning = meanings.first(where: { $0.contexts.contains(context) }) { return meaning.action }
    }
    return nil
  }

  /// The keys of an action, those that work in `contexts` alone if given.
  public func keys(of id: ActionID, in contexts: [KeyContext]? = nil) -> [Key] { keys(bindings(of: id), contexts) }

  func keys(of action: Action, in contexts: [KeyContext]) -> [Key] { keys(bindings(of: action), contexts) }

  /// Whether an action has a key in any of these contexts.
  func hasKey(for action: Action, in contexts: [KeyContext]) -> Bool {
    bindings(of: action).contains { !$0.keys.isEmpty && $0.contexts.contains(where: contexts.contains) }
  }

  private func keys(_ bindings: [Binding], _ contexts: [KeyContext]?) -> [Key] {
    var keys: [Key] = []
    for binding in bindings where contexts.map({ $0.contains(where: binding.contexts.contains) }) ?? true {
      for key in binding.keys where !keys.contains(key) { keys.append(key) }
    }
    return keys
  }

  /// The first key of an action as the screen writes it; `nil` if it has none, so that no hint names a key in vain.
  func name(of id: ActionID, in contexts: [KeyContext]? = nil) -> String? {
    keys(of: id, in: contexts).first.map(text)
  }

  /// The first key of the editor's that no action takes from it in the prompt.
  func name(of action: EditorAction) -> String? {
    let reaching = EditorKeys.table.first {
      $0.action == action && self.action(for: $0.key, in: [.prompt, .screens, .everywhere]) == nil
    }
    return reaching.map { text($0.key) }
  }

  /// A key as the screen writes it.
  func text(_ key: Key) -> String { KeyName.text(key, inWords: spellsKeys) }

  /// Every key with two meanings at the same time; none in the table as shipped.
  public func conflicts() -> [Conflict] {
    var conflicts: [Conflict] = []
    for contexts in KeyContext.together {
      var meanings: [Key: ActionID] = [:]
      for action in Actions.all {
        for key in keys(of: action.id, in: contexts) {
          if let other = meanings[key], other != action.id {
            let conflict = Conflict(key: key, first: other, second: action.id)
            if !conflicts.contains(conflict) { conflicts.append(conflict) }
          }
          meanings[key] = meanings[key] ?? action.id
        }
      }
    }
    return conflicts
  }
}

/// How keys are written on the screen.
enum KeyName {
  static func text(_ key: Key) -> String { text(key, inWords: false) }

  /// `⏎`, `^P`, `⇧⇥`, `PgDn`; in words `Enter`, `Ctrl+P`, `Shift+Tab`, `PgDn`.
  static func text(_ key: Key, inWords: Bool) -> String {
    var prefix = ""
    if key.modifiers.contains(.control) { prefix += inWords ? "Ctrl+" : "^" }
    if key.modifiers.contains(.alt) { prefix += "Alt+" }
    if key.modifiers.contains(.shift) { prefix += inWords ? "Shift+" : "⇧" }
    if inWords, let word = words[key.code] { return prefix + word }
    return prefix + name(key.code, isControl: key.modifiers.contains(.control))
  }

  private static let words: [Key.Code: String] = [
    .enter: "Enter", .tab: "Tab", .backspace: "Backspace", .up: "Up", .down: "Down", .left: "Left", .right: "Right",
  ]

  private static func name(_ code: Key.Code, isControl: Bool) -> String {
    switch code {
    case .character(" "): "Space"
    case .character(let character): isControl ? character.uppercased() : String(character)
    case .enter: "⏎"
    case .tab: "⇥"
    case .backspace: "⌫"
    case .escape: "Esc"
    case .delete: "Del"
    case .insert: "Ins"
    case .up: "↑"
    case .down: "↓"
    case .left: "←"
    case .right: "→"
    case .home: "Home"
    case .end: "End"
    case .pageUp: "PgUp"
    case .pageDown: "PgDn"
    case .function(let number): "F\(number)"
    }
  }
}
