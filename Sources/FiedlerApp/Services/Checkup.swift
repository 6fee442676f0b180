import ConversationStore
import Conversations
import FoundationEssentials
import SendEngine
import Settings

/// What a command needs and does not have, beyond keys and Godot, for `fiedler doctor`.
extension Services {
  /// What is wrong with the theme and the keys of config.yaml, a line each. Blocks on the disk.
  public func settingsProblems() -> [String] {
    var problems = settings.keyMap().problems.map { "\($0)" }
    if let theme = settings.theme {
      do { _ = try ThemeLoader(directories: paths.themeDirectories).load(theme) } catch {
        problems.append("theme in \(paths.settingsFile): \(error)")
      }
    }
    return problems
  }

  /// What is wrong with the prompt templates, a line each. Blocks on the disk.
  public func templateProblems() -> [String] {
    do { return try templates.read().compactMap(\.problem) } catch { return ["\(error)"] }
  }

  /// Whether the history can be read, and what in it is missing.
  public func historyProblems() async -> [String] {
    do {
      let problems = try await store.missingParts()
      if problems.isEmpty, let newest = try await history(HistoryQuery(""), limit: 1).first {
        _ = try await store.conversation(newest.id)
      }
      return problems
    } catch { return ["\(error)"] }
  }

  /// Reads every database whole: SQLite's own check, then every conversation. Returns how many could be read, and what
  /// is wrong, a line each. Blocks on the disk.
  public func databaseProblems() async -> (conversations: Int, problems: [String]) {
    var problems: [String] = []
    for path in [paths.databaseFile, paths.godotDatabaseFile] where FileManager.default.fileExists(atPath: path) {
      do { problems += try ConversationStore.damage(inFile: path) } catch { problems.append("\(error)") }
    }
    do {
      let count = try await export(.query(HistoryQuery("", order: .oldest))) { _ in }
      return (count, problems)
    } catch {
      return (0, problems + ["\(error)"])
    }
  }
}
