import Canvas
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Attached files, from the prompt to the store") struct AttachmentJourneyTests {
  @Test("A file is read when the prompt is sent, not when it was attached")
  func readAtSendTime() async throws {
    let home = try Home(models: TerminalAppTests.two)
    try home.directory.write("work/note.txt", "old")
    let loop = Loop(home)
    try await loop.until("● rate-90000x30")
    loop.send("/attach note.txt")
    try await loop.until("note.txt")
    try await loop.until("the command has left the editor") { !$0.contains("/attach note.txt") }
    try home.directory.write("work/note.txt", "new")
    loop.send("What does it say?")
    try await loop.until("both answers are done") { $0.components(separatedBy: "done").count == 3 }
    try await loop.quit()
    let prompt = try #require(try await home.newest()).exchanges[0].prompt
    #expect(prompt.attachments.map(\.name) == ["note.txt"])
    #expect(prompt.attachments.map(\.content) == ["new"])
  }

  @Test("Files that cannot be read are all named, nothing is sent, and the prompt comes back")
  func badFiles() async throws {
    let home = try Home(models: TerminalAppTests.two)
    try home.directory.write("work/one.txt", "1")
    try home.directory.write("work/two.txt", "2")
    let loop = Loop(home)
    try await loop.until("● rate-90000x30")
    for name in ["one.txt", "two.txt"] {
      loop.send("/attach \(name)")
      try await loop.until("\(name) is attached") { $0.contains(name) && !$0.contains("/attach") }
    }
    try FileManager.default.removeItem(atPath: home.directory("work/one.txt"))
    try home.directory.write("work/two.txt", bytes: [0, 1, 2])
    loop.send("What do they say?")
    try await loop.until("both files are named") {
      $0.contains("one.txt: no such file") && $0.contains("two.txt: is not text")
    }
    #expect(loop.screen.contains("What do they say?"))
    try await loop.quit()
    #expect(try await home.newest() == nil)
  }

  @Test("`fiedler send` names every file that cannot be sent, before anything is sent")
  func command() async throws {
    let home = try Home(models: TerminalAppTests.two)
    let error = await #expect(throws: (any Error).self) {
      try await home.send(Draft(text: "?", files: ["gone.txt", "."]))
    }
    let text = "\(try #require(error))"
    #expect(text.contains("gone.txt: no such file") && text.contains(".: holds no file"))
    #expect(try await home.newest() == nil)
  }
}
