import Canvas
import Markdown

extension MarkdownLayout {
  func code(_ block: MarkdownBlock, _ language: String, _ room: Int) -> [StyledLine] {
    let start = block.range.lowerBound
    var rows: [StyledLine] = []
    if block.hasLabel {
      let label = StyledLine("┌ \(language)", style: theme.dim, origin: start)
      rows.append(label.cut(columns: room))
    }
    if block.runs.isEmpty, block.isContinued { return [] }
    var highlighter = CodeHighlighter(language: language)
    for line in split(block.runs) {
      var styled = StyledLine()
      let words = line.map { run in (run, bytes(of: run)) }
      let kinds = highlighter.kinds(words.flatMap(\.1))
      var index = 0
      for (run, bytes) in words {
        var from = 0
        while from < bytes.count {
          var to = from + 1
          while to < bytes.count, kinds[index + to] == kinds[index + from] { to += 1 }
          let style = theme.style(of: kinds[index + from])
          if run.content == .source {
            let place = run.range.lowerBound
            styled.append(source, utf8: (place + from)..<(place + to), style: style)
          } else {
            let text = String(decoding: bytes[from..<to], as: UTF8.self)
            styled.append(literal: text, style: style, origin: run.range.lowerBound)
          }
          from = to
        }
        index += bytes.count
      }
      let parts = wrapsCode ? styled.cutAtTokens(columns: max(1, room - 2)) : [(hang: 0, line: styled)]
      for (number, part) in parts.enumerated() {
        let origin = part.line.start ?? line.first?.range.lowerBound ?? rows.last?.start ?? start
        var row = StyledLine(number == 0 ? "│ " : "┆ ", style: theme.dim, origin: origin)
        row.append(blanks: part.hang, style: theme.dim, origin: origin)
        row.append(part.line)
        rows.append(row)
      }
    }
    return rows
  }

  private func split(_ runs: [MarkdownRun]) -> [[MarkdownRun]] {
    var lines: [[MarkdownRun]] = [[]]
    for run in runs {
      if run.content == .lineBreak { lines.append([]) } else { lines[lines.count - 1].append(run) }
    }
    return lines
  }
}

extension StyledLine {
  /// A long line of code in rows of at most so many columns, broken where a token ends; the rows behind the first hang
  /// below its text, two columns deeper, by so many blanks.
  func cutAtTokens(columns: Int) -> [(hang: Int, line: StyledLine)] {
    guard cells.count > columns else { return [(0, self)] }
    let indent = cells.prefix { $0.scalar == 0x20 }.count
    let hang = min(indent + 2, columns / 2)
    var rows: [(hang: Int, line: StyledLine)] = []
    var start = 0
    while start < cells.count {
      let room = max(1, columns - (start == 0 ? 0 : hang))
      let end = cells.count - start <= room ? cells.count : tokenEnd(from: start, room: room)
      rows.append((start == 0 ? 0 : hang, part(start..<end)))
      start = end
    }
    return rows
  }

  /// Where a row of code that begins at `start` ends: behind a blank or a mark that separates, else at the end of a
  /// word, and where there is none in its second half, where the row is full.
  private func tokenEnd(from start: Int, room: Int) -> Int {
    let full = clusterStart(atOrBefore: start + room, after: start)
    guard full < cells.count else { return full }
    let indent = cells[start...].prefix { $0.scalar == 0x20 }.count
    let least = start + max(indent + 1, room / 2)
    var wordEnd: Int?
    for end in stride(from: full, through: least, by: -1) {
      let before = cells[end - 1]
      let after = cells[end]
      guard !after.isContinuation, !after.continuesCluster else { continue }
      if " ,;([{".unicodeScalars.contains(where: { $0.value == before.scalar }), after.scalar != 0x20 { return end }
      if wordEnd == nil, !(Self.isWord(before) && Self.isWord(after)) { wordEnd = end }
    }
    return wordEnd ?? full
  }

  private static func isWord(_ cell: Cell) -> Bool {
    guard let scalar = Unicode.Scalar(cell.scalar) else { return true }
    return scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_"
  }
}
