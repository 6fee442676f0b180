import Basics
import ConfigurationReading
import ConversationStore
import Conversations
import FoundationEssentials
import GodotLog
import Logging
import SendEngine
import Settings
import Synchronization

/// Where a process stands when it starts: everything it reads of its surroundings, so that tests can give their own.
public struct LaunchEnvironment: Sendable {
  public var variables: [String: String]
  public var workingDirectory: String
  /// How many models can be asked at a time, for the files that it takes; `nil` for any number.
  public var mostRequests: Int?

  public init(variables: [String: String], workingDirectory: String, mostRequests: Int? = nil) {
    self.variables = variables
    self.workingDirectory = workingDirectory
    self.mostRequests = mostRequests
  }
}

/// Everything a running Fiedler is made of. The terminal program, `fiedler send` and whatever comes later share it,
/// so there is one send path. Safe to use from any thread.
public final class Services: Sendable {
  public let environment: LaunchEnvironment
  public let paths: Paths
  private let currentSettings: Mutex<Settings>
  public let store: ConversationStore
  public let logger: GodotLogger
  /// Reads back what the log server has.
  public let reader: GodotReader
  let verifier: GodotVerifier
  let diagnostics: Diagnostics
  /// Takes the diagnostics to the log server; `nil` where there is none.
  private let sink: GodotLogSink?
  private let embedded: EmbeddedGodot?
  public let keys: KeyStore
  public let sender: Sender
  /// What the configuration has that does not look right but does no harm.
  public let warnings: [String]
  /// The models, or what is wrong with models.yaml: history can be read without them.
  private let models: Mutex<Result<ModelRegistry, ConfigurationError>>
  /// Recorders of replies not yet stored.
  let recording = Mutex<[UUID: ReplyRecorder]>([:])
  let upkeep = MemoryUpkeep()

