import FoundationEssentials
import Interchange
import JSON
import Settings

/// What setup has written, so that it can be taken back: `setup.json` in the state folder, the last step last.
struct SetupRecord {
  struct Step: Hashable {
    /// The path of `models.yaml`.
    var file: String
    /// SHA-256 of what was written, in hexadecimal.
    var digest: String
    /// What stood there before; `nil` where nothing did.
    var before: String?
    /// The provider whose key was kept along with it.
    var keyOf: String?
  }

  private let path: String

  init(_ paths: Paths) { path = "\(paths.stateDirectory)/setup.json" }

  /// None where setup has done nothing yet.
  func read() throws(Setup.Failure) -> [Step] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    guard let json = try? JSON(bytes: Array(data)),  // what is wrong with it helps nobody
      json["version"]?.int == 1, let steps = json["steps"]?.array
    else { throw .unreadableRecord(path: path) }
    return steps.compactMap { step in
      guard let file = step["file"]?.string, let digest = step["sha256"]?.string else { return nil }
      return Step(file: file, digest: digest, before: step["before"]?.string, keyOf: step["key_of"]?.string)
    }
  }

  func write(_ steps: [Step]) throws {
    let list = steps.map { step -> JSON in
      [
        "file": .string(step.file), "sha256": .string(step.digest), "before": JSON(step.before),
        "key_of": JSON(step.keyOf),
      ]
    }
    let file = try ReplacementFile(path: path)
    try file.write(JSON.object(["version": 1, "steps": .array(list)]).text + "\n")
    try file.finish()
  }
}
