import ArgumentParser
import Basics
import Conversations
import FiedlerApp
import Foundation
import SendEngine
import Settings
import Synchronization

/// What a shell offers for a word that is not written to its end: the names that are there now. What cannot be read
/// offers nothing; the command itself tells why.
enum Completions {
  /// Names, aliases and sets of models.
  static let models = CompletionKind.custom { _, _, _ in modelNames() }
  static let providers = CompletionKind.custom { _, _, _ in
    Array(Set((registry()?.providers ?? []).map(\.name) + ConfiguredProvider.knownNames)).sorted()
  }
  static let themes = CompletionKind.custom { _, _, _ in
    ThemeLoader(directories: paths.themeDirectories).list().map(\.slug)
  }
  static let templates = CompletionKind.custom { _, _, _ in
    ((try? Templates(Startup.environment()).read()) ?? []).map(\.name)
  }
  /// The newest conversations, by the start of their ids.
  static let conversations = CompletionKind.custom { _, _, _ in newest().map { String($0.id.lowercased.prefix(8)) } }
  /// Words of a search: `tag:` with the tags there are, `model:` with the models, and what else can be asked for.
  static let search = CompletionKind.custom { _, _, prefix in
    if prefix.hasPrefix("tag:") { return Set(newest().flatMap(\.tags)).sorted().map { "tag:\($0)" } }
    if prefix.hasPrefix("model:") { return Set(newest().flatMap(\.models).map(\.name)).sorted().map { "model:\($0)" } }
    return ["tag:", "model:", "provider:", "status:", "file:", "after:", "before:", "is:pinned"]
  }

  private static var paths: Paths { Paths(environment: Startup.variables) }

  private static func registry() -> ModelRegistry? {
    try? ModelRegistry.load(
      path: paths.modelsFile, listings: paths.listedModelsFile, environment: Startup.variables)
  }

  private static func modelNames() -> [String] {
    guard let registry = registry() else { return [] }
    let names = registry.models.flatMap { $0.aliases + [$0.reference.name, $0.reference.description] }
    return registry.sets.map { "@\($0.name)" } + names + registry.listed.map(\.reference.description)
  }

  /// The conversations that were last written to; none where there is no history yet, which is not begun for this.
  private static func newest() -> [ConversationSummary] {
    guard FileManager.default.fileExists(atPath: paths.databaseFile) else { return [] }
    final class Answer: Sendable { let found = Mutex<[ConversationSummary]>([]) }
    let answer = Answer()
    let done = DispatchSemaphore(value: 0)
    Task.detached {
      if let services = try? Services.open(Startup.environment(), delivers: false) {
        let found = (try? await services.history(HistoryQuery(""), limit: 100)) ?? []
        answer.found.withLock { $0 = found }
      }
      done.signal()
    }
    done.wait()
    return answer.found.withLock(\.self)
  }
}
