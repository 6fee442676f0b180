import Conversations
import Foundation
import GRDB
import JSON
import TestSupport
import Testing

@testable import Interchange

/// Numbers in what is imported, each at its worst.
@Suite("Hostile numbers in imports") struct BoundsTests {
  /// Where numbers stand in an exported conversation: of the exchange, of its reply, and of parts of the reply.
  static let places = [
    "exchange.turn_number", "reply.attempt", "reply.turn_number", "reply.tries", "reply.maximum_tries",
    "reply.ttft_us", "reply.duration_us", "reply.retry_at_us", "usage.prompt_tokens", "usage.completion_tokens",
    "usage.reasoning_tokens", "failure.http_status", "failure.retry_after_seconds", "root.version",
  ]

  private func text(_ place: String, _ number: String) -> String {
    let parts = place.split(separator: ".").map(String.init)
    func field(_ owner: String, _ standard: String = "") -> String {
      parts[0] == owner ? "\"\(parts[1])\":\(number)," : standard
    }
    let version = place == "root.version" ? number : "1"
    let turn = place == "exchange.turn_number" ? number : "1"
    return """
      {"format":"fiedler-conversation","version":\(version),"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","title":"t",
       "created_at":"2026-01-31T09:05:00Z","updated_at":"2026-01-31T09:05:00Z",
       "exchanges":[{"id":"6ba7b811-9dad-11d1-80b4-00c04fd430c8","turn_number":\(turn),"prompt":"p",
        "models":[{"provider":"local","name":"m"}],"sent_at":"2026-01-31T09:05:00Z",
        "replies":[{"id":"6ba7b812-9dad-11d1-80b4-00c04fd430c8","model":{"provider":"local","name":"m"},
         \(field("reply"))"usage":{\(field("usage"))"x":1},
         "failure":{\(field("failure"))"kind":"http","message":"no"},
         "state":"partial","text":"hello","started_at":"2026-01-31T09:05:00Z"}]}]}
      """
  }

  @Test("Any number anywhere is bounded or refused by its path, and what is taken can be shown, replayed and exported")
  func conversations() throws {
    var taken = 0
    for place in Self.places {
      for number in HostileNumbers.texts {
        let text = text(place, number)
        do {
          let conversation = try ConversationJSON.conversation(JSON(text))
          let reply = conversation.exchanges[0].replies[0]
          #expect(Bounds.ordinals.contains(reply.attempt) && Bounds.counts.contains(reply.tries), "\(place) \(number)")
          for length in [reply.duration, reply.timeToFirstToken, reply.retryAt].compactMap(\.self) {
            #expect(Bounds.seconds.contains(length.inSeconds), "\(place) \(number)")
          }
          #expect(reply.completionTokens >= 0 && reply.completionTokens <= Bounds.tokens.upperBound)
          let timeline = ReplayTimeline(of: conversation.exchanges[0])
          _ = timeline.events(after: nil, through: timeline.duration)
          _ = ConversationMarkdown.document(conversation) { _ in Price(input: 1e6, output: 1e6) }
          let written = ConversationJSON.json(conversation).text
          #expect(try ConversationJSON.conversation(JSON(written)) == conversation, "\(place) \(number)")
          taken += 1
        } catch let error as InvalidConversation {
          #expect(error.path.hasSuffix(String(place.split(separator: ".")[1])), "\(place) \(number): \(error)")
        } catch is JSONError {
          #expect(["1e999", "NaN", "Infinity"].contains(number), "\(place) \(number)")
        }
      }
    }
    #expect(taken > Self.places.count)
  }

