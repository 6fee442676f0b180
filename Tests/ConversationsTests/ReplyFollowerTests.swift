import FoundationEssentials
import TestSupport
import Testing

@testable import Conversations

@Suite("Following a reply that another process stores") struct ReplyFollowerTests {
  /// What a checkpoint stores of a reply beyond an earlier one.
  private static func news(_ reply: Reply, beyond told: Reply, isFirst: Bool) -> ReplyFollower.News {
    ReplyFollower.News(
      text: Array(reply.text.utf8.dropFirst(told.text.utf8.count)),
      reasoning: Array(reply.reasoning.utf8.dropFirst(told.reasoning.utf8.count)),
      recording: isFirst && reply.recording.isEmpty
        ? [] : Array(reply.recording.bytes.dropFirst(isFirst ? 0 : told.recording.bytes.count)),
      maximumTries: reply.maximumTries, timeToFirstToken: reply.timeToFirstToken, usage: reply.usage,
      failure: reply.failure)
  }

  @Test("However its checkpoints fall, the follower has the reply that the sender has", arguments: 0..<300)
  func checkpoints(_ seed: Int) {
    var send = RecordedSend(seed: seed)
    let (whole, events) = send.reply(1)
    var sent = Reply(id: whole.id, model: whole.model, startedAt: whole.startedAt)
    var follower = ReplyFollower(sent)
    var stored = sent
    var told: [ReplyEvent] = []
    var isFirst = true
    for event in events {
      sent.apply(event.event, at: event.at)
      guard !sent.state.isFinal, send.next(4) == 0 else { continue }
      told += follower.take(Self.news(sent, beyond: stored, isFirst: isFirst))
      if !sent.recording.isEmpty { isFirst = false }
      stored = sent
    }
    told += follower.end(as: whole)
    #expect(follower.reply.text == whole.text && follower.reply.reasoning == whole.reasoning)
    #expect(follower.reply.state == whole.state && follower.reply.failure == whole.failure)
    #expect(follower.reply.usage == whole.usage && follower.reply.finishReason == whole.finishReason)
    #expect(follower.reply.timeToFirstToken == whole.timeToFirstToken && follower.reply.duration == whole.duration)
    #expect(follower.reply.recording == whole.recording, "it can be replayed as if it had been sent here")

    var shown = Reply(id: whole.id, model: whole.model, startedAt: whole.startedAt)
    for event in told { shown.apply(event.event, at: event.at) }
    #expect(shown == follower.reply, "the events alone make the same reply")
    #expect(told.last?.event.isFinal == true && told.dropLast().allSatisfy { !$0.event.isFinal })
  }

  @Test("A recording that is damaged costs the times, not the answer") func damaged() {
    var follower = ReplyFollower(Reply(id: Sample.id(1), model: Sample.model("m"), startedAt: RecordedSend.date))
    let events = follower.take(.init(text: Array("all of it".utf8), recording: [1, 0x80]))
    #expect(events.map(\.event) == [.text("all of it")])
  }

  @Test("What has ended is told once") func ended() {
    var whole = Reply(id: Sample.id(1), model: Sample.model("m"), startedAt: RecordedSend.date)
    var follower = ReplyFollower(whole)
    whole.apply(.text("x"), at: .milliseconds(3))
    whole.apply(.finished(.stop), at: .milliseconds(4))
    #expect(follower.end(as: whole).map(\.event) == [.text("x"), .finished(.stop)])
    #expect(follower.end(as: whole).isEmpty)
  }
}
