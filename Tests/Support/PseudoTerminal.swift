import CTestSupport
import Glibc

/// A program on a pseudo terminal of its own: what it writes can be read, and what a user would type be sent.
///
/// For one thread. The program is killed when this goes away.
public final class PseudoTerminal {
  public let process: pid_t
  private var descriptor: Int32
  /// All that was written so far.
  public private(set) var output: [UInt8] = []
  private var waitStatus: Int32?

  public struct SpawnFailure: Error { public var errorNumber: Int32 }

  /// What a program finds in place of a terminal on one of its streams.
  public enum Missing { case none, input, output }

  /// Starts the program at a path. `environment` is added to a plain one (PATH, HOME, `TERM=xterm-256color`,
  /// `LANG=C.UTF-8`); an empty value removes a variable.
  public init(
    _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], columns: Int = 80, rows: Int = 24,
    missing: Missing = .none
  ) throws {
    var process: pid_t = 0
    descriptor = withCStrings([path] + arguments) { arguments in
      withCStrings(Self.environment(environment)) { environment in
        ct_spawn_on_terminal(
          arguments, environment, Int32(columns), Int32(rows), missing == .input, missing == .output, &process)
      }
    }
    guard descriptor >= 0 else { throw SpawnFailure(errorNumber: errno) }
    self.process = process
  }

  deinit {
    if exitStatus == nil {
      kill(process, SIGKILL)
      kill(process, SIGCONT)
      waitpid(process, nil, 0)
    }
    hangUp()
  }

  /// The terminal goes away, as when a window is closed.
  public func hangUp() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  static func environment(_ changes: [String: String]) -> [String] {
    var values = ["TERM": "xterm-256color", "LANG": "C.UTF-8"]
    // The second row is for programs that are built for a sanitizer: `Tests/Sanitizers/run`.
    for name in [
      "PATH", "HOME", "TMPDIR",
      "LD_PRELOAD", "TSAN_OPTIONS", "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS",
    ] {
      if let value = getenv(name) { values[name] = String(cString: value) }
    }
    values.merge(changes) { $1 }
    return values.filter { !$1.isEmpty }.map { "\($0)=\($1)" }
  }

  /// The program beside the running tests.
  public static func built(_ name: String) -> String {
    let real = realpath("/proc/self/exe", nil)
    defer { free(real) }
    let path = real.map { String(cString: $0) } ?? ""
    // Under `swift test` the process is a helper of the toolchain; the bundle of tests is its argument.
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? path
    return bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/" + name
  }

  public var text: String { String(decoding: output, as: UTF8.self) }

  /// Types these bytes, reading meanwhile so that neither side waits for the other. `false` after `seconds`.
  @discardableResult
  public func send(_ bytes: some Sequence<UInt8>, within seconds: Double = 20) -> Bool {
    let all = Array(bytes)
    var sent = 0
    let deadline = ContinuousClock.now + .seconds(seconds)
    while sent < all.count, ContinuousClock.now < deadline {
      // In small parts: a pseudo terminal blocks the writer once 4 kB wait.
      let count = all[sent...].prefix(512).withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { sent += count }
      collect(milliseconds: 0)
    }
    return sent == all.count
  }

  @discardableResult
  public func send(_ text: String) -> Bool { send(text.utf8) }

  /// Reads until `condition` holds for what was written. `false` if it does not within `seconds`, or the program ended.
  @discardableResult
  public func until(within seconds: Double = 20, _ condition: (PseudoTerminal) -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !condition(self) {
      guard ContinuousClock.now < deadline, collect(milliseconds: 20) else {
        return condition(self)
      }
    }
    return true
  }

  /// Reads until `text` was written, after the first `offset` bytes.
  @discardableResult
  public func until(_ text: String, after offset: Int = 0, within seconds: Double = 20) -> Bool {
    until(within: seconds) { $0.contains(text, after: offset) }
  }

  public func contains(_ text: String, after offset: Int = 0) -> Bool { first(text, after: offset) != nil }

  /// Where `text` begins in the output.
  public func first(_ text: String, after offset: Int = 0) -> Int? {
    let bytes = Array(text.utf8)
    guard let lead = bytes.first, offset <= output.count else { return nil }
    var from = offset
    while let index = output[from...].firstIndex(of: lead) {
      if output[index...].starts(with: bytes) { return index }
      from = index + 1
    }
    return nil
  }

  /// How often `text` was written.
  public func count(_ text: String, after offset: Int = 0) -> Int {
    var count = 0
    var from = offset
    while let index = first(text, after: from) {
      count += 1
      from = index + 1
    }
    return count
  }

  /// Reads what there is. `false` once the program's side is closed.
  @discardableResult
  private func collect(milliseconds: Int32) -> Bool {
    guard ct_wait_readable(descriptor, milliseconds) != 0 else { return true }
    var buffer = [UInt8](repeating: 0, count: 65536)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return false }
    output += buffer[..<count]
    return true
  }

  @discardableResult
  public func resize(columns: Int, rows: Int) -> Bool { ct_resize_terminal(descriptor, Int32(columns), Int32(rows)) }

  public func signal(_ number: Int32) { kill(process, number) }

  /// The terminal echoes and reads by lines, as a shell expects it.
  public var isCooked: Bool { ct_terminal_is_cooked(descriptor) }

  /// The process is stopped, as by Ctrl+Z.
  public var isStopped: Bool { ct_process_state(process) == CChar(UInt8(ascii: "T")) }

  /// How the program ended: its exit status, or 128 and a signal's number. Waits for the end.
  public func waitForExit(within seconds: Double = 20) -> Int32? {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while exitStatus == nil, ContinuousClock.now < deadline { collect(milliseconds: 10) }
    while collect(milliseconds: 0), ct_wait_readable(descriptor, 0) == 1 {}
    return exitStatus
  }

  private var exitStatus: Int32? {
    if waitStatus == nil {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process { waitStatus = status }
    }
    return waitStatus.map { $0 & 0x7F == 0 ? $0 >> 8 & 0xFF : 128 + ($0 & 0x7F) }
  }
}

/// Strings as C expects a list of arguments: each ends with 0, the list with `nil`.
func withCStrings<R>(_ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> R) -> R {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies.map { UnsafePointer($0) } + [nil])
}
