import Basics
import ConfigurationReading
import Glibc
import Synchronization

/// A child whose output is read until it ends or a limit passes.
///
/// Threads of the concurrency runtime block signals, and children inherit that; this one starts with no signal blocked
/// and every disposition at its default. A daemon it leaves behind, holding its output open, keeps nobody waiting.
package struct ChildProcess: ~Copyable {
  package enum End: Hashable {
    case exited(Int32)
    case signalled(Int32)
    case timedOut
  }

  /// It could not be started or waited for; the system's words.
  package struct Failure: Error, Hashable {
    package let reason: String
    init(_ code: Int32) { reason = "\(SystemError(code))" }
    init(words: String) { reason = words }
  }

  /// Nothing sensible prints more than this; the rest is read and dropped.
  private static let maximumOutput = 64 * 1024
  /// Between making a pipe and marking it close-on-exec, no other child may be started from here.
  private static let spawning = Mutex(())

  package private(set) var output: [UInt8] = []
  package private(set) var errorOutput: [UInt8] = []
  private let id: pid_t
  private var isRunning = true
  private let outputPipe: Int32
  private let errorPipe: Int32

  /// Starts `arguments[0]`, searched in this process's `PATH` unless it holds a slash. What it is to read from its
  /// standard input is kept in memory, so that nobody waits for it to read; `nil` is `/dev/null`.
  package init(_ arguments: [String], environment: [String: String], input: String? = nil) throws(Failure) {
    let started = Self.spawning.withLock { _ in
      Result { () throws(Failure) in try Self.spawn(arguments, environment, input) }
    }
    (id, outputPipe, errorPipe) = try started.get()
  }

  deinit {
    close(outputPipe)
    close(errorPipe)
    if isRunning {
      kill(-id, SIGKILL)
      _ = Self.reap(id, options: 0)
    }
  }

  /// Reads until the child has ended. After the limit it is killed with its whole process group.
  package mutating func wait(limit: Duration) throws(Failure) -> End {
    let deadline = ContinuousClock.now + limit
    while true {
      // Looked at before the pipes are: what it wrote before it ended is in them by then.
      let status = Self.reap(id, options: WNOHANG)
      drain()
      if let status {
        isRunning = false
        return status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .signalled(status & 0x7F)
      }
      guard ContinuousClock.now < deadline else { return .timedOut }
      var pipes = [outputPipe, errorPipe].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      // A pipe at its end is always ready; then only time tells when the child itself ends.
      _ = poll(&pipes, nfds_t(pipes.count), 10)
      if pipes.allSatisfy({ $0.revents & Int16(POLLHUP) != 0 }) { usleep(2_000) }
    }
  }

  private mutating func drain() {
    Self.drain(outputPipe, into: &output)
    Self.drain(errorPipe, into: &errorOutput)
  }

  private static func drain(_ pipe: Int32, into bytes: inout [UInt8]) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    // Bounded, so that a child that never stops writing cannot outrun the deadline.
    for _ in 0..<64 {
      let count = read(pipe, &buffer, buffer.count)
      guard count > 0 else { return }
      bytes += buffer[..<min(count, maximumOutput - min(bytes.count, maximumOutput))]
    }
  }

  /// The wait status once the child has ended.
  private static func reap(_ id: pid_t, options: Int32) -> Int32? {
    var status: Int32 = 0
    while true {
      let result = waitpid(id, &status, options)
      if result == id { return status }
      if result < 0, errno == EINTR { continue }
      // Reaped elsewhere (a SIGCHLD handler): it has ended, and nobody knows how.
      return result < 0 ? 0x7F00 : nil
    }
  }
}

extension ChildProcess {
  private static func spawn(
    _ arguments: [String], _ environment: [String: String], _ input: String?
  ) throws(Failure) -> (pid_t, Int32, Int32) {
    let inputEnd = try file(holding: input)
    defer { if let inputEnd { close(inputEnd) } }
    let (outputPipe, outputEnd) = try pipe()
    defer { close(outputEnd) }
    let (errorPipe, errorEnd): (Int32, Int32)
    do throws(Failure) {
      (errorPipe, errorEnd) = try pipe()
    } catch {
      close(outputPipe)
      throw error
    }
    defer { close(errorEnd) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    if let inputEnd {
      posix_spawn_file_actions_adddup2(&actions, inputEnd, 0)
    } else {
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    posix_spawn_file_actions_adddup2(&actions, outputEnd, 1)
    posix_spawn_file_actions_adddup2(&actions, errorEnd, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var id: pid_t = 0
    let program = arguments[0]
    let code = withCStrings(arguments) { arguments in
      withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
        posix_spawnp(&id, program, &actions, &attributes, arguments, environment)
      }
    }
    guard code == 0 else {
      close(outputPipe)
      close(errorPipe)
      throw Failure(code)
    }
    return (id, outputPipe, errorPipe)
  }

  /// A file in memory that holds a text, at its start. Nobody else finds it: its name is gone at once.
  private static func file(holding text: String?) throws(Failure) -> Int32? {
    guard let text else { return nil }
    let name = "/fiedler-\(getpid())-\(UInt64.random(in: .min ... .max))"
    // Close-on-exec, as every file that shm_open makes.
    let file = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0o600)
    guard file >= 0 else { throw Failure(errno) }
    shm_unlink(name)
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      guard count > 0 else {
        let code = errno
        close(file)
        throw Failure(code)
      }
      bytes = bytes.dropFirst(count)
    }
    lseek(file, 0, SEEK_SET)
    return file
  }

  /// Close-on-exec both; reading never blocks.
  private static func pipe() throws(Failure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else { throw Failure(errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  private static func withCStrings<Result>(
    _ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies: [UnsafeMutablePointer<CChar>?] = texts.map { text in strdup(text) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }
}
