import Basics
import Dispatch
import FoundationEssentials
import Glibc
import Synchronization

/// Tells when a file may have changed, behind a symbolic link too.
///
/// The folder is watched rather than the file (inotify(7)): most editors write a new file and move it over the old
/// one. So it tells of neighbours as well; whoever hears it has to look. It tells anew only once the look before has
/// ended, so that what an earlier look has read can never take the place of what a later one read.
///
/// Ends with the object.
final class FileWatch: Sendable {
  /// What is told of.
  enum Change: Sendable {
    /// A file was written and closed, taken away, or another put in its place. An editor makes several such changes to
    /// save once, and for a moment the file may even be gone: it is told a tenth of a second after the first.
    case saved
    /// Bytes were written to a file that stays open, as a database does: told 20 milliseconds after the first.
    case written

    fileprivate var events: UInt32 {
      switch self {
      case .saved: UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
      case .written: UInt32(IN_MODIFY)
      }
    }

    fileprivate var moment: DispatchTimeInterval {
      switch self {
      case .saved: .milliseconds(100)
      case .written: .milliseconds(20)
      }
    }
  }

  /// Not marked as `Sendable`, though dispatch objects may be used from any thread; it is only cancelled, once, at the
  /// end.
  nonisolated(unsafe) private let source: any DispatchSourceRead
  private let isPending = Mutex(false)
  private let path: String
  /// One call to look is kept while a look goes on.
  private let calls: AsyncStream<Void>.Continuation

  /// `onChange` is called on a task of its own, once for what happens within a moment. `nil` if the system has no
  /// watch left to give.
  init?(_ path: String, for change: Change = .saved, onChange: @escaping @Sendable () async -> Void) {
    let descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    guard Self.watch(path, for: change, descriptor) else {
      close(descriptor)
      return nil
    }
    self.path = path
    let (stream, calls) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    self.calls = calls
    Task { for await _ in stream { await onChange() } }
    let queue = DispatchQueue(label: "FileWatch", qos: .utility)
    source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    source.setEventHandler { [weak self] in
      Self.drain(descriptor)
      guard let self, begins() else { return }
      queue.asyncAfter(deadline: .now() + change.moment) { [weak self] in
        guard let self else { return }
        isPending.withLock { $0 = false }
        // A link may lead elsewhere now; what is watched already is only named again.
        _ = Self.watch(path, for: change, descriptor)
        calls.yield()
      }
    }
    source.setCancelHandler { close(descriptor) }
    source.resume()
  }

  deinit {
    source.cancel()
    calls.finish()
  }

  /// Has what changed before it was watched looked at. An empty file is being written just now; it is told of then.
  func lookAtFirst() {
    var status = stat()
    if stat(path, &status) == 0, status.st_size > 0 { calls.yield() }
  }

  /// Whether nothing else waits to be told already.
  private func begins() -> Bool {
    isPending.withLock { isPending in
      defer { isPending = true }
      return !isPending
    }
  }

  /// Watches the folder of the path, and where it is a link, of what it leads to.
  private static func watch(_ path: String, for change: Change, _ descriptor: Int32) -> Bool {
    var folders = [path]
    if let target = realpath(path, nil) {
      folders.append(String(cString: target))
      free(target)
    }
    return folders.reduce(false) { found, file in
      let folder = file.splitAtLastSlash.map { $0.folder.isEmpty ? "/" : String($0.folder) } ?? "."
      return inotify_add_watch(descriptor, folder, change.events) >= 0 || found
    }
  }

  private static func drain(_ descriptor: Int32) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while read(descriptor, &buffer, buffer.count) > 0 {}
  }
}
