/// Why a file or folder could not be written. Nothing half-written is left.
public enum ExportProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// In the system's words; `path` names what could not be made.
  case cannotWrite(path: String, reason: String)
  /// There is something else already where a conversation's folder should be.
  case occupied(path: String, reason: String)

  public var description: String {
    switch self {
    case .cannotWrite(let path, let reason):
      "cannot write \(path): \(reason). Nothing half-written was left; choose another place or make room."
    case .occupied(let path, let reason):
      "\(path) was left as it is: \(reason). Move it away or choose another folder."
    }
  }
}
