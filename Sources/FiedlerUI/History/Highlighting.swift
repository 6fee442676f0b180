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
