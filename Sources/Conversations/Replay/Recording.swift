/// When each chunk of a reply arrived and how long it was, in two to five bytes a chunk.
///
/// Layout: one version byte (1), then an entry an event: the time since the entry before in
/// milliseconds, as a varint (LEB128), and `value << 2 | tag` as a varint. Times are rounded from the send's
/// start, so they do not drift. The text itself is not here: an entry says how many UTF-8 bytes
/// of the reply's text (or reasoning) came with it.
///
/// The tags are 0 for text, 1 for reasoning, 2 for an attempt, and 3 for what ends one: with value 0 the reply's end,
/// with any other an attempt that failed and is tried again, laid out as ``Retry`` says. Recordings made before there
/// were retries in them read as ever; a reader of that time takes a retry for an end. A retry takes six bytes or so.
public struct Recording: Hashable, Sendable, Codable {
  public enum Kind: Hashable, Sendable {
    /// `value`: UTF-8 bytes of answer text.
    case text
    /// `value`: UTF-8 bytes of reasoning.
    case reasoning
    /// `value`: the number of the attempt that began, from 1.
    case attempt
    /// The reply ended; `value` is 0.
    case end
    /// The attempt failed and another one follows; `value` is a ``Retry``, packed.
    case retry

    fileprivate var tag: UInt64 {
      switch self {
      case .text: 0
      case .reasoning: 1
      case .attempt: 2
      case .end, .retry: 3
      }
    }

    fileprivate init(tag: UInt64, value: UInt64) {
      switch tag {
      case 0: self = .text
      case 1: self = .reasoning
      case 2: self = .attempt
      default: self = value == 0 ? .end : .retry
      }
    }
  }

  public struct Entry: Hashable, Sendable {
    /// Milliseconds since the send began.
    public var milliseconds: UInt64
    public var kind: Kind
    public var value: Int

    public init(milliseconds: UInt64, kind: Kind, value: Int) {
      self.milliseconds = milliseconds
      self.kind = kind
      self.value = value
    }
  }

  /// The latest time, in milliseconds since the send began: as in ``Bounds/milliseconds``.
  private static let latest = UInt64(Bounds.milliseconds.upperBound)
  /// The greatest value: as many bits as two varints' tag and length leave.
  private static let mostValue = UInt64(1) << 60

  /// The bytes are not a recording this version can read.
  public struct Malformed: Error, Hashable, Sendable {}

  public private(set) var bytes: [UInt8]
  private(set) var lastMilliseconds: UInt64 = 0

  public init() { bytes = [1] }

  /// Reads stored bytes. Throws ``Malformed`` unless every entry is whole, and its time and value can be.
  public init(bytes: [UInt8]) throws {
    self.bytes = bytes
    for entry in try Self.entries(in: bytes) { lastMilliseconds = entry.milliseconds }
  }

  /// The first `count` bytes of a recording, which end with an entry of that time.
  init(prefix count: Int, of recording: Recording, lastMilliseconds: UInt64) {
    bytes = Array(recording.bytes[..<count])
    self.lastMilliseconds = lastMilliseconds
  }

  public var isEmpty: Bool { bytes.count == 1 }

  /// When the last entry was: the time since the send began; zero without one.
  var last: Duration { .milliseconds(Int64(clamping: lastMilliseconds)) }

  /// The entries that stored bytes add to a recording, which they follow. Throws ``Malformed`` as ``init(bytes:)``.
  ///
  /// The bytes of a recording that had no entry begin with its version.
  static func entries(_ bytes: [UInt8], after recording: Recording) throws -> [Entry] {
    var entries: [Entry] = []
    let start = recording.isEmpty && bytes.first == 1 ? 1 : 0
    try read(bytes, from: start, after: recording.lastMilliseconds) { entry, _ in entries.append(entry) }
    return entries
  }

  /// Appends an entry. A time before the last entry's counts as the last entry's; a value below 0 as 0.
  public mutating func append(_ kind: Kind, value: Int, at time: Duration) {
    let now = max(min(time.wholeMilliseconds, Self.latest), lastMilliseconds)
    Self.appendVarint(now - lastMilliseconds, to: &bytes)
    Self.appendVarint(min(UInt64(clamping: value), Self.mostValue) << 2 | kind.tag, to: &bytes)
    lastMilliseconds = now
  }

  /// Appends that an attempt failed and what follows.
  public mutating func append(_ retry: Retry, at time: Duration) { append(.retry, value: retry.packed, at: time) }

  public func entries() -> [Entry] {
    // `bytes` were checked by init or written by append, so they always read back.
    (try? Self.entries(in: bytes)) ?? []
  }

  private static func entries(in bytes: [UInt8]) throws -> [Entry] {
    var entries: [Entry] = []
    try read(bytes) { entry, _ in entries.append(entry) }
    return entries
  }

  /// Calls `body` for each entry, with the number of bytes up to its end.
  func forEachEntry(_ body: (Entry, Int) -> Void) {
    // As for `entries()`.
    try? Self.read(bytes, body)
  }

  private static func read(_ bytes: [UInt8], _ body: (Entry, Int) -> Void) throws {
    guard bytes.first == 1 else { throw Malformed() }
    try read(bytes, from: 1, after: 0, body)
  }

  private static func read(
    _ bytes: [UInt8], from start: Int, after milliseconds: UInt64, _ body: (Entry, Int) -> Void
  ) throws {
    var index = start
    var now = milliseconds
    while index < bytes.count {
      let passed = try readVarint(bytes, &index)
      let tagged = try readVarint(bytes, &index)
      guard passed <= latest - now, tagged >> 2 <= mostValue else { throw Malformed() }
      now += passed
      let kind = Kind(tag: tagged & 3, value: tagged >> 2)
      let value = Int(tagged >> 2)
      guard kind != .attempt || Bounds.ordinals.contains(value) else { throw Malformed() }
      body(Entry(milliseconds: now, kind: kind, value: value), index)
    }
  }

  private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private static func readVarint(_ bytes: [UInt8], _ index: inout Int) throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while index < bytes.count, shift < 63 {
      let byte = bytes[index]
      index += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    throw Malformed()
  }
}

extension Duration {
  /// Rounded to the nearest millisecond; negative durations count as 0, and any beyond the age of the Earth as that.
  public var wholeMilliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let bounded = min(UInt64(seconds), 1 << 57 / 1000)
    return bounded * 1000 + UInt64((attoseconds + 500_000_000_000_000) / 1_000_000_000_000_000)
  }

  /// As a number of seconds, for display and JSON.
  public var inSeconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) / 1e18
  }
}
