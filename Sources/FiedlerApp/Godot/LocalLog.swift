import Basics
import Canvas
import Conversations
import FoundationEssentials
import Glibc
import Logging
import Synchronization

/// The log file on this machine: what Fiedler does where no log server is set up, and always what is wrong with
/// logging itself, which must not go the way it cannot go.
///
/// A line a record, `2026-01-31T12:00:00Z warn godot: connection refused attempt=3`; the file is its owner's alone and
/// is moved to `.1` at one megabyte. Safe to use from any thread. A disk that takes no line costs that line.
public final class LocalLog: Sendable {
  private struct File {
    var descriptor: CInt = -1
    var size = 0
  }

  static let limit = 1 << 20

  private let path: String
  private let file = Mutex(File())

  init(path: String) { self.path = path }

  deinit {
    let descriptor = file.withLock { $0.descriptor }
    if descriptor >= 0 { _ = close(descriptor) }
  }

  func write(_ level: Logger.Level, _ label: String, _ message: String, _ metadata: Logger.Metadata = [:]) {
    var line = "\(Timestamp.text(Date(), .none)) \(level.rawValue) \(label): \(message)"
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(value)" }
    let bytes = Array((Sanitizer.plain(line, multiline: false) + "\n").utf8)
    file.withLock { file in
      if file.descriptor >= 0, file.size + bytes.count > Self.limit { turnOver(&file) }
      if file.descriptor < 0 { open(&file) }
      // Other Fiedlers append to it too: a line is one write.
      if Glibc.write(file.descriptor, bytes, bytes.count) == bytes.count { file.size += bytes.count }
    }
  }

  private func open(_ file: inout File) {
    file.descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard file.descriptor >= 0 else { return }
    file.size = Int(max(0, lseek(file.descriptor, 0, SEEK_END)))
    if file.size > Self.limit {
      turnOver(&file)
      open(&file)
    }
  }

  private func turnOver(_ file: inout File) {
    _ = close(file.descriptor)
    file = File()
    _ = rename(path, path + ".1")
  }
}

/// A swift-log backend that writes to a ``LocalLog``.
struct LocalLogHandler: LogHandler {
  let log: LocalLog
  let label: String
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.info

  init(log: LocalLog, label: String) {
    self.log = log
    self.label = label
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    log.write(event.level, label, "\(event.message)", metadata.merging(event.metadata ?? [:]) { $1 })
  }
}

/// Writes each change of how logging stands into the local log file, once, whatever the counts do meanwhile.
final class HealthJournal: Sendable {
  private let log: LocalLog
  private let last = Mutex<String?>(nil)

  init(_ log: LocalLog) { self.log = log }

  func note(_ health: LogHealth) {
    let (word, level) = Self.words(health)
    let isNews = last.withLock { last in
      defer { last = word }
      return last != word
    }
    if isNews { log.write(level, "godot", word, ["pending": "\(health.pending)", "parked": "\(health.parked)"]) }
  }

  private static func words(_ health: LogHealth) -> (String, Logger.Level) {
    switch health.state {
    case .off: ("off", .info)
    case .connecting: ("connecting", .info)
    case .connected: ("connected", .info)
    // Without the seconds, which change.
    case .waiting: ("no answer", .warning)
    case .disconnected(let reason): (reason, .warning)
    case .broken(let reason): (reason, .error)
    }
  }
}
