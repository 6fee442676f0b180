import Basics
import Dispatch
import FoundationEssentials
import Glibc

/// Programs of the desktop's that are started and left to themselves.
enum DetachedProgram {
  /// Why one did not start, in plain words.
  struct Failure: Error, Hashable {
    let reason: String
  }

  /// Where `PATH` has a program; a name with a slash is where it is.
  static func path(of program: String, _ environment: [String: String]) -> String? {
    if program.contains("/") { return program }
    let directories = environment["PATH"]?.split(separator: ":") ?? []
    return directories.map { "\($0)/\(program)" }.first(where: FileManager.default.isExecutableFile)
  }

  /// Starts one, by its path and its arguments, in a session of its own and without this program's terminal: what it
  /// starts stays when this program ends, and writes nowhere. `onEnd` gets its exit status, 128 and the signal if one
  /// ended it, on another thread.
  static func start(
    _ arguments: [String], environment: [String: String], onEnd: @escaping @Sendable (Int32) -> Void
  ) throws(Failure) {
    let id = try spawn(arguments, environment)
    DispatchQueue(label: "fiedler.detached").async {
      var status: Int32 = 0
      while waitpid(id, &status, 0) < 0, errno == EINTR {}
      onEnd(status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F))
    }
  }

  private static func spawn(_ arguments: [String], _ environment: [String: String]) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for file in Int32(0)...2 { posix_spawn_file_actions_addopen(&actions, file, "/dev/null", O_RDWR, 0) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let setsid: Int32 = 0x80  // POSIX_SPAWN_SETSID of <spawn.h>
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | setsid))
    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + variables { free(word) } }
    var id: pid_t = 0
    let code = posix_spawn(&id, arguments[0], &actions, &attributes, words, variables)
    guard code == 0 else { throw Failure(reason: "\(SystemError(code))") }
    return id
  }
}
