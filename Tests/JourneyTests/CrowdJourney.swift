import Foundation
import TestSupport
import Testing

@Suite("More clients than a log server has room for", .timeLimit(.minutes(2))) struct CrowdJourney {
  @Test("They get no further, and neither end the server nor keep it from those that it has")
  func crowd() async throws {
    // Both limits, so that the server cannot raise its own.
    let server = try LogServer(command: { ["/bin/sh", "-c", "ulimit -n 256 && exec \"$@\"", "sh"] + $0 })
    try await server.start()
    let good = try await RawClient.connect(port: server.port)
    try await good.upgrade()
    var crowd: [RawClient] = []
    for _ in 0..<320 { crowd.append(try await RawClient.connect(port: server.port)) }
    // While there is work, libdispatch looks after its threads once a second, and opens a file for each.
    let clock = ContinuousClock()
    let end = clock.now + .seconds(3)
    var asked = 0
    while clock.now < end, !good.isClosed {
      for _ in 0..<50 {
        good.sendFrame(
          #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"logger_log","arguments":"#
            + #"{"component":"crowd","level":"INFO","message":"m"}}}"#)
      }
      asked += 50
      try await eventually("answer \(asked); the log server said: \(server.log)") {
        good.messages.count == asked || good.isClosed
      }
    }
    #expect(server.process?.exitStatus == nil, "it has ended: \(server.log)")
    #expect(!good.isClosed && good.messages.allSatisfy { $0.contains("stored") })
    #expect(server.log.contains("room for few clients"))
    crowd.forEach { $0.close() }
    #expect(try await server.stop() == 0)
  }
}
