import Basics
import Glibc

/// An ordinary file, read in pieces. Closed when it goes.
final class InputFile {
  let path: String
  /// In bytes, when it was opened.
  let size: Int
  private let descriptor: Int32

  /// Opens a file; never waits at a FIFO, and refuses what is no ordinary file. With `followsLinks` false the last part
  /// of the path may not be a symbolic link.
  init(_ path: String, followsLinks: Bool = true) throws(ImportProblem) {
    guard !path.isEmpty, !path.utf8.contains(0) else { throw ImportProblem(path, "no such file") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (followsLinks ? 0 : O_NOFOLLOW))
    guard descriptor >= 0 else {
      throw ImportProblem(path, errno == ELOOP && !followsLinks ? "it is a symbolic link" : SystemWords.text(errno))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ImportProblem(path, "it is not an ordinary file")
    }
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// The next bytes, at most `count`; none at the end.
  func next(_ count: Int) throws(ImportProblem) -> [UInt8] {
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      var got = read(descriptor, buffer.baseAddress, buffer.count)
      while got < 0, errno == EINTR { got = read(descriptor, buffer.baseAddress, buffer.count) }
      if got < 0 { failure = errno }
      filled = max(0, got)
    }
    guard failure == 0 else { throw ImportProblem(path, SystemWords.text(failure)) }
    return bytes
  }

  /// Bytes from a place on; throws where the file does not reach so far.
  func bytes(at offset: Int, count: Int) throws(ImportProblem) -> [UInt8] {
    guard offset >= 0, count >= 0, offset <= size - count else { throw ImportProblem(path, "it is cut off or damaged") }
    var failure: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
    }
    guard failure == 0 else { throw ImportProblem(path, SystemWords.text(failure)) }
    guard bytes.count == count else { throw ImportProblem(path, "it has become shorter") }
    return bytes
  }

  /// All that is left, if it is at most `limit` bytes.
  func rest(limit: Int) throws(ImportProblem) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let piece = try next(1 << 18)
      if piece.isEmpty { return bytes }
      bytes += piece
      guard bytes.count <= limit else { throw ImportProblem(path, "it is larger than \(limit >> 20) MB") }
    }
  }
}

enum SystemWords {
  /// The system's words for an error number.
  static func text(_ code: Int32) -> String {
    if code == ENOENT || code == ENOTDIR { return "no such file" }
    if code == EACCES || code == EPERM { return "permission denied" }
    if code == ENOSPC || code == EDQUOT { return "the disk is full" }
    return "\(SystemError(code))"
  }
}
