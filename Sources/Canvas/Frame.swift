/// A screenful of cells: what a view draws and a terminal shows.
public struct Frame: Hashable, Sendable {
  public let size: Size
  /// Row by row, `size.width` cells a row.
  public private(set) var cells: [Cell]
  /// Where the terminal's cursor stands; hidden if `nil`.
  public var cursor: Point?
  /// Where cells lead, see ``Cell/link``.
  public private(set) var links: [String] = []
  /// Without, ``box(_:style:)`` draws nothing.
  public var drawsBoxes = true

  public init(_ size: Size, style: Style = .plain) {
    self.size = Size(width: max(0, size.width), height: max(0, size.height))
    cells = Array(repeating: Cell(" ", style: style), count: self.size.width * self.size.height)
  }

  public var bounds: Rect { Rect(size) }

  public subscript(x: Int, y: Int) -> Cell { cells[y * size.width + x] }

  public func row(_ y: Int) -> ArraySlice<Cell> { cells[(y * size.width)..<((y + 1) * size.width)] }

  /// Puts cells at a place, clipped to `clip` (the whole frame if `nil`). Returns the columns taken, clipped ones
  /// included.
  ///
  /// A character that the clip would cut, a flag too, becomes a blank, and so does the other half of one that is
  /// overwritten in part.
  @discardableResult
  public mutating func put(_ line: some Sequence<Cell>, at point: Point, clip: Rect? = nil) -> Int {
    line.withContiguousStorageIfAvailable { put($0, at: point, clip: clip) }
      ?? Array(line).withUnsafeBufferPointer { put($0, at: point, clip: clip) }
  }

  /// The same of cells whose ``Cell/link`` counts among `links`.
  @discardableResult
  public mutating func put(_ line: [Cell], links: [String], at point: Point, clip: Rect? = nil) -> Int {
    guard !links.isEmpty else { return put(line, at: point, clip: clip) }
    var line = line
    var last: (own: UInt16, number: UInt16) = (0, 0)
    for index in line.indices where line[index].link != 0 {
      let own = line[index].link
      if own != last.own { last = (own, number(of: links.indices.contains(Int(own) - 1) ? links[Int(own) - 1] : "")) }
      line[index].link = last.number
    }
    return put(line, at: point, clip: clip)
  }

  /// The number of a link of this frame, 0 where it cannot be one.
  private mutating func number(of link: String) -> UInt16 {
    if let known = links.firstIndex(of: link) { return UInt16(known + 1) }
    guard !link.isEmpty, links.count < 1000 else { return 0 }
    links.append(link)
    return UInt16(links.count)
  }

  /// Where the cell at a place leads.
  public func link(_ x: Int, _ y: Int) -> String? {
    let number = Int(self[x, y].link)
    return number > 0 ? links[number - 1] : nil
  }

  /// The same picture on a larger or smaller sheet.
  public func fitted(to size: Size) -> Frame {
    var copy = Frame(size)
    copy.links = links
    for y in 0..<min(size.height, self.size.height) { copy.put(row(y), at: Point(x: 0, y: y)) }
    copy.cursor = cursor
    return copy
  }

  private mutating func put(_ line: UnsafeBufferPointer<Cell>, at point: Point, clip: Rect?) -> Int {
    let clip = clip.map { $0.intersection(bounds) } ?? bounds
    let start = point.y * size.width
    var x = point.x
    let isVisible = point.y >= clip.y && point.y < clip.maxY && !clip.isEmpty
    /// Where the cluster began that goes on.
    var cluster = x
    for cell in line where !cell.isContinuation {
      let end = x + Int(cell.width)
      defer { x = end }
      if !cell.continuesCluster { cluster = x }
      if cell.continuesCluster, isVisible, end > clip.maxX || cluster < clip.x {
        // What of it could be seen is no character.
        for column in max(cluster, clip.x)..<max(max(cluster, clip.x), min(end, clip.maxX)) {
          breakWide(column, point.y)
          cells[start + column] = Cell(" ", style: cell.style)
        }
        continue
      }
      guard isVisible, x < clip.maxX, end > clip.x else { continue }
      let columns = max(x, clip.x)..<min(end, clip.maxX)
      for column in columns { breakWide(column, point.y) }
      if columns.count < Int(cell.width) {
        cells[start + columns.lowerBound] = Cell(" ", style: cell.style)
      } else {
        cells[start + x] = cell
        if cell.width == 2 { cells[start + x + 1] = cell.continuation }
      }
    }
    return x - point.x
  }

  /// Puts text at a place, sanitised and clipped as in `put(_:at:clip:)`.
  @discardableResult
  public mutating func put(_ text: some StringProtocol, at point: Point, style: Style, clip: Rect? = nil) -> Int {
    put(Sanitizer.cells(text, style: style), at: point, clip: clip)
  }

