import ConfigurationReading
import FoundationEssentials
import Interchange
import JSON
import Settings

/// What agents have chosen, for all their sends.
struct AgentState: Hashable, Sendable {
  /// Empty for the defaults of models.yaml.
  var models: [String] = []
  /// An absolute path; `nil` for the data folder's `output`.
  var outputDirectory: String?
}

/// Where that is kept between two starts: `state.yaml` in the state folder, `models` and `output_dir`. Until there is
/// one, what an earlier Fiedler left in `~/.fiedler/state.yaml` is read.
struct AgentStateFile: Sendable {
  let path: String
  let earlier: String

  init(_ paths: Paths) {
    path = "\(paths.stateDirectory)/state.yaml"
    earlier = "\(paths.home)/.fiedler/state.yaml"
  }

  /// Throws `ConfigurationError` or `RegularFile.Failure` for a file that is there and cannot be read.
  func read() throws -> AgentState { try read(path) ?? read(earlier) ?? AgentState() }

  private func read(_ path: String) throws -> AgentState? {
    let document: YAMLDocument
    do throws(RegularFile.Failure) {
      document = try YAMLDocument(path: path)
    } catch {
      guard case .missing = error else { throw error }
      return nil
    }
    var state = AgentState()
    // What else an earlier Fiedler kept there is of no use here.
    if let mapping = document.root?.mapping() {
      state.models = mapping["models"]?.strings()?.map(\.text) ?? []
      state.outputDirectory = mapping["output_dir"]?.string()
    }
    try document.check()
    return state
  }

  func write(_ state: AgentState) throws(ExportProblem) {
    var text = "models: \(JSON.array(state.models.map(JSON.string)).text)\n"
    if let directory = state.outputDirectory { text += "output_dir: \(JSON.string(directory).text)\n" }
    let file = try ReplacementFile(path: path)
    try file.write(text)
    try file.finish()
  }
}
