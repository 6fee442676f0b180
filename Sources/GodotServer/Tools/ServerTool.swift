import Conversations
import GodotWire
import JSON
import MCP

/// One tool of the server: what `tools/list` tells of it, and what a call of it comes to.
struct ServerTool: Sendable {
  typealias Doing = @Sendable (ToolArguments, Place) throws(JSONRPCError) -> ToolWork

  /// What a call needs beside its arguments.
  struct Place: Sendable {
    let levels: LevelTable
    let clock: IncreasingClock
    let form: AnswerForm
  }

  let tool: LogTool
  let description: String
  let parameters: [Parameter]
  let does: Doing

  init(_ tool: LogTool, _ description: String, _ parameters: [Parameter], does: @escaping Doing) {
    (self.tool, self.description, self.parameters, self.does) = (tool, description, parameters, does)
  }

  /// An argument, as its JSON Schema has it.
  struct Parameter: Sendable {
    let name: String
    let schema: JSON
    var isRequired = false

    var required: Parameter {
      var copy = self
      copy.isRequired = true
      return copy
    }

    static func text(_ name: String, _ description: String) -> Parameter { of("string", name, description) }
    static func number(_ name: String, _ description: String) -> Parameter { of("integer", name, description) }
    static func object(_ name: String, _ description: String) -> Parameter { of("object", name, description) }
    static func objects(_ name: String, _ description: String) -> Parameter {
      Parameter(
        name: name, schema: ["type": "array", "items": ["type": "object"], "description": .string(description)])
    }
    static func choice(_ name: String, _ values: [String]) -> Parameter {
      Parameter(name: name, schema: ["type": "string", "enum": .array(values.map(JSON.string))])
    }
    static let level = choice(WireKey.level, LogLevel.allCases.reversed().map(\.rawValue))

    private static func of(_ type: String, _ name: String, _ description: String) -> Parameter {
      Parameter(name: name, schema: ["type": .string(type), "description": .string(description)])
    }
  }

  /// Every tool has a row (a test proves it), in the order of ``LogTool``.
  static let all = LoggerTools.tools + ConversationTools.tools + ReadingTools.tools

  private static let byTool = Dictionary(all.map { ($0.tool, $0) }, uniquingKeysWith: { first, _ in first })

  /// By either of its names.
  static func named(_ name: String) -> ServerTool? { LogTool(name: name).flatMap { byTool[$0] } }

  /// What `tools/list` answers.
  static let list: JSON = [
    "tools": .array(["", LogTool.prefix].flatMap { prefix in all.map { $0.json(name: prefix + $0.tool.rawValue) } })
  ]

  private func json(name: String) -> JSON {
    [
      "name": .string(name), "description": .string(description),
      "inputSchema": [
        "type": "object",
        "properties": .object(Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.schema) })),
        "required": .array(parameters.filter(\.isRequired).map { .string($0.name) }),
      ],
    ]
  }
}
