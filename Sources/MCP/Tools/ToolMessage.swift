import JSON

/// What a client sent at once: one message, or a batch of them (revision 2025-03-26).
struct ToolMessage: Sendable {
  let isBatch: Bool
  let elements: [JSON]

  /// Reads at most ``ToolSession/mostBytes``. Throws the error that answers what cannot be read.
  init(_ bytes: [UInt8]) throws(JSONRPCError) {
    guard bytes.count <= ToolSession.mostBytes else {
      throw JSONRPCError(
        code: JSONRPCError.invalidRequest, message: "A message has at most \(ToolSession.mostBytes) bytes")
    }
    var room = ToolSession.mostValues
    let json: JSON
    do {
      json = try bytes.withUnsafeBytes { try JSON($0, room: &room) }
    } catch {
      throw JSONRPCError(code: JSONRPCError.parseError, message: "Parse error: \(error)")
    }
    isBatch = json.array != nil
    elements = json.array ?? [json]
    guard !elements.isEmpty else {
      throw JSONRPCError(code: JSONRPCError.invalidRequest, message: "An empty batch")
    }
  }

  /// Whether something comes back: a request is answered, and so is what is no message.
  var isAnswered: Bool {
    elements.contains { element in
      switch Result(catching: { () throws(JSONRPCMessage.Malformed) in try JSONRPCMessage(element) }) {
      case .success(.request), .failure: true
      case .success: false
      }
    }
  }

  /// Whether a tool is called, which takes its time.
  var isCall: Bool { elements.contains { $0["method"]?.string == "tools/call" } }

  /// Whether a session begins with it.
  var isInitialize: Bool { !isBatch && isAnswered && elements[0]["method"]?.string == "initialize" }
}
