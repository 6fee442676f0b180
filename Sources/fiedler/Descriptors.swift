import Glibc

/// How many files and connections the system lets this process have open at a time.
enum Descriptors {
  /// What a log server needs beside its clients: its database, its loops, clients that are told of their refusal, and
  /// whatever the system's own libraries open. One of them (libdispatch, once a second while there is work) ends the
  /// process where it gets none.
  static let reserve = 192

  /// What any command needs beside the connections to its models: the history, its readers and its log, the loops, the
  /// embedded log server, and libdispatch's own.
  static let least = 64

  /// Enough for a send to thousands of models.
  static let usual = 4096

  /// How many models can be asked at a time: a request takes one for its connection and up to two more, for a moment,
  /// to look up the name and to try a second address.
  static var requests: Int { max(1, (raiseLimit(to: usual) - least) / 3) }

  /// Raises the limit as far as this process may by itself, to `most` at most, and returns what it is then.
  @discardableResult
  static func raiseLimit(to most: Int = 65_536) -> Int {
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    let wanted = min(limit.rlim_max, rlim_t(most))
    if limit.rlim_cur < wanted {
      limit.rlim_cur = wanted
      setrlimit(resource, &limit)
      getrlimit(resource, &limit)
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// Why a command should not begin, and the way out; `nil` if there is room for it.
  ///
  /// To be asked before the first thread is there: a process whose libraries find no room later ends without a word.
  static func shortage() -> String? {
    let limit = raiseLimit(to: usual)
    let inUse = inUse(of: limit)
    guard limit - inUse < least else { return nil }
    return "only \(limit) files may be open here and \(inUse) are, which leaves \(limit - inUse) of the \(least) "
      + "that fiedler needs. Allow more in the shell that starts it (ulimit -n 1024), or in what limits that shell"
  }

  /// Files that are open: every start asks, and 64 of them opened and closed for trial cost it a fiftieth of its time.
  private static func inUse(of limit: Int) -> Int {
    guard let directory = opendir("/proc/self/fd") else {
      // Where no file can be opened all of them are in use; where there is no such folder, at least the usual three.
      return errno == EMFILE ? limit : 3
    }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    // Itself, and the names of the folder and of the one that it is in.
    return count - 3
  }
}
