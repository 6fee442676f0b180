import Basics
import Conversations
import Digest
import Foundation
import JSON
import TestSupport

@testable import Interchange

/// The same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
  /// Whether texts may hold U+FEFF.
  var knowsByteOrderMark = true
  private var numbers: Seeded

  init(_ seed: UInt64) { numbers = Seeded(seed) }

  mutating func next() -> UInt64 { numbers.next() }

  mutating func uuid() -> UUID {
    let (a, b) = (next(), next())
    return withUnsafeBytes(of: (a, b)) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
  }

  mutating func maybe<Value>(_ value: (inout Self) -> Value) -> Value? {
    Bool.random(using: &self) ? value(&self) : nil
  }

  mutating func text() -> String {
    let pieces = [
      "plain words ", "\n", "\r\n", "\u{0}", "\t", "\u{1B}[31m", "\u{7F}\u{85}\u{9B}", "👩‍👩‍👧‍👦", "e\u{301}", "日本語",
      "\u{FFFD}", "\u{10FFFF}",
      knowsByteOrderMark ? "\u{FEFF}" : "", "\u{2028}\u{202E}", "\"", "\\", "\\u0000 \\ud800", "---\n",
      ": - # {[*&!|>'%@`", "```\n",
      "</details>", " ",
    ]
    return (0..<Int.random(in: 0...12, using: &self)).map { _ in pieces.randomElement(using: &self)! }.joined()
  }

  mutating func date() -> Date {
    // From 1900 to 2099: a `Date` of later ages does not hold every microsecond.
    Date(microseconds: Int64.random(in: -2_200_000_000_000_000...4_100_000_000_000_000, using: &self))
  }

  mutating func duration() -> Duration { .microseconds(Int64.random(in: 0...10_000_000_000, using: &self)) }

  mutating func count() -> Int { Int.random(in: 0...10_000_000, using: &self) }

  mutating func model() -> ModelReference { ModelReference(provider: text(), name: text()) }

  mutating func reply(turn: Int) -> Reply {
    var recording = Recording()
    for index in 0..<Int.random(in: 0...20, using: &self) {
      recording.append(.text, value: count(), at: .milliseconds(index * 37))
    }
    var reply = Reply(
      id: uuid(), model: model(), attempt: Int.random(in: 1...4, using: &self), turnNumber: maybe { _ in turn },
      state: ReplyState.allCases.randomElement(using: &self)!, text: text(), reasoning: text(),
      usage: Usage(
        promptTokens: maybe { $0.count() }, completionTokens: maybe { $0.count() },
        reasoningTokens: maybe { $0.count() }, cachedTokens: maybe { $0.count() },
        cacheWriteTokens: maybe { $0.count() }),
      finishReason: maybe {
        [.stop, .length, .toolCall, .blocked($0.text()), .other("x" + $0.text())].randomElement(using: &$0)!
      },
      failure: maybe {
        SendFailure(
          SendFailure.Kind.allCases.randomElement(using: &$0)!, $0.text(), httpStatus: $0.maybe { $0.count() },
          retryAfterSeconds: $0.maybe { Double.random(in: 0...1e5, using: &$0) })
      },
      startedAt: date(), timeToFirstToken: maybe { $0.duration() }, duration: maybe { $0.duration() },
      recording: recording)
    reply.tries = Int.random(in: 0...3, using: &self)
    reply.maximumTries = Int.random(in: 1...3, using: &self)
    reply.retryAt = maybe { $0.duration() }
    reply.continuation = maybe { Continuation(wire: .gemini, items: [.string($0.text())]) }
    reply.options.temperature = maybe { Double.random(in: 0...2, using: &$0) }
    reply.options.stop = ["x" + text()]
    reply.options.body = maybe { [$0.text() + "x": .string($0.text())] } ?? [:]
    return reply
  }

  mutating func conversation() -> Conversation {
    var exchanges: [Exchange] = []
    var turn = 0
    for _ in 0..<Int.random(in: 0...5, using: &self) {
      turn += Int.random(in: 1...3, using: &self)
      var exchange = Exchange(
        prompt: Prompt(
          id: uuid(), parent: maybe { exchanges.randomElement(using: &$0)?.id } ?? nil, turnNumber: turn, text: text(),
          system: maybe { $0.text() }, attachments: (0..<Int.random(in: 0...3, using: &self)).map { _ in attachment() },
          models: (0..<Int.random(in: 0...3, using: &self)).map { _ in model() }, sentAt: date()),
        replies: [])
      for _ in 0..<Int.random(in: 0...3, using: &self) {
        turn += 1
        exchange.replies.append(reply(turn: turn))
      }
      exchanges.append(exchange)
    }
    return Conversation(
      id: uuid(), title: text(), createdAt: date(), updatedAt: date(),
      tags: Set((0..<Int.random(in: 0...3, using: &self)).map { _ in text() }).sorted(),
      isPinned: Bool.random(using: &self), exchanges: exchanges)
  }

  private mutating func picture() -> Attachment {
    let bytes = (0..<Int.random(in: 0...40, using: &self)).map { _ in UInt8.random(in: 0...255, using: &self) }
    let type = MediaType.allCases.randomElement(using: &self)!
    return Attachment(name: text(), sha256: SHA256.text(of: bytes), media: Media(type: type, data: Data(bytes)))
  }

  mutating func attachment() -> Attachment {
    let content = text()
    if let picture = maybe({ $0.picture() }) { return picture }
    return Attachment(name: text(), sha256: SHA256.text(content), content: content)
  }
}

