import Conversations
import FoundationEssentials
import Glibc
import JSON

/// One ordinary log record, made so that no server can choke on it.
///
/// A log server's storing side takes records in batches, and one bad record destroys its whole batch after it was
/// acknowledged. So whatever is wrong is mended here, visibly: a replaced value is U+FFFD where it stood, or named
/// with its original under `data.repaired`.
public struct LogRecord: Hashable, Sendable {
  public typealias Level = LogLevel

  public let component: String
  public let level: Level
  public let message: String
  public let traceID: UUID
  /// Always an object.
  public let data: JSON

  public init(component: String, level: Level, message: String, traceID: UUID, data: JSON = [:]) {
    self.component = Repair.text(component)
    self.level = level
    self.message = Repair.text(message)
    self.traceID = traceID
    let data = Repair.value(data)
    self.data = data.object == nil ? (data.isNull ? [:] : ["value": data]) : data
  }

  /// For values that come from elsewhere as text: a level that is none becomes INFO, a trace id that is no UUID
  /// becomes a new one, and `data.repaired` keeps what stood there.
  public init(component: String, level: String, message: String, traceID: String, data: JSON = [:]) {
    var repaired: [String: JSON] = [:]
    let knownLevel = Level(name: level)
    let knownTrace = UUID(canonical: traceID)
    if knownLevel == nil { repaired["level"] = .string(level) }
    if knownTrace == nil { repaired["trace_id"] = .string(traceID) }
    var members = data.object ?? (data.isNull ? [:] : ["value": data])
    if !repaired.isEmpty { members["repaired"] = .object(repaired) }
    self.init(
      component: component, level: knownLevel ?? .info, message: message, traceID: knownTrace ?? UUID(),
      data: .object(members))
  }

  /// The arguments of the server's log tool.
  public var arguments: JSON {
    [
      "component": .string(component), "level": .string(level.rawValue), "message": .string(message),
      "trace_id": .string(traceID.lowercased), "data": data,
    ]
  }
}

/// Makes values storable in PostgreSQL's `text` and `jsonb`, which know no U+0000 and no infinite numbers.
enum Repair {
  /// Whether encoded JSON may hold what these databases refuse: an escaped U+0000, a lone surrogate, an endless number.
  static func isPoison(_ encoded: [UInt8]) -> Bool {
    encoded.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return false }
      var rest = bytes[...]
      while !rest.isEmpty, let found = memchr(start + rest.startIndex, 0x5C, rest.count) {
        let index = start.distance(to: found)
        guard index + 1 < bytes.endIndex else { return true }
        if bytes[index + 1] == UInt8(ascii: "u"), index + 5 < bytes.endIndex {
          let isZero = bytes[(index + 2)...(index + 5)].allSatisfy { $0 == UInt8(ascii: "0") }
          let isSurrogate = bytes[index + 2] | 0x20 == UInt8(ascii: "d")
          if isZero || isSurrogate { return true }
        }
        rest = bytes[(index + 2)...]
      }
      return memchr(start, 0, bytes.count) != nil
    }
  }

  static func text(_ text: String) -> String {
    guard holdsNUL(text) else { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { $0.value == 0 ? "\u{FFFD}" : $0 })
    return String(scalars)
  }

  private static func holdsNUL(_ text: String) -> Bool {
    let holds = text.utf8.withContiguousStorageIfAvailable { bytes in
      bytes.baseAddress.map { memchr($0, 0, bytes.count) != nil } ?? false
    }
    return holds ?? text.utf8.contains(0)
  }

  private static func isSound(_ value: JSON) -> Bool {
    switch value {
    case .string(let text): !holdsNUL(text)
    case .array(let elements): elements.allSatisfy(isSound)
    case .object(let members): members.allSatisfy { !holdsNUL($0.key) && isSound($0.value) }
    case .double(let number): number.isFinite
    case .null, .bool, .int: true
    }
  }

  /// Most values need no mending, and no new dictionaries then.
  static func value(_ value: JSON) -> JSON { isSound(value) ? value : mended(value) }

  private static func mended(_ value: JSON) -> JSON {
    switch value {
    case .string(let text): .string(Self.text(text))
    case .array(let elements): .array(elements.map(mended))
    case .object(let members):
      .object(
        Dictionary(members.map { (text($0.key), mended($0.value)) }, uniquingKeysWith: { one, _ in one }))
    case .double(let number) where !number.isFinite: .string("\u{FFFD} \(number)")
    default: value
    }
  }
}
