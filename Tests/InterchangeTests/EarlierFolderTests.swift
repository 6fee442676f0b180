import Basics
import Conversations
import Foundation
import TestSupport
import Testing

@testable import Interchange

@Suite("Folders of an earlier Fiedler")
struct EarlierFolderTests {
  let directory: TemporaryDirectory
  private let name = "20250930_141503_1a2b3c4d"

  init() throws { directory = try TemporaryDirectory() }

  private func read(
    _ summary: String, _ files: [String: String] = [:], models: @escaping ModelNames = { _ in nil }
  ) throws -> ImportItem {
    try directory.write("\(name)/summary.json", summary)
    for (file, text) in files { try directory.write("\(name)/\(file)", text) }
    let items = try importItems(at: directory(name), models: models)
    #expect(items.count == 1)
    return items[0]
  }

  private let whole = """
    {"correlation_id": "1a2b3c4d", "timestamp": "2025-09-30T14:15:03.250000", "prompt": "Review this.\\nThoroughly.",
     "files": ["/home/somebody/project/sender.py", "notes.md"], "models": ["gpt-4o-mini", "together/deepseek-r1"],
     "results": [
       {"model": "gpt-4o-mini", "status": "success", "output_file": "/srv/out/20250930_141503_1a2b3c4d/gpt-4o-mini.md",
        "duration": 12.5, "tokens": {"prompt": 100, "completion": 50}},
       {"model": "together/deepseek-r1", "status": "error", "error": "Rate limit\\nreached", "duration": 1}]}
    """

