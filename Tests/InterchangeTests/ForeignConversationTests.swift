import Basics
import Conversations
import Foundation
import TestSupport
import Testing

@testable import Interchange

@Suite("What other chat programs export")
struct ForeignConversationTests {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func items(_ name: String, _ text: String) throws -> [ImportItem] {
    try directory.write(name, text)
    return try importItems(at: directory(name))
  }

  static let chatGPT = """
    [{"title": "Blue sky", "create_time": 1759429764.5, "update_time": 1759430000.0, "conversation_id": "c1",
      "default_model_slug": "gpt-4o", "current_node": "a3", "mapping": {
      "root": {"id": "root", "message": null, "parent": null, "children": ["sys"]},
      "sys": {"id": "sys", "parent": "root", "children": ["u1"], "message": {"author": {"role": "system"},
        "content": {"content_type": "text", "parts": [""]}, "metadata": {"is_visually_hidden_from_conversation": true}}},
      "u1": {"id": "u1", "parent": "sys", "children": ["t1", "a2"], "message": {"author": {"role": "user"},
        "create_time": 1759429764.5, "content": {"content_type": "multimodal_text",
        "parts": [{"content_type": "image_asset_pointer", "asset_pointer": "file-service://x"}, "Why is it blue?"]},
        "metadata": {"attachments": [{"id": "f", "name": "sky.png"}]}}},
      "t1": {"id": "t1", "parent": "u1", "children": ["s1"], "message": {"author": {"role": "assistant"},
        "create_time": 1759429765.0, "recipient": "all", "content": {"content_type": "thoughts",
        "thoughts": [{"summary": "Optics", "content": "Short waves scatter."}]}, "metadata": {"model_slug": "o3"}}},
      "s1": {"id": "s1", "parent": "t1", "children": ["r1"], "message": {"author": {"role": "assistant"},
        "recipient": "web", "content": {"content_type": "code", "text": "search()"}, "metadata": {"model_slug": "o3"}}},
      "r1": {"id": "r1", "parent": "s1", "children": ["a1"], "message": {"author": {"role": "tool", "name": "web"},
        "content": {"content_type": "text", "parts": ["result"]}, "metadata": {}}},
      "a1": {"id": "a1", "parent": "r1", "children": ["u2", "u3"], "message": {"author": {"role": "assistant"},
        "create_time": 1759429770.0, "recipient": "all", "status": "finished_successfully",
        "content": {"content_type": "text", "parts": ["Rayleigh."]}, "metadata": {"model_slug": "o3"}}},
      "a2": {"id": "a2", "parent": "u1", "children": [], "message": {"author": {"role": "assistant"},
        "create_time": 1759429780.0, "recipient": "all", "status": "finished_partial_completion",
        "content": {"content_type": "text", "parts": ["Because"]}, "metadata": {"model_slug": "o3"}}},
      "u2": {"id": "u2", "parent": "a1", "children": ["a3"], "message": {"author": {"role": "user"},
        "create_time": 1759429790.0, "content": {"content_type": "text", "parts": ["And at dusk?"]}, "metadata": {}}},
      "a3": {"id": "a3", "parent": "u2", "children": [], "message": {"author": {"role": "assistant"},
        "create_time": 1759429795.0, "content": {"content_type": "text", "parts": ["Red."]}, "metadata": {}}},
      "u3": {"id": "u3", "parent": "a1", "children": [], "message": {"author": {"role": "user"},
        "create_time": 1759429799.0, "content": {"content_type": "text", "parts": ["And on Mars?"]}, "metadata": {}}}}},
     {"title": "broken", "mapping": {"x": {"parent": "x", "message": {"author": {"role": "user"}}}}},
     {"title": "circle", "conversation_id": "c2", "mapping": {
       "x": {"parent": "y", "message": {"author": {"role": "user"}, "content": {"parts": ["one"]}}},
       "y": {"parent": "x", "message": {"author": {"role": "assistant"}, "content": {"parts": ["two"]}}}}}]
    """

