import Basics
import Conversations
import Digest
import FoundationEssentials
import GRDB
import JSON

/// One call of a model, from either layout.
struct LLMCall {
  /// What the call's messages follow.
  enum Base {
    /// The older layout only knows the order.
    case previousCall
    /// Nothing, or a system prompt.
    case beginning
    /// The message with this hash.
    case message(String)
  }

  var model: String
  var prompt = ""
  var system: String?
  var attachments: [Attachment] = []
  var response = ""
  var reasoning = ""
  /// `name {"argument": …}`, for each tool that the model wants called.
  var toolCalls: [String] = []
  var usage = Usage()
  /// Those of its options that there are here.
  var options = GenerationOptions()
  var milliseconds: Int?
  var date: Date?
  var base = Base.previousCall
  /// The hash of the call's last message.
  var tip: String?
}

/// Reads the calls of one conversation.
struct LLMThread {
  let layout: LLMLayout
  /// System prompts by the hash of the message whose chain begins with them.
  private var systems: [String: String?] = [:]

  init(layout: LLMLayout) { self.layout = layout }

  /// `nil` if the row has gone meanwhile. Throws ``ImportProblem`` for a row that cannot be made sense of.
  mutating func call(_ id: String, isTurn: Bool, _ db: Database) throws -> LLMCall? {
    isTurn ? try turn(id, db) : try response(id, db)
  }

  /// The conversation's own name; empty if it has none.
  func name(of id: String, _ db: Database) throws -> String {
    for table in ["threads", "conversations"] where layout.has(table, "id", "name") {
      let row = try Row.fetchOne(
        layout.statement("names in \(table)", db) {
          "SELECT \(layout.bytes("name", of: table)) FROM \(table) WHERE id = CAST(? AS TEXT)"
        }, arguments: [Data(id.utf8)])
      if let name = row?.optionalText("name") { return name }
    }
    return ""
  }

  // MARK: `responses`

  private func response(_ id: String, _ db: Database) throws -> LLMCall? {
    let statement = try layout.statement("response", db) {
      let texts = [
        "model", "prompt", "system", "response", "reasoning", "datetime_utc", "token_details", "options_json",
      ]
      let numbers = ["duration_ms", "input_tokens", "output_tokens"]
      let columns =
        texts.map { layout.bytes($0, of: "responses") } + numbers.map { layout.value($0, of: "responses") }
      return "SELECT \(columns.joined(separator: ", ")) FROM responses WHERE id = ?"
    }
    guard let row = try Row.fetchOne(statement, arguments: [id]) else { return nil }
    var call = try LLMCall(row)
    call.prompt = row.text("prompt")
    call.response = row.text("response")
    call.reasoning = row.text("reasoning")
    let systems = try fragments("system_fragments", of: id, db).map(\.content) + [row.text("system")]
    let system = systems.filter { !$0.isEmpty }.joined(separator: "\n\n")
    call.system = system.isEmpty ? nil : system
    call.attachments = try fragments("prompt_fragments", of: id, db) + files(of: id, db) + toolResults(of: id, db)
    call.toolCalls = try toolCalls(of: id, db)
    return call
  }

  private func fragments(_ table: String, of id: String, _ db: Database) throws -> [Attachment] {
    guard layout.has(table, "response_id", "fragment_id"), layout.has("fragments", "id", "content") else { return [] }
    let statement = try layout.statement(table, db) {
      let columns = ["content", "source"].map { layout.bytes($0, of: "fragments") }.joined(separator: ", ")
      let order = layout.has(table, "order") ? "\"order\"" : "fragment_id"
      return """
        SELECT fragments.id, \(columns) FROM \(table) JOIN fragments ON fragments.id = fragment_id
        WHERE response_id = ? ORDER BY \(table).\(order)
        """
    }
    return try Row.fetchAll(statement, arguments: [id]).map(Self.fragment)
  }

  private static func fragment(_ row: Row) -> Attachment {
    let source = lastPart(row.text("source"))
    let number = row.number("id").map { "-\($0)" } ?? ""
    return attachment(source.isEmpty ? "fragment\(number).txt" : source, row.text("content"))
  }

  private func files(of id: String, _ db: Database) throws -> [Attachment] {
    guard layout.has("prompt_attachments", "response_id", "attachment_id"), layout.has("attachments", "id") else {
      return []
    }
    let statement = try layout.statement("files", db) {
      let order = layout.has("prompt_attachments", "order") ? "\"order\"" : "attachment_id"
      return """
        SELECT \(fileColumns) FROM prompt_attachments JOIN attachments ON attachments.id = attachment_id
        WHERE response_id = ? ORDER BY prompt_attachments.\(order)
        """
    }
    return try Row.fetchAll(statement, arguments: [id]).map(Self.file)
  }

  private var fileColumns: String {
    ["id", "type", "path", "url", "content"].map { layout.bytes($0, of: "attachments") }.joined(separator: ", ")
  }

