import JSON

/// Tools that a ``ToolSession`` offers. Safe to use from any thread.
public protocol ToolProvider: Sendable {
  var tools: [OfferedTool] { get }
  /// Runs a tool; the task is cancelled when the client no longer wants it. Throws where a call cannot run; a tool that
  /// ran and failed says so in its outcome, for the model to read.
  ///
  /// - `progress`: called from any thread, in order.
  func call(
    _ tool: String, _ arguments: JSON, progress: @escaping @Sendable (ToolProgress) -> Void
  ) async throws(JSONRPCError) -> ToolOutcome
}

/// A tool as `tools/list` tells of it (MCP 2025-11-25, server/tools).
public struct OfferedTool: Hashable, Sendable {
  public var name: String
  public var title: String
  public var description: String
  /// JSON schemas of objects.
  public var input: JSON
  public var output: JSON?
  /// It changes nothing.
  public var isReadOnly: Bool
  /// It may take something away.
  public var isDestructive: Bool
  /// It talks to the world outside this machine.
  public var isOpenWorld: Bool

  public init(
    name: String, title: String, description: String, input: JSON, output: JSON? = nil, isReadOnly: Bool = false,
    isDestructive: Bool = false, isOpenWorld: Bool = false
  ) {
    self.name = name
    self.title = title
    self.description = description
    self.input = input
    self.output = output
    self.isReadOnly = isReadOnly
    self.isDestructive = isDestructive
    self.isOpenWorld = isOpenWorld
  }

  var json: JSON {
    var members: [String: JSON] = [
      "name": .string(name), "title": .string(title), "description": .string(description), "inputSchema": input,
      "annotations": [
        "title": .string(title), "readOnlyHint": .bool(isReadOnly), "destructiveHint": .bool(isDestructive),
        "openWorldHint": .bool(isOpenWorld),
      ],
    ]
    members["outputSchema"] = output
    return .object(members)
  }
}

/// How far a call has come.
public struct ToolProgress: Hashable, Sendable {
  /// Grows with every report of a call.
  public var done: Double
  public var total: Double
  public var message: String

  public init(done: Double, total: Double, message: String) {
    self.done = done
    self.total = total
    self.message = message
  }
}

/// What a tool answered.
public struct ToolOutcome: Hashable, Sendable {
  /// For clients that know structured content; its text goes along for the others.
  public var structured: JSON?
  public var text: String
  public var isError: Bool

  public init(_ structured: JSON, isError: Bool = false) {
    self.structured = structured
    text = structured.text
    self.isError = isError
  }

  /// Words alone: a failure, for the model to read.
  public init(failure text: String) {
    structured = nil
    self.text = text
    isError = true
  }

  var json: JSON {
    var members: [String: JSON] = [
      "content": [["type": "text", "text": .string(text)]], "isError": .bool(isError),
    ]
    members["structuredContent"] = structured
    return .object(members)
  }
}
