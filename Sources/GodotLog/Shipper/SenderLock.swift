import Basics
import Conversations
import FoundationEssentials
import Glibc
import JSON

/// Makes one process the sender of a database, by `flock` on a file beside it. The kernel lets go of the lock when
/// its holder ends, however it ends. The holder writes into the file how things stand, for the others to show.
final class SenderLock {
  private let path: String
  private var file: FileLock?
  private(set) var isHeld = false
  private var written: SharedState?

  init(path: String) { self.path = path }

  deinit { release() }

  /// True if this process is the sender. `false` without a `problem` means that another one is.
  func acquire() -> (isHeld: Bool, problem: String?) {
    if isHeld { return (true, nil) }
    let file: FileLock
    do { file = try self.file ?? FileLock(opening: path) } catch {
      return (false, "the lock file cannot be opened: \(error)")
    }
    self.file = file
    do { isHeld = try file.take() } catch { return (false, "the lock file cannot be locked: \(error)") }
    return (isHeld, nil)
  }

  func release() {
    if isHeld, let file { _ = ftruncate(file.descriptor, 0) }
    file = nil
    isHeld = false
    written = nil
  }

  /// Tells the others. A failed write only leaves them with older news.
  func publish(_ health: LogHealth, at now: Date) {
    let note = SharedState(health, at: now)
    guard isHeld, let file, note != written else { return }
    written = note
    let bytes = note.json.bytes
    guard ftruncate(file.descriptor, 0) == 0 else { return }
    _ = pwrite(file.descriptor, bytes, bytes.count, 0)
  }

  /// What the holder last told.
  func published() -> SharedState? {
    guard let file else { return nil }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = pread(file.descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    // Half-written news is no news.
    return (try? JSON(bytes: Array(bytes[..<count]))).flatMap(SharedState.init)
  }
}

/// The sender's view of its connection, as it stands in the lock file.
struct SharedState: Equatable {
  var state: LogHealth.State
  var lastError: String?
  /// Milliseconds since 1970.
  var retryAt: Int?

  init(_ health: LogHealth, at now: Date) {
    state = health.state
    lastError = health.lastError
    retryAt = health.nextRetry.map { now.millisecondsSince1970 + Int($0.wholeMilliseconds) }
  }

  var json: JSON {
    var word: String
    var reason: String?
    var silent: Int?
    switch state {
    case .off: word = "off"
    case .connecting: word = "connecting"
    case .connected: word = "connected"
    case .waiting(let silence): (word, silent) = ("waiting", Int(silence.wholeMilliseconds))
    case .disconnected(let text): (word, reason) = ("disconnected", text)
    case .broken(let text): (word, reason) = ("broken", text)
    }
    return [
      "state": .string(word), "reason": JSON(reason), "silent_ms": JSON(silent), "last_error": JSON(lastError),
      "retry_at_ms": JSON(retryAt),
    ]
  }

  init?(_ json: JSON) {
    let reason = json["reason"]?.string ?? ""
    switch json["state"]?.string {
    case "connecting": state = .connecting
    case "connected": state = .connected
    case "waiting": state = .waiting(.milliseconds(Bounds.milliseconds.nearest(json["silent_ms"]?.int ?? 0)))
    case "disconnected": state = .disconnected(reason: reason)
    case "broken": state = .broken(reason: reason)
    default: return nil
    }
    lastError = json["last_error"]?.string
    retryAt = json["retry_at_ms"]?.int.map { Date(millisecondsSince1970: $0).millisecondsSince1970 }
  }
}
