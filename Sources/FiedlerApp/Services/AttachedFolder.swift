import Conversations
import FiedlerUI
import SendEngine

extension AttachedFile {
  /// What was read at a path, for the prompt: a file, or a folder with the files in it.
  init?(_ read: AttachedFiles, at path: String) {
    guard let folder = read.folders.first else {
      guard let file = read.attachments.first else { return nil }
      self.init(path: path, file)
      return
    }
    let start = folder.hasSuffix("/") ? folder : folder + "/"
    self.init(
      path: start, name: start, bytes: read.attachments.reduce(0) { $0 + $1.byteCount },
      members: read.attachments.map { AttachedFile(path: start, $0) })
  }
}
