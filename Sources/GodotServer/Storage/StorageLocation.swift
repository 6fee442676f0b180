import Basics

/// Why a storage cannot be opened, in words that say what to do; without the URL, which may hold a password.
public struct StorageLocationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
  /// Whether it may work later as it stands: the database is not there yet.
  public var mayPass: Bool

  init(_ description: String, mayPass: Bool = false) {
    self.description = description
    self.mayPass = mayPass
  }
}

/// Where a log server keeps what it is told, as its user says it.
public enum StorageLocation: Hashable, Sendable {
  /// A SQLite file.
  case file(path: String)
  /// `postgres://` or `postgresql://`.
  case postgreSQL(url: String)

  /// A URL, or else a path. Throws for URLs of other kinds.
  public init(_ text: String) throws(StorageLocationError) {
    guard let separator = text.firstRange(of: "://") else {
      guard !text.isEmpty else {
        throw StorageLocationError("no storage is given: name a file, or a URL that begins with postgres://.")
      }
      self = .file(path: text)
      return
    }
    let scheme = text[..<separator.lowerBound].lowercased()
    guard scheme == "postgres" || scheme == "postgresql" else {
      throw StorageLocationError(
        "\(scheme):// is no storage this server knows: name a file, or a URL that begins with postgres://.")
    }
    // Libpq knows the scheme in lower case only.
    self = .postgreSQL(url: scheme + text[separator.lowerBound...])
  }

  /// Opens the storage a text names, and brings its tables up to date.
  ///
  /// A file is made where there is none, a database must be there.
  public static func open(
    _ text: String, limits: PostgreSQLLimits = .init()
  ) async throws(StorageLocationError) -> any LogStorage {
    switch try StorageLocation(text) {
    case .file(let path):
      do throws(StorageUnavailable) { return try SQLiteStorage(path: path) } catch {
        let reason = FileObstacle(at: path)?.description ?? "\(error)"
        throw StorageLocationError("cannot open the storage \(path): \(reason). Name another file with --store.")
      }
    case .postgreSQL(let url):
      let storage = try PostgreSQLStorage(url: url, limits: limits)
      do throws(StorageUnavailable) { try await storage.ping() } catch {
        await storage.close()
        if error.isMisconfigured {
          throw StorageLocationError(
            "cannot use the database: \(error). Mend the URL given with --store, or the database's settings; "
              + "a database that is missing is made with createdb.")
        }
        throw StorageLocationError(
          "cannot use the database: \(error). Check the URL given with --store, and that the database runs.",
          mayPass: true)
      }
      return storage
    }
  }
}
