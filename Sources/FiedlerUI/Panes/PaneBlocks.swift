import Basics
import Conversations
import FoundationEssentials

/// What an exchange of the line is to a pane: its prompt, notes, reasoning, answer, and how that ended.
extension PaneDocument {
  /// Prompts longer than this are cut in panes.
  private static let promptLines = 12

  func blocks(
    of index: Int, _ exchanges: [Exchange], _ model: ModelReference, _ attempts: [UUID: UUID], _ isReplay: Bool
  ) -> [Block] {
    let exchange = exchanges[index]
    let chosen = attempts[exchange.id].flatMap { id in exchange.replies.lastIndex { $0.id == id } }
    guard let replyIndex = chosen ?? exchange.replies.lastIndex(where: { $0.model == model }) else { return [] }
    let reply = exchange.replies[replyIndex]
    let isLast = index == exchanges.count - 1
    var blocks: [Block] = []
    if !(hidesPrompt && index == 0) {
      blocks.append(Block(look: .prompt, source: .literal(Self.shortened(exchange.prompt.text))))
    }
    let texts = exchange.prompt.attachments.filter { $0.media == nil }.map(\.name)
    if !texts.isEmpty { blocks.append(Block(look: .files, source: .literal(texts.joined(separator: ", ")))) }
    // A line each: the list of links opens them.
    for file in exchange.prompt.media { blocks.append(Block(look: .files, source: .literal(file.line))) }
    blocks += Self.notes(index, exchanges, reply)
    if !blocks.isEmpty { blocks.append(Block(look: .gap, source: .literal(""))) }
    if !reply.reasoning.isEmpty {
      let isOpen = isUnfolded ?? (isLast && reply.text.isEmpty && !reply.state.isFinal)
      let tokens = reply.usage.reasoningTokens ?? TokenEstimate.tokens(inUTF8Bytes: reply.reasoning.utf8.count)
      let title = "\(isOpen ? "▾" : "▸") reasoning · \(Figures.count(tokens)) tok"
      blocks.append(Block(look: .reasoningTitle, source: .literal(title)))
      if isOpen { blocks.append(Block(look: .reasoning, source: .reasoning(index, replyIndex))) }
      if !reply.text.isEmpty { blocks.append(Block(look: .gap, source: .literal(" "))) }
    }
    if !reply.text.isEmpty { blocks.append(Block(look: .answer, source: .answer(index, replyIndex))) }
    blocks += Self.endNotes(reply, canRetry: isLast && !isReplay)
    if !isLast { blocks.append(Block(look: .gap, source: .literal("  "))) }
    return blocks
  }

  /// What is said under a prompt: that the model saw nothing of the turns before, and which attempt an earlier turn
  /// shows.
  private static func notes(_ index: Int, _ exchanges: [Exchange], _ reply: Reply) -> [Block] {
    var notes: [Block] = []
    let before = exchanges[..<index].reversed()
    let isNew = index > 0 && !before.contains { $0.replies.contains { $0.model == reply.model } }
    if let synthesis = exchanges[index].prompt.synthesis {
      notes.append(Block(look: .note, source: .literal("reads, unlabelled: \(synthesis.legend)")))
    } else if let taken = exchanges[index].prompt.successions.first(where: { $0.successor == reply.model }) {
      notes.append(Block(look: .note, source: .literal("in \(taken.predecessor.name)'s place: it saw its answers")))
    } else if isNew {
      notes.append(Block(look: .note, source: .literal("new here: it saw no earlier turn")))
    }
    let attempts = exchanges[index].attempts(reply.model)
    if index < exchanges.count - 1, attempts.count > 1, let place = attempts.firstIndex(where: { $0.id == reply.id }) {
      notes.append(Block(look: .note, source: .literal("attempt \(place + 1) of \(attempts.count)")))
    }
    return notes
  }

  /// What is said under an answer that did not end by itself.
  private static func endNotes(_ reply: Reply, canRetry: Bool) -> [Block] {
    let why = reply.failure?.message
    let space = reply.text.isEmpty ? [] : [Block(look: .gap, source: .literal("   "))]
    // The keys in effect are known where it is drawn.
    let again = canRetry ? [Block(look: .keys, source: .literal("ask again"))] : []
    func failure(_ text: String) -> Block { Block(look: .failure, source: .literal(text)) }
    switch reply.state {
    case .queued, .connecting, .streaming, .retrying: return []
    case .success:
      switch reply.finishReason {
      case .length: return space + [failure("Cut off at the token limit.")]
      case .blocked(let reason): return space + [failure("Stopped by the provider's filter: \(reason)")]
      case .toolCall, .stop, .other, nil:
        if reply.text.isEmpty { return [Block(look: .note, source: .literal("(an empty answer)"))] }
      }
      if let why { return space + [failure("Not whole: \(why)")] }
      switch reply.finishReason {
      case .toolCall: return space + [Block(look: .note, source: .literal("It asked for a tool that nobody offered."))]
      case .other(let word): return space + [Block(look: .note, source: .literal("Stopped: \(word)"))]
      default: return []
      }
    case .failed:
      guard let cause = reply.failure else { return [failure("It failed.")] + again }
      let words = cause.message.isEmpty ? [] : [Block(look: .cause, source: .literal(cause.message))]
      let gap = Block(look: .gap, source: .literal("     "))
      return [failure(FailureWords.sentence(cause))] + words + (again.isEmpty ? [] : [gap]) + again
    case .partial: return space + [failure("Broke off: \(why ?? "no reason given")")] + again
    case .cancelled: return space + [Block(look: .note, source: .literal("Stopped by you."))] + again
    case .interrupted: return space + [failure("Fiedler was stopped before the answer ended.")] + again
    }
  }

  private static func shortened(_ prompt: String) -> String {
    let lines = prompt.textLines(maxSplits: promptLines)
    guard lines.count > promptLines, let rest = lines.last else { return prompt }
    let more = rest.utf8.reduce(1) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
    return lines.dropLast().joined(separator: "\n") + "\n… \(Figures.plural(more, "more line"))"
  }
}
