import Basics
import Conversations
import FoundationEssentials
import GodotWire
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
    self.component = component.withoutNUL
    self.level = level
    self.message = message.withoutNUL
    self.traceID = traceID
    let data = data.repaired
    self.data = data.object == nil ? (data.isNull ? [:] : ["value": data]) : data
  }

  /// For values that come from elsewhere as text: a level that is none becomes INFO, a trace id that is no UUID
  /// becomes a new one, and `data.repaired` keeps what stood there.
  public init(component: String, level: String, message: String, traceID: String, data: JSON = [:]) {
    var repaired: [String: JSON] = [:]
    let knownLevel = Level(name: level)
    let knownTrace = UUID(canonical: traceID)
    if knownLevel == nil { repaired[WireKey.level] = .string(level) }
    if knownTrace == nil { repaired[WireKey.traceID] = .string(traceID) }
    var members = data.object ?? (data.isNull ? [:] : ["value": data])
    if !repaired.isEmpty { members[WireKey.repaired] = .object(repaired) }
    self.init(
      component: component, level: knownLevel ?? .info, message: message, traceID: knownTrace ?? UUID(),
      data: .object(members))
  }

  /// The arguments of the server's log tool.
  public var arguments: JSON {
    [
      WireKey.component: .string(component), WireKey.level: .string(level.rawValue), WireKey.message: .string(message),
      WireKey.traceID: .string(traceID.lowercased), WireKey.data: data,
    ]
  }
}
