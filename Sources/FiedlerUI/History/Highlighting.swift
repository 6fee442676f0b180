import Canvas

extension Sanitizer {
  /// The cells of a part of a text, in which the characters that touch one of `highlights` have their own style, and
  /// those of the one that was gone to, `current`, another.
  ///
  /// Everything is in UTF-8 offsets of `text`; `highlights` ascend.
  static func cells(
    _ text: String, utf8 range: Range<Int>, style: Style, highlights: some RandomAccessCollection<Range<Int>>,
    highlighted: Style, current: (range: Range<Int>, style: Style)? = nil
  ) -> [Cell] {
    guard highlights.contains(where: { $0.overlaps(range) }) else { return cells(text, utf8: range, style: style) }
    let view = text.utf8
    guard range.upperBound <= view.count else { return [] }
    let start = view.index(view.startIndex, offsetBy: range.lowerBound)
    var line: [Cell] = []
    line.reserveCapacity(range.count)
    var offset = range.lowerBound
    var rest = highlights[...]
    for character in text[start..<view.index(start, offsetBy: range.count)] {
      let end = offset + character.utf8.count
      while let first = rest.first, first.upperBound <= offset { rest = rest.dropFirst() }
      let hit = rest.first.flatMap { $0.lowerBound < end ? $0 : nil }
      append(
        character, style: hit.map { $0 == current?.range ? current?.style ?? style : highlighted } ?? style, to: &line)
      offset = end
    }
    return line
  }
}

extension MarkdownRow {
  /// Which bytes of the source the row shows, from the first to the last; `nil` if it shows marks alone.
  var shown: Range<Int>? {
    let places = origins.filter { $0 >= 0 }
    guard let first = places.min(), let last = places.max() else { return nil }
    return first..<last + 1
  }

  /// Its cells, in which those that show a part of `highlights` are marked.
  func highlighted(
    _ highlights: some Collection<Range<Int>>, current: Range<Int>?, _ theme: Theme
  ) -> [Cell] {
    guard !highlights.isEmpty else { return cells }
    var cells = cells
    for (index, place) in origins.enumerated() {
      guard let match = highlights.first(where: { $0.contains(place) }) else { continue }
      let style = cells[index].style
      cells[index].style = match == current ? theme.currentHit(on: style) : theme.hit(on: style)
    }
    return cells
  }
}

extension Theme {
  /// What was looked for, where it was found: seen without colours too.
  func hit(on style: Style) -> Style {
    var hit = style
    hit.foreground = warning.foreground
    return hit.adding([.bold, .underline])
  }

  /// The hit that the reader has gone to.
  func currentHit(on style: Style) -> Style { hit(on: style).adding(.reverse) }
}