  /// Reads the settings and the models, opens the database and begins to log. Blocks for a few milliseconds.
  ///
  /// `delivers` is false for commands too short to talk to the log server: what they queue goes out with the next run.
  /// `onHealth` hears of every change of how logging stands, on any thread.
  /// `onIndexing` hears how far the search index is brought up to date, the first time after an update.
  /// Throws `ConfigurationError` for the settings and `StoreError` for the database; both say what to do.
  public static func open(
    _ environment: LaunchEnvironment, delivers: Bool = true,
    onHealth: @escaping @Sendable (LogHealth) -> Void = { _ in },
    onIndexing: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws -> Services {
    let paths = Paths(environment: environment.variables)
    try paths.createDirectories()
    return try Services(environment, paths, try Settings.load(path: paths.settingsFile), delivers, onHealth, onIndexing)
  }

  private init(
    _ environment: LaunchEnvironment, _ paths: Paths, _ loaded: Settings.Loaded, _ delivers: Bool,
    _ onHealth: @escaping @Sendable (LogHealth) -> Void, _ onIndexing: (Int, Int) -> Void
  ) throws {
    self.environment = environment
    self.paths = paths
    let settings = loaded.settings
    currentSettings = Mutex(settings)
    let models = Self.models(paths, environment)
    self.models = Mutex(models)
    // What is wrong with models.yaml is said once, by ``registry()``.
    let doubts = (try? models.get().warnings) ?? []
    let doubtsInWords = (loaded.warnings + doubts).map(\.description)
    let providers = (try? models.get())?.providers ?? []  // without models nothing is sent, so no key is needed
    let keys = KeyStore(providers: providers, file: paths.keysFile, environment: environment.variables)
    self.keys = keys
    let tokens = GodotTokens()
    let embedded = settings.embeddedGodot(paths)
    self.embedded = embedded
    let local = LocalLog(path: paths.logFile)
    let journal = HealthJournal(local)
    let godot = settings.godotConfiguration(paths, environment, embedded: embedded, tokens: tokens)
    let redactor: @Sendable () -> Redactor = { Redactor(secrets: keys.knownSecrets + tokens.all) }
    store = try ConversationStore(
      directory: paths.dataDirectory, logsTurns: settings.logsTurns, redactor: redactor, onIndexing: onIndexing)
    warnings =
      doubtsInWords
      + (store.isReadOnly ? ["\(store.path) may not be written: what is there can be read, but nothing is added"] : [])
    reader = GodotReader(godot)
    verifier = GodotVerifier(database: store.database, configuration: godot)
    let logger = GodotLogger(database: store.database, configuration: godot) { health in
      journal.note(health)
      onHealth(health)
    }
    self.logger = logger
    if settings.logsTurns {
      let sink = GodotLogSink(
        database: store.database, redactor: redactor, onCommit: { logger.nudge() },
        onProblem: { local.write(.warning, "godot", $0) })
      self.sink = sink
      diagnostics = Diagnostics(logger: Logger(label: "fiedler") { GodotLogHandler(label: $0, sink: sink) })
    } else {
      sink = nil
      diagnostics = Diagnostics(logger: Logger(label: "fiedler") { LocalLogHandler(log: local, label: $0) })
    }
    if delivers, !store.isReadOnly { logger.start() }
    var configuration = SenderConfiguration()
    configuration.version = Version.text
    configuration.mostRequests = environment.mostRequests
    configuration.network = NetworkEnvironment(environment.variables)
    sender = Sender(configuration: configuration) { model throws(KeyError) in try await keys.requestKey(for: model) }
  }

  /// What config.yaml says, as last read.
  public var settings: Settings { currentSettings.withLock(\.self) }

  /// Has other settings from now on. Where the log server is was decided at the start, and stays.
  func use(_ settings: Settings) { currentSettings.withLock { $0 = settings } }

  /// How many models can be asked; 0 if models.yaml is wrong.
  var modelCount: Int { (try? registry())?.models.count ?? 0 }  // why it is wrong, ``registry()`` tells

  /// The models that can be asked. Throws what is wrong with models.yaml.
  public func registry() throws(ConfigurationError) -> ModelRegistry { try models.withLock(\.self).get() }

  /// Reads models.yaml, and what providers have listed, anew. Keys are looked for anew, too. Blocks on the disk.
  func reloadModels() async { await use(Self.models(paths, environment)) }

  /// Reads models.yaml anew after it has changed. Returns whether it says something else than before, be it right or
  /// wrong; throws what is wrong with it where the models from before stay. Blocks on the disk.
  func rereadModels() async throws(ConfigurationError) -> Bool {
    let read = Self.models(paths, environment)
    switch (models.withLock(\.self), read) {
    case (.success(let old), .success(let new))
    where old.models == new.models && old.defaults == new.defaults && old.sets == new.sets
      && old.providers == new.providers:
      return false
    case (.success, .failure(let error)): throw error
    case (.failure(let old), .failure(let new)) where old == new: return false
    default: break
    }
    await use(read)
    return true
  }

  private func use(_ read: Result<ModelRegistry, ConfigurationError>) async {
    models.withLock { $0 = read }
    // With models that cannot be read nothing is sent, so no key is needed.
    await keys.use((try? read.get())?.providers ?? [])
  }

  private static func models(
    _ paths: Paths, _ environment: LaunchEnvironment
  ) -> Result<ModelRegistry, ConfigurationError> {
    do {
      return .success(
        try ModelRegistry.load(
          path: paths.modelsFile, listings: paths.listedModelsFile, environment: environment.variables))
    } catch { return .failure(error) }
  }

  /// Ends what Fiedlers that were killed have left streaming, and has it logged. Returns how many answers there were.
  @discardableResult
  public func recover() async throws(StoreError) -> Int {
    let recovered = try await store.recoverInterrupted()
    if recovered > 0 {
      diagnostics.recovered(recovered)
      logger.nudge()
    }
    return recovered
  }

  /// Waits until every reply that has come is stored, for at most `limit`, and gives logging a moment to drain.
  ///
  /// Returns what is left to do, in plain words for the user; `nil` if nothing is.
  public func close(within limit: Duration = .seconds(3)) async -> String? {
    let unsettled = recording.withLock { Array($0.values) }
    if !unsettled.isEmpty {
      await wait(atMost: limit) { for recorder in unsettled { await recorder.settled() } }
    }
    var trouble = unsettled.compactMap { $0.failure?.description }
    async let connectionsClosed: Void = sender.shutdown()
    _ = await sink?.flush(deadline: .seconds(1))
    // Where a screen, or another send, holds the sender's lock, that one delivers, however long it takes.
    let health = await logger.flush(deadline: .seconds(2), until: .handedOver)
    let isLeftToOthers = !logger.isSender && health.state == .connected
    await sink?.shutdown()
    await logger.shutdown()
    await reader.close()
    await embedded?.shutdown(within: .seconds(2))
    await connectionsClosed
    if health.pending > 0 && !isLeftToOthers || health.parked > 0 {
      trouble.append("Godot: " + LogHealthText.remaining(health))
    }
    return trouble.isEmpty ? nil : trouble.joined(separator: "\n")
  }
}

extension Services {
  /// How logging stands once it is known whether the server answers and what it takes, or when the time is over.
  public func settledHealth(within limit: Duration) async -> LogHealth {
    let deadline = ContinuousClock.now + limit
    let health = await logger.health(within: limit) { $0.state != .connecting }
    guard health.state == .connected else { return health }
    return await logger.flush(deadline: deadline - ContinuousClock.now)
  }

  /// Delivers what is queued, through failed attempts too, until nothing is left that may be sent or time is over.
  public func drain(within limit: Duration) async -> LogHealth {
    let deadline = ContinuousClock.now + limit
    var health = logger.health
    repeat {
      let known = logger.health
      health = await logger.flush(deadline: deadline - ContinuousClock.now)
      if health.pending + health.unconfirmed == 0 || health.state == .off
        || (health.state == .connected && health.parked > 0)
      {
        break
      }
      // A flush ends with a failed attempt; the next one comes when something has changed.
      _ = await logger.health(within: deadline - ContinuousClock.now) { $0 != known }
    } while ContinuousClock.now < deadline
    return health
  }
}
