import Testing

@testable import Canvas

@Suite("Whole grapheme clusters") struct ClusterTests {
  private static let clusters = ["🇩🇪", "🇯🇵", "कि", "क्षि", "நி", "กำ", "е́", "日", "👍🏽", "a"]

  private func text(_ cells: some Sequence<Cell>) -> String {
    String(String.UnicodeScalarView(cells.flatMap(\.scalars)))
  }

  @Test("Rows end behind whole characters at every width, odd ones and flags too", arguments: 2...9, 0..<8)
  func rows(_ columns: Int, _ seed: Int) {
    let parts = (0..<12).map { Self.clusters[($0 * 7 + seed * 3 + $0 / 3) % Self.clusters.count] }
    let cells = Sanitizer.cells(parts.joined(), style: .plain)
    let whole = parts.map { text(Sanitizer.cells($0, style: .plain)) }
    for row in TextWidth.wrap(cells, columns: max(columns, 3)) {
      #expect(row.isEmpty || !cells[row.lowerBound].continuesCluster, "\(columns): \(text(cells[row]))")
    }
    #expect(TextWidth.wrap(cells, columns: columns).map { text(cells[$0]) }.joined() == whole.joined())
  }

  @Test("Two flags side by side are two characters") func flags() {
    let cells = Sanitizer.cells("🇩🇪🇯🇵", style: .plain)
    #expect(cells.map(\.continuesCluster) == [false, true, false, true])
    #expect(TextWidth.wrap(cells, columns: 3) == [0..<2, 2..<4])
    #expect(text(TextWidth.truncate(cells, to: 3)) == "🇩🇪…" && text(TextWidth.truncate(cells, to: 2)) == "…")
  }

  @Test("A clip that would tear a character apart leaves blanks") func clips() {
    let cells = Sanitizer.cells("a🇩🇪b", style: .plain)
    for (width, shown) in [(1, "a"), (2, "a"), (3, "a🇩🇪"), (4, "a🇩🇪b")] {
      var frame = Frame(Size(width: 6, height: 1))
      frame.put(cells, at: Point(x: 0, y: 0), clip: Rect(x: 0, y: 0, width: width, height: 1))
      #expect(frame.text(row: 0) == shown)
    }
    var frame = Frame(Size(width: 6, height: 1))
    frame.put(cells, at: Point(x: -2, y: 0))
    #expect(frame.text(row: 0) == " b")
  }
}
