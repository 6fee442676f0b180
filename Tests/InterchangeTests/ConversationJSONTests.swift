import Basics
import Conversations
import Foundation
import JSON
import Testing

@testable import Interchange

@Suite("Conversations as JSON")
struct ConversationJSONTests {
  @Test("Every generated conversation comes back equal, and is written the same way again")
  func roundTrip() throws {
    var generator = SeededGenerator(20_260_131)
    for _ in 0..<400 {
      let conversation = generator.conversation()
      let text = ConversationJSON.json(conversation).text
      #expect(!text.contains("\n"))
      let read = try ConversationJSON.conversation(JSON(bytes: Array(text.utf8)))
      #expect(read == conversation)
      #expect(ConversationJSON.json(read).text == text)
    }
  }

  @Test("A text of a megabyte comes back byte for byte")
  func largeText() throws {
    var conversation = sampleConversation()
    conversation.exchanges[0].replies[0].text = String(repeating: "\"日\u{0}\\\n", count: 150_000)
    let text = ConversationJSON.json(conversation).text
    #expect(try ConversationJSON.conversation(JSON(bytes: Array(text.utf8))) == conversation)
  }

  @Test("Lone surrogate escapes and unknown keys are no obstacle, and what may be missing may be missing")
  func lenient() throws {
    let text =
      #"""
      {"format": "fiedler-conversation", "version": 1, "id": "1F0C9A2E-0000-4000-8000-000000000001",
       "title": "lone \ud800 half", "created_at": "2026-01-31T09:05:00Z", "updated_at": "2026-01-31T09:05:00Z",
       "colour": "blue", "tags": ["b", "a", "b"],
       "exchanges": [{"id": "1F0C9A2E-0000-4000-8000-000000000002", "turn_number": 1, "prompt": "Why?", "models": [],
         "sent_at": "2026-01-31T09:05:00Z", "mood": 1,
         "replies": [{"id": "1F0C9A2E-0000-4000-8000-000000000003", "model": {"provider": "p", "name": "m"},
           "state": "success", "started_at": "2026-01-31T09:05:00Z"}]}]}
      """#
    let conversation = try ConversationJSON.conversation(JSON(bytes: Array(text.utf8)))
    #expect(conversation.title == "lone \u{FFFD} half" && conversation.tags == ["a", "b"] && !conversation.isPinned)
    let reply = try #require(conversation.exchanges.first?.replies.first)
    #expect(reply.text == "" && reply.attempt == 1 && reply.turnNumber == nil && reply.recording.isEmpty)
    #expect(reply.tries == 0 && reply.maximumTries == 1 && reply.usage == Usage())
  }

  @Test("What is wrong is said with its place", arguments: wrong)
  func wrongValues(_ change: Change) throws {
    let json = Self.changed(ConversationJSON.json(sampleConversation()), change.path[...], change.value) ?? .null
    let error = #expect(throws: InvalidConversation.self) { try ConversationJSON.conversation(json) }
    #expect(error?.path == change.place)
    #expect(error?.reason.contains(change.reason) == true, "\(String(describing: error))")
  }

  struct Change: Sendable, CustomTestStringConvertible {
    /// Keys and indices.
    var path: [String]
    /// Nothing removes the key.
    var value: JSON?
    var place: String
    var reason: String
    var testDescription: String { place + " " + reason }

    init(_ path: String..., to value: JSON?, place: String, _ reason: String) {
      (self.path, self.value, self.place, self.reason) = (path, value, place, reason)
    }
  }

  private static let wrong = [
    Change(to: 3, place: "", "an integer, not an object"),
    Change("format", to: nil, place: "format", "no exported conversation"),
    Change("version", to: 2, place: "version", "newer Fiedler"),
    Change("version", to: 0, place: "version", "less than 1"),
    Change("id", to: "abc", place: "id", "no UUID"),
    Change("title", to: nil, place: "title", "missing"),
    Change("created_at", to: "today", place: "created_at", "no time"),
    Change("pinned", to: "yes", place: "pinned", "a string, not a boolean"),
    Change("tags", "0", to: 1, place: "tags[0]", "not a string"),
    Change("exchanges", "1", "turn_number", to: 1, place: "exchanges[1].turn_number", "exchanges[0] has the number 1"),
    Change("exchanges", "1", "turn_number", to: 0, place: "exchanges[1].turn_number", "less than 1"),
    Change("exchanges", "1", "turn_number", to: 1.5, place: "exchanges[1].turn_number", "not a whole number"),
    Change(
      "exchanges", "0", "parent", to: "1f0c9a2e-0000-4000-8000-000000000001", place: "exchanges[0].parent",
      "no earlier exchange"),
    Change(
      "exchanges", "0", "attachments", "1", "content", to: nil, place: "exchanges[0].attachments[1].content", "missing"),
    Change(
      "exchanges", "1", "replies", "0", "state", to: "asleep", place: "exchanges[1].replies[0].state", "none of queued"),
    Change(
      "exchanges", "0", "replies", "1", "failure", "kind", to: "moody", place: "exchanges[0].replies[1].failure.kind",
      "none of missingKey"),
    Change(
      "exchanges", "0", "replies", "0", "model", "name", to: .null, place: "exchanges[0].replies[0].model.name",
      "null, not a string"),
    Change(
      "exchanges", "0", "replies", "0", "recording", to: "AQk=", place: "exchanges[0].replies[0].recording",
      "not a recording"),
    Change(
      "exchanges", "0", "replies", "0", "recording", to: "*", place: "exchanges[0].replies[0].recording", "not base64"),
    Change(
      "exchanges", "0", "replies", "0", "usage", to: [], place: "exchanges[0].replies[0].usage",
      "an array, not an object"),
  ]

  private static func changed(_ json: JSON, _ path: ArraySlice<String>, _ value: JSON?) -> JSON? {
    guard let key = path.first else { return value }
    switch json {
    case .object(var members):
      members[key] = changed(members[key] ?? .null, path.dropFirst(), value)
      return .object(members)
    case .array(var elements):
      elements[Int(key)!] = changed(elements[Int(key)!], path.dropFirst(), value) ?? .null
      return .array(elements)
    default: return json
    }
  }
}
