/// Pictures of numbers, in rows of characters.
enum Plot {
  private static let blocks: [Character] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// A bar a value, eight steps a row; what is not zero is seen.
  static func bars(_ values: [Int], rows: Int) -> [String] {
    let most = max(1, values.max() ?? 1)
    let eighths = values.map { value in value == 0 ? 0 : max(1, value * rows * 8 / most) }
    return (0..<rows).map { row in
      let below = (rows - 1 - row) * 8
      return String(eighths.map { blocks[max(0, min(8, $0 - below))] })
    }
  }

  /// A line through the values, of braille's dots: two a column and four a row.
  static func line(_ values: [Double], columns: Int, rows: Int) -> [String] {
    guard !values.isEmpty, columns > 0, rows > 0 else { return [] }
    let most = max(values.max() ?? 0, 1e-9)
    let (width, height) = (2 * columns, 4 * rows)
    var dots = Array(repeating: Array(repeating: UInt32(0), count: columns), count: rows)
    func set(_ x: Int, _ y: Int) {
      let line = height - 1 - max(0, min(height - 1, y))
      // The dots of a cell are numbered down the left column, then down the right one; the lowest two came later.
      let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
      dots[line / 4][x / 2] |= bits[line % 4][x % 2]
    }
    var before: Int?
    for x in 0..<width {
      let place = width > 1 ? x * (values.count - 1) / (width - 1) : 0
      let y = Int((values[place] / most * Double(height - 1)).rounded())
      // Without a gap to the point before.
      for between in min(y, before ?? y)...max(y, before ?? y) { set(x, between) }
      before = y
    }
    return dots.map { row in
      String(String.UnicodeScalarView(row.map { Unicode.Scalar(0x2800 + $0) ?? " " }))
    }
  }

  /// Sums of neighbours, so that no more than so many values are left.
  static func grouped(_ values: [Int], most: Int) -> [Int] {
    guard values.count > most, most > 0 else { return values }
    let size = (values.count + most - 1) / most
    return stride(from: 0, to: values.count, by: size).map { start in
      values[start..<min(values.count, start + size)].reduce(0, +)
    }
  }
}
