import Glibc

/// Files that only their owner may read, whatever the umask. Both functions block on the disk.
public enum PrivateFile {
  /// Why a file could not be made.
  public enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Something else stands at the path, which keeps its rights: it may be a device that all programs use.
    case obstacle(FileObstacle)
    case refused(SystemError)

    public var description: String {
      switch self {
      case .obstacle(let obstacle): obstacle.description
      case .refused(let error): error.description
      }
    }
  }

  /// Makes an empty file (0600) where there is none.
  ///
  /// A file that is there is not opened: closing it would drop the locks that SQLite may hold on it in this process.
  public static func make(_ path: String) throws(Failure) {
    if let obstacle = FileObstacle(at: path), obstacle.isThere { throw .obstacle(obstacle) }
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 { close(descriptor) } else if errno != EEXIST { throw .refused(.last) }
  }

  /// Takes the rights of all but its owner from a database and from the files that SQLite keeps beside it, which gives
  /// new ones the rights of the database.
  public static func restrict(database path: String) {
    for file in [path, path + "-wal", path + "-shm"] {
      // Fails for files that are not there, and for another user's, who then decides who may read them.
      _ = chmod(file, 0o600)
    }
  }
}
