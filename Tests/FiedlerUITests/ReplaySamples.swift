import Canvas
import Conversations
import FoundationEssentials

@testable import FiedlerUI

extension AppDriver {
  /// Two exchanges that have ended: in the last one an answer with a stall, one that came at its second attempt after
  /// some thinking, and one that broke off.
  static func replayed() -> Conversation {
    let models = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro"].map(model)
    func exchange(_ number: Int, _ text: String, _ replies: [Reply]) -> Exchange {
      let prompt = Prompt(
        id: id(2000 + number), turnNumber: number * 4 + 1, text: text, models: models, sentAt: launch)
      return Exchange(prompt: prompt, replies: replies)
    }
    func reply(_ number: Int, _ model: Int) -> Reply {
      Reply(id: id(3000 + 10 * number + model), model: models[model], startedAt: launch)
    }
    let first = models.indices.map { index in
      var reply = reply(0, index)
      reply.apply(.connecting(attempt: 1, of: 3), at: .zero)
      reply.apply(.firstToken, at: .milliseconds(200))
      reply.apply(.text("The first answer."), at: .milliseconds(200))
      reply.apply(.finished(.stop), at: .milliseconds(900))
      return reply
    }
    return Conversation(
      id: id(90), title: "Review the retry logic", createdAt: launch, updatedAt: launch,
      exchanges: [
        exchange(0, "Review the retry logic", first),
        exchange(1, "And what would you test first?", [stalled(reply(1, 0)), late(reply(1, 1)), broken(reply(1, 2))]),
      ])
  }

  private static func stream(_ reply: inout Reply, _ words: String, from start: Int, every step: Int) -> Int {
    var time = start
    for word in words.split(separator: " ") {
      reply.apply(.text("\(word) "), at: .milliseconds(time))
      time += step
    }
    return time
  }

  private static func stalled(_ begun: Reply) -> Reply {
    var reply = begun
    reply.apply(.connecting(attempt: 1, of: 3), at: .milliseconds(4))
    reply.apply(.firstToken, at: .milliseconds(420))
    let text = "Start with the delay after a success. It is the one thing that no test covers yet, and it is wrong."
    _ = stream(&reply, text, from: 420, every: 60)
    let rest = "Then test that a retry keeps its place in the queue, and that jitter stays within its bounds."
    let end = stream(&reply, rest, from: 6200, every: 90)
    reply.apply(.usage(Usage(promptTokens: 900, completionTokens: 61)), at: .milliseconds(end))
    reply.apply(.finished(.stop), at: .milliseconds(end))
    return reply
  }

  private static func late(_ begun: Reply) -> Reply {
    var reply = begun
    reply.apply(.connecting(attempt: 1, of: 3), at: .milliseconds(4))
    let limited = SendFailure(.rateLimited, "The provider limits how often you may ask.", httpStatus: 429)
    reply.apply(.retrying(attempt: 1, of: 3, delay: .seconds(4), because: limited), at: .milliseconds(300))
    reply.apply(.connecting(attempt: 2, of: 3), at: .milliseconds(4300))
    reply.apply(.firstToken, at: .milliseconds(5000))
    for step in 0..<12 { reply.apply(.reasoning("Think about it again. "), at: .milliseconds(5000 + 100 * step)) }
    let text = "Inject a clock and assert the delays: one second, two, four, and one again after a success."
    reply.apply(.finished(.stop), at: .milliseconds(stream(&reply, text, from: 6300, every: 140)))
    return reply
  }

  private static func broken(_ begun: Reply) -> Reply {
    var reply = begun
    reply.apply(.connecting(attempt: 1, of: 3), at: .milliseconds(4))
    reply.apply(.firstToken, at: .milliseconds(900))
    let end = stream(&reply, "A property test over random failures would find", from: 900, every: 300)
    reply.apply(.failed(SendFailure(.truncated, "The connection was lost.")), at: .milliseconds(end))
    return reply
  }

  /// The replay of the last exchange, at its start and playing.
  static func replay(_ width: Int, _ height: Int) -> AppDriver {
    var app = AppDriver(width, height)
    app.tell(.replay(replayed(), exchange: nil))
    return app
  }
}
