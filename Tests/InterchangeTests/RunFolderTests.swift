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
