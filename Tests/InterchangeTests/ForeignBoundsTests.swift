import Conversations
import Foundation
import JSON
import TestSupport
import Testing

@testable import Interchange

/// Numbers and times in what other programs export, each at its worst.
@Suite("Hostile numbers in other programs' exports") struct ForeignBoundsTests {
  static let samples: [(name: String, text: String)] = [
    ("chatgpt.json", ForeignConversationTests.chatGPT), ("claude.json", ForeignConversationTests.claudeExport),
    ("open-webui.json", ForeignConversationTests.openWebUIExport),
    ("claude-code.jsonl", ForeignConversationTests.claudeCode),
    ("rollout-1.jsonl", ForeignConversationTests.codexSession),
  ]

  static let keys = [
    "create_time", "update_time", "created_at", "updated_at", "timestamp", "prompt_tokens", "completion_tokens",
    "input_tokens", "output_tokens",
  ]

  /// The sample with a number wherever one of the keys has a value; how often that was.
  private func hostile(_ text: String, _ keys: [String], _ number: String) throws -> (text: String, count: Int) {
    let value = try Regex(#"("(\#(keys.joined(separator: "|")))": ?)("[^"]*"|[0-9.]+)"#)
    let count = text.matches(of: value).count
    return (text.replacing(value) { "\($0[1].substring ?? "")\(number)" }, count)
  }

  @Test("Whatever stands for a time or a count, the answers are read, and can be shown, replayed and exported")
  func numbers() throws {
    let directory = try TemporaryDirectory()
    for (name, text) in Self.samples {
      let whole = try { () throws -> [Conversation] in
        try directory.write(name, text)
        return try importItems(at: directory(name)).compactMap(\.conversation)
      }()
      var places = 0
      for number in HostileNumbers.texts.dropLast(3) {
        for keys in [Self.keys] + Self.keys.map({ [$0] }) {
          let (hostile, count) = try hostile(text, keys, number)
          guard count > 0 else { continue }
          places += count
          try directory.write(name, hostile)
          let conversations = try importItems(at: directory(name)).compactMap(\.conversation)
          #expect(
            conversations.map { $0.exchanges.map(\.prompt.text).sorted() }
              == whole.map { $0.exchanges.map(\.prompt.text).sorted() }, "\(name) \(keys) \(number)")
          for conversation in conversations { try check(conversation, "\(name) \(keys) \(number)") }
        }
      }
      #expect(places > 0, "\(name)")
    }
  }

  private func check(_ conversation: Conversation, _ place: String) throws {
    for date in [conversation.createdAt, conversation.updatedAt] + conversation.exchanges.map(\.prompt.sentAt) {
      #expect(abs(date.timeIntervalSince1970) < 1e12, "\(place)")
    }
    for exchange in conversation.exchanges {
      for reply in exchange.replies {
        for count in [reply.usage.promptTokens, reply.usage.completionTokens, reply.usage.reasoningTokens] {
          #expect(count.map(Bounds.tokens.contains) ?? true, "\(place)")
        }
        #expect(reply.duration.map { Bounds.seconds.contains($0.inSeconds) } ?? true, "\(place)")
      }
      let timeline = ReplayTimeline(of: exchange)
      _ = timeline.events(after: nil, through: timeline.duration)
    }
    _ = ConversationMarkdown.document(conversation) { _ in Price(input: 1e6, output: 1e6) }
    let written = ConversationJSON.json(conversation).text
    #expect(throws: Never.self, "\(place)") { try ConversationJSON.conversation(JSON(written)) }
  }

  @Test("A ZIP file whose numbers are any is refused in words, or read") func zip() throws {
    let directory = try TemporaryDirectory()
    let path = directory("export.zip")
    let content = Array(ForeignConversationTests.claudeExport.utf8)
    // Stored, so that no checksum is asked for: a local header, the name, the content, the directory and its end.
    func field(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 0xFF) } }
    let name = Array("c.json".utf8)
    let size = field(content.count, 4)
    let local = field(0x0403_4B50, 4) + field(0, 14) + size + size + field(name.count, 2) + field(0, 2) + name
    let entry =
      field(0x0201_4B50, 4) + field(0, 16) + size + size + field(name.count, 2) + field(28, 2) + field(0, 14) + name
      + field(1, 2) + field(24, 2) + field(content.count, 8) + field(content.count, 8) + field(0, 8)
    let start = local.count + content.count
    let end =
      field(0x0605_4B50, 4) + field(0, 4) + field(1, 2) + field(1, 2) + field(entry.count, 4) + field(start, 4)
      + field(0, 2)
    let whole = local + content + entry + end
    try Data(whole).write(to: URL(fileURLWithPath: path))
    #expect(try importItems(at: path).compactMap(\.conversation).count == 1)
    for place in Array(0..<local.count) + Array(start..<whole.count) {
      for width in [4, 8] where place + width <= whole.count {
        for number in [Int.min, -1, 0, Int.max] {
          var bytes = whole
          bytes.replaceSubrange(place..<(place + width), with: field(number, width))
          try Data(bytes).write(to: URL(fileURLWithPath: path))
          do { _ = try importItems(at: path) } catch { #expect(!"\(error)".isEmpty) }
        }
      }
    }
  }
}
