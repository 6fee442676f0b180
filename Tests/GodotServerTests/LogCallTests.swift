import FoundationEssentials
import GodotWire
import JSON
import MCP
import TestSupport
import Testing

@testable import GodotServer

/// Records that are taken as text, without values of their data in between.
@Suite("Log calls as they come") struct LogCallTests {
  private static let id = "0190a5b1-1f00-7000-8000-000000000001"

  private func request(_ arguments: String) -> String {
    #"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"logger_log","arguments":\#(arguments)}}"#
  }

  private func scanned(_ request: String) -> LogCall? {
    var room = 1_000
    return Array(request.utf8).withUnsafeBytes { bytes in
      JSON.mayNeedRepair(bytes) ? nil : LogCall.scan(bytes, room: &room)?.call
    }
  }

  private func parsed(_ request: String) throws -> LogCall {
    var room = 1_000
    let json = try Array(request.utf8).withUnsafeBytes { try RecordRepair.read($0, room: &room) }
    return try LogCall(ToolArguments(tool: .log, json["params"]?["arguments"]))
  }

  @Test(
    "A call that is scanned is the one that its JSON gives",
    arguments: [
      #"{}"#, #"null"#, #"[1,2.50,"x"]"#, #""text""#, #"12345678901234567890"#, #"{"a":{"b":[{}]},"é":"\"\\\n\t"}"#,
      #"{"log_id":"\#(id)","logged_at_ms":1700000000000}"#, #"{"metadata":{"log_id":"\#(id)","x":1},"b":2}"#,
      #"{"log_id":7,"metadata":{"log_id":"\#(id)"}}"#, #"{"log_id":"no","logged_at_ms":"soon"}"#,
      #"{"log_id":"a","log_id":"\#(id)"}"#, #" { "log_id" : "\#(id)" , "metadata" : [ ] } "#,
      #"{"metadata":{"log_id":"\#(id)"},"metadata":3}"#, #"{"logged_at_ms":1.0,"logged_at_ms":2e3}"#,
      #"{"repaired":{"level":"x"},"text":"\u00e9\u2028"}"#,
    ])
  func alike(data: String) throws {
    for component in ["c", "fiedler-conversations", "\\u0063\\n"] {
      for trace in ["null", #""""#, #""\#(Self.id)""#] {
        let text = request(
          #"{"component":"\#(component)","level":"warn","message":"m \"q\"","trace_id":\#(trace),"data":\#(data),"more":[1]}"#
        )
        let call = try #require(scanned(text), "\(text)")
        let whole = try parsed(text)
        #expect(call.component == whole.component && call.message == whole.message && call.level == whole.level)
        #expect(call.traceID == whole.traceID && call.logID == whole.logID && call.madeAt == whole.madeAt)
        #expect(call.data == whole.data && call.turn == whole.turn && call.repaired == whole.repaired)
      }
    }
  }

  @Test(
    "What is out of the ordinary is left to the reading of its JSON",
    arguments: [
      #"{"component":"c","level":"loud","message":"m"}"#, #"{"component":1,"level":"INFO","message":"m"}"#,
      #"{"component":"c","level":"INFO"}"#, #"{"component":"c","level":"INFO","message":"m","trace_id":"none"}"#,
      #"{"component":"c","level":"INFO","message":"m","message":"n"}"#,
      #"{"component":"c","level":"INFO","m\u0065ssage":"m"}"#,
      #"{"component":"c","level":"INFO","message":"m","data":{"log\u005fid":"x"}}"#,
      #"{"component":"c","level":"INFO","message":"m","data":{"metadata":{"log\u005fid":"x"}}}"#,
      #"{"component":"c","level":"INFO","message":"m","data":NaN}"#,
      #"{"component":"c","level":"INFO","message":"m","data":"\u0000"}"#,
      #"{"component":"c","level":"INFO","message":"m","data":"\ud83d"}"#,
      #"{"component":"c","level":"INFO","message":"m","data":[1,]}"#, #"["c","INFO","m"]"#,
    ])
  func odd(arguments: String) { #expect(scanned(request(arguments)) == nil) }

  @Test("Data of millions of values is stored as it came; elsewhere so many values are refused")
  func room() async throws {
    let storage = MemoryLogs()
    let fixture = try await ServerFixture(storage)
    let many = "[" + String(repeating: "1,", count: 1_000_000) + "1]"
    let client = try await fixture.raw()
    client.sendFrame(request(#"{"component":"c","level":"INFO","message":"m","data":\#(many)}"#))
    client.sendFrame(request(#"{"component":"c","level":"INFO","message":\#(many)}"#))
    client.sendFrame(
      "[\(request(#"{"component":"fiedler-conversations","level":"INFO","message":"m","data":\#(many)}"#))]")
    client.sendFrame(request(#"{"component":"c","level":"INFO","message":"after"}"#))
    try await eventually("four answers") { client.messages.count == 4 }
    let answers = try client.messages.map { try JSON($0) }
    #expect(answers[0]["result"] != nil && answers[3]["result"] != nil)
    for answer in answers[1...2] {
      #expect(answer["error"]?["code"]?.int == JSONRPCError.invalidRequest)
      #expect(answer["error"]?["message"]?.string?.contains("1000000 values") == true)
    }
    #expect(storage.now.logs.map(\.data.text) == [many, nil])
    client.close()
    await fixture.stop()
  }
}
