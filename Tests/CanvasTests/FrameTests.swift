import Testing

@testable import Canvas

@Suite struct FrameTests {
  private func frame(_ width: Int, _ height: Int, _ rows: String...) -> Frame {
    var frame = Frame(Size(width: width, height: height))
    for (y, row) in rows.enumerated() { frame.put(row, at: Point(x: 0, y: y), style: .plain) }
    return frame
  }

  private func expectSound(_ frame: Frame) {
    for y in 0..<frame.size.height {
      let row = Array(frame.row(y))
      for (x, cell) in row.enumerated() { #expect(cell.isContinuation == (x > 0 && row[x - 1].width == 2)) }
      #expect(row.last?.width != 2)
    }
  }

  @Test("Text is cut at every edge of its clip") func clipping() {
    var frame = Frame(Size(width: 8, height: 3))
    let clip = Rect(x: 2, y: 1, width: 3, height: 1)
    for y in -1...3 { #expect(frame.put("abcdefgh", at: Point(x: 0, y: y), style: .plain, clip: clip) == 8) }
    #expect(frame.description == "\n  cde\n")
    frame.put("xyz", at: Point(x: -1, y: 0), style: .plain)
    frame.put("xyz", at: Point(x: 7, y: 2), style: .plain)
    #expect(frame.description == "yz\n  cde\n       x")
  }

  @Test("A wide character cut by an edge becomes a blank") func wideAtEdges() {
    var frame = Frame(Size(width: 5, height: 1), style: .plain)
    frame.put("日本語", at: Point(x: 0, y: 0), style: .plain)
    #expect(frame.text(row: 0) == "日本")
    frame.put("日本語", at: Point(x: -1, y: 0), style: .plain)
    #expect(frame.description == " 本語")
    expectSound(frame)
    frame.put("日日", at: Point(x: 0, y: 0), style: .plain, clip: Rect(x: 1, y: 0, width: 2, height: 1))
    expectSound(frame)
    #expect(frame[3, 0].scalar == 0x8A9E && frame[1, 0].scalar == 0x20)
  }

  @Test("Overwriting one half of a wide character blanks the other") func halves() {
    var left = frame(4, 1, "日本")
    left.put("x", at: Point(x: 0, y: 0), style: .plain)
    #expect(left.description == "x 本")
    var right = frame(4, 1, "日本")
    right.put("x", at: Point(x: 1, y: 0), style: .plain)
    #expect(right.description == " x本")
    var between = frame(4, 1, "日本")
    between.put("語", at: Point(x: 1, y: 0), style: .plain)
    #expect(between.description == " 語")
    var filled = frame(6, 1, "日本語")
    filled.fill(Rect(x: 1, y: 0, width: 4, height: 1), style: .plain, with: "#")
    #expect(filled.description == " ####")
    for frame in [left, right, between, filled] { expectSound(frame) }
  }

  @Test("Whatever is put where, no half of a wide character stays behind", arguments: 1..<20 as Range<UInt64>)
  func soundness(seed: UInt64) {
    var random = Random(state: seed &* 7919)
    var frame = Frame(Size(width: 9, height: 2))
    for _ in 0..<300 {
      let point = Point(x: Int(random.next() % 13) - 2, y: Int(random.next() % 2))
      let clip = Rect(x: Int(random.next() % 8), y: 0, width: Int(random.next() % 9), height: 2)
      frame.put(
        random.next() % 2 == 0 ? "日a本" : "xy", at: point, style: .plain, clip: random.next() % 2 == 0 ? clip : nil)
      expectSound(frame)
    }
  }

  @Test("Changes are runs that cover every difference and cut no wide character") func changes() {
    let old = frame(8, 3, "abc日本", "same", "x日")
    let new = frame(8, 3, "axc日語", "same", "日x")
    #expect(
      new.changes(since: old) == [
        .init(x: 1, y: 0, count: 1), .init(x: 5, y: 0, count: 2), .init(x: 0, y: 2, count: 3),
      ])
    #expect(new.changes(since: new).isEmpty)
    #expect(new.changes(since: frame(4, 1, "")).map(\.count) == [8, 8, 8])
  }

  @Test("A change of style alone is a change") func styleChange() {
    let old = frame(4, 1, "日本")
    var new = old
    new.restyle(Rect(x: 3, y: 0, width: 1, height: 1)) { $0.attributes.insert(.bold) }
    #expect(new.changes(since: old) == [.init(x: 2, y: 0, count: 2)])
  }

  @Test("A box is drawn along the edge of its rectangle") func box() {
    var frame = Frame(Size(width: 6, height: 4))
    frame.box(Rect(x: 1, y: 0, width: 4, height: 3), style: .plain)
    #expect(frame.description == " ╭──╮\n │  │\n ╰──╯\n")
    frame = Frame(Size(width: 3, height: 3))
    frame.box(Rect(x: 0, y: 0, width: 1, height: 3), style: .plain)
    frame.box(Rect(x: 2, y: 2, width: 5, height: 5), style: .plain)
    #expect(frame.description == "\n\n  ╭")
  }

  @Test("A frame without cells takes anything") func empty() {
    for size in [
      Size(width: 0, height: 0), Size(width: 0, height: 3), Size(width: 3, height: 0), Size(width: -1, height: 2),
    ] {
      var frame = Frame(size)
      frame.put("日本", at: Point(x: 0, y: 0), style: .plain)
      frame.fill(Rect(x: 0, y: 0, width: 9, height: 9), style: .plain)
      frame.box(Rect(x: 0, y: 0, width: 9, height: 9), style: .plain)
      #expect(frame.cells.isEmpty)
    }
  }
}
