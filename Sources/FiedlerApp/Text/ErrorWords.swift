import Basics
import ConversationStore
import Conversations
import GodotLog
import SendEngine

/// Errors in the words of the command line.
public enum ErrorWords {
  /// What went wrong and what can be done, on one line or more.
  public static func text(for error: any Error) -> String {
    switch error {
    case let error as ModelResolutionError:
      "\(error)\n`fiedler models` lists what can be asked."
    case StoreError.ambiguous(let prefix, let candidates):
      "several conversations begin with \(prefix); give more of the id:\n"
        + candidates.map { "  \($0.id.lowercased)  \(ListingText.line($0))" }.joined(separator: "\n")
    case let error as GodotReadError:
      "the log server cannot be read: \(error)\nCheck godot.url in config.yaml, and that the server runs."
    default: "\(error)"
    }
  }
}
