import Basics
import Glibc

/// An ordinary file, opened to be read: no directory, no FIFO that would block, no device that opening would change.
///
/// It is opened once; its kind, place, permissions and content are all those of the opened file, so nobody can swap
/// it in between. Closed when it goes out of scope.
public struct RegularFile: ~Copyable {
  /// Why a path gave no bytes; one case a cause.
  public enum Failure: Error, Hashable, Sendable {
    case missing
    /// The path, or a folder on its way, is the symbolic link `link`, and `target` is not there.
    case dangling(link: String, target: String)
    case notPermitted
    case directory
    /// A FIFO, a socket or a device; the word says which.
    case notAFile(String)
    /// More than `limit` bytes.
    case tooLarge(limit: Int)
    /// Anything else, in the system's words.
    case system(String)
  }

  /// Where the opened file really is, all symlinks followed; `nil` if the system does not say.
  public let realPath: String?
  /// The permission bits, `0o777` and below.
  public let permissions: UInt32
  /// In bytes, when it was opened.
  public let size: Int
  private let descriptor: Int32

  /// Opens the file at `path`. Blocks on the disk, never on a reader or writer at a FIFO's other end. If `followsLink`
  /// is false, a path whose last part is a symbolic link is refused.
  public init(path: String, followsLink: Bool = true) throws(Failure) {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw .missing }
    var status = stat()
    // Asked before opening, since merely opening some devices does something; asked again of what was opened.
    guard FileName.withCString(path, { stat($0, &status) }) == 0 else {
      let code = errno
      if code == ENOENT, let link = FileObstacle(at: path) { throw Failure(link) }
      throw Failure(code)
    }
    try Self.requireRegular(status)
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (followsLink ? 0 : O_NOFOLLOW)
    let descriptor = FileName.withCString(path) { open($0, flags) }
    guard descriptor >= 0 else { throw Failure(errno) }
    do throws(Failure) {
      guard fstat(descriptor, &status) == 0 else { throw Failure(errno) }
      try Self.requireRegular(status)
    } catch {
      close(descriptor)
      throw error
    }
    self.descriptor = descriptor
    permissions = status.st_mode & 0o777
    size = Int(status.st_size)
    realPath = Self.path(of: descriptor)
  }

  deinit { close(descriptor) }

  /// The whole content, if it is at most `limit` bytes. Blocks on the disk.
  public func read(limit: Int) throws(Failure) -> [UInt8] {
    guard size <= limit else { throw .tooLarge(limit: limit) }
    // One byte more than announced, so that an unchanged file ends in a single read of nothing.
    var bytes = [UInt8](repeating: 0, count: size + 1)
    var filled = 0
    while true {
      if filled == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count + 4096)) }
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(errno) }
      guard count > 0 else { break }
      filled += count
      guard filled <= limit else { throw .tooLarge(limit: limit) }
    }
    bytes.removeSubrange(filled...)
    return bytes
  }

  /// The first `count` bytes of the content, or all if it has fewer. Blocks on the disk.
  public func prefix(_ count: Int) throws(Failure) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: min(size, count))
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
      }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Failure(errno) }
      guard count > 0 else { break }
      filled += count
    }
    bytes.removeSubrange(filled...)
    return bytes
  }

  private static func requireRegular(_ status: stat) throws(Failure) {
    if let obstacle = FileObstacle(mode: status.st_mode) { throw Failure(obstacle) }
  }

  /// The kernel's own name for an open file: unlike `realpath`, it cannot be raced.
  private static func path(of descriptor: Int32) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
    guard count > 0, count < buffer.count else { return nil }
    return FileName.text(buffer[..<count].map { UInt8(bitPattern: $0) })
  }
}

extension RegularFile.Failure: CustomStringConvertible {
  /// What a system call's error number says.
  package init(_ code: Int32) {
    switch code {
    case ENOENT: self = .missing
    case EACCES, EPERM: self = .notPermitted
    case EISDIR: self = .directory
    default: self = .system("\(SystemError(code))")
    }
  }

  init(_ obstacle: FileObstacle) {
    self =
      switch obstacle {
      case .dangling(let link, let target): .dangling(link: link, target: target)
      case .directory: .directory
      case .other(let kind): .notAFile(kind)
      }
  }

  public var description: String {
    switch self {
    case .missing: "no such file"
    case .dangling(let link, let target): "\(link.visible) is a symbolic link to \(target.visible), which is not there"
    case .notPermitted: "permission denied"
    case .directory: "it is a directory"
    case .notAFile(let kind): "it is a \(kind), not a file"
    case .tooLarge(let limit): "it is larger than \(limit) bytes"
    case .system(let message): message
    }
  }
}
