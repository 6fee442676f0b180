import NIOCore
import Synchronization

/// What all connections of a server share.
final class ServerState: Sendable {
  private struct Clients {
    var open: [ObjectIdentifier: Client] = [:]
    var refusing = 0
    var isStopping = false
  }

  private struct Client {
    let channel: any Channel
    /// `nil` until the upgrade.
    var connection: ServerConnection?
  }

  /// What becomes of a new connection.
  enum Admission {
    case serve
    /// An answer that says so, then the end.
    case refuse
    case drop
  }

  let limits: ServerLimits
  let service: any MessageService
  let health: @Sendable () async throws -> Void
  private let onIncident: @Sendable (ServerIncident) -> Void
  private let clients = Mutex(Clients())
  private let held = Atomic(0)
  /// The most that was held since it was last asked for.
  private let peak = Atomic(0)
  let metrics: (@Sendable (ServerUsage) -> String)?

  /// At most so many connections are told of their refusal at a time; more are dropped.
  private static let mostRefusals = 64

  init(
    limits: ServerLimits, service: any MessageService, health: @escaping @Sendable () async throws -> Void,
    metrics: (@Sendable (ServerUsage) -> String)?, onIncident: @escaping @Sendable (ServerIncident) -> Void
  ) {
    self.metrics = metrics
    self.limits = limits
    self.service = service
    self.health = health
    self.onIncident = onIncident
  }

  func report(_ incident: ServerIncident) { onIncident(incident) }

  /// Adds to the bytes held for clients and returns their sum.
  @discardableResult
  func hold(_ bytes: Int) -> Int {
    guard bytes != 0 else { return held.load(ordering: .relaxed) }
    let now = held.add(bytes, ordering: .relaxed).newValue
    peak.max(now, ordering: .relaxed)
    return now
  }

  var usage: ServerUsage { ServerUsage(connections: connections, heldBytes: held.load(ordering: .relaxed)) }

  /// Whether much was held and less than half of it still is; then counted anew.
  func hasEased() -> Bool {
    let now = held.load(ordering: .relaxed)
    guard peak.load(ordering: .relaxed) > max(2 * now, 16 << 20) else { return false }
    peak.store(now, ordering: .relaxed)
    return true
  }

  var connections: Int { clients.withLock { $0.open.count } }
  var isStopping: Bool { clients.withLock { $0.isStopping } }

  /// - `isLimited`: false for this program's own connections.
  func admit(_ channel: any Channel, isLimited: Bool) -> Admission {
    let id = ObjectIdentifier(channel)
    let admission = clients.withLock { clients -> Admission in
      guard !clients.isStopping else { return .drop }
      if isLimited, clients.open.count >= limits.connections {
        guard clients.refusing < Self.mostRefusals else { return .drop }
        clients.refusing += 1
        return .refuse
      }
      clients.open[id] = Client(channel: channel)
      return .serve
    }
    switch admission {
    case .serve:
      channel.closeFuture.whenComplete { _ in self.clients.withLock { _ = $0.open.removeValue(forKey: id) } }
    case .refuse:
      report(.tooManyConnections)
      channel.closeFuture.whenComplete { _ in self.clients.withLock { $0.refusing -= 1 } }
    case .drop: break
    }
    return admission
  }

  func upgraded(_ channel: any Channel, _ connection: ServerConnection) {
    let isStopping = clients.withLock { clients in
      clients.open[ObjectIdentifier(channel)]?.connection = connection
      return clients.isStopping
    }
    if isStopping { connection.drain() }
  }

  /// Ends every connection, those with requests under way when these are answered; drops what is left at the deadline.
  func stop(within limit: Duration, on eventLoop: any EventLoop) async {
    let open = clients.withLock { clients in
      clients.isStopping = true
      return Array(clients.open.values)
    }
    for client in open {
      if let connection = client.connection { connection.drain() } else { client.channel.close(promise: nil) }
    }
    let cut = eventLoop.scheduleTask(in: TimeAmount(limit)) {
      for client in open { client.channel.close(promise: nil) }
    }
    await withCheckedContinuation { continuation in
      EventLoopFuture.andAllComplete(open.map(\.channel.closeFuture), on: eventLoop)
        .whenComplete { _ in continuation.resume() }
    }
    cut.cancel()
  }
}
