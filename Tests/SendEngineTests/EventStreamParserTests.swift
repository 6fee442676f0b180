import Testing

@testable import SendEngine

/// An event with its bytes copied, to look at after the parser has gone on.
private struct Seen: Hashable, CustomStringConvertible {
  var name = ""
  var data: String
  var description: String { name.isEmpty ? "“\(data)”" : "\(name): “\(data)”" }
}

private func parse(_ bytes: [UInt8], splitAt cuts: [Int] = [], limit: Int = 1 << 24) throws -> [Seen] {
  var parser = EventStreamParser(maximumEventBytes: limit)
  var seen: [Seen] = []
  func see(_ event: ServerSentEvent) {
    seen.append(
      Seen(name: String(decoding: event.name, as: UTF8.self), data: String(decoding: event.data, as: UTF8.self)))
  }
  for (start, end) in zip([0] + cuts, cuts + [bytes.count]) {
    // Each piece lies in memory of its own that is gone afterwards, as a network buffer is.
    try Array(bytes[start..<end]).withUnsafeBytes { try parser.consume($0, see) }
  }
  try parser.finish(see)
  return seen
}

private func parse(_ text: String) throws -> [Seen] { try parse(Array(text.utf8)) }

@Suite("Server-sent events")
struct EventStreamParserTests {
  @Test("An event is its data lines, joined by line feeds")
  func dataLines() throws {
    #expect(try parse("data: one\n\n") == [Seen(data: "one")])
    #expect(try parse("data: a\ndata: b\ndata:\ndata:  c\n\n") == [Seen(data: "a\nb\n\n c")])
    #expect(try parse("data:no blank\n\ndata: two\n\n") == [Seen(data: "no blank"), Seen(data: "two")])
  }

  @Test("Lines end in LF, CRLF or CR, mixed as they come")
  func lineEnds() throws {
    let expected = [Seen(name: "x", data: "a\nb"), Seen(data: "c")]
    for end in ["\n", "\r\n", "\r"] {
      let lines = ["event: x", "data: a", "data: b", "", "data: c", "", ""]
      #expect(try parse(lines.joined(separator: end)) == expected, "ends: \(end.debugDescription)")
    }
    #expect(try parse("event: x\r\ndata: a\rdata: b\n\rdata: c\r\n\r\n") == expected)
  }

  @Test("Comments, unknown fields, id and retry carry nothing")
  func ignored() throws {
    #expect(try parse(": hello\n\n:\n\nid: 7\nretry: 10\nfoo: bar\nfoo\n\ndata: x\n: between\n\n") == [Seen(data: "x")])
  }

  @Test("An event's name lasts for that event only, and an event without data is none")
  func names() throws {
    #expect(
      try parse("event: ping\n\nevent: a\nevent: b\ndata: 1\n\ndata: 2\n\n") == [
        Seen(name: "b", data: "1"), Seen(data: "2"),
      ])
  }

  @Test("A data line may be empty, with or without its colon")
  func emptyData() throws {
    #expect(try parse("data\n\n") == [Seen(data: "")])
    #expect(try parse("data:\n\n") == [Seen(data: "")])
    #expect(try parse("data: \ndata\n\n") == [Seen(data: "\n")])
    #expect(try parse("datax: no\nDATA: no\n data: no\n\n").isEmpty)
  }

  @Test("A byte order mark at the start is skipped, elsewhere it is content")
  func byteOrderMark() throws {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let event = Array("data: x\n\n".utf8)
    #expect(try parse(mark + event) == [Seen(data: "x")])
    for cut in 1...4 { #expect(try parse(mark + event, splitAt: [cut]) == [Seen(data: "x")]) }
    #expect(try parse(mark + mark + event).isEmpty)
    #expect(try parse(Array("data: ".utf8) + mark + Array("\n\n".utf8)) == [Seen(data: "\u{FEFF}")])
    // The beginning of a mark that is none belongs to the first line.
    #expect(try parse([0xEF, 0xBB] + event).isEmpty)
    #expect(try parse([0xEF, 0xBB], splitAt: [1]).isEmpty)
  }

  @Test("A last event without its blank line is handed over at the end")
  func missingBlankLine() throws {
    #expect(try parse("data: a\n\ndata: b") == [Seen(data: "a"), Seen(data: "b")])
    #expect(try parse("data: b\n") == [Seen(data: "b")])
    #expect(try parse("data: b\r") == [Seen(data: "b")])
    #expect(try parse("event: x") == [])
    #expect(try parse("") == [])
  }

  @Test("However the bytes are cut in two, or into single bytes, the events are the same")
  func anySplit() throws {
    let text = "\u{FEFF}: c\r\nevent: é\r\ndata: 日本 👩‍💻\r\ndata: b\r\n\r\ndata: x\n\n\rdata: y\r\rdata: z\n\n"
    let bytes = Array(text.utf8)
    let whole = try parse(bytes)
    #expect(whole == [Seen(name: "é", data: "日本 👩‍💻\nb"), Seen(data: "x"), Seen(data: "y"), Seen(data: "z")])
    for cut in 1..<bytes.count {
      #expect(try parse(bytes, splitAt: [cut]) == whole, "cut at \(cut)")
      for second in cut..<bytes.count { #expect(try parse(bytes, splitAt: [cut, second]) == whole) }
    }
    #expect(try parse(bytes, splitAt: Array(1..<bytes.count)) == whole)
  }

  @Test("A line of a megabyte comes through whole, in small pieces too")
  func longLine() throws {
    let data = String(repeating: "0123456789abcdef", count: 1 << 16)
    let bytes = Array("data: \(data)\n\ndata: next\n\n".utf8)
    let expected = [Seen(data: data), Seen(data: "next")]
    #expect(try parse(bytes) == expected)
    #expect(try parse(bytes, splitAt: Array(stride(from: 1000, to: bytes.count, by: 1000))) == expected)
  }

  @Test("An event beyond the limit is an error, not memory without bound")
  func limit() throws {
    let line = Array("data: \(String(repeating: "x", count: 100))\n".utf8)
    #expect(throws: EventTooLarge(limit: 64)) { try parse(line, limit: 64) }
    #expect(throws: EventTooLarge(limit: 64)) { try parse(line, splitAt: Array(1..<line.count), limit: 64) }
    let many = Array(String(repeating: "data: 0123456789\n", count: 10).utf8)
    #expect(throws: EventTooLarge(limit: 64)) { try parse(many, limit: 64) }
    #expect(throws: EventTooLarge(limit: 64)) { try parse(many, splitAt: [20, 50, 100], limit: 64) }
    // Many events, each within it, are fine.
    let events = Array(String(repeating: "data: 0123456789\n\n", count: 1000).utf8)
    #expect(try parse(events, limit: 64).count == 1000)
  }
}
