import Conversations
import Foundation
import GodotWire
import JSON
import MCP
import TestSupport
import Testing

@testable import GodotLog

@Suite struct RecordTests {
  @Test(
    "A trace id that is no UUID, which would destroy a batch, is replaced and kept in data",
    arguments: ["", "1234abcd"])
  func traceID(text: String) throws {
    let record = LogRecord(component: "c", level: "INFO", message: "m", traceID: text, data: ["a": 1])
    #expect(UUID(uuidString: try #require(record.arguments["trace_id"]?.string)) != nil)
    #expect(record.data == ["a": 1, "repaired": ["trace_id": .string(text)]])
  }

  @Test(
    "A level by any usual name becomes one of the five, and an unknown one INFO, visibly",
    arguments: [
      ("warning", "WARN", false), ("FATAL", "ERROR", false), ("Info", "INFO", false), ("trace", "TRACE", false),
      ("loud", "INFO", true), ("", "INFO", true),
    ])
  func level(name: String, word: String, isRepaired: Bool) {
    let record = LogRecord(component: "c", level: name, message: "m", traceID: UUID().uuidString)
    #expect(record.arguments["level"]?.string == word)
    #expect((record.data["repaired"]?["level"]?.string == name) == isRepaired)
  }

  @Test("U+0000 in keys and values, and numbers JSON cannot say, are replaced visibly")
  func values() {
    let record = LogRecord(
      component: "a\0", level: .warn, message: "b\0", traceID: UUID(),
      data: ["k\0": ["x\0", .double(.nan), .double(.infinity), 1.5]])
    #expect(record.component == "a\u{FFFD}" && record.message == "b\u{FFFD}")
    #expect(record.data == ["k\u{FFFD}": ["x\u{FFFD}", "\u{FFFD} nan", "\u{FFFD} inf", 1.5]])
  }

  @Test("Data that is no object is put into one")
  func data() {
    #expect(LogRecord(component: "c", level: .info, message: "m", traceID: UUID(), data: [1]).data == ["value": [1]])
    #expect(LogRecord(component: "c", level: .info, message: "m", traceID: UUID(), data: nil).data == [:])
  }

  @Test("Levels have an order")
  func order() {
    #expect(LogRecord.Level.allCases == [.trace, .debug, .info, .warn, .error])
    #expect(LogRecord.Level.debug < .warn)
  }

  @Test("A secret is taken out wherever its value stands, also within another secret")
  func redactValues() {
    let redactor = Redactor(secrets: ["sk-12345678", "sk-12345678-long", "short"])
    #expect(redactor.redact("a sk-12345678 b sk-12345678-long, short") == "a [REDACTED] b [REDACTED], short")
    #expect(redactor.redact(["sk-12345678": ["é sk-12345678"]]) == ["[REDACTED]": ["é [REDACTED]"]])
  }

