import Conversations
import Digest
import FoundationEssentials

/// The files that ChatGPT's export has beside its conversations, known by their ids: `file-AbC123-photo.png` and
/// `file_00000000abc-sanitized.png`, in the export's own folder or in one below it. (OpenAI does not document it.)
final class ExportedFiles {
  private static let prefixes = ["file-", "file_"]
  private static let deepest = 3
  private static let mostFiles = 200_000
  private static let mostBytes = 64 << 20

  private let folder: String
  private lazy var paths = Self.paths(in: folder)

  /// Those beside a file; they are looked for when the first one is asked for.
  init(beside path: String) {
    folder = path.contains("/") ? String(path.dropLast(lastPart(path).count + 1)) : "."
  }

  /// Whether a file's name is of the kind.
  static func isOne(_ name: String) -> Bool { id(name) != nil }

  /// The id that a file's name, or the last part of a pointer to it, begins with; `nil` where there is none.
  static func id(_ name: String) -> String? {
    guard let prefix = prefixes.first(where: name.hasPrefix) else { return nil }
    let own = name.dropFirst(prefix.count).prefix { $0.isLetter || $0.isNumber }
    return own.isEmpty ? nil : prefix + own
  }

  /// The file with this id, if it is there and is a picture, a PDF or a text.
  ///
  /// - `name`: What the user knows it by; `nil` for its id.
  func attachment(_ id: String, name: String?) -> Attachment? {
    guard let path = paths[id],
      // What cannot be read, or is too large, is told of as one that is not there.
      let bytes = try? InputFile(path, followsLinks: false).rest(limit: Self.mostBytes)
    else { return nil }
    return Attachment(bytes, named: name, otherwise: id)
  }

  private static func paths(in folder: String) -> [String: String] {
    var found: [String: String] = [:]
    var count = 0
    func walk(_ folder: String, _ depth: Int) {
      // A folder that cannot be read has none of them.
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? [] {
        count += 1
        guard count <= mostFiles else { return }
        let path = "\(folder)/\(name)"
        if let id = id(name) {
          found[id] = found[id] ?? path
        } else if depth < deepest, isFolder(path) {
          walk(path, depth + 1)
        }
      }
    }
    walk(folder, 0)
    return found
  }

  /// Links are not followed: they may lead anywhere.
  private static func isFolder(_ path: String) -> Bool {
    // What is not there is no folder.
    let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
    return type == .typeDirectory
  }
}

extension Attachment {
  /// A picture, a PDF or a text by what its bytes are; `nil` for anything else.
  fileprivate init?(_ bytes: [UInt8], named name: String?, otherwise id: String) {
    if let media = Media(bytes) {
      self.init(name: name ?? "\(id).\(media.type.fileExtension)", sha256: SHA256.text(of: bytes), media: media)
    } else if !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) {
      self = .text(name ?? "\(id).txt", text)
    } else {
      return nil
    }
  }

  /// A picture or PDF that stands in a `data:` URL itself (RFC 2397); `nil` for any other address.
  init?(dataURL: String, named name: String?) {
    guard dataURL.hasPrefix("data:"), let comma = dataURL.firstIndex(of: ","),
      dataURL[..<comma].hasSuffix(";base64"),
      let data = Data(base64Encoded: String(dataURL[dataURL.index(after: comma)...])), let media = Media([UInt8](data))
    else { return nil }
    self.init(
      name: name ?? "image.\(media.type.fileExtension)", sha256: SHA256.text(of: [UInt8](data)), media: media)
  }
}
