import ConfigurationReading
import Conversations
import Digest
import Glibc

/// The files that go with a prompt, as they were read.
public struct AttachedFiles: Hashable, Sendable {
  public var attachments: [Attachment] = []
  /// Files of folders that are no text and do not go along.
  public var leftOut: [AttachmentError.BadFile] = []
  /// Which of the paths are folders.
  public var folders: [String] = []

  /// What was left out, in a line; `nil` if nothing was.
  public var leftOutWords: String? {
    guard let first = leftOut.first else { return nil }
    let names = leftOut.prefix(3).map(\.path.visible).joined(separator: ", ")
    if leftOut.count == 1 { return "left out: \(first)" }
    let shown = leftOut.contains { $0.isShown } ? "; attach pictures and PDFs by their own names" : ""
    return "left out: \(leftOut.count) files that are no text: \(names)\(leftOut.count > 3 ? ", …" : "")\(shown)"
  }
}

/// Reads the files that go with a prompt.
public enum AttachmentReader {
  /// The files at `paths`, whole, in that order; a path named twice is read once. Blocks on the disk.
  ///
  /// Relative paths count from `directory`, and `~` is `home`. With `allowedRoots` (`nil` or empty: anywhere), a file
  /// must really lie in one of these directories, wherever the symlinks on the way to it point. A byte order mark is
  /// taken off, and UTF-16 text that begins with one is read as such; the hash is of the text as it is sent.
  ///
  /// With `readsPipes`, what is no file may be named too, for a caller that may wait: `-` and `/dev/stdin`, a pipe of
  /// the shell's (`<(command)`), a FIFO or a device other than a terminal, each read to its end or the limit. `input`
  /// is text that was read from standard input already; it goes along as the last file, unless it is blank.
  ///
  /// A picture or PDF is taken byte for byte. A folder stands for the texts in it at any depth, as ``FileIndex`` finds
  /// them; what is none is left out.
  public static func read(
    paths: [String], relativeTo directory: String, limits: FileLimits = FileLimits(), allowedRoots: [String]? = nil,
    home: String? = nil, readsPipes: Bool = false, input: [UInt8]? = nil
  ) throws(AttachmentError) -> AttachedFiles {
    let place = PathPlace(directory: directory, home: home)
    let roots = allowedRoots.flatMap { $0.isEmpty ? nil : $0.compactMap { realPath(place.absolute($0)) } }
    var naming = AttachmentNaming(place)
    var reading = Reading(limits: limits, roots: roots, readsPipes: readsPipes)
    var found = AttachedFiles()
    var bad: [AttachmentError.BadFile] = []
    var seen: Set<String> = []
    for named in paths {
      let files = folder(place.absolute(named))?.map { named + (named.hasSuffix("/") ? "" : "/") + $0 }
      if files?.isEmpty == true { bad.append(.init(path: named, reason: .emptyFolder)) }
      if files != nil { found.folders.append(named) }
      for path in files ?? [named] {
        let absolute = readsPipes && PipeInput.isStandardInput(path) ? PipeInput.standardInput : place.absolute(path)
        guard seen.insert(PathPlace.normalized(absolute)).inserted else { continue }
        do throws(Refusal) {
          let content = try reading.next(absolute, ofFolder: files != nil)
          found.attachments.append(
            content.attachment(naming.name(for: readsPipes ? PipeInput.name(absolute) ?? path : path)))
        } catch {
          let refused = AttachmentError.BadFile(path: path, reason: error.reason)
          if files != nil, case .binary = error.reason {
            found.leftOut.append(refused)
            continue
          }
          bad.append(refused)
          // What does not fit of a folder is told once.
          if files != nil { break }
        }
      }
    }
    // Blanks alone are nothing that could be too much.
    if let input, input.contains(where: { !" \t\r\n".utf8.contains($0) }) {
      do throws(Refusal) {
        let content = try reading.accept(input)
        if !content.isBlank { found.attachments.append(content.attachment(naming.name(for: PipeInput.inputName))) }
      } catch {
        bad.append(.init(path: PipeInput.words, reason: error.reason))
      }
    }
    guard bad.isEmpty else { throw AttachmentError(bad) }
    return found
  }

