import Glibc

/// One server-sent event. Its bytes are valid only while it is being handed over.
struct ServerSentEvent {
  /// The `event` field; empty where the stream named none.
  let name: UnsafeRawBufferPointer
  /// The `data` lines, joined by line feeds.
  let data: UnsafeRawBufferPointer
}

/// An event or line longer than the parser was allowed to hold.
struct EventTooLarge: Error, Hashable {
  let limit: Int
}

/// Cuts a byte stream into server-sent events, by the WHATWG HTML standard, section 9.2.6.
///
/// Bytes may arrive split anywhere, inside a UTF-8 character too: nothing is decoded here. An event that lies
/// whole in one piece of input is handed over where it lies, without a copy. `id` and `retry` are of no use
/// to a chat answer and are ignored. It is kinder than the standard where servers are known to stray from it:
/// - ``finish(_:)`` hands over an event whose closing blank line is missing.
/// - A line that begins an object while the event so far ends one begins an event of its own, and so does an `event`
///   field behind data that had a name: some servers part their events by one line end. `[DONE]` is always an event.
/// - An `error` field is data, the event's name then being `error` (llama.cpp).
/// - A line that is no field but begins a JSON object is data: an error put behind the events as it stands.
struct EventStreamParser {
  private let maximumEventBytes: Int
  /// A line of which the end has not come yet.
  private var partialLine: [UInt8] = []
  /// The `data` lines of the event so far, each with its line feed, as far as they had to be copied.
  private var data: [UInt8] = []
  private var name: [UInt8] = []
  /// The event so far began with a line that is no field: what follows belongs to it until a field or a blank line.
  private var isBare = false
  /// Events were seen that only one line end parts: each whole object is handed over with its line.
  private var endsAtLine = false
  /// The input ended with a CR: a LF at the start of the next belongs to it.
  private var skipsLineFeed = false
  /// Bytes of a byte order mark seen at the very start; `nil` once past it.
  private var markBytes: Int? = 0

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  init(maximumEventBytes: Int) { self.maximumEventBytes = maximumEventBytes }

  /// Takes the next bytes and hands over every event they complete. Throws ``EventTooLarge``; the parser is then done.
  mutating func consume(
    _ input: UnsafeRawBufferPointer, _ handle: (ServerSentEvent) -> Void
  ) throws(EventTooLarge) {
    var rest = input
    skipByteOrderMark(&rest)
    guard let base = rest.baseAddress, !rest.isEmpty else { return }
    var index = 0
    if skipsLineFeed {
      skipsLineFeed = false
      if rest[0] == 0x0A { index = 1 }
    }
    var lines = LineEnds(base: base, count: rest.count)
    // The event's only `data` line so far, still where it arrived.
    var borrowed: UnsafeRawBufferPointer?
    while index < rest.count {
      guard let end = lines.next(from: index) else {
        try hold(UnsafeRawBufferPointer(rebasing: rest[index...]))
        break
      }
      let line = UnsafeRawBufferPointer(rebasing: rest[index..<end])
      if partialLine.isEmpty {
        try take(line, staysInPlace: true, &borrowed, handle)
      } else {
        try hold(line)
        try takePartialLine(&borrowed, handle)
      }
      index = end + 1
      if rest[end] == 0x0D {
        if index == rest.count { skipsLineFeed = true } else if rest[index] == 0x0A { index += 1 }
      }
    }
    try keep(&borrowed)
  }

  /// The stream ended: hands over what an unfinished last event holds.
  mutating func finish(_ handle: (ServerSentEvent) -> Void) throws(EventTooLarge) {
    if let count = markBytes, count > 0 { partialLine = Array(Self.byteOrderMark.prefix(count)) }
    markBytes = nil
    var borrowed: UnsafeRawBufferPointer?
    if !partialLine.isEmpty { try takePartialLine(&borrowed, handle) }
    dispatch(&borrowed, handle)
  }

  // MARK: Lines

  private mutating func takePartialLine(
    _ borrowed: inout UnsafeRawBufferPointer?, _ handle: (ServerSentEvent) -> Void
  ) throws(EventTooLarge) {
    var line: [UInt8] = []
    swap(&line, &partialLine)
    try line.withUnsafeBufferPointer { (bytes) throws(EventTooLarge) in
      try take(UnsafeRawBufferPointer(bytes), staysInPlace: false, &borrowed, handle)
    }
    line.removeAll(keepingCapacity: line.capacity <= 1 << 16)
    swap(&line, &partialLine)
  }

  private mutating func take(
    _ line: UnsafeRawBufferPointer, staysInPlace: Bool, _ borrowed: inout UnsafeRawBufferPointer?,
    _ handle: (ServerSentEvent) -> Void
  ) throws(EventTooLarge) {
    guard !line.isEmpty else { return dispatch(&borrowed, handle) }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.count
    var value = UnsafeRawBufferPointer(rebasing: line[min(colon + 1, line.count)...])
    if value.first == 0x20 { value = UnsafeRawBufferPointer(rebasing: value.dropFirst()) }
    if colon == 4, memcmp(line.baseAddress!, "data", 4) == 0 {
      try takeData(value, staysInPlace: staysInPlace, &borrowed, handle)
    } else if colon == 5, memcmp(line.baseAddress!, "event", 5) == 0 {
      if !name.isEmpty, borrowed != nil || !data.isEmpty {
        endsAtLine = true
        dispatch(&borrowed, handle)
      }
      name.removeAll(keepingCapacity: true)
      name.append(contentsOf: value)
    } else if colon == 5, memcmp(line.baseAddress!, "error", 5) == 0 {
      name = Array("error".utf8)
      try takeData(value, staysInPlace: staysInPlace, &borrowed, handle)
    } else if isBare && colon > 0 || line.firstByte == UInt8(ascii: "{") {
      try takeData(line, staysInPlace: staysInPlace, &borrowed, handle)
      isBare = true
    }
  }

