import Basics
import ConfigurationReading
import ConversationStore
import Conversations
import FoundationEssentials

/// What a user wants to say of answers, in the user's own words.
public struct VerdictRequest: Hashable, Sendable {
  public enum Word: String, Hashable, Sendable, CaseIterable {
    case best, bad, better, tie
    /// Takes back what was said.
    case none
  }

  public var word: Word
  /// Turn numbers, or models' names with or without their provider; one, or two that are compared.
  public var answers: [String]
  /// The exchange that has this turn; `nil` for the newest that is no reading of answers.
  public var turn: Int?
  public var note: String

  public init(_ word: Word, _ answers: [String], turn: Int? = nil, note: String = "") {
    self.word = word
    self.answers = answers
    self.turn = turn
    self.note = note
  }
}

/// Why a verdict cannot be given. The words say what to do.
public enum VerdictProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case wrongCount(VerdictRequest.Word, found: Int)
  case noAnswers
  case noAnswer(String, known: [String])
  case notEnded(String)
  case sameAnswer
  case apart
  case nothingSaid

  public var description: String {
    switch self {
    case .wrongCount(let word, let found):
      switch word {
      case .best, .bad: "\(word.rawValue) is said of one answer, and \(found) are named"
      case .better, .tie: "\(word.rawValue) is said of two answers, and \(Plural.text(found, "is", "are")) named"
      case .none: "name one answer, or two that were compared"
      }
    case .noAnswers: "The conversation has no answers yet."
    case .noAnswer(let text, let known):
      "there is no answer \(text.quoted): name one by its turn or its model, which are \(known.joined(separator: ", "))"
    case .notEnded(let model): "\(model) still answers; a verdict can be given once it has ended"
    case .sameAnswer: "both name the same answer; two different ones can be compared"
    case .apart: "the two answers are not to the same prompt, so they cannot be compared"
    case .nothingSaid: "nothing was said of that, so there is nothing to take back"
    }
  }
}

extension Services {
  /// Gives a verdict on answers of the one conversation whose id begins so, or takes it back. Returns the conversation
  /// with its verdicts as they are then.
  @discardableResult
  public func judge(_ request: VerdictRequest, in prefix: String) async throws -> Conversation {
    let conversation = try await self.conversation(matching: prefix)
    let change = try request.change(in: conversation, now: Date())
    if case .takeBack(let reply, let other) = change {
      let all = conversation.exchanges.flatMap(\.verdicts)
      let isSaid = (other.map { all.verdict(between: reply, and: $0) } ?? all.verdict(on: reply)) != nil
      guard isSaid else { throw VerdictProblem.nothingSaid }
    }
    try await store.change(change)
    return try await self.conversation(conversation.id)
  }
}

extension VerdictRequest {
  func change(in conversation: Conversation, now: Date) throws -> VerdictChange {
    let wanted = word == .none ? 1...2 : word == .better || word == .tie ? 2...2 : 1...1
    guard wanted.contains(answers.count) else { throw VerdictProblem.wrongCount(word, found: answers.count) }
    let replies = try answers.map { try answer($0, in: conversation) }
    let (reply, other) = (replies[0], replies.count > 1 ? replies[1] : nil)
    if reply.id == other?.id { throw VerdictProblem.sameAnswer }
    let exchange = conversation.exchanges.first { $0.replies.contains { $0.id == reply.id } }
    if let other, exchange?.replies.contains(where: { $0.id == other.id }) != true { throw VerdictProblem.apart }
    guard let kind = Verdict.Kind(rawValue: word.rawValue) else { return .takeBack(reply.id, against: other?.id) }
    if let running = replies.first(where: { !$0.state.isFinal }) {
      throw VerdictProblem.notEnded(running.model.description)
    }
    return .give(Verdict(kind, of: reply.id, against: other?.id, note: note, madeAt: now))
  }

  private func answer(_ text: String, in conversation: Conversation) throws -> Reply {
    if let number = Int(text) {
      for exchange in conversation.exchanges {
        if let reply = exchange.reply(ofTurn: number) { return reply }
      }
    }
    let exchange =
      try turn.flatMap { try Services.exchange($0, of: conversation) }
      ?? conversation.exchanges.last { $0.prompt.synthesis == nil && !$0.replies.isEmpty }
    guard let exchange else { throw VerdictProblem.noAnswers }
    guard let reply = exchange.replies.last(where: { ReplaySelection.names($0.model, text) }) else {
      let known = exchange.replies.map { reply in (reply.turnNumber.map { "\($0) " } ?? "") + reply.model.description }
      throw VerdictProblem.noAnswer(text, known: known)
    }
    return reply
  }
}
