import Conversations
import FoundationEssentials
import JSON

/// ChatGPT's data export (`conversations.json`, or several `conversations-….json`): an array of objects with `title`,
/// `create_time` and `update_time` (seconds), `mapping` and `conversation_id`. `mapping` has a node by its id, with
/// `parent` and a `message` of `author.role`, `content.content_type`, `content.parts`, `create_time` and
/// `metadata.model_slug`. (OpenAI does not document it; the form is that of exports from 2023 to today.)
enum ChatGPTExport {
  static func tree(_ json: JSON, _ files: ExportedFiles) throws(InvalidConversation) -> MessageTree {
    let id = try ForeignConversation.identity(json, "conversation_id", "id")
    var tree = MessageTree(program: "chatgpt", provider: "openai", id: id)
    tree.title = json["title"]?.string ?? ""
    tree.createdAt = json["create_time"]?.pointInTime
    tree.updatedAt = json["update_time"]?.pointInTime
    tree.isPinned = json["is_starred"]?.bool ?? false
    let fallback = json["default_model_slug"]?.string
    // Members of an object have no order; the dates and parents say it.
    for (key, node) in (json["mapping"]?.object ?? [:]).sorted(by: { $0.key < $1.key }) {
      tree.add(message(key, node, fallback, files, &tree))
    }
    return tree
  }

  private static func message(
    _ key: String, _ node: JSON, _ fallback: String?, _ files: ExportedFiles, _ tree: inout MessageTree
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
      let parts = content?["parts"]?.array ?? []
      guard parts.contains(where: isPicture) else {
        tree.omit("tool results")
        return message
      }
      // Pictures that ChatGPT makes are a tool's; what else the tool says is for the model.
      message.role = .model
      message.model = metadata?["model_slug"]?.string ?? fallback
      addFiles([], parts, files, to: &message, &tree)
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
    addFiles(metadata?["attachments"]?.array ?? [], content?["parts"]?.array ?? [], files, to: &message, &tree)
    message.isBrokenOff = message.role == .model && json["status"]?.string == "finished_partial_completion"
    return message
  }

  private static func isPicture(_ part: JSON) -> Bool { part["content_type"]?.string == "image_asset_pointer" }

  /// Their bytes stand in files of their own. An uploaded picture is among the uploads as well as among the parts.
  private static func addFiles(
    _ uploads: [JSON], _ parts: [JSON], _ files: ExportedFiles, to message: inout MessageTree.Message,
    _ tree: inout MessageTree
  ) {
    let ids = uploads.map { $0["id"]?.string.flatMap(ExportedFiles.id) }
    var uploaded: [Attachment] = []
    var isTaken = Array(repeating: false, count: uploads.count)
    for (place, upload) in uploads.enumerated() {
      guard let name = upload["name"]?.string.map(lastPart), !name.isEmpty else { continue }
      if message.role == .user, let file = ids[place].flatMap({ files.attachment($0, name: name) }) {
        uploaded.append(file)
        isTaken[place] = true
      } else {
        uploaded.append(.named(name))
        tree.omit("contents of attached files")
      }
    }
    let pictures = parts.filter(isPicture)
    for (place, picture) in pictures.enumerated() {
      let name = lastPart(picture["asset_pointer"]?.string ?? "")
      let id = ExportedFiles.id(name)
      // Old exports tell no ids of uploads, but have them in the pictures' order.
      let isOld = uploads.indices.contains(place) && ids[place] == nil
      if let own = isOld ? place : id.flatMap({ ids.firstIndex(of: $0) }) {
        if !isTaken[own] { tree.omit("images") }
      } else if let file = id.flatMap({ files.attachment($0, name: nil) }) {
        message.attachments.append(file)
      } else {
        tree.omit("images")
        if message.role == .user {
          message.attachments.append(.named(name.isEmpty ? "image" : name))
        } else {
          message.text.appendParagraph("(an image that was not taken over: \(name))")
        }
      }
    }
    message.attachments += uploaded
  }

  private static func add(_ part: JSON, to message: inout MessageTree.Message, _ tree: inout MessageTree) {
    if let text = part.string { return message.text.appendParagraph(text) }
    switch part["content_type"]?.string {
    case "audio_transcription": message.text.appendParagraph(part["text"]?.string ?? "")
    // Told with the files.
    case "image_asset_pointer": break
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
