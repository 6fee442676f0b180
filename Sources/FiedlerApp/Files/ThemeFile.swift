import FoundationEssentials
import Interchange
import Settings

/// The theme chosen in the picker, kept between two starts: a line with its name as settings have it.
struct ThemeFile: Sendable {
  let path: String

  init(_ paths: Paths) { path = "\(paths.stateDirectory)/theme" }

  /// `nil` where none was chosen.
  func read() -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let name = String(decoding: data, as: UTF8.self).filter { !$0.isNewline }
    return name.isEmpty ? nil : name
  }

  func write(_ name: String) throws(ExportProblem) {
    let file = try ReplacementFile(path: path)
    try file.write(name + "\n")
    try file.finish()
  }
}
