import Conversations
import FoundationEssentials
import JSON

/// Reads a conversation as chat programs export them, one JSON object each.
enum ForeignConversation {
  /// What the object is; `nil` for anything else.
  static func tree(_ json: JSON) throws(InvalidConversation) -> MessageTree? {
    if json["mapping"]?.object != nil { return try ChatGPTExport.tree(json) }
    if json["chat_messages"]?.array != nil { return try ClaudeExport.tree(json) }
    if json["chat"]?["history"]?.object != nil || json["chat"]?["messages"]?.array != nil {
      return try OpenWebUIExport.tree(json)
    }
    return nil
  }

  fileprivate static func identity(_ json: JSON, _ keys: String...) throws(InvalidConversation) -> String {
    for key in keys {
      if let id = json[key]?.string, !id.isEmpty { return id }
    }
    throw InvalidConversation(path: keys[0], reason: "it is missing, so that the conversation could not be known again")
  }
}

/// ChatGPT's data export (`conversations.json`, or several `conversations-….json`): an array of objects with `title`,
/// `create_time` and `update_time` (seconds), `mapping` and `conversation_id`. `mapping` has a node by its id, with
/// `parent` and a `message` of `author.role`, `content.content_type`, `content.parts`, `create_time` and
/// `metadata.model_slug`. (OpenAI does not document it; the form is that of exports from 2023 to today.)
private enum ChatGPTExport {
  static func tree(_ json: JSON) throws(InvalidConversation) -> MessageTree {
    let id = try ForeignConversation.identity(json, "conversation_id", "id")
    var tree = MessageTree(program: "chatgpt", provider: "openai", id: id)
    tree.title = json["title"]?.string ?? ""
    tree.createdAt = json["create_time"]?.pointInTime
    tree.updatedAt = json["update_time"]?.pointInTime
    tree.isPinned = json["is_starred"]?.bool ?? false
    let fallback = json["default_model_slug"]?.string
    // Members of an object have no order; the dates and parents say it.
    for (key, node) in (json["mapping"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      tree.add(message(key, node, fallback, &tree))
    }
    return tree
  }

  private static func message(
    _ key: String, _ node: JSON, _ fallback: String?, _ tree: inout MessageTree
  ) -> MessageTree.Message {
    var message = MessageTree.Message(id: key, parent: node["parent"]?.string)
    guard let json = node["message"], json.object != nil else { return message }
    message.date = json["create_time"]?.pointInTime
    let metadata = json["metadata"]
    guard metadata?["is_visually_hidden_from_conversation"]?.bool != true else { return message }
    let content = json["content"]
    switch json["author"]?["role"]?.string {
    case "user": message.role = .user
    case "assistant": message.role = .model
    case "tool":
      tree.omit("tool results")
      return message
    default: return message
    }
    message.model = metadata?["model_slug"]?.string ?? fallback
    if let recipient = json["recipient"]?.string, recipient != "all" {
      tree.omit("tool calls")
      message.role = nil
      return message
    }
    switch content?["content_type"]?.string {
    case "thoughts":
      for thought in content?["thoughts"]?.array ?? [] {
        message.reasoning.appendParagraph(thought["summary"]?.string ?? "")
        message.reasoning.appendParagraph(thought["content"]?.string ?? "")
      }
    case "reasoning_recap": message.role = nil
    case "user_editable_context", "model_editable_context":
      tree.omit("custom instructions")
      message.role = nil
    case "code": message.text = content?["text"]?.string ?? ""
    case "system_error":
      message.failure = content?["text"]?.string ?? content?["name"]?.string ?? "ChatGPT told an error"
    default:
      for part in content?["parts"]?.array ?? [] { add(part, to: &message, &tree) }
      if content?["parts"] == nil { message.text = content?["text"]?.string ?? content?["result"]?.string ?? "" }
    }
    let files = metadata?["attachments"]?.array ?? []
    // Their bytes stand in files of their own, which are not read. An uploaded picture is among the files as well.
    let pictures = (content?["parts"]?.array ?? []).filter { $0["content_type"]?.string == "image_asset_pointer" }
    for picture in pictures.dropFirst(files.count) {
      let name = lastPart(picture["asset_pointer"]?.string ?? "")
      if message.role == .user {
        message.attachments.append(.named(name.isEmpty ? "image" : name))
      } else {
        message.text.appendParagraph("(an image that was not taken over: \(name))")
      }
    }
    for file in files {
      guard let name = file["name"]?.string.map(lastPart), !name.isEmpty else { continue }
      message.attachments.append(.named(name))
      tree.omit("contents of attached files")
    }
    message.isBrokenOff = message.role == .model && json["status"]?.string == "finished_partial_completion"
    return message
  }

  private static func add(_ part: JSON, to message: inout MessageTree.Message, _ tree: inout MessageTree) {
    if let text = part.string { return message.text.appendParagraph(text) }
    switch part["content_type"]?.string {
    case "audio_transcription": message.text.appendParagraph(part["text"]?.string ?? "")
    case "image_asset_pointer": tree.omit("images")
    case "audio_asset_pointer": tree.omit("sound recordings")
    case "video_container_asset_pointer", "real_time_user_audio_video_asset_pointer":
      tree.omit("video and sound recordings")
    default:
      if let text = part["text"]?.string {
        message.text.appendParagraph(text)
      } else {
        tree.omit("parts of unknown kind")
      }
    }
  }
}

/// Claude's data export (`conversations.json`): an array of objects with `uuid`, `name`, `created_at`, `updated_at` and
/// `chat_messages`, each with `uuid`, `sender` (`human`, `assistant`), `text`, `content` (blocks of `type` `text`,
/// `thinking`,
/// `tool_use`, `tool_result`), `attachments` (`file_name`, `extracted_content`) and `files` (`file_name`). Newer ones
/// have
/// `parent_message_uuid`. (Anthropic does not document it.)
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
        case "image": tree.omit("images")
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

/// Chats as Open WebUI exports them: an array of objects with `id`, `title`, `created_at`, `updated_at` (seconds),
/// `pinned` and
/// `chat`. `chat.history.messages` has a message by its id, with `parentId`, `role`, `content`, `timestamp`, `model`,
/// `usage` and
/// `error`; older chats have an array `chat.messages`.
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
      if let text = part["text"]?.string { message.text.appendParagraph(text) } else { tree.omit("images") }
    }
    for file in json["files"]?.array ?? [] {
      let name = lastPart(file["name"]?.string ?? file["file"]?["filename"]?.string ?? "")
      if file["type"]?.string == "image" || name.isEmpty {
        tree.omit(file["type"]?.string == "image" ? "images" : "files without a name")
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
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
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
