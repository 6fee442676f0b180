import Glibc

/// How many files and connections the system lets this process have open at a time.
enum Descriptors {
  /// What a log server needs beside its clients: its database, its loops, clients that are told of their refusal, and
  /// whatever the system's own libraries open. One of them (libdispatch, once a second while there is work) ends the
  /// process where it gets none.
  static let reserve = 192

  /// Raises the limit as far as this process may by itself, to 65,536 at most, and returns what it is then.
  static func raiseLimit() -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    let wanted = min(limit.rlim_max, 65_536)
    if limit.rlim_cur < wanted {
      limit.rlim_cur = wanted
      setrlimit(resource, &limit)
      getrlimit(resource, &limit)
    }
    return Int(clamping: limit.rlim_cur)
  }
}
