import Basics
import Canvas
import Foundation
import JSON
import Synchronization

/// Standard output and standard error, as commands use them.
enum Output {
  /// Exit status where there was more to print than standard output took.
  static let notWritten: Int32 = 4

  private struct State {
    /// Nobody reads any more, or nothing more can be written.
    var isClosed = false
    /// The system's error number, where it is not that the reader has left.
    var failure: Int32?
    /// Called once nothing more is wanted; `onFailure` as well where it cannot be written.
    var whenClosed: (act: @Sendable () -> Void, onFailure: Bool)?
    /// Where both go to a terminal: text stands before the cursor.
    var isInsideRow = false
  }

  private static let isTerminal = isatty(STDOUT_FILENO) == 1
  private static let bothAreTerminals = isTerminal && isatty(STDERR_FILENO) == 1
  private static let state = Mutex(State())

  /// Makes sure that the three standard descriptors are taken. A file opened later, the history above all, would else
  /// get the number of one that was closed, and be written over with what is printed.
  static func guardDescriptors() {
    for (descriptor, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) < 0 {
      // Opened the wrong way round, so that using it fails as with a closed one.
      let taken = open("/dev/null", mode)
      if taken >= 0, taken != descriptor {
        dup2(taken, descriptor)
        close(taken)
      }
    }
  }

  /// Answers and files: as they are into a pipe; where stdout is a terminal, no control sequence in them survives.
  static func write(_ text: String) { put(isTerminal ? Sanitizer.plain(text, multiline: true) : text) }

  /// Lists and texts for reading: no control character of what they hold gets through, wherever they go.
  static func list(_ text: String) { put(isTerminal ? Sanitizer.plain(text, multiline: true) : withoutControls(text)) }

  /// The text with its controls made visible as symbols (U+2400 and following); line ends become `\n`, tabs stay.
  /// Joiners and marks of direction stay too: into a pipe, text of any script goes whole.
  private static func withoutControls(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (byte >= 0x20 && byte < 0x7F) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
    }
    if isPlain { return text }
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x0A where out.last == "␍":
        out.removeLast()
        out.append(scalar)
      case 0x09, 0x0A: out.append(scalar)
      case 0..<0x20: out.append(Unicode.Scalar(0x2400 + scalar.value) ?? "\u{FFFD}")
      case 0x7F: out.append("␡")
      case 0x80..<0xA0: out.append("\u{FFFD}")
      default: out.append(scalar)
      }
    }
    return String(out)
  }

  /// A line of JSON, in whose strings every control character is escaped.
  static func json(_ value: JSON) { put(value.text + "\n") }

  /// Text with control sequences on purpose.
  static func styled(_ text: String) { put(text) }

  private static func put(_ text: String) {
    if text.isEmpty { return }
    let act = state.withLock { state -> (@Sendable () -> Void)? in
      guard !state.isClosed else { return nil }
      guard let code = write(text, to: STDOUT_FILENO) else {
        state.isInsideRow = text.utf8.last != UInt8(ascii: "\n")
        return nil
      }
      state.isClosed = true
      if code != EPIPE { state.failure = code }
      return code == EPIPE || state.whenClosed?.onFailure == true ? state.whenClosed?.act : nil
    }
    act?()
  }

  /// A line on standard error; on a terminal that an answer is being written to, on a row of its own.
  static func error(_ line: String) {
    state.withLock { state in
      let start = bothAreTerminals && state.isInsideRow ? "\n" : ""
      state.isInsideRow = false
      // Where nobody listens to errors, nobody can be told so.
      _ = write(start + Sanitizer.plain(line, multiline: true) + "\n", to: STDERR_FILENO)
    }
  }

  /// Replaces the last line of standard error, which must be a terminal.
  static func overwrite(_ line: String) { _ = write("\r\u{1B}[K" + Sanitizer.plain(line), to: STDERR_FILENO) }

  /// Calls `act` when nobody reads stdout any more (`fiedler ... | head`) and, with `onFailure`, when it cannot be
  /// written; at once if that has happened.
  static func whenReaderGoes(onFailure: Bool = true, _ act: @escaping @Sendable () -> Void) {
    let isGone = state.withLock { state in
      state.whenClosed = (act, onFailure)
      return state.isClosed && (onFailure || state.failure == nil)
    }
    if isGone { act() }
  }

  /// The exit status of a command that would end with `code`: where something could not be printed, that is told.
  static func finished(_ code: Int32) -> Int32 {
    let failure = state.withLock { state -> Int32? in
      // Some file systems tell only at the end that there was no room.
      if !state.isClosed, close(STDOUT_FILENO) != 0, errno != EBADF { state.failure = errno }
      return state.failure
    }
    guard let failure else { return code }
    let reason = failure == EBADF ? "it is closed" : "\(SystemError(failure))"
    error("fiedler: standard output cannot be written: \(reason)")
    return notWritten
  }

  /// Returns the system's error number if not all of it could be written.
  private static func write(_ text: String, to descriptor: Int32) -> Int32? {
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
          return errno
        }
      }
      return nil
    }
  }
}
