extension Editor {
  /// The units between two line ends, in chunks of bounded length: an edit or a layout costs as much as a chunk,
  /// also where a megabyte stands in one line. A line of ordinary length is one chunk.
  struct Line: Sendable {
    /// The most units a chunk may hold.
    static let limit = 2_048

    /// Never empty; no chunk is empty unless it is the only one.
    private(set) var chunks: [[Unit]]
    private(set) var count: Int

    init(_ units: [Unit] = []) {
      count = units.count
      chunks = Self.split(units)
    }

    /// The chunk and the index in it where `column` stands; the end of the line is the end of the last chunk.
    func locate(_ column: Int) -> (chunk: Int, offset: Int) {
      var offset = column
      for (index, chunk) in chunks.enumerated() {
        if offset < chunk.count { return (index, offset) }
        offset -= chunk.count
      }
      return (chunks.count - 1, chunks[chunks.count - 1].count)
    }

    /// The column where a chunk begins.
    func start(ofChunk index: Int) -> Int { chunks[..<index].reduce(0) { $0 + $1.count } }

    subscript(column: Int) -> Unit {
      let (chunk, offset) = locate(column)
      return chunks[chunk][offset]
    }

    func units(_ range: Range<Int>) -> [Unit] {
      let (first, start) = locate(range.lowerBound)
      if start + range.count <= chunks[first].count { return Array(chunks[first][start..<(start + range.count)]) }
      var units = Array(chunks[first][start...])
      units.reserveCapacity(range.count)
      for chunk in chunks[(first + 1)...] where units.count < range.count {
        units += chunk.prefix(range.count - units.count)
      }
      return units
    }

    mutating func replace(_ range: Range<Int>, with units: [Unit]) {
      count += units.count - range.count
      let (first, start) = locate(range.lowerBound)
      if start + range.count <= chunks[first].count {
        chunks[first].replaceSubrange(start..<(start + range.count), with: units)
        settle(first)
      } else {
        let (last, end) = locate(range.upperBound)
        let merged = Array(chunks[first][..<start]) + units + chunks[last][end...]
        chunks.replaceSubrange(first...last, with: [merged])
        settle(first)
      }
    }

    /// Cuts off and returns what stands from `column` on, whole chunks uncopied.
    mutating func cut(at column: Int) -> Line {
      let (chunk, offset) = locate(column)
      var tail = Line()
      tail.chunks = [Array(chunks[chunk][offset...])] + chunks[(chunk + 1)...]
      tail.count = count - column
      chunks.removeSubrange((chunk + 1)...)
      chunks[chunk].removeSubrange(offset...)
      count = column
      settle(chunk)
      tail.settle(0)
      return tail
    }

    mutating func append(_ other: Line) {
      let seam = chunks.count - 1
      chunks += other.chunks
      count += other.count
      settle(seam + 1)
      settle(seam)
    }

    /// Splits a chunk that became too long, and joins one that became short to a neighbour.
    private mutating func settle(_ index: Int) {
      if chunks[index].count > Self.limit {
        chunks.replaceSubrange(index...index, with: Self.split(chunks[index]))
      } else if chunks[index].count < Self.limit / 8, chunks.count > 1 {
        let first = max(0, index - 1)
        chunks.replaceSubrange(first...(first + 1), with: Self.split(chunks[first] + chunks[first + 1]))
      }
    }

    /// Half-full chunks, cut after a blank where one is near.
    private static func split(_ units: [Unit]) -> [[Unit]] {
      var chunks: [[Unit]] = []
      var rest = units[...]
      while rest.count > limit {
        let aim = rest.startIndex + limit / 2
        let blank = rest[(aim - limit / 16)..<aim].lastIndex { $0.isBlank }
        let cut = blank.map { $0 + 1 } ?? aim
        chunks.append(Array(rest[..<cut]))
        rest = rest[cut...]
      }
      chunks.append(chunks.isEmpty ? units : Array(rest))
      return chunks
    }

    /// The first column from `column` on whose unit passes the test.
    func firstColumn(from column: Int, where test: (Unit) -> Bool) -> Int? {
      var (chunk, offset) = locate(column)
      var base = column - offset
      while chunk < chunks.count {
        if let found = chunks[chunk][offset...].firstIndex(where: test) { return base + found }
        base += chunks[chunk].count
        chunk += 1
        offset = 0
      }
      return nil
    }

    /// The last column before `column` whose unit passes the test.
    func lastColumn(before column: Int, where test: (Unit) -> Bool) -> Int? {
      var (chunk, offset) = locate(column)
      var base = column - offset
      while true {
        if let found = chunks[chunk][..<offset].lastIndex(where: test) { return base + found }
        guard chunk > 0 else { return nil }
        chunk -= 1
        offset = chunks[chunk].count
        base -= offset
      }
    }
  }
}

extension Editor.Line: Equatable {
  /// Where the chunks are cut does not matter.
  static func == (left: Self, right: Self) -> Bool {
    guard left.count == right.count else { return false }
    return left.chunks == right.chunks || left.chunks.joined().elementsEqual(right.chunks.joined())
  }
}