  /// Fills a rectangle with blanks (or another single-column character).
  public mutating func fill(_ rect: Rect, style: Style, with scalar: Unicode.Scalar = " ") {
    let rect = rect.intersection(bounds)
    guard !rect.isEmpty else { return }
    let cell = Cell(scalar, style: style)
    for y in rect.y..<rect.maxY {
      breakWide(rect.x, y)
      breakWide(rect.maxX - 1, y)
      for x in rect.x..<rect.maxX { cells[y * size.width + x] = cell }
    }
  }

  /// Changes the style of what stands in a rectangle.
  public mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
    let rect = rect.intersection(bounds)
    guard !rect.isEmpty else { return }
    for y in rect.y..<rect.maxY {
      for x in rect.x..<rect.maxX { change(&cells[y * size.width + x].style) }
    }
  }

  /// Has other characters of one column, each without its marks, where `change` knows one.
  mutating func changeScalars(_ change: (UInt32) -> Unicode.Scalar?) {
    for index in cells.indices where cells[index].scalar >= 0x80 && cells[index].width == 1 {
      guard let scalar = change(cells[index].scalar) else { continue }
      var cell = Cell(scalar, style: cells[index].style)
      cell.link = cells[index].link
      cells[index] = cell
    }
  }

  /// Makes text on `background` readable where its colour was meant for another one.
  public mutating func makeReadable(on background: Color) {
    var last: (from: Color, to: Color)?
    for index in cells.indices where cells[index].style.background == background {
      let color = cells[index].style.foreground
      let readable = last?.from == color ? last?.to ?? color : Contrast.readable(color, on: [background])
      last = (color, readable)
      if readable != color { cells[index].style.foreground = readable }
    }
  }

  /// A rounded box along the edge of a rectangle at least 2 x 2.
  public mutating func box(_ rect: Rect, style: Style) {
    guard drawsBoxes, rect.width >= 2, rect.height >= 2 else { return }
    let edge = Cell("─", style: style)
    let side = Cell("│", style: style)
    let middle = Array(repeating: edge, count: rect.width - 2)
    put([Cell("╭", style: style)] + middle + [Cell("╮", style: style)], at: Point(x: rect.x, y: rect.y))
    put([Cell("╰", style: style)] + middle + [Cell("╯", style: style)], at: Point(x: rect.x, y: rect.maxY - 1))
    for y in (rect.y + 1)..<(rect.maxY - 1) {
      put(CollectionOfOne(side), at: Point(x: rect.x, y: y))
      put(CollectionOfOne(side), at: Point(x: rect.maxX - 1, y: y))
    }
  }

  /// Blanks the other half of a wide character that is about to be overwritten at `x`, `y`.
  private mutating func breakWide(_ x: Int, _ y: Int) {
    let index = y * size.width + x
    if cells[index].isContinuation, x > 0 { cells[index - 1] = Cell(" ", style: cells[index - 1].style) }
    if cells[index].width == 2, x + 1 < size.width {
      cells[index + 1] = Cell(" ", style: cells[index + 1].style)
    }
  }
}

extension Frame {
  /// Cells side by side that differ from an earlier frame.
  public struct Run: Hashable, Sendable {
    public var x: Int
    public var y: Int
    public var count: Int
  }

  /// What must be drawn to get from `earlier` to this frame; all of it if the sizes differ.
  /// A run never begins or ends inside a wide character.
  public func changes(since earlier: Frame) -> [Run] {
    guard earlier.size == size else {
      return (0..<size.height).map { Run(x: 0, y: $0, count: size.width) }
    }
    var runs: [Run] = []
    cells.withUnsafeBufferPointer { new in
      earlier.cells.withUnsafeBufferPointer { old in
        guard new.baseAddress != old.baseAddress else { return }
        for y in 0..<size.height {
          let row = (y * size.width)..<((y + 1) * size.width)
          Self.appendRuns(
            of: y, UnsafeBufferPointer(rebasing: new[row]), UnsafeBufferPointer(rebasing: old[row]), to: &runs)
        }
      }
    }
    return runs
  }

  private static func appendRuns(
    of y: Int, _ new: UnsafeBufferPointer<Cell>, _ old: UnsafeBufferPointer<Cell>, to runs: inout [Run]
  ) {
    var x = 0
    while x < new.count {
      guard new[x] != old[x] else {
        x += 1
        continue
      }
      var first = x
      while first > 0, new[first].isContinuation { first -= 1 }
      while x < new.count, new[x] != old[x] || new[x].isContinuation { x += 1 }
      runs.append(Run(x: first, y: y, count: x - first))
    }
  }
}

extension Frame: CustomStringConvertible {
  /// The screen as text, a line a row, blanks at the ends cut.
  public var description: String { (0..<size.height).map(text(row:)).joined(separator: "\n") }

  public func text(row y: Int) -> String {
    var line = String.UnicodeScalarView()
    for cell in row(y) { line.append(contentsOf: cell.scalars) }
    var text = String(line)
    while text.last == " " { text.removeLast() }
    return text
  }
}
