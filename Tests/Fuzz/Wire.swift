import JSON
@testable import MCP
import NIOCore
import NIOWebSocket

/// Any JSON is a message or is told to be none; what is read is written and read again as the same.
@Sendable func fuzzMessages(_ bytes: [UInt8]) {
  guard let message = try? JSONRPCMessage(bytes: bytes) else { return }
  check(
    (try? JSONRPCMessage(bytes: message.json.bytes))?.json.bytes == message.json.bytes, "what is written is read as it")
}

/// A server's end of a connection: whatever frames come, in whatever pieces, it decides, and closes once at most.
@Sendable func fuzzFrames(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  var limits = ServerLimits()
  limits.message = 64
  limits.requests = 3
  var window = ServerWindow(limits: limits)
  var closes = 0
  while !input.rest.isEmpty {
    let (act, head, length) = (input.byte(), input.byte(), input.byte() % 100)
    var data = ByteBuffer()
    for _ in 0..<length { data.writeInteger(UInt8(input.byte())) }
    switch act % 8 {
    case 0: window.tick()
    case 1: window.pongIsDue()
    case 2: window.isTooBig()
    case 3: window.heard(length)
    default:
      guard let opcode = WebSocketOpcode(encodedWebSocketOpcode: UInt8(head & 15)) else { continue }
      window.heard(length)
      window.take(
        WebSocketFrame(
          fin: head & 0x80 != 0, rsv1: head & 0x40 != 0, opcode: opcode,
          maskKey: act & 0x80 != 0 ? nil : WebSocketMaskingKey([1, 2, 3, 4]), data: data))
    }
    for case .write(.connectionClose, _) in window.takeDecisions() { closes += 1 }
    check(closes <= 1, "it closes once")
  }
}
