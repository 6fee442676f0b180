import Interchange
import Settings

/// The file that a command's output goes to.
enum OutputTarget {
  /// Begins a file that takes the place of the one at `path`. Throws where that is one that Fiedler lives on.
  static func file(_ path: String) throws -> ReplacementFile {
    guard !Paths(environment: Startup.variables).isOwnFile(path) else {
      throw UsageError("\(path) is a file that Fiedler lives on; name another")
    }
    return try ReplacementFile(path: path)
  }
}
