import Basics
import Glibc

/// Paths that lead to something to write into: a FIFO, a device, an open descriptor.
enum OutputStreams {
  /// A descriptor for what a path leads to; `nil` where that is an ordinary file or nothing at all. The caller closes
  /// it.
  ///
  /// Blocks at a FIFO until somebody reads. Throws where the path is a directory or cannot be opened.
  static func open(_ path: String) throws(ExportProblem) -> Int32? {
    if let number = descriptor(path) {
      let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
      guard copy >= 0 else { throw OutputFiles.failure(path) }
      return copy
    }
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return nil }
    if status.st_mode & S_IFMT == S_IFDIR { throw .cannotWrite(path: path, reason: "it is a directory") }
    let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw OutputFiles.failure(path) }
    return descriptor
  }

  /// The number of this process's open descriptor that a path names: `/dev/stdout`, `/dev/fd/3`, `/proc/self/fd/3`, or
  /// a symbolic link to one of these.
  private static func descriptor(_ path: String) -> Int32? {
    var path = path
    // As many links as the kernel follows.
    for _ in 0..<40 {
      let (folder, name) = path.splitAtLastSlash ?? (".", path[...])
      guard !name.isEmpty else { return nil }
      let parent = folder.isEmpty ? "/" : String(folder)
      guard let folder = realpath(parent, nil) else { return nil }
      defer { free(folder) }
      let real = String(cString: folder)
      if isDescriptors(real) { return Int32(name) }
      guard let target = SymbolicLinks.target(of: path) else { return nil }
      path = target.isAbsolutePath ? target : real + "/" + target
    }
    return nil
  }

  /// The kernel's folder of this process's descriptors, or of one of its threads'.
  private static func isDescriptors(_ folder: String) -> Bool {
    folder == "/proc/\(getpid())/fd" || (folder.hasPrefix("/proc/\(getpid())/task/") && folder.hasSuffix("/fd"))
  }
}
