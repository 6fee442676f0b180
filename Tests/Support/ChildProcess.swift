import CTestSupport
import Glibc

/// A program without a terminal: killed when this goes away. What it prints goes to a file.
///
/// For one thread.
public final class ChildProcess {
  public let id: pid_t
  /// The file with all that it has printed.
  public let log: String
  private var waitStatus: Int32?

  public struct SpawnFailure: Error { public var errorNumber: Int32 }

  /// Starts the program at a path, or found in PATH. `environment` as for ``PseudoTerminal``; `log` is appended to.
  public init(_ path: String, _ arguments: [String] = [], environment: [String: String] = [:], log: String) throws {
    let output = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard output >= 0 else { throw SpawnFailure(errorNumber: errno) }
    defer { close(output) }
    var process: pid_t = 0
    let error = withCStrings([path] + arguments) { arguments in
      withCStrings(PseudoTerminal.environment(environment)) { ct_start(arguments, $0, output, &process) }
    }
    guard error == 0 else { throw SpawnFailure(errorNumber: error) }
    id = process
    self.log = log
  }

  deinit { kill() }

  public func signal(_ number: Int32) { if exitStatus == nil { Glibc.kill(id, number) } }

  /// As by `kill -9`; returns when it has ended.
  public func kill() {
    guard exitStatus == nil else { return }
    Glibc.kill(id, SIGKILL)
    var status: Int32 = 0
    if waitpid(id, &status, 0) == id { waitStatus = status }
  }

  /// How it ended, as ``exitStatus``; it is killed if it has not by the deadline. Blocks.
  public func waitForExit(within limit: Duration = .seconds(60)) -> Int32? {
    let deadline = ContinuousClock.now + limit
    while exitStatus == nil, ContinuousClock.now < deadline { usleep(1000) }
    kill()
    return exitStatus
  }

  /// How it ended: its exit status, or 128 and a signal's number. `nil` while it runs.
  public var exitStatus: Int32? {
    if waitStatus == nil {
      var status: Int32 = 0
      if waitpid(id, &status, WNOHANG) == id { waitStatus = status }
    }
    return waitStatus.map { $0 & 0x7F == 0 ? $0 >> 8 & 0xFF : 128 + ($0 & 0x7F) }
  }
}