  /// A text, a picture and a PDF are kept; of anything else, and of what the log only knows the place of, only the
  /// name.
  private static func file(_ row: Row) -> Attachment {
    let type = row.optionalText("type") ?? "unknown type"
    let place = lastPart(row.optionalText("path") ?? row.text("url"))
    let ending = type.split(separator: "/").last.map { $0 == "plain" ? "txt" : String($0) } ?? "bin"
    let name = place.isEmpty ? "attachment-\(row.text("id").prefix(8)).\(ending)" : place
    let content: Data? = row["content"]
    guard let content, !content.isEmpty else { return attachment(name, "(not imported: \(type), not in the log)") }
    let bytes = [UInt8](content)
    if let media = Media(bytes), media.type == .pdf || content.contains(0) {
      return Attachment(name: name, sha256: SHA256.text(of: bytes), media: media)
    }
    if !content.contains(0), let text = String(validating: content, as: UTF8.self) { return attachment(name, text) }
    return attachment(name, "(not imported: \(type), \(content.count) bytes)")
  }

  private static func attachment(_ name: String, _ content: String) -> Attachment {
    Attachment(name: name, sha256: SHA256.text(content), content: content)
  }

  /// What tools answered, which this call put before the model.
  private func toolResults(of id: String, _ db: Database) throws -> [Attachment] {
    guard layout.has("tool_results", "id", "response_id", "name", "output") else { return [] }
    let statement = try layout.statement("tool_results", db) {
      let columns = ["name", "output"].map { layout.bytes($0, of: "tool_results") }.joined(separator: ", ")
      return "SELECT \(columns) FROM tool_results WHERE response_id = ? ORDER BY id"
    }
    return try Row.fetchAll(statement, arguments: [id]).map {
      Self.attachment("\(lastPart($0.text("name")))-result.txt", $0.text("output"))
    }
  }

  private func toolCalls(of id: String, _ db: Database) throws -> [String] {
    guard layout.has("tool_calls", "id", "response_id", "name", "arguments") else { return [] }
    let statement = try layout.statement("tool_calls", db) {
      let columns = ["name", "arguments"].map { layout.bytes($0, of: "tool_calls") }.joined(separator: ", ")
      return "SELECT \(columns) FROM tool_calls WHERE response_id = ? ORDER BY id"
    }
    return try Row.fetchAll(statement, arguments: [id]).map { "\($0.text("name")) \($0.text("arguments"))" }
  }

  // MARK: `turns`

  private mutating func turn(_ id: String, _ db: Database) throws -> LLMCall? {
    let statement = try layout.statement("turn", db) {
      let texts = ["model", "datetime_utc", "token_details", "options_json", "parent_message_hash", "tip_message_hash"]
      let numbers = ["duration_ms", "input_tokens", "output_tokens"]
      let columns = texts.map { layout.bytes($0, of: "turns") } + numbers.map { layout.value($0, of: "turns") }
      return "SELECT \(columns.joined(separator: ", ")) FROM turns WHERE id = ?"
    }
    guard let row = try Row.fetchOne(statement, arguments: [id]) else { return nil }
    var call = try LLMCall(row)
    let parent = row.optionalText("parent_message_hash")
    call.tip = row.optionalText("tip_message_hash")

    // What the user and tools said last belongs to this call; what stands before it, to earlier ones.
    let input = try chain(from: parent, db) { $0.role == "user" || $0.role == "tool" }
    for message in input.messages { try add(message, to: &call, db) }
    for message in try chain(from: call.tip, db, while: { $0.hash != parent }).messages {
      for part in try parts(of: message.hash, db) {
        switch part.type {
        case "text": call.response += part.wholeText
        case "reasoning": call.reasoning += part.wholeText
        case "tool_call":
          call.toolCalls.append("\(part.payload["name"]?.string ?? "tool") \(part.payload["arguments"]?.text ?? "{}")")
        default: break
        }
      }
    }
    call.base = input.next.map { $0.role == "system" ? .beginning : .message($0.hash) } ?? .beginning
    call.system = try system(before: input.next, db)
    if let tip = call.tip { systems[tip] = .some(call.system) }
    return call
  }

  private struct Message {
    var hash: String
    var parent: String?
    var role: String
  }

  private func message(_ hash: String, _ db: Database) throws -> Message {
    let statement = try layout.statement("message", db) {
      let columns = ["parent_hash", "role"].map { layout.bytes($0, of: "messages") }.joined(separator: ", ")
      return "SELECT \(columns) FROM messages WHERE hash = ?"
    }
    guard let row = try Row.fetchOne(statement, arguments: [hash]) else {
      throw ImportProblem("", "its message \(hash.prefix(40)) is missing")
    }
    return Message(hash: hash, parent: row.optionalText("parent_hash"), role: row.text("role"))
  }

