import Glibc

/// A file for an exclusive `flock`, which is gone when this is released, or its process ends in whatever way.
///
/// The descriptor is not passed to child processes: an editor started from here must not keep the lock. All methods may
/// be called from any thread.
public final class FileLock: Sendable {
  public let path: String
  /// Open for reading and writing as long as this lives.
  public let descriptor: CInt

  /// Opens the file without locking it. With `creating`, a file that is not there is made, for its owner alone (0600).
  public init(opening path: String, creating: Bool = true) throws(SystemError) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CLOEXEC | (creating ? O_CREAT : 0), 0o600)
    guard descriptor >= 0 else { throw .last }
  }

  /// The lock on the file that lies at `path` afterwards, although others may remove and make it again meanwhile;
  /// `nil` if someone else has it.
  public static func taken(_ path: String) throws(SystemError) -> FileLock? {
    while true {
      let lock = try FileLock(opening: path)
      guard try lock.take() else { return nil }
      if lock.isInPlace { return lock }
    }
  }

  /// Takes the lock, or returns `false` if someone else has it.
  public func take() throws(SystemError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw .last }
    }
    return true
  }

  /// Takes the lock, and blocks the thread until whoever has it lets go.
  public func wait() throws(SystemError) {
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw .last }
    }
  }

  /// Runs `body` while nobody else has the lock on the file at `path`, which is made for it and removed again. Blocks
  /// the thread as long as others have it. Throws `SystemError` where the file cannot be made, and what `body` throws.
  public static func held<Value>(at path: String, _ body: () throws -> Value) throws -> Value {
    while true {
      let lock = try FileLock(opening: path)
      try lock.wait()
      // Whoever had it before has removed the file that was waited for.
      guard lock.isInPlace else { continue }
      defer { lock.removeFile() }
      return try body()
    }
  }

  /// Whether the path still leads to this file.
  var isInPlace: Bool {
    guard let mine = FileIdentity(descriptor: descriptor) else { return false }
    return mine == FileIdentity(at: path)
  }

  /// Removes the file while the lock is still held, so that whoever waits for it notices.
  public func removeFile() { unlink(path) }

  deinit { close(descriptor) }
}
