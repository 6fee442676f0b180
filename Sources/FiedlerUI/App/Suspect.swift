import Conversations
import FoundationEssentials

extension AppState {
  /// Whether answers are shown as they were written: by the user's choice, or because a Fiedler crashed over them.
  var showsSource: Bool { showsRawText || isSuspect(conversation?.id) }

  /// Whether a Fiedler crashed while this conversation was on the screen.
  func isSuspect(_ conversation: UUID?) -> Bool { suspect != nil && conversation == suspect }

  /// The conversation whose text the screen shows.
  public var shownConversation: UUID? {
    (screen == .history ? history.view?.conversation.id : nil) ?? conversation?.id
  }

  /// Says why a conversation is shown plainly, and how it is shown as usual.
  mutating func explain(_ conversation: UUID) {
    guard isSuspect(conversation) else { return }
    let key = keyMap.name(of: .rawText).map { ": \($0) shows it as usual" } ?? ""
    show("Fiedler crashed while this was on the screen, so it is plain text now\(key)", .warning)
  }

  /// Raw text or Markdown; what was plain because of a crash is shown as usual, whatever comes of it.
  mutating func toggleRawText() -> [Effect] {
    let effects = trustAgain()
    guard effects.isEmpty else {
      guard let replay else { return effects }
      return effects + openReplay(of: replay.source, exchange: replay.source.exchanges[replay.exchange].id)
    }
    showsRawText.toggle()
    return []
  }

  /// From now on the conversation on the screen is shown as any other. Nothing to do if it is one.
  mutating func trustAgain() -> [Effect] {
    guard isSuspect(conversation?.id) else { return [] }
    suspect = nil
    return [.forgetCrash]
  }
}