  @Test("ChatGPT's tree becomes branches and attempts; models, times and thoughts stay; the rest is counted")
  func chatGPT() throws {
    let items = try items("conversations.json", Self.chatGPT)
    #expect(items.count == 3)
    let conversation = try #require(items[0].conversation)
    #expect(conversation.title == "Blue sky" && conversation.createdAt.timeIntervalSince1970 == 1_759_429_764.5)
    let prompts = conversation.exchanges.map(\.prompt)
    #expect(prompts.map(\.text) == ["Why is it blue?", "And at dusk?", "And on Mars?"])
    #expect(
      prompts.map(\.parent) == [nil, prompts[0].id, prompts[0].id] && prompts[0].attachments.map(\.name) == ["sky.png"])
    let replies = conversation.exchanges[0].replies
    #expect(replies.map(\.text) == ["Rayleigh.", "Because"] && replies.map(\.attempt) == [1, 2])
    #expect(replies.map(\.state) == [.success, .partial] && replies[0].reasoning == "Optics\n\nShort waves scatter.")
    #expect(replies.map(\.model) == Array(repeating: ModelReference(provider: "openai", name: "o3"), count: 2))
    #expect(replies[0].startedAt.timeIntervalSince1970 == 1_759_429_765 && replies[0].duration == .seconds(5))
    #expect(conversation.exchanges[1].replies[0].model.name == "gpt-4o" && conversation.exchanges[2].replies.isEmpty)
    #expect(
      items[0].omissions == ["images": 1, "tool calls": 1, "tool results": 1, "contents of attached files": 1])
    #expect(items[1].problem?.contains("element 2") == true && items[1].problem?.contains("conversation_id") == true)
    #expect(items[2].conversation?.exchanges.count == 1, "a circle is cut")
    #expect(try self.items("conversations.json", Self.chatGPT)[0].conversation == conversation)
  }

  @Test("The files of ChatGPT's export that stand beside it come along, wherever in it they are, byte for byte")
  func files() throws {
    let picture = Data(Sample.png(3, 2))
    for folder in ["", "user-AbC/"] {
      let place = directory("\(folder)x")
      try FileManager.default.createDirectory(atPath: String(place.dropLast(1)), withIntermediateDirectories: true)
      try picture.write(to: URL(filePath: directory("\(folder)file-A1-sky.png")))
      try picture.write(to: URL(filePath: directory("\(folder)file_b2-sanitized.dat")))
      try Data("Notes".utf8).write(to: URL(filePath: directory("\(folder)file-C3-notes.txt")))
      try Data([0, 1, 2]).write(to: URL(filePath: directory("\(folder)file-D4-x.bin")))
      let items = try items(
        "conversations.json",
        """
        [{"title": "t", "conversation_id": "c", "create_time": 1, "mapping": {"u": {"message": {"author": {"role": "user"},
          "metadata": {"attachments": [{"id": "file-A1", "name": "sky.png"}, {"id": "file-C3", "name": "notes.txt"},
            {"id": "file-D4", "name": "x.bin"}]},
          "content": {"content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-A1"}, "What?",
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_b2#page_1"},
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_e5"}]}}}}}]
        """)
      let files = try #require(items[0].conversation?.exchanges[0].prompt.attachments)
      #expect(files.map(\.name) == ["file_b2.png", "file_e5", "sky.png", "notes.txt", "x.bin"])
      #expect(files.map { $0.media?.data } == [picture, nil, picture, nil, nil] && files[3].content == "Notes")
      #expect(items[0].omissions == ["contents of attached files": 1, "images": 1])
      for name in ["file-A1-sky.png", "file_b2-sanitized.dat", "file-C3-notes.txt", "file-D4-x.bin"] {
        try FileManager.default.removeItem(atPath: directory(folder + name))
      }
    }
  }

  @Test("A picture that stands in Open WebUI's chat itself comes along; one in its storage is counted")
  func inlinePictures() throws {
    let picture = Data(Sample.png(3, 2))
    let url = "data:image/png;base64,\(picture.base64EncodedString())"
    let items = try items(
      "chats.json",
      """
      [{"id": "w", "chat": {"history": {"messages": {"a": {"id": "a", "role": "user", "content": "What?", "files": [
        {"type": "image", "url": "\(url)", "name": "sky.png"}, {"type": "image", "url": "/api/v1/files/1"}]},
        "b": {"id": "b", "parentId": "a", "role": "assistant", "content": "Sky."},
        "c": {"id": "c", "parentId": "b", "role": "user", "content": [{"type": "text", "text": "And?"},
          {"type": "image_url", "image_url": {"url": "\(url)"}}]}}}}}]
      """)
    let prompts = try #require(items[0].conversation?.exchanges.map(\.prompt))
    #expect(prompts.map { $0.attachments.map(\.name) } == [["sky.png"], ["image.png"]])
    #expect(prompts.flatMap(\.attachments).allSatisfy { $0.media?.data == picture })
    #expect(items[0].omissions == ["images": 1])
  }

  @Test("A picture of ChatGPT's that is not there has a line with its name") func pictures() throws {
    let items = try items(
      "conversations.json",
      """
      [{"title": "t", "conversation_id": "c", "create_time": 1, "mapping": {
        "u": {"message": {"author": {"role": "user"}, "content": {"content_type": "multimodal_text", "parts": [
          {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-A"}, "What is it?"]}}},
        "a": {"parent": "u", "message": {"author": {"role": "assistant"}, "content": {"content_type": "multimodal_text",
          "parts": ["Here.", {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_B"}]}}}}}]
      """)
    let exchange = try #require(items[0].conversation?.exchanges[0])
    #expect(exchange.prompt.attachments.map(\.name) == ["file-A"])
    #expect(exchange.replies[0].text == "Here.\n\n(an image that was not taken over: file_B)")
    #expect(items[0].omissions["images"] == 2)
  }

  @Test("A picture that ChatGPT made comes along with the prompt that asked for it, and its answer says so")
  func madePictures() throws {
    let picture = Data(Sample.png(3, 2))
    try picture.write(to: URL(filePath: directory("file_B7-0123.png")))
    let items = try items(
      "conversations.json",
      """
      [{"title": "t", "conversation_id": "c", "create_time": 1, "default_model_slug": "gpt-4o", "mapping": {
        "u": {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["Draw it."]}}},
        "c": {"parent": "u", "message": {"author": {"role": "assistant"}, "recipient": "dalle.text2im",
          "content": {"content_type": "code", "text": "{}"}}},
        "t": {"parent": "c", "message": {"author": {"role": "tool", "name": "dalle.text2im"}, "content": {
          "content_type": "multimodal_text", "parts": [
            {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file_B7"}, "for the model alone"]}}},
        "a": {"parent": "t", "message": {"author": {"role": "assistant"}, "recipient": "all",
          "content": {"content_type": "text", "parts": ["There it is."]}}}}}]
      """)
    let exchange = try #require(items[0].conversation?.exchanges[0])
    #expect(exchange.prompt.attachments.map(\.name) == ["file_B7.png"])
    #expect(exchange.prompt.attachments.first?.media?.data == picture)
    #expect(exchange.replies.map(\.text) == ["(made, and kept with the prompt: file_B7.png)\n\nThere it is."])
    #expect(items[0].omissions == ["tool calls": 1])
  }

  @Test("A picture whose bytes stand in Claude's export comes along; one without them is counted")
  func claudePictures() throws {
    let picture = Data(Sample.png(3, 2))
    let items = try items(
      "conversations.json",
      """
      [{"uuid": "k", "name": "t", "created_at": "2025-10-02T18:29:24Z", "chat_messages": [
        {"uuid": "m", "sender": "human", "content": [{"type": "text", "text": "What?"},
          {"type": "image", "source": {"type": "base64", "media_type": "image/png",
            "data": "\(picture.base64EncodedString())"}}, {"type": "image", "source": {"type": "file"}}]}]}]
      """)
    let prompt = try #require(items[0].conversation?.exchanges[0].prompt)
    #expect(prompt.attachments.map(\.name) == ["image.png"] && prompt.attachments[0].media?.data == picture)
    #expect(items[0].omissions == ["images": 1])
  }

  static let claudeExport = """
    [{"uuid": "k1", "name": "Sky", "created_at": "2025-10-02T18:29:24.123456Z", "updated_at": "2025-10-02T18:30:00Z",
      "account": {"uuid": "x"}, "chat_messages": [
      {"uuid": "m1", "sender": "human", "text": "Why?", "content": [{"type": "text", "text": "Why?"}],
       "created_at": "2025-10-02T18:29:24Z", "attachments": [{"file_name": "a.txt", "extracted_content": "blue"}],
       "files": [{"file_name": "b.png"}]},
      {"uuid": "m2", "sender": "assistant", "text": "Light.", "created_at": "2025-10-02T18:29:30Z", "content": [
       {"type": "thinking", "thinking": "Hm."}, {"type": "tool_use", "name": "x"}, {"type": "text", "text": "Light."}]}]}]
    """

  @Test("Claude's messages, thoughts, pasted files and times")
  func claude() throws {
    let items = try items(
      "conversations.json", Self.claudeExport)
    let conversation = try #require(items[0].conversation)
    let exchange = conversation.exchanges[0]
    #expect(exchange.prompt.text == "Why?" && exchange.prompt.attachments.map(\.content)[0] == "blue")
    #expect(exchange.replies[0].text == "Light." && exchange.replies[0].reasoning == "Hm.")
    #expect(exchange.replies[0].model == ModelReference(provider: "anthropic", name: "claude"))
    #expect(Timestamp.text(conversation.createdAt) == "2025-10-02T18:29:24.123456Z")
    #expect(items[0].omissions == ["tool calls": 1, "contents of attached files": 1])
  }

  static let openWebUIExport = """
    [{"id": "w1", "user_id": "u", "title": "Sky", "created_at": 1759429764, "updated_at": 1759429800, "pinned": true,
      "meta": {"tags": ["optics"]}, "chat": {"models": ["llama3"], "history": {"currentId": "b", "messages": {
      "a": {"id": "a", "parentId": null, "role": "user", "content": "Why?", "timestamp": 1759429764},
      "b": {"id": "b", "parentId": "a", "role": "assistant", "model": "llama3", "timestamp": 1759429765, "content":
        "<details type=\\"reasoning\\" done=\\"true\\">\\n<summary>Thought</summary>\\n> Hm.\\n</details>\\nLight.",
        "usage": {"prompt_tokens": 3, "completion_tokens": 4}},
      "c": {"id": "c", "parentId": "a", "role": "assistant", "model": "qwen", "content": "", "timestamp": 1759429766,
        "error": {"content": "no such model"}}}}}}]
    """

  @Test("Open WebUI's branches, errors, thoughts, tags and pins")
  func openWebUI() throws {
    let items = try items(
      "chats.json",
      Self.openWebUIExport)
    let conversation = try #require(items[0].conversation)
    #expect(conversation.isPinned && conversation.tags == ["optics"])
    let replies = conversation.exchanges[0].replies
    #expect(replies.map(\.text) == ["Light.", ""] && replies[0].reasoning == "Hm." && replies[1].state == .failed)
    #expect(replies[1].failure?.message == "no such model" && replies[0].usage.completionTokens == 4)
  }

  static let claudeCode = """
    {"type":"summary","summary":"Sky talk","leafUuid":"2"}
    {"parentUuid":null,"isSidechain":false,"type":"user","sessionId":"s","uuid":"1","timestamp":"2025-10-02T18:29:24.000Z",\
    "message":{"role":"user","content":"Why?"}}
    {"parentUuid":"1","type":"assistant","sessionId":"s","uuid":"2","timestamp":"2025-10-02T18:29:25.000Z","message":{\
    "id":"m","model":"claude-sonnet-4","content":[{"type":"thinking","thinking":"Hm."}],"usage":{"input_tokens":9,"output_tokens":5}}}
    {"parentUuid":"2","type":"assistant","sessionId":"s","uuid":"3","timestamp":"2025-10-02T18:29:26.000Z","message":{\
    "id":"m","model":"claude-sonnet-4","content":[{"type":"text","text":"Look:"},{"type":"tool_use","name":"Bash"}],\
    "usage":{"input_tokens":9,"output_tokens":5}}}
    {"parentUuid":"3","type":"user","sessionId":"s","uuid":"4","message":{"role":"user","content":[{"type":"tool_result","content":"x"}]}}
    {"parentUuid":"4","type":"assistant","sessionId":"s","uuid":"5","timestamp":"2025-10-02T18:29:30.000Z","message":{\
    "id":"n","model":"claude-sonnet-4","content":[{"type":"text","text":"Light."}],"usage":{"output_tokens":7}}}
    {"broken
    {"parentUuid":"5","type":"user","sessionId":"s","uuid":"6","timestamp":"2025-10-02T18:29:40.000Z","message":{"role":"user","content":"And?"}}
    """

  @Test("A session of Claude Code is one conversation; a damaged line costs itself and is named")
  func claudeCode() throws {
    let items = try items("s.jsonl", Self.claudeCode)
    #expect(items.count == 1)
    let conversation = try #require(items[0].conversation)
    #expect(conversation.title == "Sky talk" && conversation.exchanges.map(\.prompt.text) == ["Why?", "And?"])
    let reply = conversation.exchanges[0].replies[0]
    #expect(reply.text == "Look:\n\nLight." && reply.reasoning == "Hm." && reply.duration == .seconds(5))
    #expect(reply.usage.completionTokens == 12 && reply.model.name == "claude-sonnet-4")
    #expect(items[0].losses.map(\.name) == ["\(directory("s.jsonl")), line 7"])
    #expect(items[0].omissions == ["tool calls": 1, "tool results": 1])
  }

  static let codexSession = """
    {"timestamp":"2025-10-02T18:29:24.000Z","type":"session_meta","payload":{"id":"0199a5f0-0000-7000-8000-000000000001","timestamp":"2025-10-02T18:29:24.000Z","cwd":"/x"}}
    {"timestamp":"2025-10-02T18:29:24.000Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"<environment_context>x"}]}}
    {"timestamp":"2025-10-02T18:29:24.500Z","type":"turn_context","payload":{"model":"gpt-5-codex"}}
    {"timestamp":"2025-10-02T18:29:25.000Z","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"Why?"}]}}
    {"timestamp":"2025-10-02T18:29:26.000Z","type":"response_item","payload":{"type":"reasoning","summary":[{"type":"summary_text","text":"Hm."}]}}
    {"timestamp":"2025-10-02T18:29:27.000Z","type":"response_item","payload":{"type":"function_call","name":"shell"}}
    {"timestamp":"2025-10-02T18:29:28.000Z","type":"response_item","payload":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Light."}]}}
    {"timestamp":"2025-10-02T18:29:28.500Z","type":"event_msg","payload":{"type":"token_count","info":{"last_token_usage":{"input_tokens":8,"output_tokens":3}}}}
    """

  @Test("A session of Codex, in both its forms")
  func codex() throws {
    let name = "rollout-2025-10-02T18-29-24-0199a5f0-0000-7000-8000-000000000001.jsonl"
    let items = try items(
      name,
      Self.codexSession)
    let reply = try #require(items[0].conversation?.exchanges.first?.replies.first)
    #expect(items[0].conversation?.exchanges.map(\.prompt.text) == ["Why?"])
    #expect(reply.text == "Light." && reply.reasoning == "Hm." && reply.model.name == "gpt-5-codex")
    #expect(reply.usage == Usage(promptTokens: 8, completionTokens: 3))
    #expect(items[0].omissions == ["tool calls": 1, "messages of the program": 1])
    let bare = try self.items(
      "old.jsonl",
      """
      {"id":"0199a5f0-0000-7000-8000-000000000002","timestamp":"2025-06-02T18:29:24.000Z","instructions":null}
      {"type":"message","role":"user","content":[{"type":"input_text","text":"Why?"}]}
      {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Light."}]}
      """)
    #expect(bare[0].conversation?.exchanges[0].replies[0].text == "Light.")
  }

  @Test("A session that has grown has the same ids, and longer answers")
  func growing() throws {
    let lines = Self.claudeCode.split(separator: "\n")
    let early = try #require(try items("s.jsonl", lines.prefix(4).joined(separator: "\n")).first?.conversation)
    let late = try #require(try items("s.jsonl", Self.claudeCode).first?.conversation)
    #expect(early.id == late.id && early.exchanges[0].id == late.exchanges[0].id)
    #expect(late.exchanges[0].replies[0].completes(early.exchanges[0].replies[0]))
    #expect(!early.exchanges[0].replies[0].completes(late.exchanges[0].replies[0]))
  }
}
