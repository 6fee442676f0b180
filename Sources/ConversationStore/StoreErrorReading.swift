import Basics
import GRDB
import SQLiteErrors

extension StoreError {
  /// What an error thrown while `path` was used means for the user.
  init(_ error: any Error, path: String) {
    switch error {
    case let error as StoreError: self = error
    case is CancellationError: self = .cancelled
    case let error as DatabaseRefusal:
      self = error == .newerVersion ? .newerVersion(path: path) : .otherProgram(path: path)
    case let error as DatabaseError: self.init(SQLiteProblem(error), error.words, path: path)
    default: self = .failed(path: path, reason: "\(error)")
    }
  }

  private init(_ problem: SQLiteProblem, _ reason: String, path: String) {
    switch problem {
    case .diskFull: self = .diskFull(path: path)
    case .readOnly: self = .readOnly(path: path)
    case .moved: self = .moved(path: path)
    case .locked: self = .busy(path: path)
    case .damaged: self = .corrupt(path: path, reason: reason)
    case .cannotOpen: self = .cannotOpen(path: path, reason: FileObstacle(at: path)?.description ?? reason)
    case .cancelled: self = .cancelled
    case .fileLimit: self = .failed(path: path, reason: problem.words(of: path) ?? reason)
    case .diskFails, .other:
      self =
        if let obstacle = FileObstacle(at: path) {
          .cannotOpen(path: path, reason: obstacle.description)
        } else {
          .failed(path: path, reason: reason)
        }
    }
  }
}
