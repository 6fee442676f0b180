import FoundationEssentials
import Glibc

/// Debian's PgBouncer in transaction mode in front of a ``PostgreSQLServer``, with one connection for all clients:
/// whoever leaves something set for the session leaves it to the next one.
public final class PgBouncer {
  public static let program = "/usr/sbin/pgbouncer"

  private let port = LoopbackPort.unused()
  private let directory: TemporaryDirectory
  private let process: ChildProcess

  public init(_ server: PostgreSQLServer) throws {
    directory = try TemporaryDirectory()
    let folder = try directory.directory("pgbouncer")
    try #""\(PostgreSQLServer.user)" "x""#.write(toFile: folder + "/users.txt", atomically: false, encoding: .utf8)
    let settings = """
      [databases]
      * = host=127.0.0.1 port=\(server.port) user=\(PostgreSQLServer.user) password='\(PostgreSQLServer.password)'
      [pgbouncer]
      listen_addr = 127.0.0.1
      listen_port = \(port)
      unix_socket_dir =
      auth_type = any
      auth_file = \(folder)/users.txt
      pool_mode = transaction
      default_pool_size = 1
      """
    try (settings + "\n").write(toFile: folder + "/pgbouncer.ini", atomically: false, encoding: .utf8)
    var command = [Self.program, folder + "/pgbouncer.ini"]
    if getuid() == 0 {
      // It does not run as root.
      guard let account = getpwnam("nobody"), chown(folder, account.pointee.pw_uid, account.pointee.pw_gid) == 0 else {
        throw PostgreSQLServer.Failure(description: "no account to run PgBouncer as")
      }
      command = ["/usr/bin/setpriv", "--reuid=nobody", "--clear-groups", "--"] + command
    }
    process = try ChildProcess(command[0], Array(command.dropFirst()), log: directory("pgbouncer.log"))
  }

  public func url(_ database: String) -> String {
    "postgres://\(PostgreSQLServer.user):x@127.0.0.1:\(port)/\(database)"
  }

  public var answers: Bool { LoopbackPort.answers(port) }
}
