import Basics
import Conversations
import GRDB
import Logging
import SQLiteErrors

/// Everything a program needs to log to Godot: an outbox of its own, a sender, and a swift-log backend.
///
/// ```swift
/// let logging = try GodotLogging.bootstrap(url: "ws://127.0.0.1:9060", directory: "/var/lib/shop")
/// Logger(label: "shop").info("Open", metadata: ["day": "Monday"])
/// await logging.shutdown()
/// ```
///
/// All methods may be called from any task.
public final class GodotLogging: Sendable {
  public let logger: GodotLogger
  public let sink: GodotLogSink

  /// Makes GodotLog the backend of all `Logger`s of this program. Call it once, before any of them is made.
  ///
  /// Parameters and errors are those of ``init(url:directory:token:redacting:onHealthChange:onProblem:)``.
  ///
  /// - `level`: the lowest level logged.
  public static func bootstrap(
    url: String, directory: String, level: Logger.Level = .info,
    token: (@Sendable () async throws -> String?)? = nil, redacting secrets: [String] = [],
    onHealthChange: @escaping @Sendable (LogHealth) -> Void = { _ in },
    onProblem: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(OutboxProblem) -> GodotLogging {
    let logging = try GodotLogging(
      url: url, directory: directory, token: token, redacting: secrets, onHealthChange: onHealthChange,
      onProblem: onProblem)
    LoggingSystem.bootstrap(
      { label, provider in logging.handler(label: label, level: level, metadataProvider: provider) },
      metadataProvider: nil)
    return logging
  }

  /// Opens the outbox and begins to send.
  ///
  /// - `url`: `ws://` or `wss://`; without a port, 9060.
  /// - `directory`: keeps `godot-log.sqlite` and its lock file, and is made if need be. Several processes may share it.
  /// - `token`: asked at each connection, and sent as `Authorization: Bearer`.
  /// - `secrets`: exact values that become `[REDACTED]` before anything is written.
  /// - `onHealthChange`: as for ``GodotLogger``.
  /// - `onProblem`: as for ``GodotLogSink``.
  /// - Throws: ``OutboxProblem`` where the database cannot be opened.
  public init(
    url: String, directory: String, token: (@Sendable () async throws -> String?)? = nil,
    redacting secrets: [String] = [], onHealthChange: @escaping @Sendable (LogHealth) -> Void = { _ in },
    onProblem: @escaping @Sendable (String) -> Void = { _ in }
  ) throws(OutboxProblem) {
    let database: DatabasePool
    let path = directory + "/godot-log.sqlite"
    do {
      try Folders.make(directory)
      try PrivateFile.make(path)
      var migrator = DatabaseMigrator()
      Outbox.registerMigrations(in: &migrator)
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      configuration.prepareDatabase { [migrator] db in
        if !db.configuration.readonly { try migrator.refuseForeign(db) }
        // As in the conversations' store: pages that nobody needs any more are not written once more.
        try db.execute(sql: "PRAGMA secure_delete = FAST")
      }
      database = try DatabasePool(path: path, configuration: configuration)
      PrivateFile.restrict(database: path)
      try migrator.migrate(database)
      try database.write { try Outbox.makeRoom(in: $0) }
    } catch {
      throw OutboxProblem(error)
    }
    let logger = GodotLogger(
      database: database,
      configuration: GodotConfiguration(
        destination: .url(url), token: token, lockFile: directory + "/godot-log.lock",
        redactor: Redactor(secrets: secrets)),
      onHealthChange: onHealthChange)
    self.logger = logger
    sink = GodotLogSink(
      database: database, redactor: { logger.redactor }, onCommit: { logger.nudge() }, onProblem: onProblem)
    logger.start()
  }

  public func handler(
    label: String, level: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil
  ) -> GodotLogHandler {
    GodotLogHandler(label: label, sink: sink, level: level, metadataProvider: metadataProvider)
  }

  /// How sending stands.
  public var health: LogHealth { logger.health }

  /// Stores what was handed over and tries to send all of it before a short-lived program ends; see
  /// `GodotLogger.flush(deadline:)`. What is then still pending is kept and sent by the next start.
  public func flush(deadline: Duration = .seconds(5)) async -> LogHealth {
    let clock = ContinuousClock()
    let end = clock.now + deadline
    await sink.flush(deadline: deadline)
    return await logger.flush(deadline: max(end - clock.now, .zero))
  }

  /// Stores what was handed over, reads the replies still due and stops, within four seconds at most.
  public func shutdown() async {
    await sink.shutdown()
    await logger.shutdown()
  }
}