  @Test("A number that is too great is said to be so")
  func words() {
    let error = #expect(throws: InvalidConversation.self) {
      try ConversationJSON.conversation(JSON(text("reply.attempt", "9223372036854775807")))
    }
    #expect(error?.description == "exchanges[0].replies[0].attempt: 9223372036854775807 is more than 1000000000")
  }

  @Test("A count of tokens out of bounds is none, and no reason to refuse the answer")
  func tokens() throws {
    for number in ["-1", "-9223372036854775808", "9223372036854775807"] {
      for count in ["prompt_tokens", "completion_tokens", "reasoning_tokens"] {
        let conversation = try ConversationJSON.conversation(JSON(text("usage." + count, number)))
        #expect(conversation.exchanges[0].replies[0].usage == Usage())
      }
    }
  }

  @Test("A recording of any bytes is read within bounds or refused", arguments: HostileNumbers.integers)
  func recordings(number: Int) {
    func varint(_ value: UInt64) -> [UInt8] {
      var rest = value
      var bytes: [UInt8] = []
      repeat {
        bytes.append(UInt8(truncatingIfNeeded: rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
        rest >>= 7
      } while rest > 0
      return bytes
    }
    let hostile = UInt64(bitPattern: Int64(number))
    for tag in UInt64(0)...3 {
      for (time, value) in [(hostile, 1), (1, hostile), (hostile, hostile), (hostile >> 3, hostile >> 4)] {
        let entry = varint(time) + varint(value << 2 | tag)
        guard let recording = try? Recording(bytes: [1] + entry + entry + varint(5) + varint(3)) else { continue }
        for entry in recording.entries() {
          #expect(entry.milliseconds <= UInt64(Bounds.milliseconds.upperBound) && entry.value >= 0)
          if entry.kind == .attempt { #expect(Bounds.ordinals.contains(entry.value)) }
        }
        var reply = Reply(
          id: UUID(), model: ModelReference(provider: "p", name: "m"), state: .success, text: "a",
          startedAt: Date(), recording: recording)
        reply.duration = nil
        let timeline = ReplayTimeline([reply])
        for event in timeline.events(after: nil, through: timeline.duration) {
          _ = timeline.reply(reply.id, at: event.at)
        }
      }
    }
  }

  @Test("A recorder given any number writes what it can read again", arguments: HostileNumbers.integers)
  func recorder(number: Int) throws {
    var recording = Recording()
    for kind in [Recording.Kind.text, .reasoning, .retry] {
      recording.append(kind, value: number, at: .milliseconds(number))
    }
    #expect(try Recording(bytes: recording.bytes).entries() == recording.entries())
  }

  @Test("Numbers of llm's log are counts, or none")
  func llmLog() throws {
    let directory = try TemporaryDirectory()
    let path = directory("logs.db")
    let queue = try DatabaseQueue(path: path)
    let numbers = HostileNumbers.integers.map(String.init) + ["1e308", "-1e308", "9e999", "'NaN'", "'1e5'", "NULL"]
    try queue.write { db in
      try db.execute(
        sql: """
          CREATE TABLE conversations (id TEXT PRIMARY KEY, name TEXT, model TEXT);
          CREATE TABLE responses (id TEXT PRIMARY KEY, model TEXT, prompt TEXT, system TEXT, response TEXT,
            conversation_id TEXT, duration_ms, datetime_utc TEXT, input_tokens, output_tokens, token_details TEXT);
          """)
      for (index, number) in numbers.enumerated() {
        let details = #"{"completion_tokens_details":{"reasoning_tokens":\#(number)}}"#
        try db.execute(
          sql: """
            INSERT INTO responses VALUES (?, 'm', 'p', NULL, 'r', ?, \(number), '2026-01-01T00:00:00', \(number), \(number), ?)
            """, arguments: ["r\(index)", "c\(index)", details])
      }
    }
    let reader = try LLMLogReader(path: path) { _ in nil }
    var read = 0
    while let item = reader.next() {
      let reply = try item.result.get().exchanges[0].replies[0]
      for count in [reply.usage.promptTokens, reply.usage.completionTokens, reply.usage.reasoningTokens] {
        #expect(count.map(Bounds.tokens.contains) ?? true)
      }
      #expect(reply.duration.map { Bounds.seconds.contains($0.inSeconds) } ?? true)
      read += 1
    }
    #expect(read == numbers.count)
  }

  @Test("Numbers of an earlier folder are counts, or none", arguments: HostileNumbers.texts.dropLast(3))
  func earlierFolder(number: String) throws {
    let directory = try TemporaryDirectory()
    let folder = directory("20240131_090500_0123abcd")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for timestamp in ["\"2024-01-31T09:05:00\"", number] {
      try Data(
        """
        {"timestamp":\(timestamp),"prompt":"p","models":["m"],"results":[{"model":"m","status":"success",
         "output_file":"m.md","duration":\(number),
         "tokens":{"prompt":\(number),"completion":\(number),"reasoning":\(number)}}]}
        """.utf8
      ).write(to: URL(fileURLWithPath: folder + "/summary.json"))
      try Data("hello".utf8).write(to: URL(fileURLWithPath: folder + "/m.md"))
      let conversation = try EarlierFolder.item(folder) { _ in nil }.result.get()
      let reply = conversation.exchanges[0].replies[0]
      #expect(reply.usage.completionTokens.map(Bounds.tokens.contains) ?? true)
      #expect(reply.duration.map { Bounds.seconds.contains($0.inSeconds) } ?? true)
      _ = ConversationMarkdown.document(conversation) { _ in nil }
      _ = ConversationJSON.json(conversation).text
    }
  }
}
