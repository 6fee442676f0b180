import Conversations
import FoundationEssentials
import Glibc
import JSON

/// Reads files of ``ConversationJSON`` or of `ForeignConversation`: one conversation, an array of them, or one a
/// line.
final class JSONFileReader: ImportReader {
  private enum Mode {
    /// One value a line; what is damaged ends with its line.
    case lines
    /// Values one after another, each over as many lines as it takes.
    case values
    case array
  }

  /// More than any conversation; the file is something else then.
  private static let maximumBytes = 1 << 30

  let count: Int?
  private let file: InputFile
  private let name: String
  private let models: ModelNames
  private let files: ExportedFiles
  private var mode: Mode?
  /// What has been read and not been handed out yet begins at `start`.
  private var pending: [UInt8] = []
  private var start = 0
  private var number = 0
  private var isOver = false

  /// `count` is known where the file is part of a conversation's folder.
  init(
    path: String, name: String? = nil, count: Int? = nil, models: @escaping ModelNames = { _ in nil }
  ) throws(ImportProblem) {
    file = try InputFile(path)
    self.name = name ?? path
    self.count = count
    self.models = models
    files = ExportedFiles(beside: path)
  }

  func next() -> ImportItem? {
    guard !isOver else { return nil }
    do throws(ImportProblem) {
      let mode = if let mode { mode } else { try begin() }
      self.mode = mode
      guard let bytes = try element(mode) else { return end() }
      return item(bytes, name: place(mode))
    } catch {
      isOver = true
      return ImportItem(error)
    }
  }

  private func end() -> ImportItem? {
    isOver = true
    return nil
  }

  private func place(_ mode: Mode) -> String {
    switch mode {
    case .lines: "\(name), line \(number)"
    case .array: "\(name), element \(number)"
    case .values: number == 1 ? name : "\(name), value \(number)"
    }
  }

  private func item(_ bytes: [UInt8], name: String) -> ImportItem {
    do {
      let json = try JSON(bytes: bytes)
      if let tree = try ForeignConversation.tree(json, files) {
        guard let conversation = tree.conversation(models: models) else {
          throw ImportProblem(name, "nobody says anything in it")
        }
        return ImportItem(name, .success(conversation), omissions: tree.omissions)
      }
      return ImportItem(name, .success(try ConversationJSON.conversation(json)))
    } catch let problem as ImportProblem {
      return ImportItem(problem)
    } catch {
      // Where values follow each other without any mark, nobody knows where the next one begins.
      isOver = mode == .values && error is JSONError
      return ImportItem(ImportProblem(name, "\(error)\(isOver ? "; nothing after it was read" : "")"))
    }
  }

  // MARK: Cutting the file into values

  /// Tells from the beginning how the file is to be cut.
  private func begin() throws(ImportProblem) -> Mode {
    if try fill(atLeast: 3), pending.starts(with: [0xEF, 0xBB, 0xBF]) { start = 3 }
    guard let first = try skip({ $0.isSpace }) else {
      throw ImportProblem(name, "it is empty")
    }
    switch first {
    case UInt8(ascii: "["):
      start += 1
      return .array
    case UInt8(ascii: "{"): return try linesHoldValues() ? .lines : .values
    default: throw ImportProblem(name, "it is not JSON")
    }
  }

  /// Whether the first line is a whole value, or is damaged with another value beginning on the next line.
  private func linesHoldValues() throws(ImportProblem) -> Bool {
    pending.removeFirst(start)
    start = 0
    guard let lineEnd = try find({ LineScan() }) else { return false }
    var scan = ValueScan()
    if Self.advance(&scan, pending[start..<lineEnd]) != nil { return true }
    while pending.count < lineEnd + 2, try fill() {}
    return pending[lineEnd...].starts(with: [UInt8(ascii: "{"), UInt8(ascii: "\"")])
  }

  /// The next line that holds anything; `nil` at the end.
  private func line() throws(ImportProblem) -> [UInt8]? {
    while true {
      if start == pending.count { guard try fill() else { return nil } }
      let line = try take(find { LineScan() } ?? pending.count)
      number += 1
      if !line.allSatisfy(\.isSpace) { return line }
    }
  }

