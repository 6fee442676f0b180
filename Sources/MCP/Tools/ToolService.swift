import Synchronization

/// Offers tools to the clients of a ``WebSocketServer``: a ``ToolSession`` for each connection.
public final class ToolService: MessageService {
  private let provider: any ToolProvider
  private let server: MCP.Implementation
  private let instructions: String
  private let sessions = Mutex<[ObjectIdentifier: ConnectionSession]>([:])

  public init(_ provider: any ToolProvider, server: MCP.Implementation, instructions: String) {
    self.provider = provider
    self.server = server
    self.instructions = instructions
  }

  public func makeSession() -> any MessageSession {
    let session = ConnectionSession(self)
    sessions.withLock { $0[ObjectIdentifier(session)] = session }
    return session
  }

  /// Stops what runs for any client. Returns when all of it has ended and is answered.
  public func end() async {
    for session in sessions.withLock({ Array($0.values) }) { await session.end() }
  }

  /// A connection's: messages are taken at once and answered whenever their calls have ended, so that a ping is not
  /// held up by a call before it.
  private final class ConnectionSession: MessageSession {
    private let service: ToolService
    private let session = Mutex<ToolSession?>(nil)

    init(_ service: ToolService) { self.service = service }

    func handle(_ messages: [ServerMessage], from connection: ServerConnection) async {
      let session = session.withLock { session in
        let taken =
          session
          ?? ToolSession(service.provider, server: service.server, instructions: service.instructions) {
            connection.push($0)
          }
        session = taken
        return taken
      }
      await connection.waitForRoom()
      for message in messages {
        session.receive(message.withBytes { Array($0) })
        connection.answer([MessageAnswer(number: message.number, text: nil)])
      }
    }

    func connectionEnded() {
      service.sessions.withLock { $0[ObjectIdentifier(self)] = nil }
      Task { await end() }
    }

    func end() async { await session.withLock(\.self)?.end() }
  }
}
