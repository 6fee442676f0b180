import JSON

/// The messages of the Model Context Protocol, revision 2024-11-05, as far as a logging client needs them.
public enum MCP {
  public static let protocolVersion = "2024-11-05"

  public struct Implementation: Hashable, Sendable {
    public var name: String
    public var version: String

    public init(name: String, version: String) {
      self.name = name
      self.version = version
    }

    public var json: JSON { ["name": .string(name), "version": .string(version)] }
  }

  public struct Tool: Hashable, Sendable {
    public var name: String
    public var description: String
    public var inputSchema: JSON

    public init(name: String, description: String = "", inputSchema: JSON = ["type": "object"]) {
      self.name = name
      self.description = description
      self.inputSchema = inputSchema
    }

    init?(_ json: JSON) {
      guard let name = json["name"]?.string else { return nil }
      self.init(name: name, description: json["description"]?.string ?? "")
      if let schema = json["inputSchema"] { inputSchema = schema }
    }
  }

  /// What a tool answered.
  public struct ToolResult: Hashable, Sendable {
    /// All text parts, joined by line feeds. Often JSON itself.
    public var text: String
    /// The tool ran and failed. (A call that could not run is a ``JSONRPCError`` instead.)
    public var isError: Bool

    public init(text: String, isError: Bool = false) {
      self.text = text
      self.isError = isError
    }

    public init(_ result: JSON) {
      text = (result["content"]?.array ?? []).compactMap { $0["text"]?.string }.joined(separator: "\n")
      isError = result["isError"]?.bool ?? false
    }

    /// What a tool answered whose text is again a tool's result, as servers in use answer queries.
    public var unwrapped: ToolResult {
      guard let json, let members = json.object, let content = members["content"]?.array, !content.isEmpty,
        members.keys.allSatisfy({ $0 == "content" || $0 == "isError" }),
        content.allSatisfy({ $0["type"]?.string == "text" && $0["text"]?.string != nil })
      else { return self }
      var inner = ToolResult(json)
      inner.isError = inner.isError || isError
      return inner
    }

    /// The text read as JSON, `nil` if it is not.
    public var json: JSON? {
      // Tools may answer in prose; that is no error.
      try? JSON(text)
    }
  }

  public static func initialize(
    _ client: Implementation, capabilities: JSON = [:]
  ) -> (method: String, params: JSON) {
    (
      "initialize",
      ["protocolVersion": .string(protocolVersion), "capabilities": capabilities, "clientInfo": client.json]
    )
  }

  public static let initialized = JSONRPCMessage.notification(method: "notifications/initialized", params: nil)

  public static func callParameters(tool: String, arguments: JSON) -> JSON {
    ["name": .string(tool), "arguments": arguments]
  }

  /// A `tools/call` request.
  public static func call(id: Int, tool: String, arguments: JSON) -> JSONRPCMessage {
    .request(id: .int(id), method: "tools/call", params: callParameters(tool: tool, arguments: arguments))
  }

  /// The experimental capability of a server that takes batches (JSON-RPC 2.0, section 6), which this revision of MCP
  /// says nothing of.
  public static let batches = "fiedler.batches"

  /// Messages in a batch that a client sends.
  public static let mostInBatch = 128

  /// Messages joined to batches of about 64 KiB; one that is alone or larger stays as it is.
  static func batches(of messages: [[UInt8]]) -> [[UInt8]] {
    let most = 64 << 10
    var texts: [[UInt8]] = []
    var start = 0
    while start < messages.count {
      var (end, size) = (start + 1, messages[start].count)
      while end < messages.count, end - start < mostInBatch, size + messages[end].count <= most {
        size += messages[end].count
        end += 1
      }
      texts.append(end == start + 1 ? messages[start] : batch(messages[start..<end], size: size))
      start = end
    }
    return texts
  }

  private static func batch(_ messages: ArraySlice<[UInt8]>, size: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(size + messages.count + 1)
    for message in messages {
      text.append(UInt8(ascii: text.isEmpty ? "[" : ","))
      text += message
    }
    text.append(UInt8(ascii: "]"))
    return text
  }

  /// The bytes of a `tools/call` request whose arguments are encoded already.
  public static func callFrame(id: Int, tool: String, encodedArguments: [UInt8]) -> [UInt8] {
    var frame: [UInt8] = []
    frame.reserveCapacity(encodedArguments.count + tool.utf8.count + 112)
    frame += #"{"id":"#.utf8
    frame += String(id).utf8
    frame += #","jsonrpc":"2.0","method":"tools/call","params":{"arguments":"#.utf8
    frame += encodedArguments
    frame += #","name":"#.utf8
    frame += JSON.string(tool).bytes
    frame += "}}".utf8
    return frame
  }
}
