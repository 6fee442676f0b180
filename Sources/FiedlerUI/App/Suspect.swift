import Conversations
import FoundationEssentials

extension Stage {
  /// Whether answers are shown as they were written: by the user's choice, or because a Fiedler crashed over them.
  func showsSource(_ world: World) -> Bool { world.showsRawText || world.isSuspect(conversation(world)?.id) }
}

extension World {
  /// Raw text or Markdown; what was plain because of a crash is shown as usual, whatever comes of it.
  mutating func toggleRawText(of conversation: UUID?) -> [Effect] {
    let effects = trustAgain(conversation)
    if effects.isEmpty { showsRawText.toggle() }
    return effects
  }

  /// Says why a conversation is shown plainly, and how it is shown as usual.
  mutating func explain(_ conversation: UUID) {
    guard isSuspect(conversation) else { return }
    let key = keyMap.name(of: .rawText).map { ": \($0) shows it as usual" } ?? ""
    show("Fiedler crashed while this was on the screen, so it is plain text now\(key)", .warning)
  }

  /// From now on a conversation is shown as any other. Nothing to do if it is one.
  mutating func trustAgain(_ conversation: UUID?) -> [Effect] {
    guard isSuspect(conversation) else { return [] }
    suspect = nil
    return [.forgetCrash]
  }
}
