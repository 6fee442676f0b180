import Canvas
import Foundation

/// Standard output and standard error, as commands use them.
enum Output {
  private static let isTerminal = isatty(STDOUT_FILENO) == 1

  /// Writes text as it is; where stdout is a terminal, no control sequence in it survives.
  static func write(_ text: String) {
    write(isTerminal ? Sanitizer.plain(text, multiline: true) : text, to: STDOUT_FILENO)
  }

  /// A line on standard error.
  static func error(_ line: String) {
    write(Sanitizer.plain(line, multiline: true) + "\n", to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if errno != EINTR && errno != EAGAIN {
          // The reader has gone (`fiedler ... | head`): nobody is left to tell.
          return
        }
      }
    }
  }
}
