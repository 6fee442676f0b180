import Basics
import Conversations
import FoundationEssentials
import JSON

/// Reads a session of a coding agent: a file of JSON Lines that is one conversation.
///
/// Lines are read one at a time, and only what was said is kept: what tools were asked and answered is counted.
final class SessionFile {
  private let path: String
  private let kind: SessionKind
  private var losses: [ImportProblem] = []
  private var tree: MessageTree
  /// The last message, which the next one of Codex follows.
  private var last: String?
  private var model: String?
  private var number = 0

  /// Of which kind the beginning of a file is; `nil` for none.
  static func kind(of beginning: [UInt8]) -> SessionKind? {
    for line in beginning.split(separator: UInt8(ascii: "\n")).prefix(20) {
      // The last line may be cut.
      guard let json = try? JSON(bytes: Array(line)), json.object != nil else { continue }
      if json["sessionId"]?.string != nil || json["parentUuid"] != nil || json["leafUuid"]?.string != nil {
        return .claudeCode
      }
      if json["type"]?.string == "file-history-snapshot" { continue }
      if json["payload"]?.object != nil, json["type"]?.string != nil { return .codex }
      if json["id"]?.string != nil, json["timestamp"]?.string != nil, json["instructions"] != nil || json["git"] != nil
      {
        return .codex
      }
      return nil
    }
    return nil
  }

  static func item(_ path: String, _ kind: SessionKind, models: ModelNames) -> ImportItem {
    let file = SessionFile(path, kind)
    do throws(ImportProblem) {
      let lines = try JSONLines(path: path)
      while let (number, bytes) = try lines.next() {
        file.number = number
        do { file.take(try JSON(bytes: bytes)) } catch {
          file.losses.append(ImportProblem("\(path), line \(number)", "\(error)"))
        }
      }
    } catch {
      // What stood before is kept.
      file.losses.append(error)
    }
    guard let conversation = file.tree.conversation(models: models) else {
      let problem = file.losses.first ?? ImportProblem(path, "nobody says anything in this session")
      return ImportItem(path, .failure(problem), omissions: file.tree.omissions)
    }
    return ImportItem(path, .success(conversation), losses: file.losses, omissions: file.tree.omissions)
  }

  private init(_ path: String, _ kind: SessionKind) {
    self.path = path
    self.kind = kind
    // The file is called as the session, which some lines name too.
    let name = lastPart(path)
    let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    switch kind {
    case .claudeCode: tree = MessageTree(program: "claude code", provider: "anthropic", id: stem)
    case .codex: tree = MessageTree(program: "codex", provider: "openai", id: Self.session(inName: stem))
    }
  }

  /// The UUID at the end of `rollout-2025-10-02T18-29-24-<uuid>`.
  private static func session(inName stem: String) -> String {
    let end = String(stem.suffix(36))
    return UUID(canonical: end) == nil ? stem : end.lowercased()
  }

  private func take(_ json: JSON) {
    switch kind {
    case .claudeCode: takeClaudeCode(json)
    case .codex: takeCodex(json)
    }
  }

  // MARK: Claude Code