  private mutating func takeData(
    _ value: UnsafeRawBufferPointer, staysInPlace: Bool, _ borrowed: inout UnsafeRawBufferPointer?,
    _ handle: (ServerSentEvent) -> Void
  ) throws(EventTooLarge) {
    let isEnd = value.isDone
    if borrowed != nil || !data.isEmpty, isEnd || value.firstByte == UInt8(ascii: "{"), endsObject(borrowed) {
      endsAtLine = true
      dispatch(&borrowed, handle)
    }
    if staysInPlace, data.isEmpty, borrowed == nil {
      borrowed = value
    } else {
      try keep(&borrowed)
      try append(value)
    }
    if isEnd || endsAtLine && endsObject(borrowed) { dispatch(&borrowed, handle) }
  }

  /// Whether the event's data so far ends with the end of an object. None goes on with another's beginning in JSON.
  private func endsObject(_ borrowed: UnsafeRawBufferPointer?) -> Bool {
    borrowed.map { $0.lastByte == UInt8(ascii: "}") } ?? data.withUnsafeBytes { $0.lastByte == UInt8(ascii: "}") }
  }

  private mutating func append(_ value: UnsafeRawBufferPointer) throws(EventTooLarge) {
    try checkSize(data.count + value.count)
    data.append(contentsOf: value)
    data.append(0x0A)
  }

  /// Copies the borrowed line, because the input it lies in is about to go or another line follows it.
  private mutating func keep(_ borrowed: inout UnsafeRawBufferPointer?) throws(EventTooLarge) {
    guard let line = borrowed else { return }
    borrowed = nil
    try append(line)
  }

  private mutating func hold(_ bytes: UnsafeRawBufferPointer) throws(EventTooLarge) {
    try checkSize(partialLine.count + bytes.count + data.count)
    partialLine.append(contentsOf: bytes)
  }

  private func checkSize(_ size: Int) throws(EventTooLarge) {
    guard size <= maximumEventBytes else { throw EventTooLarge(limit: maximumEventBytes) }
  }

  private mutating func dispatch(
    _ borrowed: inout UnsafeRawBufferPointer?, _ handle: (ServerSentEvent) -> Void
  ) {
    if let line = borrowed {
      borrowed = nil
      name.withUnsafeBytes { handle(ServerSentEvent(name: $0, data: line)) }
    } else if !data.isEmpty {
      data.withUnsafeBytes { bytes in
        let joined = UnsafeRawBufferPointer(rebasing: bytes.dropLast())
        name.withUnsafeBytes { handle(ServerSentEvent(name: $0, data: joined)) }
      }
      data.removeAll(keepingCapacity: data.capacity <= 1 << 16)
    }
    name.removeAll(keepingCapacity: true)
    isBare = false
  }

  private mutating func skipByteOrderMark(_ rest: inout UnsafeRawBufferPointer) {
    guard var count = markBytes else { return }
    while let byte = rest.first, count < Self.byteOrderMark.count {
      guard byte == Self.byteOrderMark[count] else {
        // Not a mark after all: the bytes taken for one begin the first line.
        partialLine = Array(Self.byteOrderMark.prefix(count))
        markBytes = nil
        return
      }
      count += 1
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
    }
    markBytes = count == Self.byteOrderMark.count ? nil : count
  }
}

extension UnsafeRawBufferPointer {
  /// The first and the last byte that is no blank; `nil` if there are only blanks.
  var firstByte: UInt8? { first { !$0.isBlank } }
  var lastByte: UInt8? { last { !$0.isBlank } }

  /// Without the blanks at both ends.
  var trimmed: UnsafeRawBufferPointer {
    guard let start = firstIndex(where: { !$0.isBlank }), let end = lastIndex(where: { !$0.isBlank }) else {
      return UnsafeRawBufferPointer(start: nil, count: 0)
    }
    return UnsafeRawBufferPointer(rebasing: self[start...end])
  }

  /// Whether it says `[DONE]`, as OpenAI ends a stream.
  var isDone: Bool {
    guard count >= 6, count < 32, firstByte == UInt8(ascii: "[") else { return false }
    return trimmed.elementsEqual("[DONE]".utf8)
  }
}

extension UInt8 {
  var isBlank: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}

/// Finds line ends at memory speed: each byte is looked at once for a LF and once for a CR.
private struct LineEnds {
  let base: UnsafeRawPointer
  let count: Int
  private var lineFeed = -1
  private var carriageReturn = -1

  init(base: UnsafeRawPointer, count: Int) {
    self.base = base
    self.count = count
  }

  /// The first CR or LF at or after `index`, or `nil`.
  mutating func next(from index: Int) -> Int? {
    if lineFeed < index { lineFeed = find(0x0A, from: index) }
    if carriageReturn < index { carriageReturn = find(0x0D, from: index) }
    let end = min(lineFeed, carriageReturn)
    return end < count ? end : nil
  }

  private func find(_ byte: Int32, from index: Int) -> Int {
    guard let found = memchr(base + index, byte, count - index) else { return count }
    return UnsafeRawPointer(found) - base
  }
}
