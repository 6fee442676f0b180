import Canvas
import Conversations
import FoundationEssentials

extension AppState {
  /// Compares the answer in view with that of the next pane, or with another attempt.
  mutating func openDiff() -> [Effect] {
    guard panes.indices.contains(activePane), let exchange = exchangeInView, let shown = replyInView,
      !shown.text.isEmpty
    else {
      show("There is no answer here to compare yet")
      return []
    }
    let nextPanes = panes[(activePane + 1)...] + panes[..<activePane]
    let beside = nextPanes.compactMap { shownReply($0, in: exchange) }.first { !$0.text.isEmpty && $0.id != shown.id }
    guard let other = beside ?? others(than: shown.id, in: exchange).last else {
      show("There is no other answer to this prompt to compare with")
      return []
    }
    let isInline = diff.isInline || isPlain
    diff.close()
    diff.isInline = isInline
    diff.exchange = exchange.id
    overlay = nil
    screen = .diff
    return compare(shown.id, other.id)
  }

  /// The answers to a prompt but one, attempts included.
  private func others(than reply: UUID, in exchange: Exchange) -> [Reply] {
    exchange.replies.filter { $0.id != reply && !$0.text.isEmpty }
  }

  private var comparedExchange: Exchange? {
    let here = conversation?.exchanges.last { $0.id == diff.exchange }
    return here ?? branches.rest.first { $0.id == diff.exchange }
  }

  private mutating func compare(_ left: UUID, _ right: UUID) -> [Effect] {
    guard let exchange = comparedExchange, let left = side(left, of: exchange), let right = side(right, of: exchange)
    else { return [] }
    diff.left = left
    diff.right = right
    diff.difference = nil
    diff.isPlain = false
    diff.top = DiffState.Place()
    diff.change = nil
    diff.token += 1
    guard !isSuspect(conversation?.id) else {
      diff.take(WordDiff(replacing: left.text, by: right.text), isPlain: true)
      return []
    }
    let isLong = left.text.utf8.count + right.text.utf8.count > DiffState.mostBytes
    return [.compare(old: left.text, new: right.text, unit: isLong ? .lines : .words, token: diff.token)]
  }

  private func side(_ id: UUID, of exchange: Exchange) -> DiffState.Side? {
    guard let reply = exchange.replies.first(where: { $0.id == id }) else { return nil }
    let attempts = exchange.attempts(reply.model)
    let place = attempts.firstIndex { $0.id == id } ?? 0
    let attempt = attempts.count > 1 ? "attempt \(place + 1) of \(attempts.count)" : nil
    return DiffState.Side(reply: id, name: label(reply.model), attempt: attempt, text: reply.text)
  }

  mutating func take(_ difference: WordDiff, for token: Int) {
    guard token == diff.token, screen == .diff else { return }
    diff.take(difference)
  }

  /// Whether more has come of either answer since they were compared.
  var diffIsOutdated: Bool {
    guard let exchange = comparedExchange else { return false }
    return [diff.left, diff.right].compactMap(\.self).contains { side in
      exchange.replies.contains { $0.id == side.reply && $0.text.utf8.count != side.text.utf8.count }
    }
  }

  /// Whether there are answers to compare with beside the one that is.
  var hasOtherAnswers: Bool {
    guard let left = diff.left, let exchange = comparedExchange else { return false }
    return others(than: left.reply, in: exchange).count > 1
  }

  mutating func performInDiff(_ id: ActionID) -> [Effect] {
    switch id {
    case .compareNext: return compareOther(1)
    case .comparePrevious: return compareOther(-1)
    case .compareLayout:
      if size.width < DiffLayout.wide {
        show("Side by side needs \(DiffLayout.wide) columns")
      } else {
        diff.isInline.toggle()
      }
    case .compareAgain:
      guard let left = diff.left, let right = diff.right else { return [] }
      return trustAgain() + compare(left.reply, right.reply)
    case .nextChange: diff.goToChange(1)
    case .previousChange: diff.goToChange(-1)
    default: return copyDiff()
    }
    return []
  }

  private mutating func compareOther(_ step: Int) -> [Effect] {
    guard let left = diff.left, let right = diff.right, let exchange = comparedExchange else { return [] }
    let others = others(than: left.reply, in: exchange)
    guard hasOtherAnswers else {
      show("There is no other answer to this prompt")
      return []
    }
    let here = others.firstIndex { $0.id == right.reply } ?? 0
    return compare(left.reply, others[(here + step + others.count) % others.count].id)
  }

  private mutating func copyDiff() -> [Effect] {
    guard let difference = diff.difference, let left = diff.left, let right = diff.right else { return [] }
    let changes = Figures.plural(diff.changes.count, "change")
    return [.copy(difference.unified(left.text, right.text), words: "both as one text, \(changes) marked")]
  }

  var diffPage: Int { max(1, diff.height - 1) }

  mutating func scrollDiff(by step: Int) { diff.scroll(by: step) }
}
