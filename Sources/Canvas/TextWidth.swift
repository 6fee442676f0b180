/// How many columns text takes, and how it wraps into them.
public enum TextWidth {
  enum Kind: Hashable {
    case narrow, wide
    /// Combines with the character before it.
    case mark
    /// Emoji skin tone.
    case modifier
    /// Zero-width joiner.
    case joiner
    /// Not shown at all.
    case dropped
    /// A control character, shown as this symbol.
    case control(Unicode.Scalar)
    /// Not known to terminals of today.
    case unknown
  }

  static func kind(of scalar: Unicode.Scalar) -> Kind {
    let value = scalar.value
    switch value {
    case 0x20..<0x7F: return .narrow
    case 0..<0x20: return .control(Unicode.Scalar(0x2400 + value) ?? "\u{FFFD}")
    case 0x7F: return .control("\u{2421}")
    default: return .narrow
    }
  }

  /// Columns of one line of text once it is sanitised.
  public static func columns(_ text: some StringProtocol) -> Int { Sanitizer.cells(text, style: .plain).count }

  /// `cells` cut to at most `columns` columns, with `…` where something was cut.
  public static func truncate(_ cells: [Cell], to columns: Int) -> [Cell] {
    guard cells.count > columns else { return cells }
    guard columns > 0 else { return [] }
    var end = columns - 1
    while end > 0, cells[end].isContinuation { end -= 1 }
    return Array(cells[..<end]) + [Cell("…", style: cells[end].style)]
  }

  /// Breaks a line of cells into rows of at most `columns` columns, at blanks where there are any.
  ///
  /// Each row is a range of `cells`, in order and without gaps, so that a place in the text and a place on the screen
  /// can be found from each other; blanks at a break belong to the row before it and may stick out. An empty line is one empty row.
  public static func wrap(_ cells: [Cell], columns: Int) -> [Range<Int>] {
    let columns = max(1, columns)
    var rows: [Range<Int>] = []
    var start = 0
    while cells.count - start > columns {
      var end = start + columns
      while end > start + 1, cells[end].isContinuation { end -= 1 }
      var next = end
      if cells[end].scalar == 0x20 {
        while next < cells.count, cells[next].scalar == 0x20 { next += 1 }
      } else if let blank = cells[start..<end].lastIndex(where: { $0.scalar == 0x20 }), blank >= start {
        next = blank + 1
      }
      rows.append(start..<next)
      start = next
    }
    if start < cells.count || rows.isEmpty { rows.append(start..<cells.count) }
    return rows
  }
}
