import Canvas
import Conversations
import FoundationEssentials

/// What tells the user, who looks elsewhere, that a send is done.
public enum NoticeChoice: Hashable, Sendable {
  case none
  /// The terminal.
  case terminal(TerminalNotice.Way)
  /// The command of the settings.
  case command
}

extension AppState {
  /// What to tell of the sends whose last answer is among these events, once for each, if nobody looks at the terminal.
  func doneNotices(_ events: [ReplyEvent]) -> [Effect] {
    guard isElsewhere, notices != .none else { return [] }
    let ended = Set(events.filter(\.event.isFinal).map(\.reply))
    guard !ended.isEmpty else { return [] }
    let lines = [(world.conversation?.title, world.allExchanges)] + world.others.map { ($0.title, $0.exchanges) }
    return lines.flatMap { title, exchanges in
      exchanges.compactMap { exchange -> Effect? in
        let replies = exchange.prompt.models.compactMap { model in exchange.replies.last { $0.model == model } }
        guard replies.contains(where: { ended.contains($0.id) }), replies.allSatisfy(\.state.isFinal) else {
          return nil
        }
        return notice(of: replies, title ?? exchange.prompt.text)
      }
    }
  }

  private func notice(of replies: [Reply], _ title: String) -> Effect {
    let answered = replies.count { $0.state == .success }
    let words =
      answered == replies.count
      ? "\(Figures.plural(answered, "answer"))" : "\(answered) of \(Figures.plural(replies.count, "answer"))"
    let notice = TerminalNotice(title: "Fiedler", text: "\(words): \(title)")
    guard case .terminal(let way) = notices else { return .runNotice(notice.text) }
    return .notify(TerminalNotice(title: notice.title, text: notice.text, way: way))
  }
}
