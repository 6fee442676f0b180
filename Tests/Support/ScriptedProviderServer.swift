import JSON
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A real HTTP/1.1 server on 127.0.0.1 that answers each request by playing a script.
///
/// A request takes the next script queued for its model, else the next one queued for any model, else the
/// default script, as often as needed.
public final class ScriptedProviderServer: Sendable {
  /// A request as it came.
  public struct Request: Sendable {
    public var method: String
    /// Path and query.
    public var uri: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public var json: JSON? { try? JSON(bytes: body) }

    /// The first header of this name, in any case.
    public func header(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The model asked for: `model` of the body, or the name in a Gemini path.
    public var model: String? {
      if let name = json?["model"]?.string { return name }
      guard let start = uri.firstRange(of: "/models/")?.upperBound else { return nil }
      return String(uri[start...].prefix { $0 != ":" })
    }
  }

  private struct State {
    var queue: [(model: String?, script: Script)] = []
    var fallback: Script?
    var requests: [Request] = []
    var active = 0
    var maximumActive = 0
    var abandoned = 0
    var connections = 0
  }

  private let state: Mutex<State>
  private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
  private let listener: any Channel
  private let scheme: String

  /// Starts listening on a free port.
  ///
  /// - Parameters:
  ///   - scripts: played in this order, one a request.
  ///   - fallback: played whenever no script is queued; without one such a request gets a 500.
  ///   - certificate: to speak HTTPS with.
  public init(
    _ scripts: Script..., otherwise fallback: Script? = nil, certificate: TestCertificate? = nil
  ) async throws {
    let tls = try certificate.map { files in
      try NIOSSLContext(
        configuration: .makeServerConfiguration(
          certificateChain: NIOSSLCertificate.fromPEMFile(files.chain).map { .certificate($0) },
          privateKey: .privateKey(NIOSSLPrivateKey(file: files.key, format: .pem))))
    }
    scheme = tls == nil ? "http" : "https"
    let state = Mutex(State(queue: scripts.map { (nil, $0) }, fallback: fallback))
    self.state = state
    let owner = OneOwner()
    listener = try await ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try channel.pipeline.syncOperations.addHandlers(
            ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
            RequestHandler { request, channel in owner.server?.play(request, on: channel) ?? Task {} },
          )
          owner.server?.state.withLock { $0.connections += 1 }
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    owner.server = self
  }

  public var port: Int { listener.localAddress?.port ?? 0 }
  /// As a `base_url` of models.yaml.
  public var baseURL: String { "\(scheme)://127.0.0.1:\(port)/v1" }

  /// Queues scripts, for requests of one model or of any.
  public func enqueue(_ scripts: Script..., forModel model: String? = nil) {
    state.withLock { $0.queue += scripts.map { (model, $0) } }
  }

  /// What was asked so far.
  public var requests: [Request] { state.withLock { $0.requests } }
  /// Requests of which the script has not come to its end.
  public var active: Int { state.withLock { $0.active } }
  /// The most requests that were ever active at once.
  public var maximumActive: Int { state.withLock { $0.maximumActive } }
  /// Requests whose client went away before the script was over.
  public var abandoned: Int { state.withLock { $0.abandoned } }
  /// Connections accepted so far.
  public var connections: Int { state.withLock { $0.connections } }

  public func waitForRequests(_ count: Int) async throws {
    try await eventually("\(count) requests came, \(requests.count) did") { self.requests.count >= count }
  }

  public func shutdown() async throws {
    try await listener.close().get()
    try await group.shutdownGracefully()
  }

  // MARK: Playing

  private func play(_ request: Request, on channel: any Channel) -> Task<Void, Never> {
    let script = state.withLock { state -> Script in
      state.requests.append(request)
      state.active += 1
      state.maximumActive = max(state.maximumActive, state.active)
      let index =
        state.queue.firstIndex { $0.model != nil && $0.model == request.model }
        ?? state.queue.firstIndex { $0.model == nil }
      if let index { return state.queue.remove(at: index).script }
      return state.fallback ?? [.status(500, body: #"{"error":{"message":"no script is left"}}"#)]
    }
    return Task {
      var player = ScriptPlayer(channel: channel)
      let isComplete = await player.play(script)
      state.withLock { state in
        state.active -= 1
        if !isComplete { state.abandoned += 1 }
      }
    }
  }
}

/// Breaks the circle between a server that is being made and its connections. Set once, before the port is told to
/// anyone.
private final class OneOwner: Sendable {
  private let box = Mutex<WeakServer>(WeakServer())
  private struct WeakServer { weak var server: ScriptedProviderServer? }

  var server: ScriptedProviderServer? {
    get { box.withLock { $0.server } }
    set { box.withLock { $0.server = newValue } }
  }
}

/// Collects each request of a connection and has it answered; stops the answer when the client goes away.
private final class RequestHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart

  private let answer: (ScriptedProviderServer.Request, any Channel) -> Task<Void, Never>
  private var head: HTTPRequestHead?
  private var body: [UInt8] = []
  private var answering: Task<Void, Never>?

  init(answer: @escaping (ScriptedProviderServer.Request, any Channel) -> Task<Void, Never>) {
    self.answer = answer
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = []
    case .body(let bytes):
      body.append(contentsOf: bytes.readableBytesView)
    case .end:
      guard let head else { return }
      let request = ScriptedProviderServer.Request(
        method: head.method.rawValue, uri: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: body)
      answering = answer(request, context.channel)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { answering?.cancel() }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
