import JSON
import NIOHTTP1

/// Hands the messages of a POST to their session, and has their answers sent as the client takes them.
struct StreamableCall: Sendable {
  /// The client is to begin anew.
  static let unknownSession = StreamableRequest.Refusal(
    status: .notFound, words: "There is no such session (any more): initialize begins one")

  private let session: String?
  private let takesEvents: Bool
  private let takesJSON: Bool
  private let sessions: StreamableSessions
  private let reply: StreamableReply

  init(_ request: StreamableRequest, _ sessions: StreamableSessions, _ reply: StreamableReply) {
    session = request.session
    takesEvents = request.takesEvents
    takesJSON = request.takesJSON
    self.sessions = sessions
    self.reply = reply
  }

  func perform(_ bytes: [UInt8]) {
    let message: ToolMessage
    do throws(JSONRPCError) {
      message = try ToolMessage(bytes)
    } catch {
      return reply.answer(.badRequest, JSONRPCMessage.failure(id: nil, error: error).json.bytes)
    }
    if message.isInitialize {
      guard let (id, session) = sessions.begin() else {
        return reply.refuse(.init(status: .serviceUnavailable, words: "Too many sessions are open"))
      }
      session.receive(message, progress: { _ in }) { answer in
        sessions.leave(id)
        reply.answer(.ok, answer ?? [], session: id)
      }
      return
    }
    guard let id = session else {
      let words = "\(StreamableRequest.sessionHeader) is missing: initialize answers with one"
      return reply.refuse(.init(status: .badRequest, words: words))
    }
    guard let session = sessions.enter(id) else { return reply.refuse(Self.unknownSession) }
    guard message.isAnswered else {
      return session.receive(message, progress: { _ in }) { _ in
        sessions.leave(id)
        reply.answer(.accepted)
      }
    }
    // What is answered at once needs no stream, unless the client takes nothing else.
    guard takesEvents, message.isCall || !takesJSON else {
      return session.receive(message, progress: { _ in }) { answer in
        sessions.leave(id)
        // A call that was taken back has no answer.
        reply.answer(answer == nil ? .noContent : .ok, answer ?? [])
      }
    }
    reply.beginEvents()
    session.receive(message, progress: reply.event) { answer in
      sessions.leave(id)
      if let answer { reply.event(answer) }
      reply.endEvents()
    }
  }
}
