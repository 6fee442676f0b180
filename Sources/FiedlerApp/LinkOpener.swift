import Dispatch
import FoundationEssentials
import Glibc

/// Opens links in the desktop's programs, by `xdg-open`
/// (https://portland.freedesktop.org/doc/xdg-open.html).
struct LinkOpener: Sendable {
  /// Why a link is not opened, in plain words.
  struct Refusal: Error, Hashable {
    let reason: String
  }

  /// A model wrote the link: nothing that could start another kind of program is handed on.
  private static let schemes = ["http:", "https:", "mailto:"]

  private let environment: [String: String]

  init(environment: [String: String]) { self.environment = environment }

  /// Hands a link to `xdg-open`, never to a shell, and returns at once. `onEnd` gets its exit status, 128 and the signal
  /// if one ended it, on another thread; where it runs a browser itself that may be when the browser is left.
  func open(_ link: String, onEnd: @escaping @Sendable (Int32) -> Void) throws(Refusal) {
    guard Self.schemes.contains(where: { link.lowercased().hasPrefix($0) }) else {
      throw Refusal(reason: "Only web and mail links are opened")
    }
    guard link.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else {
      throw Refusal(reason: "This link has blanks or control characters in it")
    }
    guard ["DISPLAY", "WAYLAND_DISPLAY"].contains(where: { environment[$0]?.isEmpty == false }) else {
      throw Refusal(reason: "There is no desktop here to open it on")
    }
    let directories = environment["PATH"]?.split(separator: ":") ?? []
    let programs = directories.map { "\($0)/xdg-open" }
    guard let program = programs.first(where: FileManager.default.isExecutableFile) else {
      throw Refusal(reason: "There is no xdg-open in PATH")
    }
    let id = try spawn([program, link])
    DispatchQueue(label: "fiedler.link").async {
      var status: Int32 = 0
      while waitpid(id, &status, 0) < 0, errno == EINTR {}
      onEnd(status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F))
    }
  }

  /// In a session of its own and without this program's terminal: what it starts stays when this program ends, and
  /// writes nowhere.
  private func spawn(_ arguments: [String]) throws(Refusal) -> pid_t {
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
    guard code == 0 else { throw Refusal(reason: "xdg-open does not start: \(String(cString: strerror(code)))") }
    return id
  }
}
