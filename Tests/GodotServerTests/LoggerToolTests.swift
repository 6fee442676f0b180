import Conversations
import FoundationEssentials
import GodotServer
import JSON
import MCP
import TestSupport
import Testing

@Suite("Log records on the server") struct LoggerToolTests {
  @Test("A record is kept as it came and found again")
  func logAndQuery() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let trace = "0f8fad5b-d9cb-469f-a165-70867728950e"
    let answer = try await fixture.call(
      "logger_log",
      [
        "component": "app", "level": "warning", "message": "hello", "trace_id": .string(trace), "data": ["n": 1],
        "surplus": true,
      ])
    #expect(answer == ["status": "ok", "message": "Log entry stored."])
    _ = try await fixture.call("godot_logger_log", ["component": "app", "level": "Debug", "message": "low"])

    let found = try await fixture.call(
      "godot_logger_query", ["trace_id": .string(trace.uppercased()), "level": "info"])
    let record = try #require(found[0])
    #expect(found.array?.count == 1)
    #expect(record["trace_id"]?.string == trace)
    #expect(record["level"] == "WARN")
    #expect(record["data"] == ["n": 1])
    let time = try #require(record["created_at"]?.string)
    #expect(time.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00/#) != nil)
    #expect((0..<3600).contains(try #require(record["age"]?.double)))
    let all = try await fixture.call("logger_query", ["limit": 0, "search": "", "start_time": "2020-01-01"])
    #expect(all.array?.map { $0["message"] } == ["low"])
    #expect(try await fixture.call("logger_query", ["end_time": "2020-01-01T00:00:00Z"]) == [])
    await fixture.stop()
  }

  @Test(
    "A trace id that is none is mended and kept beside, never fatal",
    arguments: ["1f0c9a2e", 17, "", nil, "0F8FAD5BD9CB469FA16570867728950E"] as [JSON])
  func traceID(given: JSON) async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    _ = try await fixture.call(
      "logger_log", ["component": "c", "level": "INFO", "message": "m", "trace_id": given, "data": ["kept": true]])
    let entry = try #require(storage.now.logs.first)
    switch given {
    case "", .null: #expect(entry.data.value == ["kept": true])
    case .string(let text) where text.count == 32:
      #expect(entry.traceID?.uuidString == "0F8FAD5B-D9CB-469F-A165-70867728950E")
    default:
      #expect(entry.traceID == nil)
      #expect(entry.data.value == ["kept": true, "repaired": ["trace_id": given]])
    }
    await fixture.stop()
  }

  @Test("Unknown levels, null characters, NaN and messages that are no text are mended where they stand")
  func repairs() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let client = try await fixture.raw()
    let calls = [
      #"{"component":"c","level":"loud","message":{"a":1}}"#,
      #"{"component":"a\u0000b","level":"INFO","message":"x\u0000y","data":{"k\u0000":["\u0000"]}}"#,
      #"{"component":"c","level":"INFO","message":"NaN stays","data":{"x":NaN,"y":-Infinity,"z":1e999,"w":1.5}}"#,
    ]
    for (id, arguments) in calls.enumerated() {
      client.sendFrame(
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"logger_log","arguments":\#(arguments)}}"#
      )
    }
    try await eventually("three answers") { client.messages.count == 3 }
    let logs = storage.now.logs
    #expect(logs.map(\.message) == [#"{"a":1}"#, "x\u{FFFD}y", "NaN stays"])
    #expect(logs[0].level == .info)
    #expect(logs[0].data.value == ["repaired": ["level": "loud"]])
    #expect(logs[1].component == "a\u{FFFD}b")
    #expect(logs[1].data.value == ["k\u{FFFD}": ["\u{FFFD}"]])
    let numbers: JSON = ["x": "\u{FFFD} NaN", "y": "\u{FFFD} -Infinity", "z": "\u{FFFD} 1e999", "w": 1.5]
    #expect(logs[2].data.value == numbers)
    client.close()
    await fixture.stop()
  }

  @Test("Bytes of a binary message that are no UTF-8 become U+FFFD")
  func invalidText() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let client = try await fixture.raw()
    let call = MCP.call(
      id: 1, tool: "logger_log", arguments: ["component": "c", "level": "INFO", "message": "a?b"])
    let bytes = call.json.bytes.map { $0 == UInt8(ascii: "?") ? 0xFF : $0 }
    client.send(RawClient.frame(bytes, opcode: 2))
    try await eventually("an answer") { client.messages.count == 1 }
    #expect(storage.now.logs.map(\.message) == ["a\u{FFFD}b"])
    client.close()
    await fixture.stop()
  }

  @Test("What cannot be stored is refused alone, and others' records in the same commit are kept")
  func poison() async throws {
    let storage = MemoryLogs(holdsCommits: true)
    let fixture = try await ServerFixture(storage)
    let session = fixture.session
    async let first = session.call("logger_log", ["component": "a", "level": "INFO", "message": "first"])
    try await eventually("a commit is under way") { storage.commitGate.arrivals == 1 }
    let other = try await ServerFixture.open(fixture.server)
    let poisoned = Task {
      try await other.call("logger_log", ["component": "b", "level": "INFO", "message": "unstorable"])
    }
    async let good = session.call("logger_log", ["component": "a", "level": "INFO", "message": "second"])
    storage.commitGate.open()
    _ = try await (first, good)
    let refused = MCPSession.RequestError.refused(
      JSONRPCError(code: -32603, message: "this cannot be stored", data: ["code": "unstorable"]))
    await #expect(throws: refused) { try await poisoned.value }
    #expect(storage.now.logs.map(\.message) == ["first", "second"])
    other.close()
    await fixture.stop()
  }

  @Test("Records under their component's level are acknowledged and not kept; turns always are")
  func levels() async throws {
    let storage = MemoryLogs()
    storage.change { $0.levels = ["quiet": .error] }
    let fixture = try await ServerFixture(storage)
    func log(_ component: String, _ level: String, _ data: JSON = [:]) async throws {
      let answer = try await fixture.call(
        "logger_log",
        [
          "component": .string(component), "level": .string(level), "message": .string("\(component) \(level)"),
          "data": data,
        ])
      #expect(answer["status"] == "ok")
    }
    try await log("quiet", "WARN")
    try await log("quiet", "ERROR")
    try await log("other", "TRACE")
    let set = try await fixture.call("logger_set_level", ["component": "*", "level": "warn"])
    #expect(set == ["status": "ok", "component": "*", "level": "WARN"])
    try await log("other", "INFO")
    try await log("other", "WARN")
    let turn: JSON = [
      "conversation_id": "0f8fad5b-d9cb-469f-a165-70867728950e", "turn_number": 1, "role": "user", "content": "hi",
    ]
    try await log("fiedler-conversations", "INFO", turn)
    let kept = ["quiet ERROR", "other TRACE", "other WARN", "fiedler-conversations INFO"]
    #expect(storage.now.logs.map(\.message) == kept)
    // Set by another server of the same storage.
    storage.change { $0.levels = ["other": .error] }
    try await eventually("the levels are read again") {
      let before = storage.now.logs.count
      try await log("other", "WARN")
      return storage.now.logs.count == before
    }
    await fixture.stop()
  }

  @Test("A resent record keeps its id, and says from when on a copy may be found")
  func logID() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let id = "6b29fc40-ca47-1067-b31d-00dd010662da"
    for data in [["log_id": .string(id), "logged_at_ms": 1_700_000_000_000], ["metadata": ["log_id": .string(id)]]]
      as [JSON]
    {
      _ = try await fixture.call("logger_log", ["component": "c", "level": "INFO", "message": "m", "data": data])
    }
    let contents = storage.now
    #expect(contents.logs.map(\.id.uuidString) == [id.uppercased()])
    #expect(contents.madeAt.values.map(\.timeIntervalSince1970) == [1_700_000_000])
    await fixture.stop()
  }

  @Test("Records are cleared by component and time, without a time those of a week ago")
  func clear() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    for component in ["a", "b", "a"] {
      _ = try await fixture.call("logger_log", ["component": .string(component), "level": "INFO", "message": "m"])
    }
    let early = try await fixture.call("logger_clear", ["before_time": "2001-01-01T00:00:00+02:00"])
    #expect(early == ["status": "ok", "deleted_count": 0])
    // Without a time, as today's servers have it: what is older than a week.
    #expect(try await fixture.call("logger_clear", ["component": "a"])["deleted_count"] == 0)
    let later: JSON = ["component": "a", "before_time": "2999-01-01T00:00:00+02:00"]
    #expect(try await fixture.call("logger_clear", later)["deleted_count"] == 2)
    #expect(storage.now.logs.map(\.component) == ["b"])
    await fixture.stop()
  }

  @Test(
    "A wrong argument is named",
    arguments: [
      ("logger_log", ["level": "INFO", "message": "m"], "component"),
      ("logger_query", ["level": "loud"], "level"),
      ("logger_query", ["trace_id": "x"], "trace_id"),
      ("logger_query", ["start_time": "yesterday"], "start_time"),
      ("logger_query", ["limit": "many"], "limit"),
      ("logger_set_level", ["component": "c"], "level"),
      ("conversation_store_message", ["conversation_id": "x", "role": "user", "content": ""], "conversation_id"),
      ("conversation_get", [:], "conversation_id"),
      ("logger_clear", [1], "arguments"),
    ] as [(String, JSON, String)])
  func wrongArgument(tool: String, arguments: JSON, name: String) async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let error = try #require(try await fixture.refusal(tool, arguments))
    #expect(error.code == JSONRPCError.invalidParams)
    #expect(error.message.contains(name))
    #expect(error.data == ["code": "invalid_argument"])
    await fixture.stop()
  }
}
