import Conversations
import FoundationEssentials

/// Which answers of a conversation are to be replayed, in the user's own words.
public struct ReplaySelection: Hashable, Sendable {
  /// The number of a turn, a prompt's or an answer's; `nil` for the newest exchange.
  public var turn: Int?
  /// Models' names, with or without their provider; empty for all.
  public var models: [String]
  /// Which attempt of each model; `nil` for the newest.
  public var attempt: Int?

  public init(turn: Int? = nil, models: [String] = [], attempt: Int? = nil) {
    self.turn = turn
    self.models = models
    self.attempt = attempt
  }

  /// What was asked for is not there, or not yet; says what is.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
  }

  /// The conversation with nothing but the chosen replies in the exchange to replay, and that exchange.
  public func callAsFunction(
    _ conversation: Conversation
  ) throws(Failure) -> (conversation: Conversation, exchange: Exchange) {
    var exchange = try exchange(of: conversation)
    var chosen = conversation
    exchange.replies = try replies(of: exchange)
    if let running = exchange.replies.first(where: { !$0.state.isFinal }) {
      throw Failure(description: "\(running.model) still answers; what it says can be replayed once it has ended")
    }
    chosen.exchanges = conversation.exchanges.map { $0.id == exchange.id ? exchange : $0 }
    return (chosen, exchange)
  }

  private func exchange(of conversation: Conversation) throws(Failure) -> Exchange {
    guard let turn else {
      guard let last = conversation.exchanges.last else {
        throw Failure(description: "this conversation holds no prompt, so there is nothing to replay")
      }
      return last
    }
    guard let found = conversation.exchange(ofTurn: turn) else {
      let there = conversation.lastTurn.map { "; its last turn is \($0)" } ?? ""
      throw Failure(description: "this conversation has no turn \(turn)\(there)")
    }
    return found
  }

  private func replies(of exchange: Exchange) throws(Failure) -> [Reply] {
    var replies = exchange.replies
    if !models.isEmpty {
      for model in models where !replies.contains(where: { Self.names($0.model, model) }) {
        throw Failure(
          description: "no answer of “\(model)” in this exchange; its models are "
            + exchange.prompt.models.map(\.description).joined(separator: ", "))
      }
      replies.removeAll { reply in !models.contains { Self.names(reply.model, $0) } }
    }
    if let attempt {
      replies.removeAll { $0.attempt != attempt }
      guard !replies.isEmpty else { throw Failure(description: "there was no attempt \(attempt) in this exchange") }
    } else if let named = replies.first(where: { $0.turnNumber != nil && $0.turnNumber == turn }) {
      // The turn that was named is meant, not a later attempt of its model.
      replies.removeAll { $0.model == named.model && $0.id != named.id }
    }
    guard !replies.isEmpty else {
      throw Failure(description: "this exchange holds no answer, so there is nothing to replay")
    }
    return ReplayTimeline.newest(of: Exchange(prompt: exchange.prompt, replies: replies))
  }

  /// `together/deepseek-ai/DeepSeek-R1`, `deepseek-ai/DeepSeek-R1` or `DeepSeek-R1`, in capitals or not.
  static func names(_ model: ModelReference, _ text: String) -> Bool {
    let wanted = text.lowercased()
    let name = model.name.lowercased()
    let last = name.split(separator: "/").last.map(String.init)
    return wanted == model.description.lowercased() || wanted == name || wanted == last
  }
}

extension ReplaySpeed {
  /// `0.25` to `64`, or `instant`.
  public init?(_ text: String) {
    if text == "instant" {
      self = .instant
      return
    }
    // A trailing x is how people say it.
    let digits = text.hasSuffix("x") ? String(text.dropLast()) : text
    guard let factor = Double(digits), (0.01...1000).contains(factor) else { return nil }
    self = .times(factor)
  }
}
