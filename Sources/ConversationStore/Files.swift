#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Files that only their owner may read, whatever the umask.
enum PrivateFiles {
  /// Makes the directory and those above it. One that exists stays as it is.
  static func makeDirectory(_ path: String) throws {
    if mkdir(path, 0o700) == 0 { return }
    switch errno {
    case EEXIST:
      var status = stat()
      guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        throw StoreError.cannotOpen(path: path, reason: "it is not a directory")
      }
    case ENOENT:
      guard let slash = path.lastIndex(of: "/"), slash > path.startIndex else { throw failure(path) }
      try makeDirectory(String(path[..<slash]))
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path) }
    default: throw failure(path)
    }
  }

  /// Makes an empty file at `path` if there is none, and takes a file's rights from all but its owner.
  /// SQLite gives the files beside it the same rights.
  static func makePrivate(_ path: String) throws {
    // Never opens a file that is there: closing it would drop the locks SQLite may hold on it in this process.
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor >= 0 { close(descriptor) } else if errno != EEXIST { throw failure(path) }
    for file in [path, path + "-wal", path + "-shm"] {
      // Fails for files that are not there, and for another user's, which are then not ours to change.
      _ = chmod(file, 0o600)
    }
  }

  static func failure(_ path: String) -> StoreError {
    let code = errno
    switch code {
    case ENOSPC, EDQUOT: return .diskFull(path: path)
    case EROFS: return .readOnly(path: path)
    default: return .cannotOpen(path: path, reason: String(cString: strerror(code)))
    }
  }
}

/// An exclusive `flock` on a file: gone when it is unlocked, released, or its process ends in whatever way.
public final class FileLock: Sendable {
  public let path: String
  private let descriptor: Int32

  /// Takes the lock, or returns `nil` if someone else has it. Throws what opening the file says.
  ///
  /// The file may be removed and made again by others: the lock is then on the file that lies there afterwards.
  public init?(_ path: String, creating: Bool) throws(StoreError) {
    let flags = O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0)
    while true {
      let descriptor = open(path, flags, 0o600)
      guard descriptor >= 0 else { throw PrivateFiles.failure(path) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        close(descriptor)
        if code == EWOULDBLOCK { return nil }
        if code == EINTR { continue }
        throw .cannotOpen(path: path, reason: String(cString: strerror(code)))
      }
      var mine = stat()
      var there = stat()
      if fstat(descriptor, &mine) == 0, stat(path, &there) == 0, mine.st_ino == there.st_ino {
        self.path = path
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  /// Takes the lock, waiting up to ten seconds for it.
  static func wait(for path: String) throws(StoreError) -> FileLock {
    for _ in 0..<1000 {
      if let lock = try FileLock(path, creating: true) { return lock }
      usleep(10_000)
    }
    throw .busy(path: path)
  }

  /// Removes the file while the lock is still held, so that whoever waits for it notices.
  public func removeFile() { unlink(path) }

  deinit { close(descriptor) }
}
