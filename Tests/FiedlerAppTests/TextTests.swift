import Basics
import ConversationStore
import Conversations
import FoundationEssentials
import JSON
import SendEngine
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Reports, conversations and lists as text") struct TextTests {
  static let replies = [
    Fixture.reply(
      "one", .firstToken, .reasoning("Hm."), .text("Because"), .usage(Usage(promptTokens: 9, completionTokens: 4)),
      .finished(.length)),
    Fixture.reply("two", number: 2, .connecting(attempt: 1, of: 1), .failed(SendFailure(.connection, "refused"))),
  ]

  @Test("`send --json` prints what is documented, and nothing else")
  func report() throws {
    let report = SendReport(
      outcome: .partialSuccess, correlationID: Fixture.id(7), conversationID: Fixture.id(8), replies: Self.replies)
    let expected: JSON = [
      "status": "partial_success", "correlation_id": "00000000-0000-4000-8000-000000000007",
      "conversation_id": "00000000-0000-4000-8000-000000000008",
      "results": [
        [
          "model": "one", "provider": "test", "status": "success", "text": "Because", "reasoning": "Hm.", "error": nil,
          "finish_reason": "length", "tokens": ["prompt": 9, "completion": 4], "duration": 4.0, "ttft": 0.0,
        ],
        [
          "model": "two", "provider": "test", "status": "failed", "text": "", "reasoning": nil, "error": "refused",
          "finish_reason": nil, "tokens": ["prompt": nil, "completion": nil], "duration": 1.0, "ttft": nil,
        ],
      ],
    ]
    #expect(report.json == expected)
    #expect(try JSON(report.json.text)["results"]?.array?.count == 2)
  }

  @Test(
    "The exit status tells all, some and none apart",
    arguments: [(SendOutcome.success, Int32(0)), (.partialSuccess, 3), (.failure, 1)] as [(SendOutcome, Int32)])
  func exitCode(_ outcome: SendOutcome, _ code: Int32) {
    let report = SendReport(
      outcome: outcome, correlationID: Fixture.id(7), conversationID: Fixture.id(8), replies: [])
    #expect(report.exitCode == code)
  }

  static func conversation() -> Conversation {
    var replies = replies
    replies[0].turnNumber = 2
    replies[1].turnNumber = 3
    var again = Fixture.reply("two", number: 3, .text("Since\n"), .finished(.stop))
    again.attempt = 2
    again.turnNumber = 4
    var exchange = Sample.exchange(1, "Why?", replies + [again], id: Fixture.id(7))
    exchange.prompt.system = "Be brief."
    exchange.prompt.attachments = [Attachment(name: "a.txt", sha256: "00ff", content: "secret of the file")]
    return Sample.conversation([exchange], id: Fixture.id(8))
  }

  @Test("A conversation is Markdown with a heading for each turn")
  func markdown() {
    let expected = """
      # Why?

      ## 1. Prompt

      ### System

      Be brief.

      ### Text

      Why?

      Files: a.txt

      ## 2. test/one

      Because

      _success · 4.0 s · first token after 0.00 s · 4 tokens_

      ## 3. test/two

      _failed · refused · 1.0 s_

      ## 4. test/two (attempt 2)

      Since

      _success · 1.0 s_

      """
    #expect(ConversationText.markdown(Self.conversation()) == expected)
  }

  @Test("A conversation is JSON with the names and hashes of its files, and its answers as `send --json` has them")
  func json() throws {
    let json = try JSON(ConversationText.json(Self.conversation()).text)
    #expect(json["id"] == "00000000-0000-4000-8000-000000000008" && json["created_at"]?.double == 1_700_000_000)
    let exchange = try #require(json["exchanges"]?[0])
    #expect(exchange["prompt"] == "Why?" && exchange["system"] == "Be brief." && exchange["turn_number"] == 1)
    #expect(exchange["files"] == [["name": "a.txt", "sha256": "00ff"]])
    #expect(exchange["replies"]?.array?.count == 3)
    #expect(exchange["replies"]?[0] == (try JSON(SendReport.json(Self.conversation().exchanges[0].replies[0]).text)))
  }

  @Test("The history as JSON tells how each model of the last prompt did")
  func history() throws {
    let summary = ConversationSummary(
      id: Fixture.id(8), title: "Why?", createdAt: Fixture.date, updatedAt: Fixture.date.addingTimeInterval(9),
      models: [Fixture.model("one"), Fixture.model("two")], promptCount: 3, states: [.success, .interrupted])
    let expected: JSON = [
      [
        "id": "00000000-0000-4000-8000-000000000008", "title": "Why?", "created_at": 1_700_000_000.0,
        "updated_at": 1_700_000_009.0, "models": ["test/one", "test/two"], "prompts": 3,
        "states": ["success", "interrupted"], "tags": [], "pinned": false, "hit": nil,
      ]
    ]
    #expect(ListingText.json([summary]) == expected)
    #expect(ListingText.line(summary).hasSuffix("  ●◇  Why?  [one, two]"))
    #expect(ListingText.line(summary).contains(#/^2023-11-1\d \d\d:\d\d  /#))
  }

  @Test("The models as JSON tell which are asked by default")
  func models() throws {
    let registry = try ModelRegistry.parse(
      """
      providers:
        lab:
          base_url: http://127.0.0.1:1/v1
          models:
            big: {aliases: [b], max_tokens: 1000, max_completion_tokens: 100, timeout: 7, price: {input: 3, output: 7.5}}
            small: {}
      defaults: {models: [small]}
      """)
    let json = ListingText.json(registry)
    #expect(
      json[0] == [
        "model": "big", "provider": "lab", "aliases": ["b"], "default": false, "context_window": 1000,
        "max_completion_tokens": 100, "timeout": 7.0, "price": ["input": 3.0, "output": 7.5],
      ])
    #expect(json[1]?["default"] == true && json[1]?["price"] == .null)
  }

  @Test("A name that no model has is an error that says where the names are")
  func unknownModel() throws {
    let error = try #require(throws: ModelResolutionError.self) { try ModelRegistry.parse("{}").resolve(["nothing"]) }
    #expect(ErrorWords.text(for: error).hasSuffix("\n`fiedler models` lists what can be asked."))
  }

  @Test("The start of several ids is an error that lists them, a line each")
  func ambiguous() {
    let candidates = (8...9).map {
      ConversationSummary(
        id: Fixture.id($0), title: "Title \($0)", createdAt: Fixture.date, updatedAt: Fixture.date, models: [],
        promptCount: 1, states: [])
    }
    let lines = ErrorWords.text(for: StoreError.ambiguous(prefix: "00", candidates: candidates)).split(separator: "\n")
    #expect(lines.count == 3 && lines[0].contains("00"))
    #expect(lines[1].contains(Fixture.id(8).lowercased) && lines[1].contains("Title 8"))
  }
}
