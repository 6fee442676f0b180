import Basics
import Conversations
import FoundationEssentials
import JSON
import MCP

/// Finds out whether a server that cannot be read has a turn, by storing it once more.
///
/// `(conversation_id, turn_number)` is unique there, so the server either says that it has a turn of that number, or
/// stores this one, which then was lost. What is sent is exactly what was sent the first time: the turn's own text,
/// number and metadata, and nothing else is ever stored by a check. That the text there is equal this does not prove.
struct TurnProbe {
  enum Outcome: Hashable {
    /// There, text not compared.
    case there
    /// It was not there, and is now.
    case stored
    /// The server does not know the conversation.
    case conversationUnknown
    /// A part of it is not there.
    case incomplete(String)
    case undecided(String)
  }

  let reader: GodotReader
  let tool: String
  let logTool: String?
  let canQuery: Bool
  let redactor: Redactor

  func probe(_ turn: TurnRecord, in conversation: String) async throws(GodotReadError) -> Outcome {
    // As it was queued: secrets taken out, paths cut to names.
    guard let turn = try? TurnRecord(payload: redactor.redact(turn.payload)) else {
      return .undecided("it cannot be encoded")
    }
    var limits = SizeLimits()
    while true {
      do {
        // Without a limit for the frame there is one call.
        guard
          let call = try turn.storeCalls(tool: tool, logTool: logTool, conversation: conversation, limits: limits).last
        else { return .undecided("it cannot be encoded") }
        // A turn of this size may have gone in parts.
        if call.largestFrame > Shipper.Limits().logFrame, let rest = try await parts(of: turn) {
          return try await probe(turn, beginning: rest.head, of: rest.parts, in: conversation)
        }
        switch try await reader.answer(to: call) {
        case .done: return .stored
        case .alreadyStored: return .there
        case .conversationUnknown: return .conversationUnknown
        case .indexTooLarge where limits.indexedText > 1000: limits.indexedText /= 2
        case .indexTooLarge(let words), .refused(let words): return .undecided(words)
        case .away(let words), .failed(let words): throw GodotReadError.refused(words)
        }
      } catch let error as GodotReadError {
        guard case .connection(let ending) = error, ending.isTooBig else { throw error }
        return .incomplete("it is too large for one message, and its parts are not all there")
      } catch {
        return .undecided("message too large")
      }
    }
  }

  private struct Rest {
    var head: String
    var parts: Int
  }

  /// The text's beginning, where the log records that carry the rest are all there and agree with it.
  private func parts(of turn: TurnRecord) async throws(GodotReadError) -> Rest? {
    guard canQuery else { return nil }
    let query = LogQuery(component: LogComponent.conversations, trace: turn.traceID, limit: 100_000)
    let found = try await reader.logs(query).records.compactMap { FoundTurn($0, of: turn.conversationID) }
      .filter { $0.turnNumber == turn.turnNumber && $0.parts > 1 }
    let content = turn.content.withoutNUL
    for (parts, pieces) in Dictionary(grouping: found, by: \.parts).sorted(by: { $0.key > $1.key }) {
      let byPart = Dictionary(pieces.map { ($0.part, $0.content) }) { first, _ in first }
      // A number that no record bears out costs nothing.
      guard byPart.count >= parts - 1 else { continue }
      let texts = (2...parts).compactMap { byPart[$0] }
      guard texts.count == parts - 1 else { continue }
      let tail = texts.joined()
      // In bytes: a piece may begin in the midst of what is one character of the whole.
      let head = content.utf8.count - tail.utf8.count
      if head > 0, content.utf8.suffix(tail.utf8.count).elementsEqual(tail.utf8) {
        return Rest(head: String(decoding: content.utf8.prefix(head), as: UTF8.self), parts: parts)
      }
    }
    return nil
  }

  private func probe(
    _ turn: TurnRecord, beginning head: String, of parts: Int, in conversation: String
  ) async throws(GodotReadError) -> Outcome {
    var first = turn
    first.content = head
    let call = first.storeCall(
      tool: tool, conversation: conversation, content: head, part: (1, parts), limits: SizeLimits())
    switch try await reader.answer(to: call) {
    case .done: return .stored
    case .alreadyStored: return .there
    case .conversationUnknown: return .conversationUnknown
    case .indexTooLarge(let words), .refused(let words): return .undecided(words)
    case .away(let words), .failed(let words): throw .refused(words)
    }
  }
}
