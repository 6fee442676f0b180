import Basics
import FoundationEssentials
import Glibc

/// Unpacks what an import is given as ZIP, gzip or a stream, so that it can be read as a file or folder.
enum PackedSource {
  private static let gzip: [UInt8] = [0x1F, 0x8B]

  /// What importing may find something in.
  private static let wanted = [".json", ".jsonl", ".ndjson", ".md", ".db", ".txt"]

  static func isGzip(_ beginning: [UInt8]) -> Bool { beginning.starts(with: gzip) }
  static func isZIP(_ beginning: [UInt8]) -> Bool { beginning.starts(with: ZIPFile.signature) }

  /// What a path that gives its bytes only once is called: standard input (`-`), a shell's pipe, a FIFO; `nil` for any
  /// other.
  static func streamName(_ path: String) -> String? {
    if path == "-" { return "standard input" }
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO ? path : nil
  }

  /// Standard input, or what a FIFO gives, as a file. Waits until it ends.
  static func stream(_ path: String, into folder: UnpackedFolder) throws(ImportProblem) -> String {
    let isInput = path == "-"
    guard !isInput || isatty(STDIN_FILENO) == 0 else {
      throw ImportProblem(
        "-", "standard input is a terminal; give it a file, as in `fiedler import - < conversations.json`")
    }
    let descriptor = isInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { throw ImportProblem(path, SystemWords.text(errno)) }
    defer { if !isInput { close(descriptor) } }
    let target = folder.path + "/input"
    let file = try UnpackedFile(target)
    var limit = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else {
        throw ImportProblem(path, "\(isInput ? "standard input" : "it") cannot be read: \(SystemWords.text(errno))")
      }
      if count == 0 { return target }
      limit += count
      guard limit <= UnpackingLimit.mostBytes else { throw ImportProblem(path, "it is larger than any export") }
      try file.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }

  static func gunzip(_ path: String, into folder: UnpackedFolder) throws(ImportProblem) -> String {
    let input = try InputFile(path)
    let name = lastPart(path)
    let target = "\(folder.path)/\(name.lowercased().hasSuffix(".gz") ? String(name.dropLast(3)) : "unpacked-\(name)")"
    let output = try UnpackedFile(target)
    var limit = UnpackingLimit(packed: input.size)
    do throws(ImportProblem) {
      let inflater = try Inflater(isRaw: false)
      while true {
        var bytes = try input.next(1 << 17)
        if bytes.isEmpty { break }
        while !bytes.isEmpty {
          // Several may stand one behind another; nothing but zeros may follow them.
          if inflater.isOver {
            guard bytes.first == gzip[0] else { break }
            inflater.again()
          }
          let used = try inflater.take(bytes) { (piece) throws(ImportProblem) in
            try limit.count(piece.count)
            try output.write(piece)
          }
          bytes.removeFirst(used)
          if used == 0, !inflater.isOver { break }
        }
      }
      guard inflater.isOver else { throw ImportProblem(path, "the gzip file is cut off; fetch it anew") }
    } catch { throw ImportProblem(path, error.reason) }
    return target
  }

  /// Unpacks what may hold conversations. Returns what was passed over, and what is damaged.
  static func unzip(
    _ path: String, into folder: UnpackedFolder
  ) throws(ImportProblem) -> (omissions: [String: Int], losses: [ImportProblem]) {
    let file = try ZIPFile(path)
    var omissions: [String: Int] = [:]
    var losses: [ImportProblem] = []
    for entry in try file.entries() where entry.name.utf8.last != UInt8(ascii: "/") {
      let name = entry.name.replacingScalars("\\", with: "/")
      let parts = name.pathParts()
      guard let last = parts.last, !parts.contains("__MACOSX"),
        wanted.contains(where: last.lowercased().hasSuffix) || ExportedFiles.isOne(last)
      else {
        omissions["files of other kinds", default: 0] += 1
        continue
      }
      // Nothing is written outside of the folder.
      guard !name.isAbsolutePath, !parts.contains(".."), !name.utf8.contains(0), parts.count < 40 else {
        losses.append(ImportProblem("\(path), \(name)", "its name leads out of the ZIP file"))
        continue
      }
      var limit = UnpackingLimit(packed: entry.packed)
      do throws(ImportProblem) {
        let place = folder.path + "/" + parts.dropLast().joined(separator: "/")
        do { try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true) } catch {
          throw ImportProblem("", "its folder cannot be made in \(folder.path)")
        }
        let output = try UnpackedFile("\(folder.path)/\(parts.joined(separator: "/"))")
        try file.unpack(entry, &limit, output.write)
      } catch {
        losses.append(ImportProblem("\(path), \(name)", error.reason))
      }
    }
    return (omissions, losses)
  }
}
