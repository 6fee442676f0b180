import Glibc

/// Folders that a power cut does not take back with all in them: a new name is only on the disk for good once the
/// folder that it stands in has been synced, however often the file itself was.
///
/// All functions block on the disk and may be called from any thread.
public enum Folders {
  /// Why a folder could not be made.
  public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The folder, or the one of those that it lies in which is in the way.
    public let path: String
    /// `EEXIST` where something stands there that is no folder.
    public let error: SystemError

    /// What hinders it: what stands there, or the system's words.
    public var reason: String {
      guard error.code == EEXIST else { return "\(error)" }
      if let obstacle = FileObstacle(at: path), case .dangling = obstacle { return obstacle.description }
      return "a file has that name"
    }

    public var description: String { "the folder \(path) cannot be made: \(reason)" }
  }

  /// Makes the folder and those that it lies in, each open to its owner alone (0700). One that exists stays as it is.
  public static func make(_ path: String) throws(Failure) {
    if try makeOne(path) { return }
    guard let parent = parent(of: path) else { throw Failure(path: path, error: SystemError(ENOENT)) }
    try make(parent)
    guard try makeOne(path) else { throw Failure(path: path, error: SystemError(ENOENT)) }
  }

  /// Makes the names in a folder last. Whatever hinders it (a file system that cannot), the files themselves are there.
  public static func sync(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Makes the name of a file or folder last, as ``sync(_:)`` does all names beside it.
  public static func syncName(of path: String) { sync(parent(of: path) ?? ".") }

  /// `false` if the folder that it would lie in is missing.
  private static func makeOne(_ path: String) throws(Failure) -> Bool {
    if mkdir(path, 0o700) == 0 {
      syncName(of: path)
      return true
    }
    let error = SystemError.last
    if error.code == ENOENT { return false }
    var status = stat()
    if error.code == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return true }
    throw Failure(path: path, error: error)
  }

  /// `nil` where the path is one name, and for the root.
  private static func parent(of path: String) -> String? {
    guard let (folder, name) = path.splitAtLastSlash else { return nil }
    if folder.isEmpty { return name.isEmpty ? nil : "/" }
    return String(folder)
  }
}
