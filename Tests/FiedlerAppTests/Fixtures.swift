import Basics
import Conversations
import FiedlerApp
import FoundationEssentials
import TestSupport

enum Fixture {
  static let date = Sample.date

  static func id(_ number: Int) -> UUID { Sample.id(number) }

  static func model(_ name: String) -> ModelReference { Sample.model(name) }

  /// Queued replies, the ids from 1.
  static func replies(_ names: String...) -> [Reply] {
    names.enumerated().map { Reply(id: id($0 + 1), model: model($1), startedAt: date) }
  }

  /// A reply that these events have made, one a second.
  static func reply(_ name: String, number: Int = 1, _ events: SendEvent...) -> Reply {
    var reply = Reply(id: id(number), model: model(name), startedAt: date)
    for (second, event) in events.enumerated() { reply.apply(event, at: .seconds(second)) }
    return reply
  }
}

/// A user's home of its own: settings, models, database and a working directory.
struct Home {
  let directory: TemporaryDirectory
  var variables: [String: String] = [:]

  /// `models` and `config` are the contents of `models.yaml` and `config.yaml`.
  init(models: String? = nil, config: String? = nil, variables: [String: String] = [:]) throws {
    directory = try TemporaryDirectory()
    self.variables = variables
    try directory.directory("work")
    if let models { try directory.write("config/fiedler/models.yaml", models) }
    if let config { try directory.write("config/fiedler/config.yaml", config) }
  }

  var environment: LaunchEnvironment {
    let own = [
      "HOME": directory.path, "XDG_CONFIG_HOME": directory("config"), "XDG_DATA_HOME": directory("data"),
      "XDG_STATE_HOME": directory("state"), "XDG_DATA_DIRS": directory("share"),
    ]
    return LaunchEnvironment(
      variables: own.merging(variables) { $1 }, workingDirectory: directory("work"))
  }

  var data: String { directory("data/fiedler") }

  func services() throws -> Services { try Services.open(environment) }

  /// Sends and waits for the end.
  @discardableResult
  func send(_ draft: Draft) async throws -> SendReport {
    let services = try services()
    let sending = try await services.prepare(draft)
    let report = await services.finish(services.start(sending, sink: EventRecorder()) { _ in }, of: sending)
    _ = await services.close()
    return report
  }

  /// The newest conversation, as it is stored.
  func newest() async throws -> Conversation? {
    let services = try services()
    guard let summary = try await services.history(HistoryQuery(""), limit: 1).first else { return nil }
    return try await services.conversation(matching: summary.id.lowercased)
  }
}
