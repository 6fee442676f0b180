/// The log server's tools by their bare names; each is also called with `godot_` before it.
public enum LogTool: String, CaseIterable, Sendable {
  case log = "logger_log"
  case query = "logger_query"
  case clear = "logger_clear"
  case setLevel = "logger_set_level"
  case begin = "conversation_begin"
  case store = "conversation_store_message"
  case storeAll = "conversation_store_messages_bulk"
  case get = "conversation_get"
  case list = "conversation_list"
  case search = "conversation_search"

  public static let prefix = "godot_"
  private static let names = Dictionary(
    uniqueKeysWithValues: allCases.flatMap { tool in tool.names.map { ($0, tool) } })

  /// By either of its names.
  public init?(name: String) {
    guard let tool = Self.names[name] else { return nil }
    self = tool
  }

  /// What it may be called, the name that only log servers use first.
  public var names: [String] { [Self.prefix + rawValue, rawValue] }

  /// What a server calls it that has tools of these names; `nil` if it has not this one.
  public func name(in tools: [String]) -> String? { names.first { tools.contains($0) } }
}
