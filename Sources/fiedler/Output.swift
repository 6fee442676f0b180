import Canvas
import Foundation
import Synchronization

/// Standard output and standard error, as commands use them.
enum Output {
  private struct Reader {
    var isGone = false
    var then: (@Sendable () -> Void)?
  }

  private static let isTerminal = isatty(STDOUT_FILENO) == 1
  private static let reader = Mutex(Reader())

  /// Writes text as it is; where stdout is a terminal, no control sequence in it survives.
  static func write(_ text: String) {
    if reader.withLock({ $0.isGone }) { return }
    guard !write(isTerminal ? Sanitizer.plain(text, multiline: true) : text, to: STDOUT_FILENO) else { return }
    reader.withLock { reader in
      reader.isGone = true
      return reader.then
    }?()
  }

  /// A line on standard error.
  static func error(_ line: String) {
    // Where nobody listens to errors, nobody can be told so.
    _ = write(Sanitizer.plain(line, multiline: true) + "\n", to: STDERR_FILENO)
  }

  /// Replaces the last line of standard error, which must be a terminal.
  static func overwrite(_ line: String) { _ = write("\r\u{1B}[K" + Sanitizer.plain(line), to: STDERR_FILENO) }

  /// Calls `act` when nobody reads stdout any more (`fiedler ... | head`); at once if that has happened.
  static func whenReaderGoes(_ act: @escaping @Sendable () -> Void) {
    let isGone = reader.withLock { reader in
      reader.then = act
      return reader.isGone
    }
    if isGone { act() }
  }

  /// Returns whether all of it could be written.
  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno == EAGAIN {
          // Someone who shares the descriptor has made it non-blocking.
          var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&wanted, 1, -1)
        } else if errno != EINTR {
          return false
        }
      }
      return true
    }
  }
}
