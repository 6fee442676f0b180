import Glibc

/// What stands at a path in the place of a file.
public enum FileObstacle: Hashable, Sendable, CustomStringConvertible {
  /// The path, or a folder on its way, is the symbolic link `link`, and `target` is not there.
  case dangling(link: String, target: String)
  case directory
  /// A FIFO, a socket or a device; the word says which.
  case other(String)

  /// Looks behind links. `nil` where a file is there, nothing at all, or what may not be looked at. Blocks on the disk.
  public init?(at path: String) {
    var status = stat()
    if stat(path, &status) == 0 {
      self.init(mode: status.st_mode)
    } else if let link = Self.danglingLink(on: path) {
      self = link
    } else {
      return nil
    }
  }

  /// Of what was opened, by its `st_mode`; `nil` for a file.
  public init?(mode: UInt32) {
    switch mode & S_IFMT {
    case S_IFREG: return nil
    case S_IFDIR: self = .directory
    case S_IFIFO: self = .other("FIFO")
    case S_IFSOCK: self = .other("socket")
    default: self = .other("device")
    }
  }

  /// Whether something is there. Where a link leads to nothing, a file can still be made behind it.
  public var isThere: Bool {
    if case .dangling = self { false } else { true }
  }

  public var description: String {
    switch self {
    case .dangling(let link, let target): "\(link) is a symbolic link to \(target), which is not there"
    case .directory: "it is a directory"
    case .other(let kind): "it is a \(kind), not a file"
    }
  }

  /// The first part of a path that is a symbolic link to what is not there; `nil` where no link is to blame.
  private static func danglingLink(on path: String) -> FileObstacle? {
    var end = path.utf8.startIndex
    while end < path.utf8.endIndex {
      let next = path.utf8.index(after: end)
      end = path.utf8[next...].firstIndex(of: UInt8(ascii: "/")) ?? path.utf8.endIndex
      let part = String(path[..<end])
      var status = stat()
      guard lstat(part, &status) == 0 else { return nil }
      if status.st_mode & S_IFMT == S_IFLNK, stat(part, &status) != 0, errno == ENOENT {
        return .dangling(link: part, target: SymbolicLinks.target(of: part) ?? "?")
      }
    }
    return nil
  }
}