extension Date {
  static let morning = Date(microseconds: 1_769_850_300_000_001)  // 2026-01-31T09:05:00.000001Z
}

/// Two turns with two models, one of which fails.
func sampleConversation(_ title: String = "Why is the sky blue?", id: UUID = UUID()) -> Conversation {
  let models = [
    ModelReference(provider: "openai", name: "gpt-4o"), ModelReference(provider: "together", name: "deepseek/R1"),
  ]
  let file = Attachment(name: "../etc/sky.txt", sha256: SHA256.text("blue\n"), content: "blue\n")
  let other = Attachment(name: "sky.txt", sha256: SHA256.text("red"), content: "red")
  let first = Exchange(
    prompt: Prompt(
      id: UUID(), turnNumber: 1, text: "Why?\n", system: "Be brief.", attachments: [file, other], models: models,
      sentAt: .morning),
    replies: [
      Reply(
        id: UUID(), model: models[0], turnNumber: 3, state: .success, text: "Light\r\nscatters.",
        usage: Usage(promptTokens: 1000, completionTokens: 500, reasoningTokens: 20), finishReason: .stop,
        startedAt: .morning, timeToFirstToken: .milliseconds(310), duration: .microseconds(6_100_001)),
      Reply(
        id: UUID(), model: models[1], turnNumber: 2, state: .failed, failure: SendFailure(.rateLimited, "slow\ndown"),
        startedAt: .morning, duration: .seconds(1)),
    ])
  let second = Exchange(
    prompt: Prompt(
      id: UUID(), parent: first.id, turnNumber: 4, text: "And at dusk?", attachments: [file], models: [models[0]],
      sentAt: .morning + 60),
    replies: [
      Reply(
        id: UUID(), model: models[0], turnNumber: 5, state: .success, text: "Red.\n", reasoning: "Long way.",
        usage: Usage(promptTokens: 2000, completionTokens: 100), finishReason: .stop, startedAt: .morning + 60)
    ])
  return Conversation(
    id: id, title: title, createdAt: .morning, updatedAt: .morning + 66, tags: ["light"], isPinned: true,
    exchanges: [first, second])
}

/// Everything a path holds.
func importItems(at path: String, models: @escaping ModelNames = { _ in nil }) throws -> [ImportItem] {
  let reader = try ImportSource.find(at: path).reader(models: models)
  var items: [ImportItem] = []
  while let item = reader.next() { items.append(item) }
  return items
}

extension ImportItem {
  var conversation: Conversation? { try? result.get() }
  var problem: String? { if case .failure(let problem) = result { problem.description } else { nil } }
}
