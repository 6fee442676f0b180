import Basics
import Conversations
import FoundationEssentials
import JSON
import Logging

/// A swift-log backend that logs to Godot through a ``GodotLogSink``. Logging never blocks.
///
/// The logger's label becomes the record's component, metadata becomes `data`, beside it `source`, `file`, `function`
/// and `line`. The metadata `trace_id`, a UUID, becomes the trace; without one all records of the process share one.
/// The levels notice and critical become INFO and ERROR, with their name in `data.level`.
public struct GodotLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?
  private let label: String
  private let sink: GodotLogSink
  private let isOwn: Bool

  /// Labels that begin like one of these never reach the outbox: a record about the logging would bring forth others.
  public static let ownLabels = ["GodotLog", "GodotServer"]

  public init(
    label: String, sink: GodotLogSink, level: Logger.Level = .info, metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.label = label
    self.sink = sink
    self.metadataProvider = metadataProvider
    logLevel = level
    isOwn = Self.ownLabels.contains { label.hasPrefix($0) }
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let message = event.message.description
    if isOwn { return sink.suppress("\(label): \(message)") }
    guard !sink.isOwnWork("\(label): \(message)") else { return }
    var all = metadataProvider?.get() ?? [:]
    all.merge(metadata) { $1 }
    if let own = event.metadata { all.merge(own) { $1 } }
    var traceID: UUID?
    if let text = all["trace_id"], let id = UUID(canonical: "\(text)") {
      traceID = id
      all["trace_id"] = nil
    }
    var data = all.mapValues(JSON.init(metadata:))
    func add(_ key: String, _ value: JSON) { if data[key] == nil { data[key] = value } }
    add("source", .string(event.source))
    add("file", .string(event.file))
    add("function", .string(event.function))
    add("line", .int(Int(event.line)))
    if let error = event.error { add("error", .string("\(error)")) }
    let level = LogLevel(event.level)
    if level.rawValue != event.level.rawValue.uppercased(), event.level != .warning {
      add("level", .string(event.level.rawValue))
    }
    sink.add(level: level, component: label, message: message, traceID: traceID, data: data, at: Date())
  }
}

extension LogLevel {
  init(_ level: Logger.Level) {
    self =
      switch level {
      case .trace: .trace
      case .debug: .debug
      case .info, .notice: .info
      case .warning: .warn
      case .error, .critical: .error
      }
  }
}

extension JSON {
  fileprivate init(metadata value: Logger.MetadataValue) {
    switch value {
    case .string(let text): self = .string(text)
    case .stringConvertible(let value):
      switch value {
      case let value as Bool: self = .bool(value)
      case let value as Int: self = .int(value)
      case let value as Double: self = .double(value)
      default: self = .string("\(value)")
      }
    case .array(let values): self = .array(values.map(JSON.init(metadata:)))
    case .dictionary(let values): self = .object(values.mapValues(JSON.init(metadata:)))
    }
  }
}