  @Test("Prompt, names of files, answers, failures, tokens and times go in")
  func wholeFolder() throws {
    let configured = ModelReference(provider: "openai", name: "gpt-4o-mini-2024")
    let item = try read(whole, ["gpt-4o-mini.md": "# Review\r\n\nGood.\n"]) { $0 == "gpt-4o-mini" ? configured : nil }
    let conversation = try #require(item.conversation)
    #expect(item.losses.isEmpty)
    #expect(
      conversation.title == "Review this." && Timestamp.text(conversation.createdAt) == "2025-09-30T14:15:03.250000Z")
    #expect(conversation.updatedAt == conversation.createdAt + 12.5)
    let exchange = conversation.exchanges[0]
    #expect(exchange.prompt.text == "Review this.\nThoroughly." && exchange.prompt.turnNumber == 1)
    #expect(exchange.prompt.attachments.map(\.name) == ["sender.py", "notes.md"])
    #expect(!"\(conversation)".contains("somebody"))
    let deepseek = ModelReference(provider: "imported", name: "together/deepseek-r1")
    #expect(
      exchange.prompt.models == [configured, deepseek] && exchange.replies.map(\.model) == [configured, deepseek])
    #expect(exchange.replies.map(\.state) == [.success, .failed] && exchange.replies.map(\.turnNumber) == [2, 3])
    #expect(
      exchange.replies[0].text == "# Review\r\n\nGood.\n" && exchange.replies[0].duration == .milliseconds(12_500))
    #expect(exchange.replies[0].usage == Usage(promptTokens: 100, completionTokens: 50))
    #expect(exchange.replies[1].failure == SendFailure(.provider, "Rate limit reached"))
    #expect(exchange.replies.allSatisfy { $0.recording.isEmpty })
  }

  @Test("Reading it again, also under another name, gives the same ids; another send gives others")
  func identity() throws {
    let first = try read(whole, ["gpt-4o-mini.md": "Good."]).conversation
    try FileManager.default.moveItem(atPath: directory(name), toPath: directory("renamed"))
    #expect(try importItems(at: directory("renamed"))[0].conversation == first)
    #expect(try importItems(at: directory("renamed/summary.json"))[0].conversation == first)
    let other = try read(whole.replacing("14:15:03", with: "14:15:04"), ["gpt-4o-mini.md": "Good."]).conversation
    #expect(other?.id != first?.id && other?.exchanges[0].id != first?.exchanges[0].id)
    #expect(first?.id.uuidString.dropFirst(14).first == "8")
  }

  @Test("A redacted prompt stays as it is, and the title is made of what else is known")
  func redacted() throws {
    let redacted = whole.replacing("Review this.\\nThoroughly.", with: "<redacted - 23 chars>")
    let files = try #require(try read(redacted).conversation)
    #expect(files.exchanges[0].prompt.text == "<redacted - 23 chars>" && files.title == "sender.py, notes.md")
    let bare = try read(
      #"{"timestamp": "2025-09-30T14:15:03", "prompt": "<redacted - 9 chars>", "models": ["a/b", "c"]}"#)
    #expect(bare.conversation?.title == "2025-09-30 14:15 a/b, c")
  }

  @Test("A missing answer goes in as failed and is named; a file beyond the folder is never read")
  func missingAnswer() throws {
    try directory.write("secret.md", "secret")
    try directory.write("\(name)/x", "")
    try directory.link("\(name)/c.md", to: directory("secret.md"))
    let item = try read(
      """
      {"correlation_id": "1a2b3c4d", "results": [{"model": "a", "status": "success", "output_file": "a.md"},
        {"model": "b", "status": "success", "output_file": "../secret.md"}, {"model": "c", "status": "success"},
        {"status": "success"}, {"model": "d", "status": "timeout", "output_file": null}]}
      """)
    let replies = try #require(item.conversation).exchanges[0].replies
    #expect(replies.map(\.state) == [.failed, .failed, .failed, .failed] && replies.allSatisfy { $0.text.isEmpty })
    #expect(replies[0].failure?.message == "its file a.md could not be imported: no such file")
    #expect(replies[3].failure?.kind == .totalTimeout)
    #expect(
      item.losses.map(\.reason) == [
        "results[3] names no model and was left out", "no such file", "no such file", "it is a symbolic link",
      ])
    #expect(item.losses.last?.name == directory("\(name)/c.md"))
    #expect(Timestamp.text(item.conversation!.createdAt) == "2025-09-30T14:15:03.000000Z")
  }

  @Test(
    "Only what is plainly front matter is taken off an answer",
    arguments: [
      ("---\nmodel: gpt\ntokens:\n  prompt: 3\n---\n\nText\n", "Text\n"),
      ("---\r\nmodel: gpt\r\n---\r\nText", "Text"),
      ("---\nmodel: gpt\n---", ""),
      ("---\nNot a header, but a line\n---\nText", "---\nNot a header, but a line\n---\nText"),
      ("---\nmodel: gpt\nText without an end", "---\nmodel: gpt\nText without an end"),
      ("Text\n---\nmodel: gpt\n---\n", "Text\n---\nmodel: gpt\n---\n"),
      ("# gpt\n\nmodel: gpt\n\n---\nText", "# gpt\n\nmodel: gpt\n\n---\nText"),
    ])
  func frontMatter(_ text: String, _ expected: String) { #expect(FrontMatter.removed(from: text) == expected) }

  @Test(
    "A damaged folder is named with what is wrong in it",
    arguments: [
      ("{", "summary.json: not JSON"), ("[]", "no JSON object"), ("{}", "neither results nor models"),
    ])
  func damaged(_ summary: String, _ words: String) throws {
    let item = try read(summary)
    #expect(item.problem?.contains(name) == true && item.problem?.contains(words) == true, "\(item)")
  }

  @Test("Among many, a folder without a summary is named and the rest goes in")
  func many() throws {
    _ = try read(whole, ["gpt-4o-mini.md": "Good."])
    try directory.write("20250930_141503_1a2b3c4e/gpt.md", "Good.")
    let items = try importItems(at: directory.path)
    #expect(items.compactMap(\.conversation).count == 1)
    #expect(items.compactMap(\.problem).count == 1)
    #expect(items.last?.problem?.contains("20250930_141503_1a2b3c4e: summary.json: no such file") == true)
  }
}
