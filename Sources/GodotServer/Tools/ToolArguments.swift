import Basics
import Conversations
import FoundationEssentials
import GodotWire
import JSON
import MCP

/// The arguments of a tool's call. A name that the tool does not know is ignored; `null` is as good as absent.
struct ToolArguments {
  let tool: LogTool
  private let values: [String: JSON]

  init(tool: LogTool, _ json: JSON?) throws(JSONRPCError) {
    self.tool = tool
    switch json ?? .null {
    case .object(let values): self.values = values
    case .null: values = [:]
    default:
      throw JSONRPCError(.invalidArgument, "\(tool.rawValue): arguments must be an object")
    }
  }

  func invalid(_ name: String, _ problem: String) -> JSONRPCError {
    JSONRPCError(.invalidArgument, "\(tool.rawValue): \(name) \(problem)")
  }

  /// As it came, `nil` if it is absent.
  subscript(name: String) -> JSON? { values[name] }

  func value(_ name: String) -> JSON? {
    guard let value = values[name], !value.isNull else { return nil }
    return value
  }

  func required(_ name: String) throws(JSONRPCError) -> JSON {
    guard let value = values[name] else { throw invalid(name, "is missing") }
    return value
  }

  /// A string, or another value's JSON text; `nil` if it is absent or `null`.
  func text(_ name: String) -> String? { value(name).map(Self.text) }

  /// Of a required argument.
  func requiredText(_ name: String) throws(JSONRPCError) -> String { Self.text(try required(name)) }

  static func text(_ value: JSON) -> String { value.string ?? value.text }

  /// A string that is not empty; `nil` if it is absent, `null` or empty.
  func string(_ name: String) throws(JSONRPCError) -> String? {
    guard let value = value(name) else { return nil }
    guard let string = value.string else { throw invalid(name, "must be a string") }
    return string.isEmpty ? nil : string
  }

  func requiredString(_ name: String) throws(JSONRPCError) -> String {
    guard let string = try string(name) else { throw invalid(name, "is missing") }
    return string
  }

  func id(_ name: String) throws(JSONRPCError) -> UUID? {
    guard let string = try string(name) else { return nil }
    guard let id = UUID(lenient: string) else { throw invalid(name, "must be a UUID") }
    return id
  }

  func requiredID(_ name: String) throws(JSONRPCError) -> UUID {
    guard let id = try id(name) else { throw invalid(name, "is missing") }
    return id
  }

  func level(_ name: String) throws(JSONRPCError) -> LogLevel? {
    guard let string = try string(name) else { return nil }
    guard let level = LogLevel(name: string) else { throw invalid(name, "must be ERROR, WARN, INFO, DEBUG or TRACE") }
    return level
  }

  func date(_ name: String) throws(JSONRPCError) -> Date? {
    guard let string = try string(name) else { return nil }
    guard let date = Timestamp.date(string) else { throw invalid(name, "must be a time as in 2025-01-31T08:00:00Z") }
    return date
  }

  /// A fraction is cut off: 31.5 is 31, as the servers in use have it.
  func integer(_ name: String) throws(JSONRPCError) -> Int? {
    guard let value = value(name) else { return nil }
    guard let integer = value.int ?? value.double.flatMap({ Int(exactly: $0.rounded(.towardZero)) }) else {
      throw invalid(name, "must be a whole number")
    }
    return integer
  }

  /// Within `range`, whatever was asked for.
  func limit(default standard: Int, in range: ClosedRange<Int> = 1...WireLimits.rows) throws(JSONRPCError) -> Int {
    min(max(try integer("limit") ?? standard, range.lowerBound), range.upperBound)
  }
}