  /// The files of a folder, relative to it; `nil` for what is none. One more than any limit allows is enough.
  private static func folder(_ path: String) -> [String]? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
    return FileIndex(of: path).files
  }

  /// The text of bytes that were read from standard input to be a prompt, within the limits of files.
  public static func text(ofInput bytes: [UInt8], limits: FileLimits) throws(AttachmentError) -> String {
    var reading = Reading(limits: limits, roots: nil, readsPipes: false)
    do throws(Refusal) { return try reading.acceptText(bytes) } catch {
      throw AttachmentError([.init(path: PipeInput.words, reason: error.reason)])
    }
  }

  private struct Refusal: Error {
    let reason: AttachmentError.Reason
  }

  /// What was read.
  private enum Content {
    case text(String)
    case media(Media, sha256: String)

    var isBlank: Bool {
      if case .text(let text) = self { text.allSatisfy(\.isWhitespace) } else { false }
    }

    func attachment(_ name: String) -> Attachment {
      switch self {
      case .text(let text): Attachment(name: name, sha256: SHA256.text(text), content: text)
      case .media(let media, let sha256): Attachment(name: name, sha256: sha256, media: media)
      }
    }
  }

  /// Reads one file after the other and keeps count.
  private struct Reading {
    let limits: FileLimits
    let roots: [String]?
    let readsPipes: Bool
    var files = 0
    var bytes = 0
    var lines = 0

    mutating func next(_ path: String, ofFolder: Bool) throws(Refusal) -> Content {
      guard files < limits.files else { throw Refusal(reason: .tooMany(limit: limits.files)) }
      let raw = try read(path)
      // A folder stands for the texts in it: what pictures cost is to be asked for by name.
      return ofFolder ? .text(try acceptText(raw)) : try accept(raw)
    }

    /// Counts what was read; what is neither a picture nor a PDF must be text.
    mutating func accept(_ raw: [UInt8]) throws(Refusal) -> Content {
      // A PDF may be plain ASCII, and a text may begin with "GIF89a".
      guard let media = Media(raw), media.type == .pdf || TextDecoding.text(raw) == nil else {
        return .text(try acceptText(raw))
      }
      try count(raw)
      bytes += raw.count
      return .media(media, sha256: SHA256.text(of: raw))
    }

    private mutating func count(_ raw: [UInt8]) throws(Refusal) {
      files += 1
      guard files <= limits.files else { throw Refusal(reason: .tooMany(limit: limits.files)) }
      guard raw.count <= limits.bytes - bytes else { throw Refusal(reason: .tooLarge(limit: limits.bytes)) }
    }

    /// Counts what was read, and makes it text.
    mutating func acceptText(_ raw: [UInt8]) throws(Refusal) -> String {
      try count(raw)
      if MediaType(raw) == .pdf { throw Refusal(reason: .binary(.pdf)) }
      guard let text = TextDecoding.text(raw) else { throw Refusal(reason: .binary(FileKind(raw))) }
      let count =
        raw.isEmpty ? 0 : text.utf8.count { $0 == UInt8(ascii: "\n") } + (text.utf8.last == UInt8(ascii: "\n") ? 0 : 1)
      guard lines + count <= limits.lines else { throw Refusal(reason: .tooManyLines(limit: limits.lines)) }
      bytes += raw.count
      lines += count
      return text
    }

    private func read(_ path: String) throws(Refusal) -> [UInt8] {
      let content: Result<[UInt8], RegularFile.Failure>?
      do throws(RegularFile.Failure) {
        if readsPipes, let bytes = try PipeInput.read(path, limit: limits.bytes - bytes) { return bytes }
        let file = try RegularFile(path: path)
        // The opened file's own place, not the path's: nothing can be swapped between the check and the reading.
        content = allows(file.realPath) ? .success(try file.read(limit: limits.bytes - bytes)) : nil
      } catch {
        content = .failure(error)
      }
      switch content {
      case .success(let bytes): return bytes
      case nil: throw Refusal(reason: .outsideAllowedRoots)
      case .failure(.tooLarge): throw Refusal(reason: .tooLarge(limit: limits.bytes))
      case .failure(let failure): throw Refusal(reason: AttachmentError.Reason(failure))
      }
    }

    private func allows(_ realPath: String?) -> Bool {
      guard let roots else { return true }
      return realPath.map { path in roots.contains { PathPlace.isInside(path, $0) } } ?? false
    }
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

/// Tells text from other bytes.
enum TextDecoding {
  /// The text without its byte order mark; `nil` if it holds U+0000 or is neither UTF-8 nor marked UTF-16.
  static func text(_ bytes: [UInt8]) -> String? {
    let text: String?
    if bytes.starts(with: [0xFF, 0xFE]) {
      text = utf16(bytes) { UInt16($0) | UInt16($1) << 8 }
    } else if bytes.starts(with: [0xFE, 0xFF]) {
      text = utf16(bytes) { UInt16($0) << 8 | UInt16($1) }
    } else {
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      text = String(validating: bytes.starts(with: mark) ? bytes[3...] : bytes[...], as: UTF8.self)
    }
    return text?.utf8.contains(0) == false ? text : nil
  }

  private static func utf16(_ bytes: [UInt8], _ unit: (UInt8, UInt8) -> UInt16) -> String? {
    guard bytes.count % 2 == 0 else { return nil }
    let units = stride(from: 2, to: bytes.count, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
    return String(validating: units, as: UTF16.self)
  }
}
