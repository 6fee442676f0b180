import Conversations
import Foundation
import JSON
import TestSupport
import Testing

@testable import Interchange

@Suite("A folder for each send") struct RunFolderTests {
  private func contents(_ replies: [Reply], savesPrompt: Bool = true) -> RunFolder.Contents {
    let exchange = Sample.exchange(1, "Why is it so?", replies, id: Sample.id(7))
    return RunFolder.Contents(
      conversation: Sample.id(9), prompt: exchange.prompt, replies: replies, status: "partial_success",
      savesPrompt: savesPrompt, zone: .utc)
  }

  private func answer(_ text: String, of name: String, state: ReplyState = .success) -> Reply {
    var reply = Sample.answer(text, of: ModelReference(provider: "lab", name: name), state: state)
    reply.duration = .seconds(2)
    reply.usage = Usage(promptTokens: 5, completionTokens: 8)
    if state != .success { reply.failure = SendFailure(.provider, "it broke") }
    return reply
  }

  @Test("What is written is what the import of such folders reads: texts byte for byte, names, tokens, failures")
  func readBack() throws {
    let texts = [
      "plain", "---\ntitle: mine\n---\n\nBody", "---\n", "# Head\r\n\u{0}é日本\n\n", "\n\nfirst line is empty",
    ]
    let replies = texts.enumerated().map { answer($1, of: "org/model-\($0)") } + [answer("", of: "bad", state: .failed)]
    let directory = try TemporaryDirectory()
    let folder = try RunFolder.write(contents(replies), in: directory("out/deep"))
    #expect(folder.path.hasSuffix("/20231114_221320_00000000"))
    let imported = try EarlierFolder.item(folder.path, models: { _ in nil }).result.get()
    let exchange = try #require(imported.exchanges.first)
    #expect(exchange.prompt.text == "Why is it so?" && exchange.prompt.sentAt == Sample.date)
    #expect(exchange.replies.map(\.text) == texts + [""])
    #expect(exchange.replies.map(\.state) == texts.map { _ in .success } + [.failed])
    #expect(exchange.replies.last?.failure?.message == "it broke")
    #expect(exchange.replies.allSatisfy { $0.duration == .seconds(2) && $0.usage.completionTokens == 8 })
  }

  /// What a JSON value is: its type, and what a text looks like.
  private func form(_ json: JSON?) -> String {
    switch json {
    case .string(let text) where text.wholeMatch(of: /\d{8}_\d{6}/) != nil: "YYYYMMDD_HHMMSS"
    case .string(let text) where text.wholeMatch(of: /[0-9a-f]{8}/) != nil: "eight hex digits"
    case .string(let text) where text.wholeMatch(of: /<redacted - \d+ chars>/) != nil: "redacted"
    case .string(let text) where text.wholeMatch(of: /\/.*\/\d{8}_\d{6}_[0-9a-f]{8}\/[^\/]+\.md/) != nil: "a file in it"
    case .string: "text"
    case .int: "whole number"
    case .double: "number"
    case .array: "array"
    case .object: "object"
    case nil: "missing"
    default: "other"
    }
  }

  @Test("It has the shape of a folder that an earlier version wrote: every file, every field, in its form")
  func earlierShape() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "EarlierRun").path
    let earlier = "\(root)/20251002_182924_57a990cb"
    let imported = try #require(try importItems(at: root).first?.conversation).exchanges[0]
    #expect(imported.replies.map(\.state) == [.success, .success, .failed])
    var contents = contents(
      imported.replies.map { reply in
        var reply = answer(reply.text, of: reply.model.name, state: reply.state)
        reply.duration = .milliseconds(2500)
        return reply
      }, savesPrompt: false)
    contents.prompt.attachments = imported.prompt.attachments
    let directory = try TemporaryDirectory()
    let folder = try RunFolder.write(contents, in: directory("out"))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
        == FileManager.default.contentsOfDirectory(atPath: earlier).sorted())
    for name in ["gpt-5.md", "deepseek-ai_DeepSeek-R1.md"] {
      #expect(
        try String(contentsOfFile: "\(folder.path)/\(name)", encoding: .utf8)
          == String(contentsOfFile: "\(earlier)/\(name)", encoding: .utf8))
    }
    let theirs = try JSON(String(contentsOfFile: "\(earlier)/summary.json", encoding: .utf8))
    let ours = try JSON(String(contentsOfFile: folder.summary, encoding: .utf8))
    for (field, value) in try #require(theirs.object) { #expect(form(ours[field]) == form(value), "\(field)") }
    for (field, value) in try #require(theirs["package_metadata"]?.object) {
      #expect(form(ours["package_metadata"]?[field]) == form(value), "package_metadata.\(field)")
    }
    #expect(ours["models"] == theirs["models"])
    for (index, result) in try #require(theirs["results"]?.array).enumerated() {
      for (field, value) in try #require(result.object) {
        #expect(form(ours["results"]?[index]?[field]) == form(value), "results[\(index)].\(field)")
      }
      #expect(ours["results"]?[index]?["status"] == result["status"])
    }
  }

  @Test("Files are called after their models, two of a name apart; a failed model has none, and nothing else is there")
  func names() throws {
    let directory = try TemporaryDirectory()
    let replies = [
      answer("1", of: "org/one"), answer("2", of: "org_one"), answer("", of: "none", state: .failed),
      answer("half", of: "part", state: .partial),
    ]
    let folder = try RunFolder.write(contents(replies), in: directory("out"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["fiedler.log", "org_one-2.md", "org_one.md", "part.md", "summary.json"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory("out")).count == 1)
    #expect(folder.files[replies[3].id] == "\(folder.path)/part.md" && folder.files[replies[2].id] == nil)
  }

  @Test("The prompt goes along only where that is wanted") func redacted() throws {
    let directory = try TemporaryDirectory()
    let folder = try RunFolder.write(contents([answer("1", of: "one")], savesPrompt: false), in: directory("out"))
    let summary = try JSON(String(contentsOfFile: folder.summary, encoding: .utf8))
    #expect(summary["prompt"] == "<redacted - 13 chars>")
    let log = try String(contentsOfFile: "\(folder.path)/fiedler.log", encoding: .utf8)
    #expect(!log.contains("Why is it so?"))
  }

  @Test("A folder that is there already stays as it is, and nothing half-written is left beside it") func twice() throws
  {
    let directory = try TemporaryDirectory()
    let first = try RunFolder.write(contents([answer("1", of: "one")]), in: directory("out"))
    #expect(throws: ExportProblem.self) {
      try RunFolder.write(contents([answer("2", of: "one")]), in: directory("out"))
    }
    #expect(try String(contentsOfFile: "\(first.path)/one.md", encoding: .utf8) == "1")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory("out")).count == 1)
  }
}
