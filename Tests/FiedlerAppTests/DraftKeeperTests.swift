import Canvas
import FiedlerUI
import FoundationEssentials
import Settings
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("The unsent prompt") struct DraftKeeperTests {
  private let home = try! TemporaryDirectory()

  private var paths: Paths { Paths(environment: ["HOME": home.path]) }

  private func left(_ directory: String, _ end: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory + "/drafts").filter { $0.hasSuffix(end) }
  }

  private func keeper() throws -> DraftKeeper {
    try paths.createDirectories()
    return try DraftKeeper(paths)
  }

  @Test("What one program had not sent, the next one takes up whole; only once") func takenUp() throws {
    let draft = UnsentDraft(text: "half a\nthought 日本 👩‍👩‍👧", system: "Be brief.", files: ["a/b.swift", "../c.md"])
    do { try keeper().keep(draft) }
    let second = try keeper()
    #expect(try second.takeUp() == draft)
    #expect(try keeper().takeUp() == nil, "the one that runs has it")
    try second.keep(UnsentDraft(text: " "))
    #expect(try left(paths.stateDirectory, ".json").isEmpty)
  }

  @Test("A draft that was taken up and not touched is there again after another end") func untouched() throws {
    do { try keeper().keep(UnsentDraft(text: "still mine")) }
    do { #expect(try keeper().takeUp()?.text == "still mine") }
    #expect(try keeper().takeUp()?.text == "still mine")
  }

  @Test("Of two programs at once each keeps its own, and neither takes the other's") func two() throws {
    let (one, two) = (try keeper(), try keeper())
    try one.keep(UnsentDraft(text: "one"))
    try two.keep(UnsentDraft(text: "two"))
    #expect(try one.takeUp() == nil && two.takeUp() == nil)
    #expect(try keeper().takeUp() == nil)
  }

  @Test("After several ends the newest comes first, and none is lost") func several() throws {
    for text in ["older", "newer"] {
      let keeper = try keeper()
      try keeper.keep(UnsentDraft(text: text))
      for name in try left(paths.stateDirectory, ".json") where text == "older" {
        try FileManager.default.setAttributes(
          [.modificationDate: Fixture.date], ofItemAtPath: "\(paths.stateDirectory)/drafts/\(name)")
      }
    }
    let next = try keeper()
    #expect(try next.takeUp()?.text == "newer")
    #expect(try keeper().takeUp()?.text == "older")
  }

  @Test("A damaged draft is set aside under a name that is told", arguments: ["", "{", "[]", #"{"text":1}"#])
  func damaged(content: String) throws {
    try paths.createDirectories()
    _ = try keeper()
    try home.write(".local/state/fiedler/drafts/x.json", content)
    let error = #expect(throws: DraftKeeper.Unreadable.self) { try keeper().takeUp() }
    let aside = try #require(error).path
    #expect(try String(contentsOfFile: aside, encoding: .utf8) == content)
    #expect(try keeper().takeUp() == nil)
  }

  @Test("A prompt being written is there again after the program was left, and gone once it is sent")
  func program() async throws {
    let home = try Home(models: TerminalAppTests.two)
    let first = Loop(home)
    try await first.until("● rate-90000x30")
    first.type("not sent yet")
    try await first.quit()
    let second = Loop(home)
    try await second.until("not sent yet")
    second.press(Key(.enter))
    try await second.until("both answers are done") { $0.components(separatedBy: "done").count == 3 }
    try await second.quit()
    let third = Loop(home)
    try await third.until("● rate-90000x30")
    try await third.quit()
    #expect(third.screen.contains("Ask them all"), "the prompt is empty; the conversation of it is offered")
  }
}
