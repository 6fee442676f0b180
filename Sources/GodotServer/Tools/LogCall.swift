import Conversations
import FoundationEssentials
import GodotWire
import JSON
import MCP

/// What a call of the log tool hands over.
struct LogCall {
  var component: String
  /// `nil` if none was given that is known.
  var level: LogLevel?
  var message: String
  var traceID: UUID?
  var data: JSONText
  /// By which a repeat of the record is recognised.
  var logID: UUID?
  /// When the record was made, as its maker says.
  var madeAt: JSON?
  /// What makes no sense where it stands, by its name; kept beside the data.
  var repaired: [String: JSON] = [:]
  /// The data of a record that may be a conversation's turn.
  var turn: JSON?
}

extension LogCall {
  init(_ arguments: ToolArguments) throws(JSONRPCError) {
    component = try arguments.requiredText(WireKey.component)
    let givenLevel = try arguments.required(WireKey.level)
    message = try arguments.requiredText(WireKey.message)
    let data = arguments.value(WireKey.data) ?? .null
    self.data = JSONText(data)
    level = givenLevel.string.flatMap(LogLevel.init(name:))
    if level == nil { repaired[WireKey.level] = givenLevel }
    if let given = arguments.value(WireKey.traceID), given != "" {
      traceID = given.string.flatMap(UUID.init(lenient:))
      if traceID == nil { repaired[WireKey.traceID] = given }
    }
    logID = (data[WireKey.logID] ?? data[WireKey.metadata]?[WireKey.logID])?.string.flatMap(UUID.init(lenient:))
    madeAt = data[WireKey.loggedAt]
    // `nil` alone would be a JSON null.
    turn = component == LogComponent.conversations ? data : JSON?.none
  }
}

extension LogCall {
  /// A call as clients make it, read without making values of the data, which is most of it. `nil` if anything is out
  /// of the ordinary: it is to be read as JSON then.
  ///
  /// - `request`: a JSON-RPC request that holds no U+0000 and no half of a surrogate pair.
  /// - `room`: as for `JSON`; for what is made a value all the same.
  static func scan(_ request: UnsafeRawBufferPointer, room: inout Int) -> (id: JSON, call: LogCall)? {
    var scanner = JSONScanner(request)
    var id: JSON?
    var isCall = false
    var call: LogCall?
    var names = Names()
    guard scanner.enterObject() else { return nil }
    while let key = scanner.nextKey() {
      guard names.isNew(key) else { return nil }
      if key == "id" {
        guard let value = scanner.rawValue().flatMap(small), value.string != nil || value.int != nil else { return nil }
        id = value
      } else if key == "method" {
        isCall = scanner.string().map { $0 == "tools/call" } ?? false
      } else if key == "params" {
        call = parameters(&scanner, &room)
        guard call != nil else { return nil }
      } else {
        scanner.skipValue()
      }
    }
    guard scanner.isAtEnd(), isCall, let id, let call else { return nil }
    return (id, call)
  }

  private static func parameters(_ scanner: inout JSONScanner, _ room: inout Int) -> LogCall? {
    var isLog = false
    var call: LogCall?
    var names = Names()
    guard scanner.enterObject() else { return nil }
    while let key = scanner.nextKey() {
      guard names.isNew(key) else { return nil }
      if key == "name" {
        isLog = scanner.string().map { $0 == "logger_log" || $0 == "godot_logger_log" } ?? false
        guard isLog else { return nil }
      } else if key == "arguments" {
        call = arguments(&scanner, &room)
        guard call != nil else { return nil }
      } else {
        scanner.skipValue()
      }
    }
    return isLog ? call : nil
  }

  private static func arguments(_ scanner: inout JSONScanner, _ room: inout Int) -> LogCall? {
    var (component, message): (String?, String?)
    var level: LogLevel?
    var traceID: UUID?
    var data: UnsafeRawBufferPointer?
    var names = Names()
    guard scanner.enterObject() else { return nil }
    while let key = scanner.nextKey() {
      guard names.isNew(key) else { return nil }
      if key == "component" {
        component = scanner.string()?.text
      } else if key == "message" {
        message = scanner.string()?.text
      } else if key == "level" {
        level = scanner.string()?.text.flatMap(LogLevel.init(name:))
        guard level != nil else { return nil }
      } else if key == "trace_id" {
        guard !scanner.takeNull() else { continue }
        guard let text = scanner.string()?.text else { return nil }
        traceID = UUID(lenient: text)
        guard traceID != nil || text.isEmpty else { return nil }
      } else if key == "data" {
        data = scanner.rawValue()
      } else {
        scanner.skipValue()
      }
    }
    guard !scanner.failed, let component, let level, let message else { return nil }
    var call = LogCall(
      component: component, level: level, message: message, traceID: traceID,
      data: data.map(JSONText.init(sound:)) ?? JSONText(.null))
    guard let data else { return call }
    guard call.takeMarks(from: data) else { return nil }
    guard component == LogComponent.conversations else { return call }
    // What is wrong, or too much, is said by who reads the whole.
    do { call.turn = try JSON(data, room: &room) } catch { return nil }
    return call
  }

  /// The id and the time by which a repeat is recognised. False if the data has to be read as a value for them.
  private mutating func takeMarks(from data: UnsafeRawBufferPointer) -> Bool {
    var scanner = JSONScanner(data)
    guard data.first == UInt8(ascii: "{"), scanner.enterObject() else { return true }
    var own: JSON?
    var inside: JSON?
    while let key = scanner.nextKey() {
      // An escape may hide any name.
      guard key.plain != nil, let value = scanner.rawValue() else { return false }
      if key == "log_id" {
        own = Self.small(value) ?? .null
      } else if key == "logged_at_ms" {
        madeAt = Self.small(value)
      } else if key == "metadata" {
        guard let found = Self.logID(inMetadata: value) else { return false }
        inside = found
      }
    }
    logID = (own ?? inside)?.string.flatMap(UUID.init(lenient:))
    return true
  }

  /// `null` where there is none; `nil` where it might be hidden.
  private static func logID(inMetadata metadata: UnsafeRawBufferPointer) -> JSON? {
    var scanner = JSONScanner(metadata)
    guard metadata.first == UInt8(ascii: "{"), scanner.enterObject() else { return .null }
    var id = JSON.null
    while let key = scanner.nextKey() {
      guard key.plain != nil, let value = scanner.rawValue() else { return nil }
      if key == "log_id" { id = small(value) ?? .null }
    }
    return id
  }

  /// A value that may be an id or a number; `nil` for what is too long for one.
  private static func small(_ bytes: UnsafeRawBufferPointer) -> JSON? {
    guard bytes.count <= 200 else { return nil }
    do { return try JSON(bytes) } catch { return nil }  // the scanner has passed over it, so it is JSON
  }

  /// The members that were met: of two with one name the last counts, which is left to who reads it as a value.
  private struct Names {
    private var known: [JSONScanner.RawString] = []

    mutating func isNew(_ key: JSONScanner.RawString) -> Bool {
      guard key.plain != nil, known.count < 16, !known.contains(where: { $0 == key }) else { return false }
      known.append(key)
      return true
    }
  }
}
