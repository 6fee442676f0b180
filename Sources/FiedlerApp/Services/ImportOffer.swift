import Basics
import ConfigurationReading
import FoundationEssentials
import Settings

/// Conversations of other programs that lie beside a history with nothing in it yet, so that import can be offered.
public struct ImportOffer: Sendable {
  private let paths: Paths
  private let variables: [String: String]

  public init(_ environment: LaunchEnvironment) {
    paths = Paths(environment: environment.variables)
    variables = environment.variables
  }

  /// What `fiedler import` would take: the log of the llm tool, and folders with runs of an earlier Fiedler. Blocks on
  /// the disk.
  public func found() -> [String] {
    let files = FileManager.default
    let config = variables["XDG_CONFIG_HOME"].flatMap { $0.isAbsolutePath ? $0 : nil } ?? "\(paths.home)/.config"
    // llm's documentation, "Logging to SQLite".
    let log = "\(variables["LLM_USER_PATH"] ?? "\(config)/io.datasette.llm")/logs.db"
    let folders = [earlierOutput, "\(paths.dataDirectory)/output"].compactMap(\.self).filter { folder in
      // A folder that is not there has no runs.
      ((try? files.contentsOfDirectory(atPath: folder)) ?? []).contains {
        files.fileExists(atPath: "\(folder)/\($0)/summary.json")
      }
    }
    return (files.fileExists(atPath: log) ? [log] : []) + folders
  }

  /// Where an earlier Fiedler wrote its runs: `defaults.output_dir` of models.yaml, which nothing else reads any more.
  private var earlierOutput: String? {
    // What is wrong with the file is told by who needs its models.
    let top = (try? YAMLDocument(path: paths.modelsFile))?.root?.mapping()
    guard let folder = top?["defaults"]?.mapping()?["output_dir"]?.string() else { return nil }
    return folder.hasPrefix("~/") ? "\(paths.home)/\(folder.dropFirst(2))" : folder
  }

  /// The offer in words; `nil` where there is nothing to import.
  public var words: String? {
    let found = found()
    guard !found.isEmpty else { return nil }
    let names = found.map { path in path.contains(where: \.isWhitespace) ? "'\(path)'" : path }
    return "Other conversations are on this machine. To have them in this history: fiedler import "
      + names.joined(separator: " ")
  }

  /// The offer, if it was not made before.
  func once() -> String? {
    let mark = "\(paths.stateDirectory)/import-offered"
    guard !FileManager.default.fileExists(atPath: mark), let words else { return nil }
    // Where the mark cannot be left, the offer comes again.
    _ = FileManager.default.createFile(atPath: mark, contents: Data())
    return words
  }
}
