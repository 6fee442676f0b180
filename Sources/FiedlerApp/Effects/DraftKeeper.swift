import Basics
import ConversationStore
import FiedlerUI
import FoundationEssentials
import Interchange
import JSON
import Settings
import Synchronization

/// Keeps the unsent prompt of a running Fiedler in a file of its own, and finds what one that has ended had left.
///
/// The folder `drafts` in the state folder holds for each `NAME.json`, an object of `text`, `system` and `files`, and
/// `NAME.lock`, locked as long as the program runs: of several at once none takes another's draft. Blocks on the disk.
final class DraftKeeper: Sendable {
  /// The file cannot be read as a draft; it lies under this path now.
  struct Unreadable: Error, CustomStringConvertible {
    var path: String
    var description: String { "A draft could not be read as one; it was set aside as \(path)." }
  }

  /// The folder takes no drafts.
  struct Unusable: Error, CustomStringConvertible {
    var path: String
    var reason: String
    var description: String { "Drafts cannot be kept: \(path) cannot be locked: \(reason)." }
  }

  private let directory: String
  private let path: String
  private let lock: FileLock
  /// What the file holds.
  private let kept = Mutex<UnsentDraft?>(nil)

  init(_ paths: Paths) throws {
    directory = "\(paths.stateDirectory)/drafts"
    try FileManager.default.createDirectory(
      atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let name = "\(directory)/\(UUID().lowercased)"
    path = name + ".json"
    guard let lock = try Self.lock(name) else { throw StoreError.busy(path: name) }
    self.lock = lock
  }

  deinit { if kept.withLock({ $0 == nil }) { lock.removeFile() } }

  private static func lock(_ name: String) throws(Unusable) -> FileLock? {
    do { return try FileLock.taken(name + ".lock") } catch {
      throw Unusable(path: name + ".lock", reason: error.description)
    }
  }

  /// Takes the newest draft that no running Fiedler has; it is this one's from now on. The others stay for the next.
  func takeUp() throws -> UnsentDraft? {
    let files = FileManager.default
    let names = try files.contentsOfDirectory(atPath: directory).filter { $0.hasSuffix(".json") }
    let found = names.map { name in
      // One that goes meanwhile is another's.
      let date = try? files.attributesOfItem(atPath: "\(directory)/\(name)")[.modificationDate] as? Date
      return (path: "\(directory)/\(name)", date: date ?? .distantPast)
    }
    for file in found.sorted(by: { $0.date > $1.date }) where file.path != path {
      let name = String(file.path.dropLast(".json".count))
      guard let lock = try Self.lock(name) else { continue }
      defer { lock.removeFile() }
      guard let data = files.contents(atPath: file.path) else { continue }
      guard let draft = UnsentDraft(json: try? JSON(bytes: Array(data))) else {  // where it breaks helps nobody
        let aside = name + ".damaged"
        try files.moveItem(atPath: file.path, toPath: aside)
        throw Unreadable(path: aside)
      }
      try files.moveItem(atPath: file.path, toPath: path)
      kept.withLock { $0 = draft }
      return draft
    }
    return nil
  }

  /// Has the file hold this draft; none is needed for an empty one.
  func keep(_ draft: UnsentDraft) throws {
    try kept.withLock { kept in
      let new = draft.isEmpty ? nil : draft
      guard new != kept else { return }
      if let new {
        let file = try ReplacementFile(path: path)
        try file.write(new.json.text + "\n")
        try file.finish()
      } else {
        try FileManager.default.removeItem(atPath: path)
      }
      kept = new
    }
  }
}

extension UnsentDraft {
  fileprivate var json: JSON {
    ["text": .string(text), "system": JSON(system), "files": .array(files.map(JSON.string))]
  }

  fileprivate init?(json: JSON?) {
    guard let text = json?["text"]?.string else { return nil }
    self.init(text: text, system: json?["system"]?.string, files: json?["files"]?.array?.compactMap(\.string) ?? [])
  }
}
