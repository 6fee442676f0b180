import Conversations
import FoundationEssentials

/// What lies ready before the first prompt: the last conversations, and those that were cut off.
public struct Desk: Hashable, Sendable {
  /// The newest first.
  public var recent: [ConversationSummary]
  /// The newest conversation with answers that were interrupted when Fiedler last ended, and how many answers were.
  public var interrupted: ConversationSummary?
  public var interruptedAnswers: Int

  /// As many as are offered.
  public static let length = 5

  public init(
    recent: [ConversationSummary] = [], interrupted: ConversationSummary? = nil, interruptedAnswers: Int = 0
  ) {
    self.recent = Array(recent.prefix(Self.length))
    self.interrupted = interrupted
    self.interruptedAnswers = interruptedAnswers
  }

  /// What is opened by a sign that stands alone in the prompt: a number, or `!`.
  func conversation(for sign: String) -> UUID? {
    if sign == "!" { return interrupted?.id }
    guard let number = Int(sign), sign.count == 1, recent.indices.contains(number - 1) else { return nil }
    return recent[number - 1].id
  }

  /// A conversation that is left is the newest from now on.
  mutating func put(_ conversation: Conversation) {
    let states = conversation.exchanges.last?.replies.map(\.state) ?? []
    let summary = ConversationSummary(
      id: conversation.id, title: conversation.title, createdAt: conversation.createdAt,
      updatedAt: conversation.exchanges.last?.prompt.sentAt ?? conversation.updatedAt,
      models: conversation.exchanges.last?.prompt.models ?? [], promptCount: conversation.exchanges.count,
      states: states, isPinned: conversation.isPinned)
    recent = Array(([summary] + recent.filter { $0.id != conversation.id }).prefix(Self.length))
  }

  mutating func remove(_ id: UUID) {
    recent.removeAll { $0.id == id }
    if interrupted?.id == id { interrupted = nil }
  }
}

extension ComposeScreen {
  /// Enter on the number of a conversation of the desk opens it: a prompt that is a digit asks nothing. `nil` if the
  /// prompt is anything else, or the desk is not shown.
  mutating func takeFromDesk(_ world: inout World) -> [Effect]? {
    guard world.conversation == nil, prompt.attachments.isEmpty,
      let id = world.desk.conversation(for: prompt.editor.text)
    else { return nil }
    world.deskOpening = id
    return edit(.clear, &world) + [.openConversation(id)]
  }

  /// The conversation that was asked for has come.
  func showFromDesk(_ conversation: Conversation, _ world: inout World) {
    guard world.deskOpening == conversation.id else { return }
    world.deskOpening = nil
    guard world.conversation == nil else { return }
    world.then { app in
      guard app.screens.isEmpty else { return [] }
      app.open(conversation, continues: false)
      return [.title(conversation.title)]
    }
  }
}
