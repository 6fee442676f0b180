import Basics
import ConfigurationReading
import Glibc

/// Reads standard input, and what else a path can lead to that is no file: a shell's pipe, a FIFO, a device.
public enum PipeInput {
  /// What the models are told standard input is called.
  static let inputName = "stdin"
  /// The system's path of it.
  public static let standardInput = "/dev/stdin"
  static let words = "standard input"

  /// Whether a path as typed means standard input.
  public static func isStandardInput(_ path: String) -> Bool {
    ["-", standardInput, "/dev/fd/0", "/proc/self/fd/0"].contains(path)
  }

  /// What a path that leads to a descriptor is called, since its number says nothing; `nil` for any other.
  public static func name(_ path: String) -> String? {
    if isStandardInput(path) { return inputName }
    return path.hasPrefix("/dev/fd/") || path.hasPrefix("/proc/self/fd/") ? "pipe" : nil
  }

  /// The bytes of what is no file, read to its end; `nil` where a path leads to a file, a directory or nothing. Waits
  /// for whoever writes, but not for a terminal.
  public static func read(_ path: String, limit: Int) throws(RegularFile.Failure) -> [UInt8]? {
    var status = stat()
    if isStandardInput(path) {
      guard fstat(STDIN_FILENO, &status) == 0 else { throw .system("it is closed") }
      if isPipe(status) { return try read(STDIN_FILENO, limit: limit) }
      return nil
    }
    guard stat(path, &status) == 0, isPipe(status) else { return nil }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw .system("\(SystemError.last)") }
    defer { close(descriptor) }
    return try read(descriptor, limit: limit)
  }

  private static func isPipe(_ status: stat) -> Bool {
    [S_IFIFO, S_IFSOCK, S_IFCHR].contains(status.st_mode & S_IFMT)
  }

  /// Reads a descriptor to its end, from where it stands.
  ///
  /// - `limit`: in bytes; nothing beyond it is kept in memory.
  /// - `patience`: how long to wait for the first byte; `nil` is for ever. `nil` is returned where none has come by
  ///   then.
  /// - `onPause`: called once if nothing comes for 3 s after the first byte.
  public static func read(
    _ descriptor: Int32, limit: Int, patience: Duration? = nil, onPause: () -> Void = {}
  ) throws(RegularFile.Failure) -> [UInt8]? {
    if isatty(descriptor) == 1 { throw .notAFile("terminal") }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("it is closed") }
    if status.st_mode & S_IFMT == S_IFDIR { throw .directory }
    if status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) - max(0, lseek(descriptor, 0, SEEK_CUR)) > limit {
      throw .tooLarge(limit: limit)
    }
    var bytes: [UInt8] = []
    var hasPaused = false
    var chunk = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let wait: Int32 =
        bytes.isEmpty ? patience.map { Int32($0.components.seconds * 1000) } ?? -1 : hasPaused ? -1 : 3000
      var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&wanted, 1, wait)
      if ready == 0 {
        if bytes.isEmpty { return nil }
        hasPaused = true
        onPause()
        continue
      }
      if ready < 0, errno == EINTR { continue }
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      guard count >= 0 else { throw errno == EBADF ? .system("it is closed") : RegularFile.Failure(errno) }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else { throw .tooLarge(limit: limit) }
      bytes += chunk[..<count]
    }
  }
}
