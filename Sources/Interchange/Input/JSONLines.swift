/// The lines of a file that hold anything, one at a time.
final class JSONLines {
  /// More than any line; the file is something else then.
  private static let maximumBytes = 256 << 20

  private let file: InputFile
  private var pending: [UInt8] = []
  private var start = 0
  private var number = 0

  init(path: String) throws(ImportProblem) { file = try InputFile(path) }

  /// The next line with its number, from 1; `nil` at the end.
  func next() throws(ImportProblem) -> (number: Int, bytes: [UInt8])? {
    while let line = try line() {
      number += 1
      if line.contains(where: { $0 > 0x20 }) { return (number, line) }
    }
    return nil
  }

  private func line() throws(ImportProblem) -> [UInt8]? {
    var from = start
    while true {
      if let end = pending[from...].firstIndex(of: UInt8(ascii: "\n")) {
        defer { start = end + 1 }
        return Array(pending[start..<end])
      }
      from = pending.count - start
      pending.removeFirst(start)
      start = 0
      guard pending.count <= Self.maximumBytes else {
        throw ImportProblem(
          "\(file.path), line \(number + 1)",
          "it is larger than \(Self.maximumBytes >> 20) MB; nothing after it was read")
      }
      let bytes = try file.next(1 << 18)
      guard !bytes.isEmpty else {
        defer { pending = [] }
        return pending.isEmpty ? nil : pending
      }
      pending += bytes
    }
  }
}