  /// The messages from `hash` back to the first that is not wanted, oldest first, and that one.
  private func chain(
    from hash: String?, _ db: Database, while isWanted: (Message) -> Bool
  ) throws -> (messages: [Message], next: Message?) {
    var messages: [Message] = []
    var seen: Set<String> = []
    var next = hash
    while let hash = next {
      let message = try message(hash, db)
      guard isWanted(message) else { return (messages.reversed(), message) }
      guard seen.insert(hash).inserted else { throw ImportProblem("", "its messages follow each other in a circle") }
      messages.append(message)
      next = message.parent
    }
    return (messages.reversed(), nil)
  }

  /// The system prompt that the chain up to `message` begins with.
  private func system(before message: Message?, _ db: Database) throws -> String? {
    guard let message else { return nil }
    if let known = systems[message.hash] { return known }
    let chain = try chain(from: message.hash, db) { _ in true }.messages
    guard let first = chain.first, first.role == "system" else { return nil }
    let text = try parts(of: first.hash, db).filter { $0.type == "text" }.map(\.wholeText).joined()
    return text.isEmpty ? nil : text
  }

  private func add(_ message: Message, to call: inout LLMCall, _ db: Database) throws {
    for part in try parts(of: message.hash, db) {
      switch part.type {
      case "text":
        call.prompt += part.ownText
        call.attachments += part.fragments
      case "attachment":
        guard let id = part.payload["attachment"]?["id"]?.string, layout.has("attachments", "id") else { continue }
        let statement = try layout.statement("attachment", db) {
          "SELECT \(fileColumns) FROM attachments WHERE id = ?"
        }
        call.attachments += try Row.fetchAll(statement, arguments: [id]).map(Self.file)
      case "tool_result":
        let name = lastPart(part.payload["name"]?.string ?? "")
        let output = part.payload["output"]
        call.attachments.append(
          Self.attachment("\(name.isEmpty ? "tool" : name)-result.txt", output?.string ?? output?.text ?? ""))
      default: break
      }
    }
  }

  private struct Part {
    var type: String
    var payload: JSON
    /// Everything, fragments included.
    var wholeText: String
    /// What is not from a fragment.
    var ownText: String
    var fragments: [Attachment]
  }

  private func parts(of hash: String, _ db: Database) throws -> [Part] {
    let statement = try layout.statement("parts", db) {
      let columns = ["type", "text", "payload"].map { layout.bytes($0, of: "parts") }.joined(separator: ", ")
      return "SELECT \(columns) FROM parts WHERE message_hash = ? ORDER BY position"
    }
    return try Row.fetchAll(statement, arguments: [hash]).map { row in
      let text = row.text("text")
      var payload = JSON.null
      if let json = row.optionalText("payload") {
        do { payload = try JSON(json) } catch { throw ImportProblem("", "a part of its messages is \(error)") }
      }
      var part = Part(type: row.text("type"), payload: payload, wholeText: text, ownText: text, fragments: [])
      for piece in payload["text_ref"]?.array ?? [] { try add(piece, to: &part, db) }
      return part
    }
  }

  /// A text that borrows from fragments is kept in pieces, `{"literal": …}` and `{"fragment": id}`.
  private func add(_ piece: JSON, to part: inout Part, _ db: Database) throws {
    if let literal = piece["literal"]?.string {
      part.wholeText += literal
      // The line end that joined it to the fragment before it.
      part.ownText += part.fragments.isEmpty || !literal.hasPrefix("\n") ? literal : String(literal.dropFirst())
    }
    guard let id = piece["fragment"]?.int else { return }
    let statement = try layout.statement("fragment", db) {
      let columns = ["content", "source"].map { layout.bytes($0, of: "fragments") }.joined(separator: ", ")
      return "SELECT id, \(columns) FROM fragments WHERE id = ?"
    }
    guard layout.has("fragments", "id"), let row = try Row.fetchOne(statement, arguments: [id]) else {
      throw ImportProblem("", "its fragment \(id) is missing")
    }
    part.wholeText += row.text("content")
    part.fragments.append(Self.fragment(row))
  }
}

extension LLMCall {
  /// What both layouts keep in columns of the same names.
  fileprivate init(_ row: Row) throws {
    guard let model = row.optionalText("model") else { throw ImportProblem("", "it names no model") }
    self.model = model
    date = Timestamp.date(row.text("datetime_utc"))
    milliseconds = row.number("duration_ms").flatMap(Bounds.milliseconds.only)
    // Options that cannot be read are no reason to leave an answer behind.
    if let text = row.optionalText("options_json"), let json = try? JSON(text) {
      options = GenerationOptions(stored: json)
    }
    var reasoning: Int?
    // Providers name the details as they like; the two that count reasoning do it alike.
    if let text = row.optionalText("token_details"), let details = try? JSON(text) {
      reasoning = (details["completion_tokens_details"] ?? details["output_tokens_details"])?["reasoning_tokens"]?.int
    }
    usage = Usage(
      promptTokens: row.number("input_tokens"), completionTokens: row.number("output_tokens"),
      reasoningTokens: reasoning)
  }
}
