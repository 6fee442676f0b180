import Basics
import FoundationEssentials
import Glibc

/// Files and folders for their owner alone.
enum OutputFiles {
  static func makeFolder(_ path: String) throws(ExportProblem) {
    guard mkdir(path, 0o700) == 0 else { throw failure(path) }
  }

  /// Makes what is missing of a path.
  static func makeFolders(_ path: String) throws(ExportProblem) {
    do { try Folders.make(path) } catch {
      throw .cannotWrite(path: path, reason: "the folder cannot be made; check the permissions of what it lies in")
    }
  }

  /// Writes a file that is not there yet. The bytes are on the disk once it returns.
  static func write(_ bytes: [UInt8], to path: String) throws(ExportProblem) {
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.close()
  }

  static func failure(_ path: String) -> ExportProblem {
    .cannotWrite(path: path, reason: errno == EEXIST ? "it is there already" : SystemWords.text(errno))
  }

  /// A name that nobody else uses, beside `path`.
  static func temporary(for path: String) -> String {
    let folder = path.splitAtLastSlash.map { "\($0.folder)/" } ?? ""
    return folder + ".\(lastPart(path)).\(UUID().lowercased.prefix(8)).tmp"
  }

  /// Removes what this program has made, whatever is in it.
  static func remove(_ path: String) {
    // What cannot be removed has a name that begins with a dot and ends in .tmp; there is nobody to tell.
    try? FileManager.default.removeItem(atPath: path)
  }
}

/// A file being written, readable by its owner alone.
final class OutputFile {
  let path: String
  private var descriptor: Int32
  /// The reader of the pipe has left.
  private var hasNoReader = false

  /// Makes the file; there must not be one.
  init(_ path: String) throws(ExportProblem) {
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    self.path = path
    guard descriptor >= 0 else { throw OutputFiles.failure(path) }
  }

  /// Writes to an open descriptor, and closes it.
  init(_ descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  func write(_ bytes: [UInt8]) throws(ExportProblem) {
    guard !hasNoReader else { return }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN {
        // Someone who shares the descriptor has made it non-blocking.
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
        continue
      }
      if count < 0, errno == EPIPE {
        // Who left has seen enough.
        hasNoReader = true
        return
      }
      guard count > 0 else { throw OutputFiles.failure(path) }
      written += count
    }
  }

  /// Waits until the disk has it.
  func close() throws(ExportProblem) {
    // Pipes, sockets and devices have nothing to wait for.
    let failed = fsync(descriptor) != 0 && ![EINVAL, EROFS, ENOTSUP].contains(errno)
    let failure = OutputFiles.failure(path)
    let notClosed = Glibc.close(descriptor) != 0
    descriptor = -1
    if failed { throw failure }
    if notClosed { throw OutputFiles.failure(path) }
  }
}

/// A file that takes the place of another one, if there is one, once it is whole.
///
/// What is no ordinary file is written into as it comes and never replaced: a FIFO, a device, and what an open
/// descriptor leads to (`/dev/stdout`, `/proc/self/fd/3`), even where that is an ordinary file.
public final class ReplacementFile {
  /// What is written; where a symbolic link leads to.
  public let path: String
  /// Whether the path names a place to write into instead of a file.
  public let isStream: Bool
  private let temporary: String
  private let file: OutputFile
  private var isFinished = false

  /// Begins a file for `path`, readable by its owner alone.
  public init(path: String) throws(ExportProblem) {
    if let stream = try OutputStreams.open(path) {
      file = OutputFile(stream, path: path)
      (self.path, temporary, isStream) = (path, "", true)
      return
    }
    isStream = false
    // What a symbolic link leads to is replaced, or made, not the link.
    self.path = SymbolicLinks.end(of: path)
    temporary = OutputFiles.temporary(for: self.path)
    do throws(ExportProblem) {
      file = try OutputFile(temporary)
    } catch {
      if case .cannotWrite(_, let reason) = error { throw .cannotWrite(path: path, reason: reason) }
      throw error
    }
  }

  deinit { if !isFinished, !isStream { unlink(temporary) } }

  /// Adds to it. Blocks on the disk.
  public func write(_ text: String) throws(ExportProblem) { try file.write(Array(text.utf8)) }

  /// The same of bytes.
  public func write(_ bytes: [UInt8]) throws(ExportProblem) { try file.write(bytes) }

  /// Puts it in its place, for good: a power cut does not take it back. Until then nothing is seen of it, and if it is
  /// let go before, nothing stays of it.
  public func finish() throws(ExportProblem) {
    try file.close()
    if !isStream {
      guard rename(temporary, path) == 0 else { throw OutputFiles.failure(path) }
      Folders.syncName(of: path)
    }
    isFinished = true
  }
}
