import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON

/// A turn of a conversation as a log server gives it back.
public struct ServerTurn: Hashable, Sendable {
  public var turnNumber: Int
  /// `user`, `assistant`, `system` or `tool`.
  public var role: String
  /// The whole text, also where a part of it lay in the metadata.
  public var content: String
  public var model: String?
  public var inputTokens: Int?
  public var outputTokens: Int?
  /// When the server stored it.
  public var createdAt: Date?
  /// What else the server keeps, as JSON text.
  public var metadata: String

  init?(_ json: JSON) {
    guard let number = json[WireKey.turnNumber]?.int, let role = json[WireKey.role]?.string,
      let content = json[WireKey.content]?.string
    else { return nil }
    // A JSON column may come as its text.
    let metadata = json[WireKey.metadata]?.string.flatMap { try? JSON($0) } ?? json[WireKey.metadata] ?? .null
    turnNumber = number
    self.role = role
    self.content = content + (metadata[WireKey.contentOverflow]?.string ?? "")
    model = json[WireKey.model]?.string ?? metadata[WireKey.model]?.string
    inputTokens = json[WireKey.inputTokens]?.int ?? metadata[WireKey.inputTokens]?.int
    outputTokens = json[WireKey.outputTokens]?.int ?? metadata[WireKey.outputTokens]?.int
    createdAt = json[WireKey.createdAt]?.string.flatMap(Timestamp.date)
    self.metadata = metadata.text
  }
}

/// A log record as a server gives it back, with its data.
struct ServerRecord: Hashable, Sendable {
  var record: LoggedRecord
  /// Decoded, also where it came as the text of JSON.
  var data: JSON
  /// Tells it from others: its id, or all of it where it has none.
  var key: String

  init?(_ json: JSON) {
    guard let component = json[WireKey.component]?.string, let message = json[WireKey.message]?.string else {
      return nil
    }
    data = Self.decoded(json[WireKey.data] ?? .null)
    let id = json["id"]?.string
    key = id ?? json.text
    record = LoggedRecord(
      id: id.flatMap(UUID.init(canonical:)) ?? UUID(), time: Self.time(json),
      level: json[WireKey.level]?.string.flatMap(LogLevel.init(name:)) ?? .info, component: component, message: message,
      trace: json[WireKey.traceID]?.string.flatMap(UUID.init(canonical:)),
      data: data.isNull || data == [:] ? nil : data.indented(), turn: LoggedTurn(data: data))
  }

  /// The servers in use give a JSON column as its text; where that is no JSON, or only a text again, it is left.
  static func decoded(_ data: JSON) -> JSON {
    var data = data
    // Twice, because clients in use put text in that is JSON itself.
    for _ in 0..<2 {
      guard let inner = data.string.flatMap({ try? JSON($0) }), inner.object != nil || inner.array != nil else { break }
      data = inner
    }
    return data
  }

  /// When it was made; by its age, in seconds, where only that is told.
  private static func time(_ json: JSON) -> Date {
    let time = json[WireKey.createdAt] ?? json["timestamp"] ?? .null
    if let date = time.string.flatMap(Timestamp.date) { return date }
    if let seconds = time.double {
      return Date(timeIntervalSince1970: Bounds.secondsSince1970.nearest(seconds))
    }
    guard let age = json["age"]?.double ?? json["age"]?.string.flatMap(seconds) else {
      return Date(timeIntervalSince1970: 0)
    }
    return Date().addingTimeInterval(-Bounds.seconds.nearest(age))
  }

  /// Reads `12.5`, `12.5s`, `0:00:12.5` and `1 day, 0:00:12.5`.
  private static func seconds(_ text: String) -> Double? {
    if let number = Double(text.hasSuffix("s") ? String(text.dropLast()) : text) { return number }
    let words = text.split(separator: " ")
    guard let clock = words.last?.split(separator: ":").compactMap({ Double($0) }), clock.count == 3 else { return nil }
    let days = words.count > 1 ? Double(words[0]) ?? 0 : 0
    return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
  }
}

extension JSON {
  /// With two spaces a level, keys sorted.
  func indented(_ depth: Int = 0) -> String {
    let inner = String(repeating: "  ", count: depth + 1)
    let outer = String(repeating: "  ", count: depth)
    switch self {
    case .array(let elements) where !elements.isEmpty:
      return "[\n" + elements.map { inner + $0.indented(depth + 1) }.joined(separator: ",\n") + "\n\(outer)]"
    case .object(let members) where !members.isEmpty:
      let lines = members.sorted { $0.key < $1.key }.map {
        "\(inner)\(JSON.string($0.key).text): \($0.value.indented(depth + 1))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(outer)}"
    default: return text
    }
  }
}
