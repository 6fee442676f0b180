import Dispatch
import FiedlerUI
import SendEngine
import Synchronization

/// Finds the files that an `@` may mean, off the screen's thread: paths that begin with what was typed first, then
/// files at any depth below the working directory that have its letters.
///
/// The names below the directory are kept for some seconds, so that the keys of one word are answered from memory.
/// Safe to use from any thread.
final class FileCompleter: Sendable {
  private static let shelfLife = Duration.seconds(5)
  private static let limit = 50

  private let directory: String
  private let home: String?
  /// One walk at a time: the keys typed meanwhile are answered from what it finds.
  private let queue = DispatchQueue(label: "FileCompleter", qos: .userInitiated)
  private let newest = Atomic<Int>(0)
  private let kept = Mutex<(index: FileIndex, readAt: ContinuousClock.Instant)?>(nil)

  init(_ environment: LaunchEnvironment) {
    directory = environment.workingDirectory
    home = environment.variables["HOME"]
  }

  /// Answers on a queue of its own. A request that a newer one has overtaken gets no answer.
  func complete(_ prefix: String, token: Int, answer: @escaping @Sendable ([FoundPath]) -> Void) {
    newest.store(token, ordering: .relaxed)
    queue.async { [self] in
      guard newest.load(ordering: .relaxed) == token else { return }
      let found = find(prefix)
      if newest.load(ordering: .relaxed) == token { answer(found) }
    }
  }

  /// Blocks on the disk.
  func find(_ prefix: String) -> [FoundPath] {
    let beginning = PathCompletion.complete(prefix, relativeTo: directory, home: home, limit: Self.limit)
    // A place that was named is shown as it is; the rest of the disk is not searched.
    guard prefix.isEmpty || FileIndex.isBelow(prefix) else { return beginning.map { found($0, prefix) } }
    let index = index()
    // A folder that is left out can still be named.
    let listed = prefix.contains("/") ? beginning : beginning.filter(index.top.contains)
    let known = Set(listed)
    let others = index.search(prefix, limit: Self.limit).filter { !known.contains($0.path) && $0.path != prefix }
    let all = listed.map { found($0, prefix) } + others.map { FoundPath($0.path, matched: $0.matched) }
    return Array(all.prefix(Self.limit))
  }

  private func found(_ path: String, _ prefix: String) -> FoundPath {
    FoundPath(path, matched: Array(0..<prefix.count))
  }

  private func index() -> FileIndex {
    kept.withLock { kept in
      if let kept, kept.readAt + Self.shelfLife > .now { return kept.index }
      let index = FileIndex(of: directory)
      kept = (index, .now)
      return index
    }
  }
}