  /// The next value's bytes; `nil` at the end.
  private func element(_ mode: Mode) throws(ImportProblem) -> [UInt8]? {
    if mode == .lines { return try line() }
    guard let first = try skip({ mode == .array ? $0.isSpace || $0 == UInt8(ascii: ",") : $0.isSpace }) else {
      if mode == .array { throw ImportProblem(name, "the file ends before the array does; what stood before is read") }
      return nil
    }
    if mode == .array, first == UInt8(ascii: "]") {
      start += 1
      guard try skip({ $0.isSpace }) == nil else { throw ImportProblem(name, "something follows the array") }
      return nil
    }
    number += 1
    return try take(find { ValueScan() } ?? pending.count)
  }

  private func take(_ end: Int) -> [UInt8] {
    defer { start = end }
    return Array(pending[start..<end])
  }

  /// Passes over bytes; the first other one, or `nil` at the end.
  private func skip(_ isPassed: (UInt8) -> Bool) throws(ImportProblem) -> UInt8? {
    repeat {
      while start < pending.count {
        guard isPassed(pending[start]) else { return pending[start] }
        start += 1
      }
    } while try fill()
    return nil
  }

  /// Where what begins at `start` ends; `nil` if the file ends first.
  private func find<Scan: ByteScan>(_ scan: () -> Scan) throws(ImportProblem) -> Int? {
    var scan = scan()
    var from = start
    while true {
      if let end = Self.advance(&scan, pending[from...]) { return end }
      guard pending.count - start <= Self.maximumBytes else {
        throw ImportProblem(name, "a value is larger than \(Self.maximumBytes >> 20) MB; nothing after it was read")
      }
      // What has been handed out goes before more is read, so the places in `pending` move.
      from = pending.count - start
      guard try fill() else { return nil }
    }
  }

  private static func advance<Scan: ByteScan>(_ scan: inout Scan, _ bytes: ArraySlice<UInt8>) -> Int? {
    bytes.withUnsafeBufferPointer { buffer in
      for (offset, byte) in buffer.enumerated() {
        switch scan.take(byte) {
        case .goOn: continue
        case .endsAfter: return bytes.startIndex + offset + 1
        case .endsBefore: return bytes.startIndex + offset
        }
      }
      return nil
    }
  }

  /// Reads more; what has been handed out is dropped, so that `start` becomes 0. False at the end of the file.
  private func fill() throws(ImportProblem) -> Bool {
    if start > 0 {
      pending.removeFirst(start)
      start = 0
    }
    let bytes = try file.next(1 << 18)
    pending += bytes
    return !bytes.isEmpty
  }

  private func fill(atLeast count: Int) throws(ImportProblem) -> Bool {
    while pending.count < count { guard try fill() else { return false } }
    return true
  }
}

private enum ScanStep { case goOn, endsAfter, endsBefore }

private protocol ByteScan {
  mutating func take(_ byte: UInt8) -> ScanStep
}

private struct LineScan: ByteScan {
  func take(_ byte: UInt8) -> ScanStep { byte == UInt8(ascii: "\n") ? .endsAfter : .goOn }
}

/// Follows brackets and quotes to the end of one value.
private struct ValueScan: ByteScan {
  private var depth = 0
  private var isInString = false
  private var isEscaped = false
  private var hasBegun = false

  mutating func take(_ byte: UInt8) -> ScanStep {
    if isInString {
      if isEscaped {
        isEscaped = false
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
      } else if byte == UInt8(ascii: "\"") {
        isInString = false
        if depth == 0 { return .endsAfter }
      }
      return .goOn
    }
    switch byte {
    case UInt8(ascii: "\""): isInString = true
    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      if depth == 0 { return hasBegun ? .endsBefore : .endsAfter }
      depth -= 1
      if depth == 0 { return .endsAfter }
    case UInt8(ascii: ","): if depth == 0 { return .endsBefore }
    default: if depth == 0, hasBegun, byte.isSpace { return .endsBefore }
    }
    hasBegun = true
    return .goOn
  }
}

extension UInt8 {
  fileprivate var isSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
