import MCP
import Synchronization
import TestSupport

/// Answers every message with its own text, `silent` with nothing, and `big` with a mebibyte.
final class EchoService: MessageService {
  private struct State {
    var handled: [String] = []
    var incidents: [ServerIncident] = []
  }

  /// Nothing is answered before it is open.
  let gate: Gate
  private let isBackwards: Bool
  private let state = Mutex(State())

  /// - `isBackwards`: gives the answers of each portion in the wrong order.
  init(isHeld: Bool = false, isBackwards: Bool = false) {
    gate = Gate()
    self.isBackwards = isBackwards
    if !isHeld { gate.open() }
  }

  var handled: [String] { state.withLock { $0.handled } }
  var incidents: [ServerIncident] { state.withLock { $0.incidents } }
  func add(_ incident: ServerIncident) { state.withLock { $0.incidents.append(incident) } }

  func makeSession() -> any MessageSession { Session(service: self) }

  private struct Session: MessageSession {
    let service: EchoService

    func handle(_ messages: [ServerMessage], from connection: ServerConnection) async {
      let answers = messages.map { message in
        let text = message.withBytes { String(decoding: $0, as: UTF8.self) }
        service.state.withLock { $0.handled.append(text) }
        let bytes = text == "big" ? [UInt8](repeating: 0x62, count: 1 << 20) : Array(text.utf8)
        return MessageAnswer(number: message.number, text: text == "silent" ? nil : bytes)
      }
      let isBackwards = service.isBackwards
      let gate = service.gate
      // Answers come from elsewhere and later, as they do from a storage.
      Task {
        await gate.wait()
        for answer in isBackwards ? answers.reversed() : answers { connection.answer([answer]) }
      }
    }
  }

  /// A server that has this service.
  func start(
    _ limits: ServerLimits = .init(), token: BearerToken? = nil, certificate: WebSocketListener.Certificate? = nil,
    health: @escaping @Sendable () async throws -> Void = {}
  ) async throws -> WebSocketServer {
    try await WebSocketServer.start(
      WebSocketListener(port: 0, token: token, certificate: certificate), limits: limits, service: self,
      health: health, onIncident: { self.add($0) })
  }
}

extension WebSocketServer {
  /// Asks once on a connection of its own and gives back the answer: whether the server still serves others.
  func echo(_ text: String) async throws -> String? {
    let client = try await RawClient.connect(port: port ?? 0)
    defer { client.close() }
    try await client.upgrade()
    client.sendFrame(text)
    try await eventually("an answer to \(text)") { !client.messages.isEmpty }
    return client.messages.first
  }
}
