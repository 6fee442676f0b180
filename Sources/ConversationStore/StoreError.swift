import Basics
import Conversations

/// Why the history cannot be read or written. Every description says which file, and what can be done.
public enum StoreError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The folder or the file cannot be made or opened: wrong permissions, or not a place for files.
  case cannotOpen(path: String, reason: String)
  /// A later Fiedler has changed the file's layout. It was left as it is.
  case newerVersion(path: String)
  /// The file is the database of another program. It was left as it is.
  case otherProgram(path: String)
  /// The file is damaged, or no database at all.
  case corrupt(path: String, reason: String)
  /// No space left. What was to be written was not written, nothing else is harmed.
  case diskFull(path: String)
  case readOnly(path: String)
  /// The file was moved, removed or replaced while it was open. Nothing was written, as nobody would see it.
  case moved(path: String)
  /// Another program held the file for longer than ten seconds.
  case busy(path: String)
  /// There is no such conversation, prompt or reply (any more); `what` names it: "conversation 1f3a".
  case notFound(path: String, what: String)
  /// The conversation was purged while answers streamed into it: there is no place left to keep them.
  case purgedMeanwhile
  /// Several conversations' ids begin so; `candidates` are the newest of them.
  case ambiguous(prefix: String, candidates: [ConversationSummary])
  /// A search that cannot be understood: `part` of it, and what would be right.
  case notUnderstood(part: String, advice: String)
  /// Any other failure, in SQLite's words.
  case failed(path: String, reason: String)
  /// The task that asked was cancelled. Nothing was written.
  case cancelled

  public var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "cannot open the history \(path): \(reason). Check the permissions, or choose another folder."
    case .newerVersion(let path):
      "the history \(path) was written by a newer Fiedler and was left untouched. "
        + "Update Fiedler, or choose another folder."
    case .otherProgram(let path):
      "\(path), where the history belongs, is another program's database and was left untouched. "
        + "Move it away, or choose another folder."
    case .corrupt(let path, let reason):
      "the history \(path) is damaged, or its disk cannot be read (\(reason)). If it stays so, move it away to begin "
        + "afresh; `sqlite3 \(path) .recover` can often save what is in it."
    case .diskFull(let path):
      "the disk is full: \(path) cannot grow. Free some space; nothing on the screen is lost meanwhile."
    case .readOnly(let path):
      "the history \(path) is read-only. Make the file and its folder writable, or choose another folder."
    case .moved(let path):
      "the history \(path) was moved or removed while Fiedler has it open, so nothing more can be kept. Put it back, "
        + "or start Fiedler again; what is on the screen can be copied."
    case .busy(let path):
      "another program keeps the history \(path) locked. Close it, then try again."
    case .notFound(let path, let what):
      "there is no \(what) in \(path). `fiedler history` lists what there is."
    case .purgedMeanwhile:
      "the conversation was purged while its answers streamed, so they are not kept. What came is on the screen: copy it, "
        + "or send the prompt again."
    case .ambiguous(let prefix, let candidates):
      "several conversations begin with \(prefix): "
        + candidates.map { "\($0.id.lowercased) (\($0.title.prefix(40)))" }.joined(separator: ", ")
        + ". Give a few more characters."
    case .notUnderstood(let part, let advice):
      "cannot search for \(part): \(advice)."
    case .failed(let path, let reason):
      "the history \(path) cannot be used: \(reason)."
    case .cancelled:
      "cancelled."
    }
  }
}
