import FoundationEssentials
import Logging
import MCP
import Synchronization

/// A log server: MCP over WebSocket in front of a storage.
///
/// What it has acknowledged is committed. All methods may be called from any task.
public final class GodotServer: Sendable {
  /// Levels that other servers of the same storage set are seen after at most so long.
  private static let levelInterval = Duration.seconds(5)
  private static let upkeepInterval = Duration.seconds(3600)

  private let transport: WebSocketServer
  private let queue: CommitQueue
  private let logger: Logger
  private let chores: [Task<Void, Never>]

  /// Starts serving. A storage that cannot be reached is waited for while clients are told so; it is not an error.
  ///
  /// The storage stays the caller's, to be closed after ``shutdown(within:)``.
  public static func start(
    _ configuration: GodotServerConfiguration, storage: any LogStorage
  ) async throws(GodotServerError) -> GodotServer {
    let logger = configuration.logger
    let listener = try webSocketListener(configuration.listener, logger)
    let watch = StorageWatch(logger: logger)
    let levels = LevelTable()
    let metrics = ServerMetrics()
    let queue = CommitQueue(storage: storage, watch: watch, metrics: metrics)
    let service = GodotService(storage: storage, queue: queue, watch: watch, levels: levels, metrics: metrics)
    let health = HealthCheck(storage: storage)
    let incidents = IncidentLog(logger: logger)
    do throws(StorageUnavailable) {
      try await storage.maintain(now: Date.now, removingLogsBefore: nil)
      try await levels.refresh(from: storage)
    } catch {
      watch.failed(error, .writing)
    }
    let transport: WebSocketServer
    do throws(ServerError) {
      transport = try await WebSocketServer.start(
        listener, limits: configuration.limits, service: service, health: { try await health.check() },
        metrics: { usage in metrics.text(usage, queue: queue.waiting, storage: watch.status) },
        onIncident: { incident in
          metrics.add(incident)
          incidents.add(incident)
        })
    } catch {
      throw .transport(error)
    }
    logger.notice(
      "started",
      metadata: configuration.listener.map { listener in
        ["host": "\(listener.host)", "port": "\(transport.port ?? 0)", "tls": "\(listener.certificate != nil)"]
      })
    return GodotServer(
      transport: transport, queue: queue, logger: logger,
      chores: chores(storage, levels, watch, keepsLogs: configuration.keepsLogs)
        + (listener == nil ? [] : [MemoryUpkeep.start(transport)]))
  }

  private init(transport: WebSocketServer, queue: CommitQueue, logger: Logger, chores: [Task<Void, Never>]) {
    self.transport = transport
    self.queue = queue
    self.logger = logger
    self.chores = chores
  }

  deinit { for chore in chores { chore.cancel() } }

  /// The port it listens on; `nil` if it does not listen.
  public var port: Int? { transport.port }

  /// Open connections.
  public var connections: Int { transport.connections }

  /// A connection for this process's own client: the descriptor of a stream socket whose other end is served. The
  /// caller owns it and makes the usual WebSocket handshake on it; no token is asked for.
  public func connect() throws(GodotServerError) -> CInt {
    do { return try transport.connect() } catch { throw .transport(error) }
  }

  /// Takes nothing more, commits and answers what it has taken, and closes; at the deadline it drops what is left.
  public func shutdown(within limit: Duration) async {
    let deadline = ContinuousClock.now + limit
    await transport.shutdown(within: limit)
    await queue.waitUntilIdle(within: max(.zero, deadline - ContinuousClock.now))
    for chore in chores { chore.cancel() }
    logger.notice("stopped")
  }

  private static func webSocketListener(
    _ listener: GodotServerConfiguration.Listener?, _ logger: Logger
  ) throws(GodotServerError) -> WebSocketListener? {
    guard let listener else { return nil }
    if let token = listener.token {
      guard !token.value.isEmpty else { throw .emptyToken }
    } else if !listener.isLoopback {
      throw .tokenNeeded(host: listener.host)
    }
    let certificate: WebSocketListener.Certificate?
    switch (listener.certificate, listener.key) {
    case (let chain?, let key?): certificate = .init(chain: chain, key: key)
    case (nil, nil): certificate = nil
    default: throw .certificateIncomplete
    }
    if !listener.isLoopback, certificate == nil {
      logger.warning(
        "without a certificate the token and all logs cross the network in the clear",
        metadata: ["host": "\(listener.host)"])
    }
    return WebSocketListener(
      host: listener.host, port: listener.port, token: listener.token, certificate: certificate)
  }

  private static func chores(
    _ storage: any LogStorage, _ levels: LevelTable, _ watch: StorageWatch, keepsLogs: Duration?
  ) -> [Task<Void, Never>] {
    func every(
      _ interval: Duration, _ use: StorageWatch.Use,
      _ work: @escaping @Sendable () async throws(StorageUnavailable) -> Void
    ) -> Task<Void, Never> {
      Task {
        while !Task.isCancelled {
          do throws(StorageUnavailable) {
            try await work()
            watch.worked(use)
          } catch {
            // After a shutdown the storage may be closed.
            if !Task.isCancelled { watch.failed(error, use) }
          }
          // Cancellation ends the loop.
          try? await Task.sleep(for: interval)
        }
      }
    }
    return [
      every(levelInterval, .reading) { () throws(StorageUnavailable) in try await levels.refresh(from: storage) },
      every(upkeepInterval, .writing) { () throws(StorageUnavailable) in
        let now = Date.now
        let limit = keepsLogs.map { now.addingTimeInterval(-($0 / .seconds(1))) }
        try await storage.maintain(now: now, removingLogsBefore: limit)
      },
    ]
  }
}

/// Whether the storage can be reached: asked once at a time and at most once a second, however often it is wanted.
private actor HealthCheck {
  private let storage: any LogStorage
  private var check: Task<Void, any Error>?
  /// `nil` while the check runs.
  private var checkedAt: ContinuousClock.Instant?

  init(storage: any LogStorage) { self.storage = storage }

  func check() async throws {
    if let check {
      guard let checkedAt, ContinuousClock.now - checkedAt >= .seconds(1) else { return try await check.value }
    }
    let storage = storage
    let check = Task { try await storage.ping() }
    self.check = check
    checkedAt = nil
    defer { checkedAt = .now }
    try await check.value
  }
}
