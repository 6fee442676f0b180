import Conversations
import FoundationEssentials
import Testing

@Suite("Reply")
struct ReplyTests {
  private func reply(after events: [(Duration, SendEvent)]) -> Reply {
    var reply = Reply(
      id: UUID(), model: ModelReference(provider: "p", name: "m"), startedAt: Date(timeIntervalSince1970: 0))
    for (time, event) in events { reply.apply(event, at: time) }
    return reply
  }

  @Test("An answer goes from queued to success, with its times")
  func success() {
    let reply = reply(after: [
      (.zero, .queued), (.zero, .connecting(attempt: 1, of: 3)), (.milliseconds(310), .firstToken),
      (.milliseconds(310), .reasoning("hm")), (.milliseconds(400), .text("Hel")), (.milliseconds(450), .text("lo")),
      (.milliseconds(460), .usage(Usage(promptTokens: 9))), (.milliseconds(470), .usage(Usage(completionTokens: 2))),
      (.milliseconds(480), .finished(.stop)),
    ])
    #expect(reply.state == .success)
    #expect(reply.text == "Hello")
    #expect(reply.reasoning == "hm")
    #expect(reply.timeToFirstToken == .milliseconds(310))
    #expect(reply.duration == .milliseconds(480))
    #expect(reply.usage == Usage(promptTokens: 9, completionTokens: 2))
    #expect(reply.finishReason == .stop)
    #expect(reply.tries == 1 && reply.maximumTries == 3)
    #expect(reply.recording.entries().map(\.kind) == [.attempt, .reasoning, .text, .text, .end])
    #expect(reply.recording.entries().map(\.value) == [1, 2, 3, 2, 0])
  }

  @Test("A failure after text is partial, one before any is failed")
  func failures() {
    let broken = SendFailure(.truncated, "broke off")
    let partial = reply(after: [(.zero, .connecting(attempt: 1, of: 1)), (.zero, .text("a")), (.zero, .failed(broken))])
    #expect(partial.state == .partial)
    #expect(partial.text == "a")
    #expect(partial.failure == broken)
    #expect(reply(after: [(.zero, .reasoning("a")), (.zero, .failed(broken))]).state == .partial)
    #expect(reply(after: [(.zero, .firstToken), (.zero, .failed(broken))]).state == .failed)
  }

  @Test("While it waits to try again, the reply says until when and why; then it forgets")
  func retrying() {
    let cause = SendFailure(.rateLimited, "slow down")
    var reply = reply(after: [
      (.zero, .connecting(attempt: 1, of: 3)),
      (.seconds(1), .retrying(attempt: 1, of: 3, delay: .seconds(4), because: cause)),
    ])
    #expect(reply.state == .retrying)
    #expect(reply.retryAt == .seconds(5))
    #expect(reply.failure == cause)
    reply.apply(.connecting(attempt: 2, of: 3), at: .seconds(5))
    #expect(reply.state == .connecting)
    #expect(reply.retryAt == nil)
    #expect(reply.failure == nil)
    #expect(reply.tries == 2)
  }

  @Test(
    "Nothing changes a reply that has ended",
    arguments: [
      SendEvent.finished(.stop), .failed(SendFailure(.empty, "nothing")), .cancelled,
    ])
  func finality(_ final: SendEvent) {
    var reply = reply(after: [(.zero, .text("a")), (.seconds(1), final)])
    let ended = reply
    for late in [.cancelled, .text("b"), .firstToken, .failed(SendFailure(.http, "x")), .finished(.length), .queued]
      as [SendEvent]
    {
      reply.apply(late, at: .seconds(2))
    }
    #expect(reply == ended)
  }

  @Test("A reply that was interrupted says so, and a reason nobody knows is none")
  func interrupted() {
    let cause = SendFailure(.interrupted, "killed")
    #expect(reply(after: [(.zero, .text("a")), (.zero, .failed(cause))]).state == .interrupted)
    #expect(reply(after: [(.zero, .finished(.unknown))]).finishReason == nil)
  }

  @Test("Cancelling keeps what had come")
  func cancelled() {
    let reply = reply(after: [(.zero, .text("a")), (.seconds(2), .cancelled)])
    #expect(reply.state == .cancelled)
    #expect(reply.text == "a")
    #expect(reply.duration == .seconds(2))
  }

  @Test("Tokens are the provider's count, else an estimate from the bytes")
  func tokens() {
    #expect(reply(after: [(.zero, .text("12345678")), (.zero, .reasoning("1234"))]).completionTokens == 3)
    #expect(reply(after: [(.zero, .text("1")), (.zero, .usage(Usage(completionTokens: 77)))]).completionTokens == 77)
  }

  @Test("A cost is known once both counts are")
  func cost() {
    let price = Price(input: 3, output: 7)
    #expect(price.cost(of: Usage(promptTokens: 1_000_000)) == nil)
    #expect(price.cost(of: Usage(promptTokens: 1_000_000, completionTokens: 500_000)) == 6.5)
  }

  @Test(
    "A finish reason survives being stored by its name",
    arguments: [
      FinishReason.stop, .length, .toolCall, .blocked("SAFETY"), .blocked(""), .other("odd"),
    ])
  func finishReasonNames(_ reason: FinishReason) {
    #expect(FinishReason(name: reason.name) == reason)
  }
}
