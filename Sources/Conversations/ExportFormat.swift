/// What a conversation can be written as.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// One readable file with a YAML header.
  case markdown
  /// Everything that is stored, to be imported again without loss.
  case json
  /// A folder with a file an answer.
  case folder
  /// The recording as an asciinema cast, version 2 (https://docs.asciinema.org/manual/asciicast/v2/).
  case cast
}
