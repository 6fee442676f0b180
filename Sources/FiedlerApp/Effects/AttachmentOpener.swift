import Basics
import Conversations
import FiedlerUI
import FoundationEssentials
import Interchange
import Settings

extension EffectRunner {
  /// Writes a picture or PDF into the cache folder and opens it on the desktop.
  func open(_ file: Attachment) {
    perform(orElse: { .toast($0, .error) }) { services in
      guard let media = file.media else { return }
      let path = "\(try OpenedFile.makeFolder(services.paths))/\(OpenedFile.name(of: file, media))"
      let copy = try ReplacementFile(path: path)
      try copy.write([UInt8](media.data))
      try copy.finish()
      do throws(LinkOpener.Refusal) {
        try LinkOpener(environment: self.environment.variables).open(file: path) { [inbox = self.inbox] status in
          if status != 0 {
            inbox.post(.toast("xdg-open could not open \(path) (status \(status))", .warning))
          }
        }
        self.inbox.post(.toast("xdg-open opens \(file.name)", .success))
      } catch { self.inbox.post(.toast("\(error.reason); it lies at \(path)", .warning)) }
    }
  }
}

/// What a file is called while it is looked at.
enum OpenedFile {
  /// Readable by its owner alone, like all in it.
  static func makeFolder(_ paths: Paths) throws -> String {
    try paths.createCacheDirectory()
    let folder = folder(paths)
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    return folder
  }

  /// Removes every copy: a purge leaves nothing of a conversation on the disk.
  static func removeAll(_ paths: Paths) throws {
    let folder = folder(paths)
    if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
  }

  private static func folder(_ paths: Paths) -> String { "\(paths.cacheDirectory)/opened" }

  /// The name is the user's or a stranger's, who may call a picture `x.desktop`: what it ends in tells the desktop
  /// which program to start, so that comes from what the file is.
  static func name(of file: Attachment, _ media: Media) -> String {
    let last = file.name.lastPathPart ?? "file"
    let stem = last.prefix(while: { $0 != "." }).map { $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : "_" }
    return "\(file.sha256.prefix(12))-\(String(stem.prefix(40))).\(media.type.fileExtension)"
  }
}
