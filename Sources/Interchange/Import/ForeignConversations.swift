import Basics
import Conversations
import FoundationEssentials
import JSON

/// Reads a conversation as chat programs export them, one JSON object each.
enum ForeignConversation {
  /// What the object is; `nil` for anything else. `files` are those that stand beside it.
  static func tree(_ json: JSON, _ files: ExportedFiles) throws(InvalidConversation) -> MessageTree? {
    if json["mapping"]?.object != nil { return try ChatGPTExport.tree(json, files) }
    if json["chat_messages"]?.array != nil { return try ClaudeExport.tree(json) }
    if json["chat"]?["history"]?.object != nil || json["chat"]?["messages"]?.array != nil {
      return try OpenWebUIExport.tree(json)
    }
    return nil
  }

  static func identity(_ json: JSON, _ keys: String...) throws(InvalidConversation) -> String {
    for key in keys {
      if let id = json[key]?.string, !id.isEmpty { return id }
    }
    throw InvalidConversation(path: keys[0], reason: "it is missing, so that the conversation could not be known again")
  }
}

/// Claude's data export (`conversations.json`): an array of objects with `uuid`, `name`, `created_at`, `updated_at` and
/// `chat_messages`, each with `uuid`, `sender` (`human`, `assistant`), `text`, `content` (blocks of `type` `text`,
/// `thinking`, `tool_use`, `tool_result`), `attachments` (`file_name`, `extracted_content`) and `files` (`file_name`).
/// Newer ones have `parent_message_uuid`. (Anthropic does not document it.)
private enum ClaudeExport {
  static func tree(_ json: JSON) throws(InvalidConversation) -> MessageTree {
    var tree = MessageTree(
      program: "claude", provider: "anthropic", id: try ForeignConversation.identity(json, "uuid"))
    tree.title = json["name"]?.string ?? ""
    tree.createdAt = json["created_at"]?.pointInTime
    tree.updatedAt = json["updated_at"]?.pointInTime
    tree.isPinned = json["is_starred"]?.bool ?? false
    let model = json["model"]?.string ?? "claude"
    var last: String?
    for (index, json) in (json["chat_messages"]?.array ?? []).enumerated() {
      let id = json["uuid"]?.string ?? "message \(index)"
      var message = MessageTree.Message(id: id, parent: json["parent_message_uuid"]?.string ?? last)
      switch json["sender"]?.string {
      case "human": message.role = .user
      case "assistant": message.role = .model
      default: tree.omit("messages of unknown senders")
      }
      message.model = model
      message.date = json["created_at"]?.pointInTime
      for block in json["content"]?.array ?? [] {
        switch block["type"]?.string {
        case "text": message.text.appendParagraph(block["text"]?.string ?? "")
        case "thinking": message.reasoning.appendParagraph(block["thinking"]?.string ?? "")
        case "tool_use": tree.omit("tool calls")
        case "tool_result": tree.omit("tool results")
        case "image": add(picture: block["source"], to: &message, &tree)
        case "token_budget", "flag": break
        default: tree.omit("parts of unknown kind")
        }
      }
      if message.text.isEmpty { message.text = json["text"]?.string ?? "" }
      for file in json["attachments"]?.array ?? [] {
        let name = lastPart(file["file_name"]?.string ?? "")
        guard let text = file["extracted_content"]?.string else { continue }
        message.attachments.append(.text(name.isEmpty ? "pasted.txt" : name, text))
      }
      for file in json["files"]?.array ?? [] {
        guard let name = (file["file_name"]?.string).map(lastPart), !name.isEmpty else { continue }
        message.attachments.append(.named(name))
        tree.omit("contents of attached files")
      }
      tree.add(message)
      last = id
    }
    return tree
  }
}

extension ClaudeExport {
  /// A picture whose bytes stand in the export itself, as Anthropic's API has them
  /// (https://docs.claude.com/en/docs/build-with-claude/vision).
  private static func add(
    picture source: JSON?, to message: inout MessageTree.Message, _ tree: inout MessageTree
  ) {
    guard let type = source?["media_type"]?.string, let data = source?["data"]?.string,
      let picture = Attachment(dataURL: "data:\(type);base64,\(data)", named: nil)
    else { return tree.omit("images") }
    message.attachments.append(picture)
  }
}

