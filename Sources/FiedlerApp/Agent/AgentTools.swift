import Basics
import Conversations
import FoundationEssentials
import JSON
import MCP
import SendEngine
import Synchronization

/// What coding agents can ask Fiedler for: the tools of `fiedler mcp`, over the same ``Services`` as screen and
/// commands.
public final class AgentTools: ToolProvider {
  let services: Services
  let runs = AgentRuns()
  let file: AgentStateFile
  let current: Mutex<AgentState>

  /// Reads what agents chose before. Throws `ConfigurationError` for a state file that is none.
  public init(_ services: Services) throws {
    let file = AgentStateFile(services.paths)
    let chosen = try file.read()
    self.services = services
    self.file = file
    current = Mutex(chosen)
  }

  /// For a client's model to read, once.
  public static let instructions = """
    Fiedler puts one prompt, with files, before several language models at once and returns every answer. \
    fiedler_send does it; each send is kept in the user's history under its conversation_id, which a later call may \
    continue, and written to a folder of its own. fiedler_list_models tells which models there are.
    """

  public let tools: [OfferedTool] = AgentTool.allCases.map(\.offered)

  public func call(
    _ name: String, _ arguments: JSON, progress: @escaping @Sendable (ToolProgress) -> Void
  ) async throws(JSONRPCError) -> ToolOutcome {
    guard let tool = AgentTool(rawValue: name) else {
      throw JSONRPCError(code: JSONRPCError.invalidParams, message: "Unknown tool: \(name)")
    }
    defer { services.upkeep.workEnded() }
    do {
      switch tool {
      case .send: return try await send(arguments, progress)
      case .listModels: return ToolOutcome(try listModels())
      case .setModels: return ToolOutcome(try setModels(arguments["models"]?.strings ?? []))
      case .setOutput: return ToolOutcome(try setOutput(arguments["output_dir"]?.string ?? ""))
      case .getConfig: return ToolOutcome(try configuration())
      case .setKey:
        return ToolOutcome(try await setKey(arguments["api_key"]?.string, of: arguments["provider"]?.string))
      case .deleteKey: return ToolOutcome(try await setKey(nil, of: arguments["provider"]?.string))
      case .listKeys: return ToolOutcome(await listKeys())
      case .status: return try status(arguments["correlation_id"]?.string)
      case .search: return ToolOutcome(try await search(arguments))
      case .get: return ToolOutcome(try await get(arguments["conversation_id"]?.string ?? ""))
      }
    } catch {
      return ToolOutcome(failure: ErrorWords.text(for: error))
    }
  }
}

/// The tools by the names that agents know.
enum AgentTool: String, CaseIterable {
  case send = "fiedler_send"
  case listModels = "fiedler_list_models"
  case setModels = "fiedler_set_models"
  case setOutput = "fiedler_set_output"
  case getConfig = "fiedler_get_config"
  case setKey = "fiedler_set_key"
  case listKeys = "fiedler_list_keys"
  case deleteKey = "fiedler_delete_key"
  case status = "fiedler_status"
  case search = "fiedler_history_search"
  case get = "fiedler_history_get"

