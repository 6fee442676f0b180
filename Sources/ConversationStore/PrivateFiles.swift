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

  /// Makes an empty file at `path` if there is none.
  static func make(_ path: String) throws(StoreError) {
    do { try PrivateFile.make(path) } catch {
      switch error {
      case .obstacle(let obstacle): throw .cannotOpen(path: path, reason: obstacle.description)
      case .refused(let error): throw failure(path, error)
      }
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
