import Basics
import Glibc

/// Where Fiedler's files are, by the XDG base directory specification
/// (https://specifications.freedesktop.org/basedir-spec/latest/).
public struct Paths: Hashable, Sendable {
  /// `config.yaml`, `models.yaml`, `keys.yaml`, `themes/` and `templates/`.
  public let configDirectory: String
  /// The database.
  public let dataDirectory: String
  /// The log file.
  public let stateDirectory: String
  /// The user's home directory.
  public let home: String
  /// `models.yaml`, or what `FIEDLER_CONFIG` names.
  public let modelsFile: String
  /// Whether `FIEDLER_CONFIG` names it; then it must exist.
  public let isModelsFileNamed: Bool
  /// Where theme files are looked for, the first that has a name wins.
  public let themeDirectories: [String]

  /// What can be had again.
  public let cacheDirectory: String

  /// The models that providers have listed.
  public var listedModelsFile: String { "\(cacheDirectory)/models.json" }
  /// A JSON Schema of ``modelsFile``, for editors.
  public var modelsSchemaFile: String { "\(cacheDirectory)/models.schema.json" }
  public var settingsFile: String { "\(configDirectory)/config.yaml" }
  /// Where prompt templates are looked for, `*.md`.
  public var templatesDirectory: String { "\(configDirectory)/templates" }
  public var keysFile: String { "\(configDirectory)/keys.yaml" }
  public var databaseFile: String { "\(dataDirectory)/fiedler.db" }
  /// What the log server within the program keeps; also where `fiedler godot serve` keeps it unless told otherwise.
  public var godotDatabaseFile: String { "\(dataDirectory)/godot.db" }
  public var logFile: String { "\(stateDirectory)/fiedler.log" }
  /// What a crash leaves: signal, version, time and addresses.
  public var crashReportFile: String { "\(stateDirectory)/crash.txt" }
  /// The id of the conversation that was on the screen at the last crash, until it has been looked at as usual.
  public var crashMarkerFile: String { "\(stateDirectory)/crash-shown" }

  /// A directory that cannot be made.
  public struct CreationError: Error, Hashable, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String { "\(path) cannot be created: \(reason)" }
  }

  /// Works out the paths; makes nothing.
  public init(environment: [String: String]) {
    let home = Self.absolute(environment["HOME"]) ?? Self.homeOfUser() ?? "/"
    self.home = home
    // A relative path in an XDG variable counts as unset: the specification says so.
    func directory(_ variable: String, _ fallback: String) -> String {
      (Self.absolute(environment[variable]) ?? "\(home)/\(fallback)") + "/fiedler"
    }
    configDirectory = directory("XDG_CONFIG_HOME", ".config")
    dataDirectory = directory("XDG_DATA_HOME", ".local/share")
    stateDirectory = directory("XDG_STATE_HOME", ".local/state")
    cacheDirectory = directory("XDG_CACHE_HOME", ".cache")
    let named = environment["FIEDLER_CONFIG"] ?? ""
    isModelsFileNamed = !named.isEmpty
    modelsFile = named.isEmpty ? "\(configDirectory)/models.yaml" : named
    let shared = environment["XDG_DATA_DIRS"].flatMap { $0.isEmpty ? nil : $0 } ?? "/usr/local/share:/usr/share"
    themeDirectories =
      ["\(configDirectory)/themes", "\(dataDirectory)/themes"]
      + shared.split(separator: ":").compactMap { Self.absolute(String($0)) }.map { "\($0)/fiedler/themes" }
  }

  /// Whether a path, however it is written, leads to a file that Fiedler is configured by or keeps everything in.
  public func isOwnFile(_ path: String) -> Bool {
    guard let identity = FileIdentity(at: path) else { return false }
    let databases = [databaseFile, godotDatabaseFile]
    let own = [settingsFile, modelsFile, keysFile] + databases + databases.flatMap { [$0 + "-wal", $0 + "-shm"] }
    return own.contains { FileIdentity(at: $0) == identity }
  }

  /// Makes the three directories, open to their owner alone. One that exists stays as it is.
  public func createDirectories() throws(CreationError) {
    for directory in [configDirectory, dataDirectory, stateDirectory] { try Self.create(directory) }
  }

  /// Makes the directory for what can be had again, likewise.
  public func createCacheDirectory() throws(CreationError) { try Self.create(cacheDirectory) }

  private static func create(_ path: String) throws(CreationError) {
    do { try Folders.make(path) } catch {
      throw CreationError(path: error.path, reason: error.reason)
    }
  }

  /// An absolute path without a slash at its end.
  private static func absolute(_ path: String?) -> String? {
    guard var path, path.isAbsolutePath else { return nil }
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private static func homeOfUser() -> String? {
    var entry = passwd()
    var result: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(getuid(), &entry, &buffer, buffer.count, &result) == 0, result != nil else { return nil }
    return absolute(String(cString: entry.pw_dir))
  }
}
