import Canvas

/// Other keys for an action than the table's.
public struct KeyChange: Hashable, Sendable {
  public var action: ActionID
  /// Where; `nil`: wherever the keys of the action's first binding work.
  public var context: KeyContext?
  /// None takes the action's keys off.
  public var keys: [Key]

  public init(_ action: ActionID, in context: KeyContext? = nil, keys: [Key]) {
    self.action = action
    self.context = context
    self.keys = keys
  }

  /// The contexts that settings may name for an action: those of its table row.
  public static func contexts(of action: ActionID) -> [KeyContext] {
    let all = Actions.action(action)?.bindings.flatMap(\.contexts) ?? []
    return KeyContext.allCases.filter(all.contains)
  }

  /// The first of these keys that would keep a character from being typed where text is.
  public var unusable: Key? {
    guard let first = Actions.action(action)?.bindings.first else { return nil }
    let contexts = context.map { [$0] } ?? first.contexts
    guard contexts.contains(where: \.takesText) else { return nil }
    let typed = Actions.action(action)?.bindings.filter { $0.contexts.contains(where: \.takesText) } ?? []
    let usual = Set(typed.flatMap(\.keys))
    return keys.first { $0.isText && !usual.contains($0) }
  }

  /// The bindings of an action after this change.
  func applied(to bindings: [Binding]) -> [Binding] {
    guard let first = bindings.first else { return bindings }
    if let context {
      var changed = bindings
      for index in changed.indices { changed[index].contexts.removeAll { $0 == context } }
      changed.removeAll(where: \.contexts.isEmpty)
      return changed + (keys.isEmpty ? [] : [Binding(keys, in: [context])])
    }
    guard !keys.isEmpty else { return [] }
    // The keys it had are free everywhere; where they cannot be replaced, because text is typed there, they stay.
    let others = bindings.dropFirst().map { binding in
      let kept = binding.keys.filter { !first.keys.contains($0) }
      if kept.count == binding.keys.count { return binding }
      let isTyped = binding.contexts.contains { $0.takesText || $0 == .emptyPrompt }
      let new = keys.filter { !kept.contains($0) && !(isTyped && $0.isText) }
      return new.isEmpty ? binding : Binding(new + kept, in: binding.contexts)
    }
    return [Binding(keys, in: first.contexts)] + others
  }
}

extension Key {
  /// A character by itself.
  fileprivate var isText: Bool {
    if case .character = code { modifiers.isEmpty } else { false }
  }
}
