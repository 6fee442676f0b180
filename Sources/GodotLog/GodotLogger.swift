import Conversations
import GRDB
import Synchronization
public struct GodotConfiguration: Sendable {
  public enum Destination: Sendable { case off, url(String) }
  public var destination: Destination
  public var lockFile: String
  public var token: (@Sendable () async throws -> String?)?
  public init(destination: Destination, lockFile: String, token: (@Sendable () async throws -> String?)? = nil) {
    self.destination = destination; self.lockFile = lockFile; self.token = token }
}
public final class GodotLogger: Sendable {
  public init(database: any DatabaseWriter, configuration: GodotConfiguration, onHealthChange: @escaping @Sendable (LogHealth) -> Void) {}
  public func start() {}
  public func nudge() {}
  public func flush(deadline: Duration) async -> LogHealth { health }
  public func shutdown() async {}
  public var health: LogHealth { LogHealth(state: .off) }
}
