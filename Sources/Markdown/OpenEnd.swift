/// How to read a text that still grows as if what is open at its end were closed there: `**bold` is bold at once, a
/// line of code has no backtick in front of it, half a link has no address, and the head of a table is one before the
/// line under it has come. So nothing jumps from marks to what they mean while it is read.
struct OpenEnd: Hashable, Sendable {
  /// Bytes at the end that are marks of which it is not known yet what they mean.
  var dropped = 0
  /// What closes the rest.
  var closers: [UInt8] = []

  /// `bytes` are Markdown outside a fence.
  init(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    let isLineEnded = bytes.last == UInt8(ascii: "\n")
    let lines = Self.lastLines(isLineEnded ? bytes.dropLast() : bytes)
    guard let last = lines.last, !last.isEmpty, !Self.isInFence(bytes) else { return }
    if closeTable(lines, isLineEnded) || isLineEnded { return }
    closeMarks(last)
  }

  // MARK: Lines

  /// The lines of the last paragraph, at most three of them: more are no table's head.
  private static func lastLines(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> [Slice<UnsafeBufferPointer<UInt8>>] {
    var lines: [Slice<UnsafeBufferPointer<UInt8>>] = []
    var end = bytes.endIndex
    while lines.count < 3 {
      let newline = bytes[..<end].lastIndex(of: UInt8(ascii: "\n"))
      let line = bytes[(newline.map { $0 + 1 } ?? bytes.startIndex)..<end]
      if line.allSatisfy({ $0 <= 0x20 }) { break }
      lines.insert(line, at: 0)
      guard let newline else { break }
      end = newline
    }
    return lines
  }

  private static func isInFence(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard bytes.contains(where: { $0 == UInt8(ascii: "`") || $0 == UInt8(ascii: "~") }) else { return false }
    let whole = UnsafeBufferPointer(rebasing: bytes)
    var fence: LineScanner.Fence?
    var start = 0
    while start < whole.count {
      let end = whole[start...].firstIndex(of: UInt8(ascii: "\n")) ?? whole.count
      let line = Line(whole, start..<end)
      if let open = fence {
        if line.bytes.count >= open.length, line.bytes.allSatisfy({ $0 == open.mark }) { fence = nil }
      } else {
        fence = line.openedFence
      }
      start = end + 1
    }
    return fence != nil
  }

  // MARK: Tables

  /// Whether the end is a table's head, with or without a beginning of the line under it.
  private mutating func closeTable(
    _ lines: [Slice<UnsafeBufferPointer<UInt8>>], _ isLineEnded: Bool
  ) -> Bool {
    guard let head = lines.first, lines.count == 1 || lines.count == 2 && !isLineEnded, head.first == UInt8(ascii: "|"),
      head.count > 1
    else {
      return false
    }
    if lines.count == 2 {
      guard lines[1].first == UInt8(ascii: "|"), lines[1].allSatisfy({ "|-: \t".utf8.contains($0) }) else {
        return false
      }
      dropped = lines[1].count
    }
    var bars = 0
    var isEscaped = false
    for byte in head {
      if byte == UInt8(ascii: "|"), !isEscaped { bars += 1 }
      isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
    }
    let isEnded = lines.count == 2 || isLineEnded || head.last { $0 > 0x20 } == UInt8(ascii: "|")
    let columns = isEnded ? bars - 1 : bars
    guard columns > 0 else { return false }
    closers = Array((isEnded ? "" : "|").utf8)
    if lines.count == 1, !isLineEnded { closers.append(UInt8(ascii: "\n")) }
    closers += Array("|".utf8) + Array(repeatElement("---|".utf8, count: columns).joined())
    return true
  }

  // MARK: Marks in a line

  private mutating func closeMarks(_ line: Slice<UnsafeBufferPointer<UInt8>>) {
    var open: [[UInt8]] = []
    var backticks = 0
    /// Where the bracket of a link's text opened, and where its address began.
    var brackets: [Int] = []
    var address: Int?
    var index = line.startIndex
    while index < line.endIndex {
      let byte = line[index]
      let run = line[index...].prefix { $0 == byte }
      let isAtEnd = run.endIndex == line.endIndex
      defer { index = max(index + 1, byte == UInt8(ascii: "`") || Self.isStar(byte) ? run.endIndex : index + 1) }
      if byte == UInt8(ascii: "`") {
        if backticks == 0 {
          if isAtEnd { dropped = run.count } else { backticks = run.count }
        } else if backticks == run.count {
          backticks = 0
        } else if isAtEnd, run.count < backticks {
          dropped = run.count
        }
        continue
      }
      guard backticks == 0 else { continue }
      switch byte {
      case UInt8(ascii: "\\"):
        index += 1
      case UInt8(ascii: "["): if address == nil { brackets.append(index) }
      case UInt8(ascii: "]"):
        guard address == nil, !brackets.isEmpty else { continue }
        brackets.removeLast()
        if isNext(UInt8(ascii: "("), index + 1, line) { address = index }
      case UInt8(ascii: ")"): address = nil
      default:
        guard address == nil, Self.isStar(byte) else { continue }
        let before = index > line.startIndex ? line[index - 1] : 0x20
        if isAtEnd {
          take(Array(run), before: before, &open)
        } else {
          let isInWord = before >= 0x80 || UnicodeScalar(before).properties.isAlphabetic
          settle(Array(run), next: line[run.endIndex], isInWord: isInWord, &open)
        }
      }
    }
    if backticks > 0 { closers += Array(repeating: UInt8(ascii: "`"), count: backticks) }
    if let address {
      dropped = line.endIndex - address
      closers = Array("](#)".utf8)
    }
    for marks in open.reversed() { closers += marks }
  }

  private func isNext(_ byte: UInt8, _ index: Int, _ line: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    index < line.endIndex && line[index] == byte
  }

  private static func isStar(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "*") || byte == UInt8(ascii: "_") }

  /// A run of stars or underscores at the end: it closes what is open, or is a mark of which more is to come.
  private mutating func take(_ run: [UInt8], before: UInt8, _ open: inout [[UInt8]]) {
    if open.last == run, before > 0x20 {
      open.removeLast()
    } else if before <= 0x20 || open.last?.first == run.first {
      dropped = run.count
    }
  }

  /// A run that text follows.
  private func settle(_ run: [UInt8], next: UInt8, isInWord: Bool, _ open: inout [[UInt8]]) {
    if open.last == run {
      open.removeLast()
    } else if next > 0x20, run.count <= 3, run.first != UInt8(ascii: "_") || !isInWord {
      open.append(run)
    }
  }
}
