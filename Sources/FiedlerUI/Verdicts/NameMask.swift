import Canvas

extension Frame {
  /// Blots out names wherever they stand as words, whatever their case; in the answers' own words too.
  ///
  /// - `names`: in lower case, the longest first.
  mutating func blotOut(_ names: [String]) {
    let names = names.map { Array($0.unicodeScalars) }
    for y in 0..<size.height {
      var row = (0..<size.width).map { lowercased(Unicode.Scalar(cells[y * size.width + $0].scalar) ?? " ") }
      for name in names where !name.isEmpty && name.count <= row.count {
        var x = 0
        while x + name.count <= row.count {
          guard row[x] == name[0], isWord(name, at: x, in: row) else {
            x += 1
            continue
          }
          for column in x..<(x + name.count) {
            row[column] = "▒"
            let style = cells[y * size.width + column].style
            put(CollectionOfOne(Cell("▒", style: style)), at: Point(x: column, y: y))
          }
          x += name.count
        }
      }
    }
  }

  private func isWord(_ name: [Unicode.Scalar], at start: Int, in row: [Unicode.Scalar]) -> Bool {
    let end = start + name.count
    guard row[start..<end].elementsEqual(name) else { return false }
    func isInWord(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
    return (start == 0 || !isInWord(row[start - 1])) && (end == row.count || !isInWord(row[end]))
  }

  private func lowercased(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    scalar.properties.lowercaseMapping.unicodeScalars.first ?? scalar
  }
}

enum NameMask {
  /// The same for a text that is yet to be cut into lines.
  static func blotted(_ text: String, _ names: [String]) -> String {
    guard !names.isEmpty else { return text }
    let cells = Sanitizer.cells(text, style: .plain)
    var frame = Frame(Size(width: cells.count, height: 1))
    frame.put(cells, at: Point(x: 0, y: 0))
    frame.blotOut(names)
    var scalars = String.UnicodeScalarView()
    for cell in frame.cells { scalars.append(contentsOf: cell.scalars) }
    return String(scalars)
  }
}
