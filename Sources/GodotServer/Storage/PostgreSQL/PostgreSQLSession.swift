import Dispatch

/// A connection to PostgreSQL with a thread of its own, as every call blocks. Connects when it is first needed, and
/// again when the connection is lost.
actor PostgreSQLSession {
  enum Role {
    case writer, reader, upkeep
  }

  private let url: String
  private let limits: PostgreSQLLimits
  private let role: Role
  private let executor: QueueExecutor
  private var connection: PostgreSQLConnection?
  private var isClosed = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  init(url: String, limits: PostgreSQLLimits, role: Role) {
    self.url = url
    self.limits = limits
    self.role = role
    executor = QueueExecutor(label: "postgresql \(role)")
  }

  /// Runs `body` with a connection.
  ///
  /// It is run twice where a connection from before turns out to be lost, so it must do no harm when repeated.
  func perform<Value: Sendable>(
    _ body: @Sendable (PostgreSQLConnection) throws -> Value
  ) throws(StorageUnavailable) -> Value {
    let wasConnected = connection != nil
    do {
      do {
        return try body(try connected())
      } catch let error as PostgreSQLError where wasConnected && error.isConnectionGone && !error.isLate {
        connection = nil
        return try body(try connected())
      }
    } catch let error as PostgreSQLError {
      if error.isConnectionGone { connection = nil }
      throw StorageUnavailable(postgreSQL: error)
    } catch let error as StorageUnavailable {
      throw error
    } catch {
      throw StorageUnavailable("the storage failed: \(error)")
    }
  }

  func close() {
    isClosed = true
    connection = nil
  }

  private func connected() throws -> PostgreSQLConnection {
    guard !isClosed else { throw StorageUnavailable("the storage is closed") }
    if let connection { return connection }
    let new = try PostgreSQLConnection(
      settings: settings, milliseconds: role == .upkeep ? 600_000 : limits.milliseconds)
    new.opening = opening(compressesFast: role == .writer ? try Self.compressesFast(new) : false)
    connection = new
    return new
  }

  /// What stands before `dbname` can be set otherwise in the URL.
  private var settings: [(name: String, value: String)] {
    [
      ("application_name", "fiedler-godot"), ("connect_timeout", "5"), ("keepalives_idle", "5"),
      ("keepalives_interval", "2"), ("keepalives_count", "3"), ("tcp_user_timeout", "10000"),
      // Of several hosts the one that is the primary now.
      ("target_session_attrs", "read-write"),
      ("dbname", url), ("client_encoding", "UTF8"),
    ]
  }

  /// How a transaction begins. Its settings end with it, so that a pooler's next client does not meet them.
  private func opening(compressesFast: Bool) -> String {
    var settings = ["TimeZone = 'UTC'", "DateStyle = 'ISO'", "standard_conforming_strings = on"]
    // Before this program would give up, so that the server says what it waited for. It does not cut a COMMIT short,
    // which may wait for a standby.
    let limit = limits.milliseconds * 9 / 10
    switch role {
    case .reader: settings.append("statement_timeout = \(limit)")
    case .upkeep: settings += ["lock_timeout = '5s'", "idle_in_transaction_session_timeout = '30s'"]
    case .writer:
      // A server that freezes in a transaction must not hold up the others for ever.
      settings += [
        "statement_timeout = \(limit)", "lock_timeout = \(limit / 2)", "idle_in_transaction_session_timeout = '15s'",
      ]
      if compressesFast { settings.append("default_toast_compression = 'lz4'") }
    }
    return ([role == .reader ? "BEGIN READ ONLY" : "BEGIN"] + settings.map { "SET LOCAL " + $0 }).joined(
      separator: "; ")
  }

  /// Whether long texts can be compressed by the faster method.
  private static func compressesFast(_ connection: PostgreSQLConnection) throws -> Bool {
    try connection.run(
      "SELECT FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"
    ).count > 0
  }
}

/// How long a log server waits for PostgreSQL. The limits of the network stand in the URL: `connect_timeout` (seconds
/// a host), `tcp_user_timeout` (milliseconds), `keepalives_idle`, `keepalives_interval` and `keepalives_count`.
public struct PostgreSQLLimits: Hashable, Sendable {
  /// For one statement: a server that is silent for longer counts as away, and its connection is given up.
  public var statement: Duration

  public init(statement: Duration = .seconds(10)) { self.statement = statement }

  fileprivate var milliseconds: Int32 { Int32(clamping: Int(statement / .milliseconds(1))) }
}

/// Runs an actor's jobs one after another on threads that may block.
private final class QueueExecutor: SerialExecutor {
  private let queue: DispatchQueue

  init(label: String) { queue = DispatchQueue(label: label) }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}

extension PostgreSQLError {
  /// Whether a new connection is needed: this one is lost, or its server is no longer the one to write to.
  var isConnectionGone: Bool {
    isLost || state == "25006" || state.hasPrefix("57P") || state.hasPrefix("08")
  }

  /// Whether two transactions got into each other's way, and one of them has to be repeated.
  var isConflict: Bool { state == "40001" || state == "40P01" || state == "40000" }

  /// Whether the data is at fault: a value out of range, a broken constraint, a limit of the database.
  var isRefusal: Bool { ["22", "23", "54"].contains(state.prefix(2)) }
}

extension StorageUnavailable {
  /// What an error of PostgreSQL means for a client, without addresses and passwords.
  init(postgreSQL error: PostgreSQLError) {
    self.init(error.state.isEmpty ? Self.words(forConnecting: error.message) : Self.words(for: error))
    gaveUpWaiting = error.isLate
    isMisconfigured =
      error.state.isEmpty
      && Self.misconfigurations.contains { phrase in
        error.message.split(separator: "\n").contains { $0.contains("FATAL") && $0.contains(phrase) }
      }
  }

  /// What PostgreSQL and PgBouncer say of a database, a user or a password that is wrong.
  private static let misconfigurations = [
    "does not exist", "no such database", "no such user", "password authentication failed", "no pg_hba.conf entry",
  ]

  private static func words(for error: PostgreSQLError) -> String {
    switch error.state {
    case "53100": "the database's disk is full"
    case "53200": "the database is out of memory"
    case "53300": "the database has too many connections"
    case "25006": "the database is read-only"
    case "55P03", "40P01", "40001", "40000": "other work keeps the database's tables locked"
    case "57014": "the database took too long"
    case "57P01", "57P02": "the database is shutting down"
    case "57P03": error.message
    case "42501": "the database refuses it: \(error.message)"
    case let state where state.hasPrefix("42"): "the database's tables are not as expected: \(error.message)"
    default: "the database failed: \(error.message)"
    }
  }

  private static func words(forConnecting message: String) -> String {
    // The server's own words, where it has said any.
    if let fatal = message.firstRange(of: "FATAL:") {
      let words = message[fatal.upperBound...].prefix { $0 != "\n" }.drop { $0 == " " }
      if words.starts(with: "terminating connection") { return "the database has closed the connection" }
      return String(words)
    }
    let known = [
      ("read-only", "the database is read-only"), ("Connection refused", "the database refuses connections"),
      ("No such file", "the database is not running"), ("timeout expired", "the database does not answer"),
      ("timed out", "the database does not answer"), ("could not translate host", "the database's host is not known"),
      ("SSL", "no encrypted connection to the database can be made"), ("no password supplied", "no password supplied"),
      ("server closed the connection", "the database has closed the connection"),
    ]
    return known.first { message.contains($0.0) }?.1 ?? "the database cannot be reached"
  }
}
