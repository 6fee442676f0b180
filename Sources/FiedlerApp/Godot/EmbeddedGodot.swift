import GodotServer
import Logging

/// The log server within this program, for whoever has set up none: the same server as `fiedler godot serve`, without
/// a port. It is opened when someone first connects, so that it costs a start nothing.
///
/// Several Fiedlers have one each, on one database.
public actor EmbeddedGodot {
  private let databaseFile: String
  private let keepsLogs: Duration?
  private var opening: Task<Running, any Error>?

  private struct Running {
    var server: GodotServer
    var storage: any LogStorage
  }

  init(databaseFile: String, keepsLogs: Duration?) {
    self.databaseFile = databaseFile
    self.keepsLogs = keepsLogs
  }

  /// One end of a new connection. Throws why the database cannot be opened; the next call tries again.
  func connect() async throws -> CInt {
    let task = opening ?? Task { [databaseFile, keepsLogs] in try await Self.open(databaseFile, keepsLogs) }
    opening = task
    do {
      return try await task.value.server.connect()
    } catch {
      if opening == task { opening = nil }
      throw error
    }
  }

  private static func open(_ databaseFile: String, _ keepsLogs: Duration?) async throws -> Running {
    let storage = try await StorageLocation.open(databaseFile)
    // What goes wrong in it, its only clients tell: the status bar and the log screen.
    let silent = Logger(label: "godot") { _ in SwiftLogNoOpLogHandler() }
    let configuration = GodotServerConfiguration(listener: nil, keepsLogs: keepsLogs, logger: silent)
    return Running(server: try await GodotServer.start(configuration, storage: storage), storage: storage)
  }

  /// Answers what it has taken and closes the database.
  func shutdown(within limit: Duration) async {
    guard let opening else { return }
    self.opening = nil
    switch await opening.result {
    case .success(let running):
      await running.server.shutdown(within: limit)
      await running.storage.close()
    case .failure: break  // whoever connected has been told
    }
  }
}
