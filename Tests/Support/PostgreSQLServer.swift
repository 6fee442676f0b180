import CTestSupport
import FoundationEssentials
import Glibc

/// A real PostgreSQL server of Debian's package, in a temporary folder, on a port of its own.
///
/// It ends when this goes away, and also, a second later, when the test process is killed.
public final class PostgreSQLServer: Sendable {
  public struct Failure: Error, CustomStringConvertible {
    public let description: String
  }

  /// The role that tests connect with: it may log in and owns its databases, no more.
  public static let user = "godot"
  public static let password = "s3cret-pässword"

  public let port: Int
  private let directory: TemporaryDirectory
  private let programs: String
  /// What every program is started through: PostgreSQL does not run as root.
  private let prefix: [String]

  private var data: String { directory("home/data") }

  /// A server for all tests that only need one. It does not wait for the disk.
  public static let shared: Result<PostgreSQLServer, any Error> = Result { try PostgreSQLServer(isDurable: false) }

  /// Makes a server and starts it. Takes two or three seconds.
  ///
  /// - Parameter isDurable: whether a commit waits until it is on the disk (`fsync`).
  public init(isDurable: Bool = true) throws {
    programs = try Self.findPrograms()
    directory = try TemporaryDirectory()
    port = LoopbackPort.unused()
    let home = try directory.directory("home")
    if getuid() == 0 {
      let owner = ["postgres", "nobody"].first { (name: String) in getpwnam(name) != nil }
      guard let owner, let account = getpwnam(owner) else { throw Failure(description: "no account to run it as") }
      guard chown(home, account.pointee.pw_uid, account.pointee.pw_gid) == 0 else {
        throw Failure(description: "cannot give \(home) to \(owner)")
      }
      prefix = ["/usr/sbin/runuser", "-u", owner, "--"]
    } else {
      prefix = []
    }
    watch()
    try run([
      programs + "/initdb", "-D", data, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
      "--auth-local=trust", "--auth-host=scram-sha-256",
    ])
    let settings = """
      listen_addresses = '127.0.0.1'
      port = \(port)
      unix_socket_directories = '\(home)'
      shared_buffers = 32MB
      max_connections = 40
      fsync = \(isDurable ? "on" : "off")
      """
    let file = data + "/postgresql.conf"
    let defaults = try String(contentsOfFile: file, encoding: .utf8)
    // In place: the file stays its owner's.
    try (defaults + "\n" + settings + "\n").write(toFile: file, atomically: false, encoding: .utf8)
    try start()
    try psql("CREATE ROLE \(Self.user) LOGIN PASSWORD '\(Self.password)'")
  }

  deinit { kill() }

  /// What `--store` takes, for a database of ``createDatabase()``.
  public func url(_ database: String, password: String = PostgreSQLServer.password) -> String {
    let escaped = password.utf8.map { byte in
      let isPlain = (UInt8(ascii: "0")...UInt8(ascii: "z")).contains(byte)
      return isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16)
    }.joined()
    return "postgres://\(Self.user):\(escaped)@127.0.0.1:\(port)/\(database)"
  }

  /// A new empty database; returns its name.
  public func createDatabase() throws -> String {
    let name = "db_" + UUID().uuidString.lowercased().filter { $0 != "-" }
    try psql("CREATE DATABASE \(name) OWNER \(Self.user)")
    return name
  }

  /// Runs SQL as the superuser, or in a database as its owner; returns what it prints, a line a row, `|` between
  /// columns.
  @discardableResult
  public func psql(_ sql: String, in database: String? = nil) throws -> String {
    let user = database == nil ? "postgres" : Self.user
    let arguments = [
      programs + "/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", directory("home"), "-p", "\(port)",
      "-U", user, "-d", database ?? "postgres", "-c", sql,
    ]
    return try run(arguments)
  }

  /// Starts it again after ``kill()`` or ``stop()``, and waits until it takes connections.
  public func start() throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      // Children of a killed server may hold its shared memory for a moment.
      do {
        try run([programs + "/pg_ctl", "-D", data, "-l", data + "/log", "-w", "-t", "60", "start"])
        return
      } catch let error as Failure {
        guard ContinuousClock.now < deadline else { throw error }
        poll(nil, 0, 50)
      }
    }
  }

  /// Ends it in an orderly way; connections are cut.
  public func stop() throws {
    try run([programs + "/pg_ctl", "-D", data, "-w", "-m", "fast", "stop"])
  }

  /// `kill -9` of all its processes; what was not on disk is gone.
  public func kill() {
    guard let main = mainProcess else { return }
    let all = [main] + children(of: main)
    for process in all { Glibc.kill(process, SIGKILL) }
    // Its exit is not ours to wait for; but who starts it again needs it gone.
    for _ in 0..<1000 where all.contains(where: { !["Z", "\0"].contains(state(of: $0)) }) { poll(nil, 0, 5) }
  }

  /// Stops all of its processes where they are, as a machine that hangs: connections stay open, nothing is answered.
  public func freeze() { signalAll(SIGSTOP) }

  /// After ``freeze()``.
  public func thaw() { signalAll(SIGCONT) }

  private func signalAll(_ number: Int32) {
    guard let main = mainProcess else { return }
    for process in [main] + children(of: main) { Glibc.kill(process, number) }
  }

  private func state(of process: pid_t) -> Character {
    Character(UnicodeScalar(UInt8(bitPattern: ct_process_state(process))))
  }

  private var mainProcess: pid_t? {
    // Not there while it does not run.
    guard let file = try? String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8) else { return nil }
    return file.split(separator: "\n").first.flatMap { pid_t($0) }
  }

  private func children(of process: pid_t) -> [pid_t] {
    // Gone meanwhile, perhaps.
    let list = try? String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
    return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
  }

  /// Ends the server and removes its folder once this process has gone, however it goes.
  private func watch() {
    let script = """
      while [ -d /proc/\(getpid()) ] && [ -d '\(directory.path)' ]; do sleep 1; done
      [ -f '\(data)/postmaster.pid' ] && kill -9 $(head -n 1 '\(data)/postmaster.pid')
      sleep 1; rm -rf '\(directory.path)'
      """
    let null = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer { close(null) }
    _ = withCStrings(["/usr/bin/setsid", "-f", "/bin/sh", "-c", script]) { arguments in
      withCStrings(["PATH=/usr/bin:/bin"]) { ct_run(arguments, $0, null) }
    }
  }

  /// Runs a program as the server's owner and returns what it prints.
  @discardableResult
  private func run(_ command: [String]) throws -> String {
    let output = ct_memory_file()
    defer { close(output) }
    let status = withCStrings(prefix + command) { arguments in
      withCStrings(["PATH=/usr/bin:/bin", "LC_ALL=C", "HOME=\(directory("home"))"]) { ct_run(arguments, $0, output) }
    }
    let size = max(0, Int(lseek(output, 0, SEEK_END)))
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = max(0, pread(output, buffer.baseAddress, size, 0))
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard status == 0 else { throw Failure(description: "\(command[0]) failed (\(status)): \(text)") }
    return text.last == "\n" ? String(text.dropLast()) : text
  }

  private static func findPrograms() throws -> String {
    let base = "/usr/lib/postgresql"
    // No such folder: said below.
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
    let newest = versions.compactMap { Int($0) }.sorted().last { access("\(base)/\($0)/bin/initdb", X_OK) == 0 }
    guard let newest else {
      throw Failure(description: "these tests start a real PostgreSQL: apt-get install postgresql")
    }
    return "\(base)/\(newest)/bin"
  }
}
