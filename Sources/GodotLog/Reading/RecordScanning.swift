import Basics
import Conversations
import FoundationEssentials
import JSON

// The two things that are read of every log record on its way, without building JSON values of all the rest.

extension QueuedLog {
  /// A record as this program writes it. `nil` if its payload is of another shape or not fit to be sent: it has to be
  /// read, and mended, as JSON.
  init?(sound payload: [UInt8]) {
    guard !payload.withUnsafeBytes(JSON.mayNeedRepair), payload.isUTF8, let ids = payload.withUnsafeBytes(Self.ids)
    else { return nil }
    (arguments, logID, traceID) = (payload, ids.log, ids.trace)
  }

  private static func ids(in bytes: UnsafeRawBufferPointer) -> (log: UUID, trace: UUID)? {
    var scanner = JSONScanner(bytes)
    var (log, trace): (UUID?, UUID?)
    var (hasComponent, hasLevel, hasMessage) = (false, false, false)
    var count = 0
    guard scanner.enterObject() else { return nil }
    while let key = scanner.nextKey() {
      count += 1
      if key == "component" {
        hasComponent = scanner.string() != nil
      } else if key == "message" {
        hasMessage = scanner.string() != nil
      } else if key == "level" {
        hasLevel = scanner.string().map(isLevel) ?? false
      } else if key == "trace_id" {
        trace = scanner.string()?.plain.flatMap(UUID.init(canonical:))
      } else if key == "data" {
        log = id(&scanner)
      } else {
        return nil
      }
    }
    guard count == 5, hasComponent, hasLevel, hasMessage, let log, let trace, scanner.isAtEnd() else { return nil }
    return (log, trace)
  }

  private static func isLevel(_ text: JSONScanner.RawString) -> Bool {
    text == "INFO" || text == "DEBUG" || text == "WARN" || text == "ERROR" || text == "TRACE"
  }

  /// At a record's `data`: passes over it and returns its `log_id`.
  private static func id(_ scanner: inout JSONScanner) -> UUID? {
    guard scanner.enterObject() else { return nil }
    var id: UUID?
    while let key = scanner.nextKey() {
      if key == "log_id" { id = scanner.string()?.plain.flatMap(UUID.init(canonical:)) } else { scanner.skipValue() }
    }
    return id
  }
}

extension [UInt8] {
  /// Whether they are a text.
  var isUTF8: Bool {
    withUnsafeBufferPointer { bytes in
      // Eight at a time; nearly all records are ASCII.
      let raw = UnsafeRawBufferPointer(bytes)
      var index = 0
      var high: UInt64 = 0
      while index + 8 <= raw.count {
        high |= raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        index += 8
      }
      while index < raw.count {
        high |= UInt64(raw[index])
        index += 1
      }
      return high & 0x8080_8080_8080_8080 == 0 || String(validating: bytes, as: UTF8.self) != nil
    }
  }
}

extension RecordKey {
  /// What the rows of a query's answer are known by, those left out that no client of ours wrote. `nil` if the answer
  /// is of another shape than servers have shown so far: it has to be read as JSON.
  ///
  /// - `text`: an array of rows, or a tool's answer whose text it is. A row's `data` is an object, or JSON as
  ///   text.
  static func all(inRows text: String) -> [RecordKey]? {
    var text = text
    return text.withUTF8 { bytes in
      let bytes = UnsafeRawBufferPointer(bytes)
      guard let first = bytes.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") else { return keys(bytes) }
      var scanner = JSONScanner(bytes)
      var inner: [UInt8] = []
      guard scanner.descend([.key("content"), .element(0), .key("text")]), let text = scanner.string(),
        text.append(to: &inner)
      else { return nil }
      return inner.withUnsafeBytes(keys)
    }
  }

  private static func keys(_ bytes: UnsafeRawBufferPointer) -> [RecordKey]? {
    var scanner = JSONScanner(bytes)
    var keys: [RecordKey] = []
    var text: [UInt8] = []
    guard scanner.enterArray() else { return nil }
    while scanner.nextElement() {
      guard scanner.enterObject() else { return nil }
      while let name = scanner.nextKey() {
        guard name == "data" else {
          scanner.skipValue()
          continue
        }
        var asText = scanner
        if let data = asText.string() {
          scanner = asText
          text.removeAll(keepingCapacity: true)
          guard data.append(to: &text) else { return nil }
          if let key = text.withUnsafeBytes({ RecordKey(data: JSONScanner($0)) }) { keys.append(key) }
        } else {
          if let key = RecordKey(data: scanner) { keys.append(key) }
          scanner.skipValue()
        }
      }
    }
    return scanner.isAtEnd() ? keys : nil
  }

  /// At a record's data. `nil` if it names no id.
  private init?(data: JSONScanner) {
    var scanner = data
    var (own, inside): (UUID?, UUID?)
    var (part, parts) = (1, 1)
    guard scanner.enterObject() else { return nil }
    while let name = scanner.nextKey() {
      if name == "log_id" {
        own = Self.id(&scanner)
      } else if name == "metadata" {
        var metadata = scanner
        scanner.skipValue()
        guard metadata.enterObject() else { continue }
        while let name = metadata.nextKey() {
          if name == "log_id" {
            inside = Self.id(&metadata)
          } else if name == "part" {
            part = metadata.count() ?? 1
          } else if name == "parts" {
            parts = metadata.count() ?? 1
          } else {
            metadata.skipValue()
          }
        }
      } else {
        scanner.skipValue()
      }
    }
    guard !scanner.failed, let id = own ?? inside else { return nil }
    self.init(logID: id, part: part, parts: parts)
  }

  private static func id(_ scanner: inout JSONScanner) -> UUID? {
    var text = scanner
    scanner.skipValue()
    return text.string()?.plain.flatMap(UUID.init(canonical:))
  }
}
