import JSON
@testable import MCP
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Synchronization

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

/// A client's end: whatever frames a server sends, all that it says comes out in order, and the end once, as the last.
@Sendable func fuzzReplies(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  let events = Mutex<[WebSocketEvent]>([])
  let handler = WebSocketHandler(maximumMessageSize: 200, rests: { false }, pause: { _ in }) { event, _ in
    events.withLock { $0.append(event) }
  }
  let channel = EmbeddedChannel(handler: handler)
  var closes = 0
  while !input.rest.isEmpty, channel.isActive || closes == 0 {
    let (head, length) = (input.byte(), input.byte() % 100)
    var data = ByteBuffer()
    for _ in 0..<length { data.writeInteger(UInt8(input.byte())) }
    guard let opcode = WebSocketOpcode(encodedWebSocketOpcode: UInt8(head & 15)) else { continue }
    // What a handler throws ends its channel, which is seen by the end that it tells.
    _ = try? channel.writeInbound(WebSocketFrame(fin: head & 0x80 != 0, opcode: opcode, data: data))
    while let frame = try? channel.readOutbound(as: WebSocketFrame.self) {
      check(frame.maskKey != nil, "a client masks what it sends")
      if frame.opcode == .connectionClose { closes += 1 }
    }
    if closes > 0 { break }
  }
  _ = try? channel.finish(acceptAlreadyClosed: true)
  let all = events.withLock(\.self)
  let ends = all.indices.filter { if case .closed = all[$0] { true } else { false } }
  check(ends == [all.count - 1], "the end comes once, and last")
  for case .messages(let messages) in all {
    check(messages.allSatisfy { $0.count <= 200 }, "no message is larger than may be")
  }
}
