import FoundationEssentials
import GodotServer
import GodotWire
import JSON
import MCP
import Synchronization
import TestSupport
import Testing

@Suite("The log server") struct ServiceTests {
  private func logFrame(_ id: Int, _ message: String) -> [UInt8] {
    let call = MCP.call(
      id: id, tool: "logger_log", arguments: ["component": "c", "level": "INFO", "message": .string(message)])
    return RawClient.frame(call.json.bytes)
  }

  @Test("Every tool is there under both names, with a schema, and the handshake tells what this server promises")
  func handshake() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let names = Set(fixture.session.tools.map(\.name))
    #expect(fixture.session.tools.count == names.count && names == Set(LogTool.allCases.flatMap(\.names)))
    for tool in fixture.session.tools {
      #expect(tool.inputSchema["type"] == "object")
      let properties = try #require(tool.inputSchema["properties"]?.object)
      #expect(!properties.isEmpty && !tool.description.isEmpty)
      for name in tool.inputSchema["required"]?.array ?? [] { #expect(properties[name.string ?? ""] != nil) }
    }
    #expect(fixture.session.server["name"] == "fiedler-godot")
    let hello = try await fixture.session.request("initialize", [:])
    #expect(hello["protocolVersion"] == "2024-11-05")
    let promise = hello["capabilities"]?["experimental"]?["fiedler.godot"]
    #expect(promise == ["durableLogs": true, "maximumFrame": 16_777_216])
    #expect(hello["capabilities"]?["experimental"]?["fiedler.batches"] == true)
    #expect(try await fixture.session.request("ping", [:]) == [:])
    await fixture.stop()
  }

