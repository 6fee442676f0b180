import Basics
import Glibc

/// Files that only their owner may read, whatever the umask.
enum PrivateFiles {
  /// Makes the directory and those above it. One that exists stays as it is.
  static func makeDirectory(_ path: String) throws(StoreError) {
    do { try Folders.make(path) } catch {
      if error.error.code == EEXIST { throw .cannotOpen(path: error.path, reason: error.reason) }
      throw failure(error.path, error.error)
    }
  }

  /// Makes an empty file at `path` if there is none, and takes a file's rights from all but its owner.
  /// SQLite gives the files beside it the same rights. What is no file is refused, and keeps its rights: it may be a
  /// device that all programs use.
  static func makePrivate(_ path: String) throws(StoreError) {
    if let obstacle = FileObstacle(at: path), obstacle.isThere {
      throw .cannotOpen(path: path, reason: obstacle.description)
    }
    // Never opens a file that is there: closing it would drop the locks SQLite may hold on it in this process.
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 { close(descriptor) } else if errno != EEXIST { throw failure(path) }
    for file in [path, path + "-wal", path + "-shm"] {
      // Fails for files that are not there, and for another user's, which are then not ours to change.
      _ = chmod(file, 0o600)
    }
  }

  /// Makes an empty file at `path`, whose being there is all it says. One that exists stays as it is.
  static func makeMark(_ path: String) throws(StoreError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    close(descriptor)
  }

  /// The lock on a file that is made where there is none; `nil` if someone else has it.
  static func lock(_ path: String) throws(StoreError) -> FileLock? {
    do { return try FileLock.taken(path) } catch { throw failure(path, error) }
  }

  /// The same, waiting up to ten seconds for it.
  static func waitForLock(_ path: String) throws(StoreError) -> FileLock {
    for _ in 0..<1000 {
      if let lock = try lock(path) { return lock }
      usleep(10_000)
    }
    throw .busy(path: path)
  }

  private static func failure(_ path: String, _ error: SystemError = .last) -> StoreError {
    switch error.code {
    case ENOSPC, EDQUOT: .diskFull(path: path)
    case EROFS: .readOnly(path: path)
    default: .cannotOpen(path: path, reason: error.description)
    }
  }
}
