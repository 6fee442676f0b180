@testable import SendEngine

/// A stream cut anywhere has the same events.
@Sendable func fuzzEvents(_ bytes: [UInt8]) {
  var input = Steered(bytes)
  let places = (0..<(input.byte() & 7)).map { _ in input.byte() << 8 | input.byte() }
  let data = Array(input.rest)
  let whole = read(data, cuts: [], limit: 1 << 20)
  check(read(data, cuts: places.map { $0 % (data.count + 1) }.sorted(), limit: 1 << 20) == whole, "cuts change nothing")
  check(read(data, cuts: Array(0...data.count), limit: 1 << 20) == whole, "byte by byte is the same")
  _ = read(data, cuts: [], limit: 16)
}

/// An event's name and data. `nil` at the end: an event was too large.
private func read(_ data: [UInt8], cuts: [Int], limit: Int) -> [[[UInt8]]?] {
  var parser = EventStreamParser(maximumEventBytes: limit)
  var events: [[[UInt8]]?] = []
  func take(_ event: ServerSentEvent) { events.append([Array(event.name), Array(event.data)]) }
  var begin = 0
  do {
    for cut in cuts + [data.count] {
      // Memory of its own, so that the address sanitizer sees what is read beyond its end or after its time.
      let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: cut - begin, alignment: 1)
      defer { piece.deallocate() }
      piece.copyBytes(from: data[begin..<cut])
      try parser.consume(UnsafeRawBufferPointer(piece), take)
      begin = cut
    }
    try parser.finish(take)
  } catch {
    events.append(nil)
  }
  return events
}