  private func takeClaudeCode(_ json: JSON) {
    let type = json["type"]?.string
    switch type {
    case "summary":
      tree.title = json["summary"]?.string ?? tree.title
      return
    case "custom-title", "ai-title":
      tree.title = (json["customTitle"] ?? json["aiTitle"] ?? json["title"])?.string ?? tree.title
      return
    default: break
    }
    guard let id = json["uuid"]?.string else { return }
    var message = MessageTree.Message(id: id, parent: (json["parentUuid"] ?? json["logicalParentUuid"])?.string)
    message.date = json["timestamp"]?.pointInTime
    defer { tree.add(message) }
    guard type == "user" || type == "assistant", json["isMeta"]?.bool != true else { return }
    guard json["isSidechain"]?.bool != true else { return tree.omit("messages of subagents") }
    guard json["isCompactSummary"]?.bool != true else { return tree.omit("summaries of the context") }
    let content = json["message"]?["content"]
    message.text = content?.string ?? ""
    var isSaid = content?.string != nil
    for block in content?.array ?? [] {
      switch block["type"]?.string {
      case "text":
        message.text.appendParagraph(block["text"]?.string ?? "")
        isSaid = true
      case "thinking":
        message.reasoning.appendParagraph(block["thinking"]?.string ?? "")
        isSaid = true
      case "tool_use", "server_tool_use": tree.omit("tool calls")
      case "tool_result", "web_search_tool_result": tree.omit("tool results")
      case "image": tree.omit("images")
      case "document": tree.omit("documents")
      case "redacted_thinking": break
      default: tree.omit("parts of unknown kind")
      }
    }
    guard isSaid else { return }
    if type == "user" {
      // What the program itself puts in: the output of its commands.
      if message.text.hasPrefix("<local-command-") || message.text.hasPrefix("<command-name>") {
        return tree.omit("commands of the program")
      }
      message.role = .user
      return
    }
    message.role = .model
    let usage = json["message"]?["usage"]
    message.model = json["message"]?["model"]?.string
    // Each of an answer's lines tells the whole answer's count.
    let answer = json["message"]?["id"]?.string
    let isFirst = answer == nil || answer != last
    last = answer
    let parts = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"].compactMap {
      usage?[$0]?.tokenCount
    }
    message.usage = Usage(
      promptTokens: parts.isEmpty ? nil : parts.reduce(0, +),
      completionTokens: isFirst ? usage?["output_tokens"]?.tokenCount : nil)
    if json["isApiErrorMessage"]?.bool == true {
      message.failure = message.text
      message.text = ""
    }
  }

  // MARK: Codex

  private func takeCodex(_ json: JSON) {
    let date = json["timestamp"]?.pointInTime
    guard let payload = json["payload"], payload.object != nil else {
      if let id = json["id"]?.string, json["type"] == nil {
        begin(id, json)
      } else {
        takeItem(json, date)
      }
      return
    }
    switch json["type"]?.string {
    case "session_meta": if let id = payload["id"]?.string { begin(id, payload) }
    case "turn_context": model = payload["model"]?.string ?? model
    case "response_item": takeItem(payload, date)
    case "event_msg":
      guard payload["type"]?.string == "token_count", let last, let usage = payload["info"]?["last_token_usage"] else {
        return
      }
      tree.count(
        Usage(
          promptTokens: usage["input_tokens"]?.tokenCount, completionTokens: usage["output_tokens"]?.tokenCount,
          reasoningTokens: usage["reasoning_output_tokens"]?.tokenCount), for: last)
    case "compacted": tree.omit("summaries of the context")
    default: break
    }
  }

  private func begin(_ id: String, _ json: JSON) {
    // A session that goes on in a new file begins with the meta line of the old one, too.
    guard tree.messages.isEmpty else { return }
    var begun = MessageTree(program: "codex", provider: "openai", id: id.lowercased())
    begun.createdAt = json["timestamp"]?.pointInTime
    tree = begun
  }

  private func takeItem(_ item: JSON, _ date: Date?) {
    var message = MessageTree.Message(id: "line \(number)", parent: last, date: date)
    switch item["type"]?.string {
    case "message":
      for part in item["content"]?.array ?? [] {
        switch part["type"]?.string {
        case "input_text", "output_text", "text": message.text.appendParagraph(part["text"]?.string ?? "")
        case "input_image": tree.omit("images")
        default: tree.omit("parts of unknown kind")
        }
      }
      switch item["role"]?.string {
      case "user":
        let injected = [
          "<environment_context>", "<user_instructions>", "<permissions", "<INSTRUCTIONS>", "# AGENTS.md instructions",
        ]
        if injected.contains(where: message.text.hasPrefix) { return tree.omit("messages of the program") }
        message.role = .user
      case "assistant": message.role = .model
      default: return tree.omit("messages of the program")
      }
    case "reasoning":
      message.role = .model
      for part in (item["summary"]?.array ?? []) + (item["content"]?.array ?? []) {
        message.reasoning.appendParagraph(part["text"]?.string ?? "")
      }
      if message.reasoning.isEmpty { return }
    case "function_call", "custom_tool_call", "local_shell_call", "web_search_call": return tree.omit("tool calls")
    case "function_call_output", "custom_tool_call_output": return tree.omit("tool results")
    default: return
    }
    message.model = model ?? "codex"
    tree.add(message)
    last = message.id
  }
}
