import Conversations
import Foundation
import JSON
import TestSupport
import Testing

@testable import Interchange

@Suite("Files of JSON")
struct JSONFileTests {
  let directory: TemporaryDirectory
  let conversations = (0..<3).map { sampleConversation("Number \($0)") }
  var texts: [String] { conversations.map { ConversationJSON.json($0).text } }

  init() throws { directory = try TemporaryDirectory() }

  private func read(_ text: String) throws -> [ImportItem] {
    try importItems(at: directory.write("history.json", text))
  }

  @Test("One conversation, an array of them, and one a line are all read, however they are spaced")
  func shapes() throws {
    #expect(try read(texts[0]).map(\.conversation) == [conversations[0]])
    #expect(try read("\u{FEFF}\n " + texts[0] + "\n").map(\.conversation) == [conversations[0]])
    #expect(try read("[" + texts.joined(separator: " ,\n") + "]\n").map(\.conversation) == conversations)
    #expect(try read("[ ]").isEmpty)
    #expect(try read(texts.joined(separator: "\n")).map(\.conversation) == conversations)
    #expect(try read(texts.joined(separator: "\r\n\n") + "\n\n").map(\.conversation) == conversations)
    let spaced = texts.map { $0.replacing("{\"", with: "{\n  \"").replacing("[{", with: "[\n{") }
    #expect(try read(spaced.joined(separator: "\n")).map(\.conversation) == conversations)
  }

  @Test("Texts longer than a piece that is read at once are put together again")
  func longValues() throws {
    var large = conversations
    for index in large.indices {
      large[index].exchanges[0].replies[0].text = String(repeating: "{]\"\\\n", count: 100_000 + index)
    }
    let texts = large.map { ConversationJSON.json($0).text }
    #expect(try read(texts.joined(separator: "\n")).map(\.conversation) == large)
    #expect(try read("[" + texts.joined(separator: ",") + "]").map(\.conversation) == large)
  }

  @Test("A damaged line is named by its number, and the others go in")
  func damagedLine() throws {
    for damaged in [0, 1, 2] {
      var lines = texts
      lines[damaged] = String(lines[damaged].prefix(200))
      let items = try read(lines.joined(separator: "\n"))
      var expected: [Conversation?] = conversations
      expected[damaged] = nil
      #expect(items.map(\.conversation) == expected)
      let problem = try #require(items[damaged].problem)
      #expect(problem.contains("history.json, line \(damaged + 1): not JSON"), "\(problem)")
    }
    let wrong = try read(texts[0] + "\n\n\(texts[1].replacing("success", with: "glorious"))\n")
    #expect(wrong[1].problem?.contains("line 3: exchanges[0].replies[0].state: \"glorious\"") == true)
  }

  @Test("A damaged element of an array is named, and what follows it goes in; an array cut short is told")
  func damagedElement() throws {
    let items = try read("[\(texts[0]),{\"format\": 1},\(texts[1]), 7, \(texts[2])]")
    #expect(items.map(\.conversation) == [conversations[0], nil, conversations[1], nil, conversations[2]])
    #expect(items[1].problem?.contains("history.json, element 2: format") == true)
    #expect(items[3].problem?.contains("element 4: it is an integer") == true)
    let short = try read("[\(texts[0]),\(texts[1]),")
    #expect(short.map(\.conversation) == [conversations[0], conversations[1], nil])
    #expect(short[2].problem?.contains("ends before the array does") == true)
    let cut = try read("[\(texts[0]),\(texts[1].dropLast(9))")
    #expect(cut.map(\.conversation) == [conversations[0], nil, nil])
  }

  @Test(
    "Garbage ends in a problem or two, never in a stall",
    arguments: ["{", "[", "}", "{} } } }", "[}", "{\"a\" b c d e"])
  func garbage(_ text: String) throws {
    let found = try? read(text)
    #expect(found?.allSatisfy { $0.conversation == nil } ?? true)
    #expect((found?.count ?? 0) <= 3)
  }

  @Test("What is no source is refused in words that say what was looked for")
  func noSource() throws {
    try directory.write("notes.txt", "hello")
    try directory.write("empty.json", "")
    try directory.directory("nothing")
    for (name, words) in [
      ("notes.txt", "conversations as JSON"), ("empty.json", "conversations as JSON"), ("nothing", "summary.json"),
      ("nowhere", "no such file or folder"),
    ] {
      let problem = #expect(throws: ImportProblem.self) { try ImportSource.find(at: directory(name)) }
      #expect(problem?.description.contains(words) == true, "\(String(describing: problem))")
      #expect(problem?.name == directory(name))
    }
  }

  @Test("A folder of many things is read one after another, damaged ones named")
  func series() throws {
    for conversation in conversations.prefix(2) {
      try ConversationFolder.write(conversation, into: directory("all"), prices: { _ in nil })
    }
    try directory.write("all/history.jsonl", texts[2])
    try directory.write("all/other.txt", "not looked at")
    try directory.directory("all/2026-01-01_broken_0123abcd")
    let items = try importItems(at: directory("all/"))
    #expect(Set(items.compactMap(\.conversation?.id)) == Set(conversations.map(\.id)))
    let problems = items.compactMap(\.problem)
    #expect(problems.count == 1 && problems[0].contains("2026-01-01_broken_0123abcd"))
  }
}