/// Chats as Open WebUI exports them: an array of objects with `id`, `title`, `created_at`, `updated_at` (seconds),
/// `pinned` and `chat`. `chat.history.messages` has a message by its id, with `parentId`, `role`, `content`,
/// `timestamp`, `model`, `usage` and `error`; older chats have an array `chat.messages`.
/// (https://github.com/open-webui/open-webui, backend/open_webui/models/chats.py)
private enum OpenWebUIExport {
  static func tree(_ json: JSON) throws(InvalidConversation) -> MessageTree {
    let chat = json["chat"] ?? .null
    let id: String
    if let own = chat["id"]?.string, !own.isEmpty, json["id"]?.string == nil {
      id = own
    } else {
      id = try ForeignConversation.identity(json, "id")
    }
    var tree = MessageTree(program: "open-webui", provider: "open-webui", id: id)
    tree.title = json["title"]?.string ?? chat["title"]?.string ?? ""
    tree.createdAt = json["created_at"]?.pointInTime ?? chat["timestamp"]?.pointInTime
    tree.updatedAt = json["updated_at"]?.pointInTime
    tree.isPinned = json["pinned"]?.bool ?? false
    tree.tags = ((json["meta"]?["tags"] ?? chat["tags"])?.array ?? []).compactMap { $0.string ?? $0["name"]?.string }
    tree.system = (chat["params"]?["system"] ?? chat["system"])?.string.flatMap { $0.isEmpty ? nil : $0 }
    let fallback = chat["models"]?.array?.first?.string
    if let messages = chat["history"]?["messages"]?.object {
      for (key, json) in messages.sorted(by: { $0.key < $1.key }) {
        tree.add(message(json, json["id"]?.string ?? key, json["parentId"]?.string, fallback, &tree))
      }
    }
    if tree.messages.isEmpty {
      var last: String?
      for (index, json) in (chat["messages"]?.array ?? []).enumerated() {
        let id = json["id"]?.string ?? "message \(index)"
        tree.add(message(json, id, json["parentId"]?.string ?? last, fallback, &tree))
        last = id
      }
    }
    return tree
  }

  private static func message(
    _ json: JSON, _ id: String, _ parent: String?, _ fallback: String?, _ tree: inout MessageTree
  ) -> MessageTree.Message {
    var message = MessageTree.Message(id: id, parent: parent)
    message.date = json["timestamp"]?.pointInTime
    switch json["role"]?.string {
    case "user": message.role = .user
    case "assistant": message.role = .model
    default: return message
    }
    message.model = json["model"]?.string ?? json["modelName"]?.string ?? fallback
    if let text = json["content"]?.string {
      (message.reasoning, message.text) = message.role == .model ? withoutDetails(text, &tree) : ("", text)
    }
    for part in json["content"]?.array ?? [] {
      if let text = part["text"]?.string {
        message.text.appendParagraph(text)
      } else {
        add(picture: part["image_url"]?["url"]?.string, named: nil, to: &message, &tree)
      }
    }
    for file in json["files"]?.array ?? [] {
      let name = lastPart(file["name"]?.string ?? file["file"]?["filename"]?.string ?? "")
      if file["type"]?.string == "image" {
        add(picture: file["url"]?.string, named: name.isEmpty ? nil : name, to: &message, &tree)
      } else if name.isEmpty {
        tree.omit("files without a name")
      } else if let text = file["file"]?["data"]?["content"]?.string {
        message.attachments.append(.text(name, text))
      } else {
        message.attachments.append(.named(name))
        tree.omit("contents of attached files")
      }
    }
    let usage = json["usage"] ?? json["info"]
    message.usage = Usage(
      promptTokens: (usage?["prompt_tokens"] ?? usage?["prompt_eval_count"])?.tokenCount,
      completionTokens: (usage?["completion_tokens"] ?? usage?["eval_count"])?.tokenCount)
    if let error = json["error"], !error.isNull, error.bool != false {
      message.failure =
        error["content"]?.string ?? error.string ?? error["message"]?.string ?? "Open WebUI told an error"
    }
    return message
  }

  /// Pictures stand in the chat itself, or in Open WebUI's own storage, which is not exported.
  private static func add(
    picture url: String?, named name: String?, to message: inout MessageTree.Message, _ tree: inout MessageTree
  ) {
    if message.role == .user, let picture = url.flatMap({ Attachment(dataURL: $0, named: name) }) {
      message.attachments.append(picture)
    } else {
      tree.omit("images")
    }
  }

  /// Takes what stands in `<details type="…">` out of an answer: thoughts are told apart, the rest is left out.
  private static func withoutDetails(_ text: String, _ tree: inout MessageTree) -> (reasoning: String, text: String) {
    var (reasoning, answer) = ("", "")
    var rest = text[...]
    while let start = rest.firstRange(of: "<details type=\""),
      let end = rest[start.upperBound...].firstRange(of: "</details>")
    {
      answer += rest[..<start.lowerBound]
      let inner = rest[start.upperBound..<end.lowerBound]
      if inner.hasPrefix("reasoning") {
        let body =
          inner.firstRange(of: "</summary>").map { inner[$0.upperBound...] } ?? inner.drop { $0 != ">" }.dropFirst()
        let lines = body.textLines().map { line -> Substring in
          line.hasPrefix("> ") ? line.dropFirst(2) : line.hasPrefix("&gt; ") ? line.dropFirst(5) : line
        }
        reasoning.appendParagraph(lines.joined(separator: "\n").trimmingBlankLines())
      } else {
        tree.omit(inner.hasPrefix("tool_calls") ? "tool calls" : "details of tools")
      }
      rest = rest[end.upperBound...]
    }
    return (reasoning, reasoning.isEmpty && answer.isEmpty ? text : (answer + rest).trimmingBlankLines())
  }
}

extension String {
  fileprivate func trimmingBlankLines() -> String {
    let start = drop(while: \.isNewline)
    return String(start.prefix(upTo: start.lastIndex { !$0.isNewline }.map(start.index(after:)) ?? start.startIndex))
  }
}