  @Test("What makes no sense gets the error that JSON-RPC has for it; notifications get none")
  func protocolErrors() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let client = try await fixture.raw()
    let cases: [(String, Int, JSON)] = [
      ("{", -32700, nil), ("", -32700, nil), ("[]", -32600, nil), ("7", -32600, nil),
      (#"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#, -32600, nil),
      (#"{"jsonrpc":"2.0","id":"a"}"#, -32600, "a"),
      (#"{"jsonrpc":"2.0","id":2,"method":"tools/run"}"#, -32601, 2),
      (#"{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"rm"}}"#, -32601, 3),
      (#"{"jsonrpc":"2.0","id":4,"method":"tools/call"}"#, -32602, 4),
      (#"{"jsonrpc":"2.0","id":null,"method":"nonsense"}"#, -32601, nil),
    ]
    client.sendFrame(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#)
    client.sendFrame(#"{"jsonrpc":"2.0","id":9,"result":{}}"#)
    for (text, _, _) in cases { client.sendFrame(text) }
    try await eventually("an answer to each") { client.messages.count == cases.count }
    for (answer, (text, code, id)) in zip(client.messages, cases) {
      let json = try JSON(answer)
      #expect(json["error"]?["code"]?.int == code, "\(text)")
      #expect(json["id"] == id, "\(text)")
      #expect(json["error"]?["data"]?["code"]?.string?.isEmpty == false, "\(text)")
    }
    client.close()
    await fixture.stop()
  }

  @Test("Pipelined calls are answered in order, a read after the writes before it, and many in one commit")
  func pipeline() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let client = try await fixture.raw()
    var bytes: [UInt8] = []
    for id in 0..<1000 {
      if id % 100 == 99 {
        bytes += RawClient.frame(MCP.call(id: id, tool: "logger_query", arguments: ["limit": 1]).json.bytes)
      } else {
        bytes += logFrame(id, "message \(id)")
      }
    }
    client.send(bytes)
    try await eventually("all answers") { client.messages.count == 1000 }
    for (id, text) in client.messages.enumerated() {
      let answer = try JSON(text)
      #expect(answer["id"]?.int == id)
      guard id % 100 == 99 else { continue }
      // In the form of those who did not ask for the plain one: an answer within the answer.
      let inner = try JSON(answer["result"]?["content"]?[0]?["text"]?.string ?? "")
      let found = try JSON(inner["content"]?[0]?["text"]?.string ?? "")
      #expect(found[0]?["message"]?.string == "message \(id - 1)")
    }
    #expect(storage.now.logs.map(\.message) == (0..<1000).filter { $0 % 100 != 99 }.map { "message \($0)" })
    #expect(storage.now.commits.count < 200)
    client.close()
    await fixture.stop()
  }

  @Test("A batch is answered by one array in the order of its requests, once all of them are stored")
  func batch() async throws {
    let storage = MemoryLogs(holdsCommits: true)
    let fixture = try await ServerFixture(storage)
    let client = try await fixture.raw()
    func call(_ id: Int, _ arguments: JSON) -> String {
      MCP.call(id: id, tool: "logger_log", arguments: arguments).json.text
    }
    let good: JSON = ["component": "c", "level": "INFO", "message": "m"]
    let note = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#
    client.sendFrame("[\(call(1, good)),\(call(2, ["level": "INFO"])),\(note),\(call(3, good))]")
    client.sendFrame(call(4, good))
    try await eventually("a commit is under way") { storage.commitGate.arrivals == 1 }
    #expect(client.messages.isEmpty)
    storage.commitGate.open()
    try await eventually("both are answered") { client.messages.count == 2 }
    let answers = try JSON(client.messages[0]).array ?? []
    #expect(answers.map { $0["id"]?.int } == [1, 2, 3])
    #expect(answers.map { $0["error"] != nil } == [false, true, false])
    #expect(try JSON(client.messages[1])["id"] == 4)
    #expect(storage.now.logs.count == 3)
    client.close()
    await fixture.stop()
  }

  @Test("A batch cannot ask for answers that come to any amount of memory")
  func boundedBatch() async throws {
    let fixture = try await ServerFixture(MemoryLogs())
    let client = try await fixture.raw()
    let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
    let query = MCP.call(id: 2, tool: "logger_query", arguments: [:]).json.text
    client.sendFrame("[\(list),\(query)]")
    client.sendFrame("[" + Array(repeating: list, count: 257).joined(separator: ",") + "]")
    client.sendFrame(#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#)
    client.sendFrame(#"{"jsonrpc":"2.0","id":3,"method":"ping"}"#)
    try await eventually("an answer to all that want one") { client.messages.count == 3 }
    #expect(try JSON(client.messages[0]).array?.map { $0["error"]?["code"]?.int } == [-32600, -32600])
    #expect(try JSON(client.messages[1])["error"]?["code"] == -32600)
    #expect(try JSON(client.messages[2])["id"] == 3)
    client.close()
    await fixture.stop()
  }

  @Test("What a session posts together goes as batches, and every answer comes back by its id")
  func postedBatches() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let replies = Mutex<[MCPEvent.Reply]>([])
    let session = try await ServerFixture.open(fixture.server) { event in
      if case .replies(let some) = event { replies.withLock { $0 += some } }
    }
    let ids = MCPSession.firstPostID..<(MCPSession.firstPostID + 1000)
    session.post(
      ids.map { id in
        // Every hundredth is refused.
        let arguments: JSON =
          id % 100 == 0
          ? ["level": "INFO"] : ["component": "c", "level": "INFO", "message": .string("message \(id)")]
        return (id, MCP.call(id: id, tool: "logger_log", arguments: arguments).json.bytes)
      })
    try await eventually("an answer to each") { replies.withLock { $0.count } == 1000 }
    for reply in replies.withLock({ $0 }) {
      guard case .failure = reply.result else { continue }
      #expect(reply.id % 100 == 0)
    }
    #expect(replies.withLock { $0.map(\.id) } == Array(ids))
    #expect(storage.now.logs.map(\.message) == ids.filter { $0 % 100 != 0 }.map { "message \($0)" })
    session.close()
    await fixture.stop()
  }

  @Test("While one commit runs the writes of all others gather for the next")
  func groupCommit() async throws {
    let storage = MemoryLogs(holdsCommits: true)
    let fixture = try await ServerFixture(storage)
    let first = try await fixture.raw()
    first.send(logFrame(0, "first"))
    try await eventually("a commit is under way") { storage.commitGate.arrivals == 1 }
    var others: [RawClient] = []
    for number in 0..<20 {
      let client = try await fixture.raw()
      for id in 0..<10 { client.send(logFrame(id, "\(number) \(id)")) }
      others.append(client)
    }
    // A read does not wait for them.
    #expect(try await fixture.call("logger_query", [:]) == [])
    for client in others { client.sendFrame(#"{"jsonrpc":"2.0","id":10,"method":"ping"}"#) }
    storage.commitGate.open()
    try await eventually("all are answered") { others.allSatisfy { $0.messages.count == 11 } }
    #expect(storage.now.commits.count < 100)
    #expect(storage.now.logs.count == 201)
    for client in others + [first] { client.close() }
    await fixture.stop()
  }

  @Test("An acknowledgement comes after the commit, and none comes without one")
  func acknowledgement() async throws {
    let storage = MemoryLogs(holdsCommits: true)
    let fixture = try await ServerFixture(storage)
    let client = try await fixture.raw()
    client.send(logFrame(1, "m"))
    try await eventually("the commit is under way") { storage.commitGate.arrivals == 1 }
    #expect(client.messages.isEmpty)
    storage.commitGate.open()
    try await eventually("the answer") { client.messages.count == 1 }
    #expect(storage.now.logs.count == 1)
    client.close()
    await fixture.stop()
  }

  @Test("Without its storage the server says so in words that clients wait for, and recovers by itself")
  func outage() async throws {
    let storage = MemoryLogs()
    storage.change { $0.outage = "the database is starting up" }
    let lines = LineLog.Lines()
    let fixture = try await ServerFixture(storage, logger: LineLog.logger(lines))
    let log: JSON = ["component": "c", "level": "INFO", "message": "secret words"]
    let words = "Connect call failed: the database is starting up"
    for (tool, arguments) in [("logger_log", log), ("logger_query", [:])] as [(String, JSON)] {
      let error = try #require(try await fixture.refusal(tool, arguments))
      #expect(error == JSONRPCError(code: -32603, message: words, data: ["code": "storage_away"]))
    }
    #expect(try await health(fixture) == "HTTP/1.1 503 Service Unavailable")
    storage.change { $0.outage = nil }
    // One failure is not passed on: what can be repeated is repeated.
    storage.change { $0.failingCommits = 1 }
    #expect(try await fixture.call("logger_log", log)["status"] == "ok")
    // It is back once both work.
    #expect(!lines.all.contains { $0.contains("the storage is back") })
    _ = try await fixture.call("logger_query", [:])
    try await eventually("health is asked again") { try await health(fixture) == "HTTP/1.1 200 OK" }
    #expect(lines.all.filter { $0.contains("the storage is unavailable") }.count == 1)
    #expect(lines.all.contains { $0.contains("the storage is back") })
    await fixture.stop()
    #expect(lines.all.last?.contains("stopped") == true)
    #expect(!lines.all.contains { $0.contains("secret") })
  }

  private func health(_ fixture: ServerFixture) async throws -> String {
    let client = try await RawClient.connect(port: fixture.server.port ?? 0)
    defer { client.close() }
    client.send("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    return try await client.statusLine()
  }

  @Test("A slow query holds up its own connection alone")
  func slowQuery() async throws {
    let storage = MemoryLogs(holdsReads: true)
    let fixture = try await ServerFixture(storage)
    let slow = try await fixture.raw()
    slow.send(RawClient.frame(MCP.call(id: 1, tool: "logger_query", arguments: [:]).json.bytes))
    slow.send(logFrame(2, "behind it"))
    try await eventually("the query is under way") { storage.readGate.arrivals == 1 }
    for number in 0..<20 {
      let answer = try await fixture.call(
        "logger_log", ["component": "c", "level": "INFO", "message": .string("\(number)")])
      #expect(answer["status"] == "ok")
    }
    #expect(slow.messages.isEmpty)
    storage.readGate.open()
    try await eventually("both answers") { slow.messages.count == 2 }
    #expect(try slow.messages.map { try JSON($0)["id"] } == [1, 2])
    slow.close()
    await fixture.stop()
  }

  @Test("A shutdown commits and answers what was taken")
  func shutdown() async throws {
    let storage = MemoryLogs(holdsCommits: true)
    let fixture = try await ServerFixture(storage)
    let client = try await fixture.raw()
    client.send((0..<50).flatMap { logFrame($0, "\($0)") })
    try await eventually("a commit is under way") { storage.commitGate.arrivals == 1 }
    let stopped = Mutex(false)
    let stopping = Task {
      await fixture.server.shutdown(within: .seconds(60))
      stopped.withLock { $0 = true }
    }
    try await eventually("the idle client is told") { fixture.session.ending != nil }
    #expect(!stopped.withLock { $0 })
    storage.commitGate.open()
    #expect(try await client.closeCode() == 1001)
    client.close()
    await stopping.value
    #expect(client.messages.count == storage.now.logs.count)
    #expect(!client.messages.isEmpty)
  }

  @Test("Within the process it serves without a listener")
  func embedded() async throws {
    let storage = MemoryLogs()
    let lines = LineLog.Lines()
    let server = try await GodotServer.start(
      .init(listener: nil, logger: LineLog.logger(lines)), storage: storage)
    #expect(server.port == nil)
    let client = try await RawClient.adopt(descriptor: server.connect())
    try await client.upgrade()
    client.send(logFrame(1, "inside"))
    try await eventually("the answer") { client.messages.count == 1 }
    #expect(storage.now.logs.map(\.message) == ["inside"])
    client.close()
    await server.shutdown(within: .seconds(5))
    #expect(throws: GodotServerError.transport(.stopped)) { try server.connect() }
  }

  @Test("What others could reach needs a token; a token in the clear is warned of")
  func safeByDefault() async throws {
    let storage = MemoryLogs()
    let lines = LineLog.Lines()
    func start(_ listener: GodotServerConfiguration.Listener) async throws -> GodotServer {
      try await GodotServer.start(.init(listener: listener, logger: LineLog.logger(lines)), storage: storage)
    }
    for host in ["0.0.0.0", "::", "192.0.2.1", "example.com", "127.evil.example"] {
      await #expect(throws: GodotServerError.tokenNeeded(host: host)) { try await start(.init(host: host, port: 0)) }
    }
    await #expect(throws: GodotServerError.emptyToken) { try await start(.init(port: 0, token: "")) }
    await #expect(throws: GodotServerError.certificateIncomplete) {
      try await start(.init(port: 0, certificate: "chain.pem"))
    }
    let open = try await start(.init(host: "0.0.0.0", port: 0, token: "tell nobody"))
    #expect(lines.all.contains { $0.hasPrefix("warning without a certificate") })
    #expect(!lines.all.contains { $0.contains("tell nobody") })
    let client = try await RawClient.connect(port: open.port ?? 0)
    client.send(RawClient.handshake())
    #expect(try await client.statusLine() == "HTTP/1.1 401 Unauthorized")
    try await eventually("it is in the log") { lines.all.contains { $0.contains("missing or wrong token") } }
    client.close()
    await open.shutdown(within: .seconds(5))
  }

  @Test("Old log records are removed, if so wished")
  func retention() async throws {
    for (keeps, isRemoving) in [(Duration.seconds(3600), true), (nil, false)] {
      let storage = MemoryLogs()
      let fixture = try await ServerFixture(storage, keepsLogs: keeps)
      try await eventually("the first upkeep") { storage.now.removedBefore.count == 2 }
      let limit = storage.now.removedBefore[1]
      #expect((limit != nil) == isRemoving)
      if let limit { #expect(abs(limit.timeIntervalSinceNow + 3600) < 600) }
      await fixture.stop()
    }
  }

  @Test("Another's garbage, floods and silence reach neither a client's records nor its answers")
  func hostile() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    var clients: [RawClient] = []
    for number in 0..<60 {
      let client = try await fixture.raw()
      clients.append(client)
      switch number % 4 {
      case 0: client.send((0..<200).flatMap { _ in RawClient.frame(Array("garbage {".utf8)) })
      case 1: client.send(RawClient.frame(Array(repeating: UInt8(ascii: "["), count: 20_000)))
      case 2: client.send((0..<200).flatMap { logFrame($0, "unstorable") })
      default:
        try await client.stopReading()
        client.send(
          (0..<200).flatMap { RawClient.frame(MCP.call(id: $0, tool: "tools/list", arguments: [:]).json.bytes) })
      }
    }
    for number in 0..<100 {
      let answer = try await fixture.call(
        "logger_log", ["component": "good", "level": "INFO", "message": .string("\(number)")])
      #expect(answer["status"] == "ok")
    }
    #expect(storage.now.logs.map(\.message) == (0..<100).map(String.init))
    for client in clients { client.close() }
    await fixture.stop()
  }
}
