import Conversations
import FoundationEssentials

/// A conversation whose answers come, in this process or in another.
struct RunningRow: Identifiable {
  struct Answer {
    var id: UUID
    var model: ModelReference
    var state: ReplyState
  }

  let id: UUID
  var title: String
  var answers: [Answer]
  /// When the oldest of the answers was sent, as a ``World/now``.
  var start: Duration?
  /// The conversation as it is known here; `nil` where it must be read first.
  var conversation: Conversation?
  /// Another process streams its answers.
  var isElsewhere: Bool

  /// All that run: the one on the screen first, then what was left here, then what others send.
  static func all(_ world: World) -> [RunningRow] {
    let known = ([world.conversation].compactMap(\.self) + world.others).filter(world.isRunning)
    let own = known.map { RunningRow($0, world) }
    return own + world.elsewhere.filter { other in !known.contains { $0.id == other.id } }.map { RunningRow($0, world) }
  }

  private init(_ conversation: Conversation, _ world: World) {
    let running = conversation.exchanges.flatMap(\.replies).filter {
      !$0.state.isFinal && world.start(of: $0.id) != nil
    }
    id = conversation.id
    title = conversation.title
    answers = running.map { Answer(id: $0.id, model: $0.model, state: $0.state) }
    start = running.compactMap { world.start(of: $0.id) }.min()
    self.conversation = conversation
    isElsewhere = running.allSatisfy { world.sendStarts[$0.id] == nil }
  }

  private init(_ running: RunningConversation, _ world: World) {
    id = running.id
    title = running.title
    answers = running.answers.map { Answer(id: $0.id, model: $0.model, state: $0.state) }
    start = running.answers.map(world.start).min()
    isElsewhere = true
  }
}
