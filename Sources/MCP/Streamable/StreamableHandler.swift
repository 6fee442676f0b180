import JSON
import NIOCore
import NIOHTTP1

/// Serves the requests of one connection by the streamable HTTP transport, one after another.
///
/// Resumption is not offered: events have no ids, and what a client was told while it was away is not told again. Its
/// calls go on meanwhile, as the transport wants it; what they bring is in the history.
final class StreamableHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private enum Phase {
    case idle
    case reading(StreamableRequest)
    case answering
    case streaming
    /// The connection ends; what still comes is not looked at.
    case closing
  }

  /// How long a connection is kept that nothing is asked on.
  private static let idleFor = TimeAmount.seconds(60)
  /// How long a client that is turned away may take to read so.
  private static let farewell = TimeAmount.seconds(2)

  private let handshake: ServerHandshake
  private let sessions: StreamableSessions
  private var limits: ServerLimits { handshake.state.limits }
  /// `nil` once the channel is closed.
  private var context: ChannelHandlerContext?
  private var phase = Phase.idle
  private(set) var number = 0
  private var body: [UInt8] = []
  private var keepsAlive = true
  private var version = HTTPVersion.http1_1
  /// Bytes given to the channel that are not with the system yet.
  private var unwritten = 0
  /// Ends a connection that is idle, or that takes too long to send or to read something.
  private var cut: Scheduled<Void>?
  private var unreadCheck: Scheduled<Void>?
  private var ticking: RepeatedTask?
  private var listening: (session: String, number: Int)?

  init(handshake: ServerHandshake, sessions: StreamableSessions) {
    self.handshake = handshake
    self.sessions = sessions
  }

  // MARK: - What happens on the channel

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { end() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func end() {
    guard context != nil else { return }
    context = nil
    number += 1
    for task in [cut, unreadCheck] { task?.cancel() }
    stopListening()
    handshake.state.hold(-body.count - unwritten)
    (body, unwritten) = ([], 0)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (Self.unwrapInboundIn(data), phase) {
    case (.head(let head), .idle): begin(head)
    case (.body(let bytes), .reading): take(bytes)
    case (.end, .reading(let request)): perform(request)
    default: break
    }
  }

  // MARK: - A request

  private func begin(_ head: HTTPRequestHead) {
    number += 1
    keepsAlive = head.isKeepAlive
    version = head.version
    phase = .closing
    if let status = handshake.refusalByWhoAsks(head) {
      let words = status == .forbidden ? "No web page is served" : "The token is missing or wrong"
      return refuse(.init(status: status, words: words))
    }
    guard head.uri.prefix(while: { $0 != "?" }) == StreamableRequest.path else {
      return refuse(.init(status: .notFound, words: "The endpoint is \(StreamableRequest.path)"))
    }
    do throws(StreamableRequest.Refusal) {
      phase = .reading(try StreamableRequest(head, mostBytes: limits.message))
      closes(after: TimeAmount(limits.unwrittenFor))
    } catch {
      refuse(error)
    }
  }

  private func take(_ bytes: ByteBuffer) {
    let count = bytes.readableBytes
    guard body.count + count <= limits.message else {
      handshake.state.report(.messageTooBig)
      return refuse(StreamableRequest.tooLarge(limits.message))
    }
    body.append(contentsOf: bytes.readableBytesView)
    if handshake.state.hold(count) > limits.heldBytes, body.count > limits.heldFreely {
      handshake.state.report(.overloaded)
      refuse(.init(status: .serviceUnavailable, words: "The server holds too much for its clients"))
    }
  }

  private func perform(_ request: StreamableRequest) {
    guard let context else { return }
    phase = .answering
    cut?.cancel()
    let reply = StreamableReply(self, number: number, eventLoop: context.eventLoop)
    switch (request.kind, request.session) {
    case (.post, _):
      let bytes = body
      letGoOfBody()
      // Reading a large message takes its time, which is not the event loop's.
      Task { [sessions] in StreamableCall(request, sessions, reply).perform(bytes) }
    case (.listen, let session?): listen(to: session, reply)
    case (.end, let session?):
      letGoOfBody()
      sessions.end(session) ? answer(.noContent) : refuse(StreamableCall.unknownSession)
    case (_, nil): break  // A request that names none is refused by its head.
    }
  }

  private func letGoOfBody() {
    handshake.state.hold(-body.count)
    body = []
  }

  private func listen(to session: String, _ reply: StreamableReply) {
    letGoOfBody()
    guard let context, let listening = sessions.listen(session, end: { reply.endEvents() }) else {
      return refuse(StreamableCall.unknownSession)
    }
    self.listening = (session, listening)
    beginEvents()
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    let interval = TimeAmount(limits.pingEvery)
    ticking = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      // A comment: whoever is gone is noticed by it.
      bound.value.write(Array(":\n\n".utf8))
    }
  }

  private func stopListening() {
    ticking?.cancel()
    if let listening = listening.take() { sessions.endListening(listening.session, listening.number) }
  }

  // MARK: - Its answer, on the event loop

  func answer(_ status: HTTPResponseStatus, _ bytes: [UInt8] = [], session: String? = nil) {
    guard context != nil else { return }
    var headers: HTTPHeaders = [:]
    if status != .noContent { headers.add(name: "Content-Length", value: "\(bytes.count)") }
    if !bytes.isEmpty { headers.add(name: "Content-Type", value: "application/json") }
    if let session { headers.add(name: StreamableRequest.sessionHeader, value: session) }
    if status == .methodNotAllowed { headers.add(name: "Allow", value: "POST, GET, DELETE") }
    if status == .unauthorized { headers.add(name: "WWW-Authenticate", value: "Bearer") }
    writeHead(status, headers)
    if !bytes.isEmpty { write(bytes) }
    finish()
  }

  /// Turns a request away and ends the connection, which may still bring the rest of the request.
  func refuse(_ refusal: StreamableRequest.Refusal) {
    letGoOfBody()
    keepsAlive = false
    answer(refusal.status, refusal.body)
  }

  func beginEvents() {
    phase = .streaming
    writeHead(.ok, ["Content-Type": "text/event-stream", "Cache-Control": "no-cache"])
    context?.flush()
  }

  func event(_ message: [UInt8]) {
    guard case .streaming = phase else { return }
    write(Array("event: message\ndata: ".utf8) + message + Array("\n\n".utf8))
  }

  func endEvents() {
    guard case .streaming = phase else { return }
    stopListening()
    finish()
  }

  private func writeHead(_ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
    var headers = headers
    if !keepsAlive { headers.add(name: "Connection", value: "close") }
    context?.write(
      Self.wrapOutboundOut(.head(HTTPResponseHead(version: version, status: status, headers: headers))), promise: nil)
  }

  private func write(_ bytes: [UInt8]) {
    guard let context else { return }
    unwritten += bytes.count
    let held = handshake.state.hold(bytes.count)
    let written = context.eventLoop.makePromise(of: Void.self)
    let count = bytes.count
    written.futureResult.assumeIsolated().whenComplete { _ in self.wrote(count) }
    context.writeAndFlush(Self.wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: written)
    if held > limits.heldBytes, unwritten > limits.heldFreely {
      handshake.state.report(.overloaded)
      context.close(promise: nil)
    } else if unwritten > limits.unwrittenBytes, unreadCheck == nil {
      unreadCheck = schedule(TimeAmount(limits.unwrittenFor)) { handler in
        handler.handshake.state.report(.unread)
        handler.context?.close(promise: nil)
      }
    }
  }

  private func wrote(_ count: Int) {
    guard context != nil else { return }
    unwritten -= count
    handshake.state.hold(-count)
    guard unwritten <= limits.unwrittenBytes else { return }
    unreadCheck?.cancel()
    unreadCheck = nil
  }

  /// The answer is whole.
  private func finish() {
    guard let context else { return }
    number += 1
    phase = keepsAlive ? .idle : .closing
    if keepsAlive {
      context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
      closes(after: Self.idleFor)
    } else {
      // Closing at once could take the answer back from who is still sending.
      let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
      context.writeAndFlush(Self.wrapOutboundOut(.end(nil))).whenComplete { _ in
        bound.value.close(mode: .output, promise: nil)
      }
      closes(after: Self.farewell)
    }
  }

  private func closes(after delay: TimeAmount) {
    cut?.cancel()
    cut = schedule(delay) { $0.context?.close(promise: nil) }
  }

  private func schedule(_ delay: TimeAmount, _ action: @escaping (StreamableHandler) -> Void) -> Scheduled<Void>? {
    guard let context else { return nil }
    let bound = NIOLoopBound((self, action), eventLoop: context.eventLoop)
    return context.eventLoop.scheduleTask(in: delay) {
      let (handler, action) = bound.value
      action(handler)
    }
  }
}
