import ConversationStore
import Conversations
import Foundation
import GRDB
import JSON
import Testing

@Suite("What is stored is what is read")
struct RoundTripTests {
  let directory = try! TemporaryDirectory()

  @Test("A conversation with files, reasoning, failures, retries and recordings comes back equal")
  func wholeConversation() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let file = AttachedFile(name: "Sources/main.swift", sha256: "ab12", content: "print(\"hi\")\n")
    let other = AttachedFile(name: "main.swift", sha256: "ab12", content: "something else under the same hash")
    var first = try await store.begin(
      .queued("Why?\nReally.", system: "Be brief.", attachments: [file, other, file]), in: id)
    first.replies[1] = try await store.finish(
      first.replies[1].applying([
        (1, .connecting(attempt: 1, of: 2)),
        (
          5,
          .retrying(
            attempt: 2, of: 2, delay: .seconds(1),
            because: SendFailure(.rateLimited, "slow down", httpStatus: 429, retryAfterSeconds: 1.5))
        ),
        (1005, .connecting(attempt: 2, of: 2)), (1100, .firstToken), (1100, .reasoning("hm ")),
        (1200, .text("Because ")),
        (1250, .usage(Usage(promptTokens: 9, cachedTokens: 5, cacheWriteTokens: 3))),
        (1260, .continuation(Continuation(wire: .anthropic, items: [["signature": "c2ln", "thinking": "hm \u{0}"]]))),
        (1300, .failed(SendFailure(.provider, "broke \"off\"", httpStatus: 500, retryAfterSeconds: 0.25))),
      ]))
    first.replies[0] = try await store.finish(first.replies[0].answering("Light scatters."))
    var again = Reply(id: UUID(), model: .fast, attempt: 2, startedAt: .morning + 60)
    again.options.seed = 7
    again.options.stop = ["a\u{0}b"]
    try await store.retry(again, of: first.id)
    first.replies.insert(try await store.finish(again.applying([(3, .cancelled)])), at: 1)
    var second = try await store.begin(.queued("And at dusk?", models: [.slow], at: .morning + 90), in: id)
    second.replies[0] = try await store.finish(
      second.replies[0].applying([(9, .text("Red")), (10, .finished(.blocked("SAFETY")))]))

    let expected = Conversation(
      id: id, title: "Why?", createdAt: .morning, updatedAt: .morning + 90.010, exchanges: [first, second])
    let stored = try await ConversationStore(directory: directory.path).conversation(id)
    #expect(stored == expected)
    #expect(first.prompt.turnNumber == 1)
    #expect(first.replies.map(\.turnNumber) == [3, 4, 2])
    #expect(first.replies.map(\.state) == [.success, .cancelled, .partial])
    #expect(second.prompt.turnNumber == 5 && second.replies[0].turnNumber == 6)
    #expect(try await store.integer("SELECT count(*) FROM contents") == 2)
    #expect(try await store.integer("SELECT count(*) FROM reply_chunks") == 0)
  }

  @Test(
    "Unusual text comes back byte for byte",
    arguments: [
      "", "\u{0}", "a\u{0}b\u{0}", "👩‍👩‍👧‍👦 e\u{301} \u{FFFD} \u{10FFFF}", "' \" % _ \\ ; --\r\n", "\u{FEFF}\u{202E}x",
      String(repeating: "five megabytes, ", count: 327_680),
    ])
  func unusualText(_ text: String) async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    var exchange = try await store.begin(
      .queued(
        text, system: text, attachments: [AttachedFile(name: "a\(text.prefix(9))", sha256: "00", content: text)],
        models: [.fast]),
      in: id)
    let streaming = exchange.replies[0].applying([(1, .reasoning(text)), (2, .text(text)), (3, .text(text))])
    try await store.checkpoint([streaming])
    let partly = try #require(try await store.conversation(id))
    #expect(partly.exchanges[0].replies == [streaming])
    exchange.replies[0] = try await store.finish(
      streaming.applying([(4, .failed(SendFailure(.http, text)))]))
    let whole = try #require(try await store.conversation(id))
    #expect(whole.exchanges == [exchange])
    #expect(Array(whole.exchanges[0].replies[0].text.utf8) == Array((text + text).utf8))
  }

  @Test("A reply is readable as it streams, each checkpoint adding to the last, an older one to nothing")
  func checkpoints() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(), in: id)
    let one = exchange.replies[0].applying([(1, .connecting(attempt: 1, of: 3)), (5, .reasoning("think"))])
    let two = one.applying([(8, .firstToken), (8, .text("The sky")), (9, .usage(Usage(promptTokens: 4)))])
    let three = two.applying([(11, .text(" is é")), (12, .text("🌈"))])
    for reply in [one, two, three, two, three] { try await store.checkpoint([reply, exchange.replies[1]]) }
    let stored = try #require(try await store.conversation(id))
    #expect(stored.exchanges[0].replies == [three, exchange.replies[1]])

    let ended = try await store.finish(three.applying([(20, .finished(.length))]))
    try await store.checkpoint([three])
    let after = try #require(try await store.conversation(id))
    #expect(after.exchanges[0].replies == [ended, exchange.replies[1]])
  }

  @Test("A finish whose outcome was unknown can be repeated: one turn, one number")
  func finishTwice() async throws {
    let store = try ConversationStore(directory: directory.path)
    let exchange = try await store.begin(.queued(), in: UUID())
    let ended = exchange.replies[0].answering("once")
    let first = try await store.finish(ended)
    let second = try await store.finish(ended)
    #expect(first == second && first.turnNumber == 2)
    #expect(try await store.integer("SELECT count(*) FROM turns") == 2)
  }

  @Test("A recording that cannot be read does not take the answer with it")
  func damagedRecording() async throws {
    let store = try ConversationStore(directory: directory.path)
    let id = UUID()
    let exchange = try await store.begin(.queued(models: [.fast]), in: id)
    _ = try await store.finish(exchange.replies[0].answering("still here"))
    try await store.execute("UPDATE replies SET recording = x'01FF'")
    let reply = try #require(try await store.conversation(id)?.exchanges[0].replies[0])
    #expect(reply.text == "still here" && reply.recording.isEmpty)
  }

  @Test("What a checkpoint writes depends on what has come since the last, not on how much there was before")
  func linearWrites() async throws {
    let store = try ConversationStore(directory: directory.path)
    try await store.execute("PRAGMA wal_autocheckpoint = 0")
    var replies = try await store.begin(
      .queued(models: (0..<16).map { ModelReference(provider: "p", name: "\($0)") }), in: UUID()
    ).replies
    // As much as 1,000 tokens a second bring between two checkpoints.
    let text = String(repeating: "abc ", count: 250)
    func stream(checkpoints: Int) async throws -> Int {
      let before = try fileSize(store.path + "-wal")
      for _ in 0..<checkpoints {
        for index in replies.indices { replies[index].apply(.text(text), at: .seconds(1)) }
        try await store.checkpoint(replies)
      }
      return try fileSize(store.path + "-wal") - before
    }
    // The index of the chunks is spread over as many pages as there are replies once it has grown.
    _ = try await stream(checkpoints: 400)
    let first = try await stream(checkpoints: 20)
    _ = try await stream(checkpoints: 800)
    let last = try await stream(checkpoints: 20)
    let arrived = 20 * 16 * text.utf8.count
    #expect(last < first * 5 / 4, "\(first) bytes at first, \(last) after three times as much text")
    #expect(last < arrived * 7, "\(last) bytes written for \(arrived) arrived")
  }

  private func fileSize(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
  }
}
