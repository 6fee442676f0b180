import Canvas
import Markdown

/// Lays passages of two answers out in step: as rendered Markdown, what is shared marked.
struct CommonGroundLayout {
  let ground: CommonGround
  let texts: [String]
  let columns: Int
  /// One below the other, each with the letter of its answer before it.
  let isInline: Bool
  let theme: Theme

  static let letters = ["A", "B"]
  /// Of a letter and the blank behind it.
  private static let letterColumns = 2

  /// The rows of either answer, or of both as one. A blank row stands above both or above neither.
  func rows(_ band: CommonGround.Band, isFirst: Bool) -> [[MarkdownRow]] {
    var sides = [rows(0, band.old), rows(1, band.new)]
    let hasBlank = sides.contains { $0.first?.isBlank == true }
    for side in sides.indices where !sides[side].isEmpty {
      if isFirst || isInline, sides[side][0].isBlank {
        sides[side].removeFirst()
      } else if !isFirst, !isInline, hasBlank, !sides[side][0].isBlank {
        sides[side].insert(MarkdownRow(cells: [], origins: [], start: sides[side][0].start), at: 0)
      }
    }
    guard isInline else { return sides }
    let both = sides.indices.flatMap { side in
      sides[side].enumerated().map { lettered($0.element, side, isFirst: $0.offset == 0) }
    }
    return [(isFirst ? [] : [MarkdownRow(cells: [], origins: [], start: 0)]) + both]
  }

  private func rows(_ side: Int, _ blocks: Range<Int>) -> [MarkdownRow] {
    guard !blocks.isEmpty else { return [] }
    let all = ground.sides[side].blocks
    let end = blocks.lowerBound > 0 ? all[blocks.lowerBound - 1].range.upperBound : nil
    let room = max(1, columns - (isInline ? Self.letterColumns : 0))
    return MarkdownLayout(source: texts[side], theme: theme, columns: room, linksBefore: nil)
      .rows(Array(all[blocks]), after: end).map { marked($0, side) }
  }

  private func lettered(_ row: MarkdownRow, _ side: Int, isFirst: Bool) -> MarkdownRow {
    var line = StyledLine(
      isFirst ? "\(Self.letters[side]) " : "│ ", style: isFirst ? theme.muted.adding(.bold) : theme.border,
      origin: row.start)
    line.append(blanks: Self.letterColumns - line.columns, style: theme.text, origin: row.start)
    return MarkdownRow(cells: line.cells + row.cells, origins: line.origins + row.origins, start: row.start)
  }

  // MARK: Marks

  private func marked(_ row: MarkdownRow, _ side: Int) -> MarkdownRow {
    var row = row
    let marks = ground.sides[side]
    for index in row.cells.indices where row.origins[index] >= 0 {
      let place = row.origins[index]
      if marks.terms.holds(place) { row.cells[index].style = theme.shared(row.cells[index].style) }
      if marks.wordings.holds(place) { row.cells[index].style = theme.wording(row.cells[index].style) }
    }
    return row
  }
}

extension Theme {
  /// A term that both answers have.
  func shared(_ style: Style) -> Style {
    var shared = style
    shared.foreground = info.foreground
    return shared.adding(isMonochrome ? [.bold, .underline] : .bold)
  }

  /// Words that follow each other in both answers.
  func wording(_ style: Style) -> Style {
    panel == shown[0] ? style.adding(.underline) : style.on(panel)
  }
}

extension [Range<Int>] {
  /// Whether one of these, which ascend, has a place in it.
  fileprivate func holds(_ place: Int) -> Bool {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].upperBound <= place { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low].lowerBound <= place
  }
}
