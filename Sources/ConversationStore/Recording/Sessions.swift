import Basics
import FoundationEssentials
import Glibc
import Synchronization

/// Which Fiedlers are running, as far as the replies they write are concerned.
///
/// Each one that sends has a name, a UUID, and holds a ``FileLock`` on `sessions/<name>.lock` until its process ends.
/// The kernel drops the lock whatever the end, so: a reply that has not ended, and whose session's file is missing or
/// not locked, will never be written by anyone again.
final class Sessions: Sendable {
  private let directory: String
  private let own = Mutex<(name: String, lock: FileLock)?>(nil)

  init(directory: String) { self.directory = directory }

  /// This session's name. The lock is taken at the first call, so that who only reads leaves no trace.
  func ownName() throws(StoreError) -> String {
    try own.withLock { (own) throws(StoreError) -> String in
      if let own { return own.name }
      while true {
        let name = UUID().lowercased
        // Anyone who looks for dead sessions may hold a new file for an instant; then another name will do.
        guard let lock = try PrivateFiles.lock(path(name)) else { continue }
        own = (name, lock)
        return name
      }
    }
  }

  /// This session's name; `nil` while it has sent nothing.
  var knownName: String? { own.withLock { $0?.name } }

  /// Whether the process of a session still runs. For an instant the session's own lock may be in the way of others
  /// who ask the same, who then take it for alive.
  func isAlive(_ name: String) -> Bool { isLocked(path(name)) }

  /// Whether a process holds the lock on a file.
  func isLocked(_ path: String) -> Bool {
    // A file that is not there, or cannot be opened, is nobody's lock.
    guard let lock = try? FileLock(opening: path, creating: false) else { return false }
    return (try? lock.take()) == false  // an error of flock(2) itself would say nothing of the other process
  }

  // MARK: Stopping

  /// Leaves a note for the process that streams this reply.
  func requestStop(of reply: UUID) throws(StoreError) {
    try PrivateFiles.makeMark(stopPath(reply))
  }

  /// Whether somebody has left such a note; it is gone then.
  func takeStopRequest(_ reply: UUID) -> Bool { unlink(stopPath(reply)) == 0 }

  private func stopPath(_ reply: UUID) -> String { "\(directory)/\(reply.lowercased).stop" }

  /// Calls `body` with every session among `named`, and every one that has left a file, whose process has ended.
  /// No other Fiedler gets the same one as long as `body` runs. A session's file goes after its call.
  func forEachDead(named: Set<String>, _ body: (String) async throws -> Void) async throws {
    let ownName = own.withLock { $0?.name }
    for name in named.union(try leftFiles()).sorted() where name != ownName {
      // The file of a session that quit in good order is gone; then there is nothing to lock.
      let lock: FileLock?
      if FileManager.default.fileExists(atPath: path(name)) {
        lock = try PrivateFiles.lock(path(name))
        if lock == nil { continue }
      } else {
        lock = nil
      }
      try await body(name)
      lock?.removeFile()
    }
  }

  /// The file that whoever works on a batch locks.
  func batchLock(_ batch: UUID) -> String { "\(directory)/\(batch.lowercased).batch" }

  private func path(_ name: String) -> String { "\(directory)/\(name).lock" }

  private func leftFiles() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory)
      .filter { $0.hasSuffix(".lock") }.map { String($0.dropLast(".lock".count)) }
  }

  deinit { own.withLock { $0?.lock.removeFile() } }
}