  var offered: OfferedTool {
    switch self {
    case .send:
      OfferedTool(
        name: rawValue, title: "Ask several models",
        description: "Puts a prompt, with files, before several models at once and returns every answer.",
        input: Self.object(
          [
            "prompt": Self.text("What to ask."),
            "files": Self.texts(
              "Paths of text files, pictures (PNG, JPEG, GIF, WebP), PDFs, or folders of texts, to put before the models "
                + "with the prompt."),
            "models": Self.texts("Names or aliases; without it those of fiedler_set_models, else the defaults."),
            "conversation_id": Self.text("Continues this conversation, or the one whose id begins so."),
            "system": Self.text("A system prompt."),
            "options": [
              "type": "object",
              "description": .string(
                "What the models are to heed, by name: "
                  + (GenerationOptions.Name.allCases.dropLast().map(\.rawValue) + ["body.NAME"]).joined(separator: ", ")
                  + ". A model whose provider has no such option is named, and nothing is sent."),
            ],
            "synthesize": Self.text(
              "A model that then reads all answers, unlabelled, and writes one; behind a colon, how: merge, critique, "
                + "rank, consensus, council, or a template's name."),
          ], required: ["prompt"]),
        output: [
          "type": "object",
          "properties": [
            "status": ["type": "string", "enum": ["success", "partial_success", "failure"]],
            "correlation_id": ["type": "string"], "conversation_id": ["type": "string"],
            "output_dir": ["type": ["string", "null"]], "summary_file": ["type": ["string", "null"]],
            "results": ["type": "array", "items": ["type": "object"]], "message": ["type": "string"],
            "synthesis": ["type": "object"],
          ],
          "required": ["status", "correlation_id", "conversation_id", "results", "message"],
        ], isOpenWorld: true)
    case .listModels:
      OfferedTool(
        name: rawValue, title: "List the models", description: "The models that can be asked, and which are chosen.",
        input: Self.object([:]), isReadOnly: true)
    case .setModels:
      OfferedTool(
        name: rawValue, title: "Choose the models", description: "Chooses whom fiedler_send asks from now on.",
        input: Self.object(
          ["models": Self.texts("Names or aliases; an empty array for the defaults.")], required: ["models"]))
    case .setOutput:
      OfferedTool(
        name: rawValue, title: "Choose the output folder",
        description: "Chooses the folder that each send gets a folder in, from now on.",
        input: Self.object(
          ["output_dir": Self.text("An absolute path, or one below the home folder (~/...).")],
          required: ["output_dir"]))
    case .getConfig:
      OfferedTool(
        name: rawValue, title: "Show the configuration", description: "Chosen models, output folder, limits and files.",
        input: Self.object([:]), isReadOnly: true)
    case .setKey:
      OfferedTool(
        name: rawValue, title: "Keep a key", description: "Keeps a provider's API key in the user's key file.",
        input: Self.object(
          ["provider": Self.text("Its name, such as openai."), "api_key": Self.text("The key.")],
          required: ["provider", "api_key"]))
    case .listKeys:
      OfferedTool(
        name: rawValue, title: "List the keys",
        description: "Which providers have a key, and from where. Never the keys.",
        input: Self.object([:]), isReadOnly: true)
    case .deleteKey:
      OfferedTool(
        name: rawValue, title: "Delete a key", description: "Takes a provider's key out of the user's key file.",
        input: Self.object(["provider": Self.text("Its name, such as openai.")], required: ["provider"]),
        isDestructive: true)
    case .status:
      OfferedTool(
        name: rawValue, title: "How sends stand", description: "What runs now, and how the last sends ended.",
        input: Self.object(["correlation_id": Self.text("One send alone.")]), isReadOnly: true)
    case .search:
      OfferedTool(
        name: rawValue, title: "Search the history",
        description:
          "Conversations that have these words, newest first. Filters as on the screen: model:, after:, tag:.",
        input: Self.object(
          [
            "query": Self.text("Words, \"phrases\", -not, filters; empty for all."),
            "limit": ["type": "integer", "minimum": 1, "maximum": 200, "description": "Default 20."],
          ]),
        isReadOnly: true)
    case .get:
      OfferedTool(
        name: rawValue, title: "Read a conversation", description: "A conversation of the history, with every answer.",
        input: Self.object(
          ["conversation_id": Self.text("Its id, or the beginning of it.")], required: ["conversation_id"]),
        isReadOnly: true)
    }
  }

  private static func text(_ description: String) -> JSON { ["type": "string", "description": .string(description)] }

  private static func texts(_ description: String) -> JSON {
    ["type": "array", "items": ["type": "string"], "description": .string(description)]
  }

  private static func object(_ properties: [String: JSON], required: [String] = []) -> JSON {
    [
      "type": "object", "properties": .object(properties), "required": .array(required.map(JSON.string)),
      "additionalProperties": false,
    ]
  }
}

extension JSON {
  /// The texts of an array.
  var strings: [String]? { array?.compactMap(\.string) }
}