  @Test("A field with a telling name loses its value; token counts stay")
  func redactNames() {
    let value: JSON = [
      "X-Api-Key": "k", "Authorization": "Bearer x", "client_secret": ["a"], "password": 1, "refresh_token": "t",
      "input_tokens": 5, "tokens": 6, "secretary": "Ann", "token": nil,
    ]
    #expect(
      Redactor().redact(value) == [
        "X-Api-Key": "[REDACTED]", "Authorization": "[REDACTED]", "client_secret": "[REDACTED]",
        "password": "[REDACTED]", "refresh_token": "[REDACTED]", "input_tokens": 5, "tokens": 6, "secretary": "Ann",
        "token": nil,
      ])
  }

  @Test("A redactor never prints what it knows")
  func redactorIsSilent() {
    let redactor = Redactor(secrets: ["sk-12345678"])
    var dumped = ""
    dump(redactor, to: &dumped)
    #expect(!"\(redactor) \(String(reflecting: redactor)) \(dumped)".contains("sk-"))
  }

  @Test("The dialect is chosen by the tools offered, never assumed")
  func dialects() {
    let a = Dialect(tools: ["logger_log"])
    #expect(a.log == "logger_log" && a.conversations == nil)
    let b = Dialect(tools: ["logger_log", "conversation_begin", "conversation_store_message"])
    #expect(b.conversations == .init(begin: "conversation_begin", store: "conversation_store_message"))
    let c = Dialect(tools: ["godot_logger_log", "godot_conversation_begin", "godot_conversation_store_message"])
    #expect(c.log == "godot_logger_log")
    #expect(c.conversations == .init(begin: "godot_conversation_begin", store: "godot_conversation_store_message"))
    #expect(Dialect(tools: ["godot_logger_log", "godot_conversation_begin"]).conversations == nil)
    #expect(Dialect(tools: ["weather"]).isEmpty)
  }

  @Test(
    "What a server says is understood",
    arguments: [
      (
        "duplicate key value violates unique constraint \"messages_conversation_id_turn_number_key\"",
        ServerAnswer.alreadyStored
      ),
      (
        "[Errno 111] Connect call failed ('127.0.0.1', 5432)",
        .away("the server's storage does not answer")
      ),
      ("Connect call failed: disk full", .away("the server's storage: disk full")),
      ("the database system is starting up", .away("the server's storage is starting")),
      ("invalid input syntax\nTraceback: x", .refused("the server's storage takes no such value")),
      ("duplicate key in \"other\"", .refused("the server's storage takes no such value")),
    ])
  func answers(text: String, answer: ServerAnswer) {
    #expect(ServerAnswer(.failure(JSONRPCError(code: -32603, message: text))) == answer)
    let result: JSON = ["content": [["type": "text", "text": .string(text)]], "isError": true]
    #expect(ServerAnswer(.success(result)) == answer)
  }

  @Test("Whatever a server's database or queue says, the words name the part that is away and nothing of its inside")
  func honestWords() {
    let inside = #/Errno|Traceback|127\.0|localhost|::1|\d{4}|base/|Redis|redis|asyncio|Timeout[A-Z]|\.py/#
    for (texts, part) in [(ScriptedGodot.Failures.database, "storage"), (ScriptedGodot.Failures.queue, "queue")] {
      for text in texts {
        let error = JSONRPCError(code: -32603, message: text, data: .string(ScriptedGodot.Failures.traceback))
        let answer = ServerAnswer(.failure(error))
        switch answer {
        case .away, .failed: break
        default: Issue.record("\(text): \(answer)")
        }
        let words = answer.words ?? ""
        #expect(words.hasPrefix("the server's \(part)") && !words.contains(inside), "\(text): \(words)")
      }
    }
    for text in [
      "'NoneType' object has no attribute 'acquire'", "File \"/app/server.py\", line 3", "KeyError: 'content'",
      "asyncpg.exceptions.DataError: invalid", "cannot open /var/lib/godot/x",
    ] {
      #expect(ServerAnswer(.failure(JSONRPCError(code: -32603, message: text))) == .refused("the server failed on it"))
    }
    #expect(
      ServerAnswer(.failure(JSONRPCError(code: -32603, message: "the quota of this month is used up")))
        == .refused("the quota of this month is used up"))
  }

  @Test("A code in error.data decides before the text does")
  func codes() {
    let error = JSONRPCError(code: -32603, message: "anything", data: ["code": "storage_away"])
    #expect(ServerAnswer(.failure(error)) == .away("the server's storage does not answer"))
  }

  @Test("Every code of Fiedler's own server is obeyed, whatever the text reminds of", arguments: LogErrorCode.allCases)
  func ownCodes(code: LogErrorCode) {
    let text = "connection refused: conversation not found"
    let answer = ServerAnswer(.failure(JSONRPCError(code: -32603, message: text, data: code.data)))
    let expected: ServerAnswer =
      switch code {
      case .storageAway: .away("the server's storage does not answer")
      case .turnTaken, .invalidArgument, .unknownTool, .unknownMethod, .notJSON, .invalidRequest: .refused(text)
      // These leave it to the text.
      case .conversationNotFound, .unstorable, .failed:
        .conversationUnknown("the server does not know the conversation")
      }
    #expect(answer == expected)
  }

  @Test("A code that only a later server knows leaves the decision to the text")
  func unknownCode() {
    let error = JSONRPCError(code: -32603, message: "disk full", data: ["code": "from_the_future"])
    #expect(ServerAnswer(.failure(error)) == .away("the server's storage: disk full"))
  }
}
