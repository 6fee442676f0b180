import Conversations
import Foundation
import Glibc
import TestSupport
import Testing

@testable import Interchange

@Suite("A conversation as a folder")
struct FolderTests {
  let directory: TemporaryDirectory
  private let conversation = sampleConversation(
    "Why: is the Sky/../blue?", id: UUID(uuidString: "1F0C9A2E-0000-4000-8000-000000000001")!)

  init() throws { directory = try TemporaryDirectory() }

  @discardableResult
  private func write(_ conversation: Conversation) throws(ExportProblem) -> String {
    try ConversationFolder.write(conversation, into: directory("out"), prices: { _ in nil })
  }

  private func names(_ path: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: path).sorted()
  }

  @Test("It holds everything, by turn, each attached file once, and is read back equal")
  func contents() throws {
    let path = try write(conversation)
    #expect(path == directory("out/2026-01-31_why-is-the-sky-blue_1f0c9a2e"))
    #expect(
      try names(path) == [
        "attachments", "attachments/sky-2.txt", "attachments/sky.txt", "conversation.json", "conversation.md",
        "turn-001-prompt.md", "turn-002-together-deepseek-r1.md", "turn-003-openai-gpt-4o.md", "turn-004-prompt.md",
        "turn-005-openai-gpt-4o.md",
      ])
    #expect(try String(contentsOfFile: path + "/attachments/sky.txt", encoding: .utf8) == "blue\n")
    #expect(try String(contentsOfFile: path + "/attachments/sky-2.txt", encoding: .utf8) == "red")
    #expect(try importItems(at: path).map(\.conversation) == [conversation])
    for name in try names(path) + [""] {
      var status = stat()
      #expect(stat("\(path)/\(name)", &status) == 0)
      #expect(status.st_mode & 0o777 == (status.st_mode & S_IFMT == S_IFDIR ? 0o700 : 0o600), "\(name)")
    }
  }

  @Test("A picture is a file byte for byte, is named with its size in Markdown, and comes back") func pictures() throws
  {
    var conversation = conversation
    conversation.exchanges[0].prompt.attachments = [Sample.media("shot.png")]
    let path = try write(conversation)
    #expect(FileManager.default.contents(atPath: path + "/attachments/shot.png") == Data(Sample.png()))
    let markdown = try String(contentsOfFile: path + "/conversation.md", encoding: .utf8)
    #expect(markdown.contains("Files: shot.png (image/png, 640×480, \(Sample.png().count) bytes)"))
    #expect(try importItems(at: path).map(\.conversation) == [conversation])
  }

  @Test("Names that anybody may have written never lead out of the folder and never overwrite each other")
  func hostileNames() throws {
    var conversation = conversation
    conversation.title = "\u{0}/../../\u{1B}[2J\n"
    let hostile = [
      "../../../evil", "/etc/passwd", "..", ".", "", "a\u{0}b", "CON\n", ".hidden", "A.TXT", "a.txt", "a.txt",
      "..\\..\\x",
      String(repeating: "é", count: 500) + ".swift", "conversation.json/",
    ]
    conversation.exchanges[0].prompt.attachments = hostile.enumerated().map {
      Attachment(name: $1, sha256: "", content: "content \($0)")
    }
    conversation.exchanges[1].prompt.attachments = []
    conversation.exchanges[0].replies[0].model = ModelReference(provider: "../x", name: "/../../y\n\u{0}")
    let path = try write(conversation)
    let found = try names(path + "/attachments")
    #expect(found.count == hostile.count)
    let contents = try found.map { try String(contentsOfFile: "\(path)/attachments/\($0)", encoding: .utf8) }
    #expect(Set(contents) == Set(hostile.indices.map { "content \($0)" }))
    #expect(found.allSatisfy { !$0.hasPrefix(".") && $0.utf8.count <= 125 })
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["out"])
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory("out")).count == 1)
  }

  @Test("The same conversation's folder is replaced, its old files gone")
  func replacing() throws {
    let path = try write(conversation)
    var shorter = conversation
    shorter.exchanges.removeLast()
    #expect(try write(shorter) == path)
    #expect(try !names(path).contains("turn-005-openai-gpt-4o.md"))
    #expect(try importItems(at: path).map(\.conversation) == [shorter])
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory("out")) == [lastPart(path)])
  }

  @Test("Anything else that stands there is left as it is and named")
  func occupied() throws {
    let name = ConversationFolder.name(of: conversation)
    var other = conversation
    other = Conversation(
      id: UUID(uuidString: "1F0C9A2E-0000-4000-8000-0000000000FF")!, title: other.title, createdAt: other.createdAt,
      updatedAt: other.updatedAt)
    try write(other)
    let held = #expect(throws: ExportProblem.self) { try write(conversation) }
    #expect(held?.description.contains(name) == true && held?.description.contains("not an exported folder") == true)
    #expect(try importItems(at: directory("out/" + name)).map(\.conversation) == [other])

    try FileManager.default.removeItem(atPath: directory("out"))
    try write(conversation)
    try directory.write("out/\(name)/notes.txt", "mine")
    let noted = #expect(throws: ExportProblem.self) { try write(conversation) }
    #expect(noted?.description.contains("notes.txt") == true)
    #expect(try String(contentsOfFile: directory("out/\(name)/notes.txt"), encoding: .utf8) == "mine")

    try FileManager.default.removeItem(atPath: directory("out"))
    try directory.link("elsewhere", to: directory.directory("target"))
    try directory.directory("out")
    try directory.link("out/" + name, to: directory("target"))
    #expect(throws: ExportProblem.self) { try write(conversation) }
    #expect(try names(directory("target")).isEmpty)
  }

  @Test("What cannot be written is said with the place")
  func notWritable() throws {
    try directory.write("file", "not a folder")
    let error = #expect(throws: ExportProblem.self) {
      try ConversationFolder.write(conversation, into: directory("file"), prices: { _ in nil })
    }
    #expect(error?.description.contains(directory("file")) == true)
  }

  @Test(
    "A full disk leaves nothing half, and what was there stays whole",
    .enabled(if: SmallDisk.isPermitted, "mounting a small file system takes the rights of root"))
  func fullDisk() throws {
    let disk = try SmallDisk(megabytes: 1)
    let path = try ConversationFolder.write(conversation, into: disk.path, prices: { _ in nil })
    var larger = conversation
    larger.exchanges[0].replies[0].text = String(repeating: "x", count: 2_000_000)
    let error = #expect(throws: ExportProblem.self) {
      try ConversationFolder.write(larger, into: disk.path, prices: { _ in nil })
    }
    #expect(error?.description.contains("the disk is full") == true && error?.description.contains(path) == true)
    #expect(error?.description.contains(".tmp") == false)
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [lastPart(path)])
    #expect(try importItems(at: path).map(\.conversation) == [conversation])
  }

  @Test("A file takes the place of another only once it is whole")
  func replacementFile() throws {
    let path = try directory.write("out.json", "old")
    do {
      let file = try ReplacementFile(path: path)
      try file.write("half")
    }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    let file = try ReplacementFile(path: path)
    try file.write("new")
    try file.finish()
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["out.json"])
    let error = #expect(throws: ExportProblem.self) { try ReplacementFile(path: directory("no/such/out.json")) }
    #expect(error?.description.contains("no/such/out.json: no such file") == true)
  }
}
