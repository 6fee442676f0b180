import Foundation
import JSON
import TestSupport
import Testing

@Suite("The history", .timeLimit(.minutes(4))) struct HistoryJourney {
  /// Demo models that answer at once.
  private static let models = "defaults: {models: [demo/rate-1000x20, demo/rate-1001x20]}\n"

  /// A history of three conversations, the first one about penguins.
  private func kept() async throws -> Fiedler {
    let fiedler = try Fiedler(models: Self.models)
    for prompt in ["Why do penguins huddle?", "How does retryCount grow?", "検索はどう動きますか"] {
      #expect(try await fiedler.run("send", "-q", prompt).status == 0)
    }
    return fiedler
  }

  @Test("What is typed finds prompts, code and Japanese, and Enter opens what was found") func search() async throws {
    let fiedler = try await kept()
    let screen = fiedler.open(120, 40)
    try await screen.shows("rate-1000x20")
    screen.press("C-s")
    try await screen.shows("3 conversations")
    screen.type("/")
    screen.type("pengu")
    try await screen.shows("1 conversation", "› Why do penguins huddle?")
    screen.press("C-u")
    screen.type("count -penguins")
    try await screen.shows("1 conversation", "How does retryCount grow?")
    screen.press("C-u")
    screen.type("検索")
    try await screen.shows("1 conversation", "検索はどう動きますか")
    screen.press("C-u")
    screen.type("modle:rate")
    try await screen.shows("model:")
    screen.press("C-u")
    screen.type("\"penguins huddle\" status:success")
    try await screen.shows("1 conversation")
    screen.press("Enter", "Enter")
    try await screen.shows(" Why do penguins huddle? ", "Here is how I read it", "Ask them all")
    #expect(try await screen.quit() == 0)
  }

  @Test("Tags, pins and titles are kept and searched; a deletion is undone; a purge leaves nothing")
  func tidying() async throws {
    let fiedler = try await kept()
    let screen = fiedler.open(120, 40)
    try await screen.shows("rate-1000x20")
    screen.press("C-s")
    try await screen.shows("3 conversations")
    screen.press("G", "P")
    try await screen.shows("★ Why do penguins huddle?")
    screen.press("t")
    screen.type("birds")
    screen.press("Enter")
    try await screen.shows("#birds")
    screen.press("m", "C-u")
    screen.type("Huddling")
    screen.press("Enter")
    try await screen.shows("★ Huddling")
    screen.type("/")
    // Pasted, not typed: one search alone, so that what is found is not that of half a word.
    screen.paste("tag:birds is:pinned huddl")
    try await screen.shows("1 conversation", "★ Huddling")
    screen.press("Enter")
    try await screen.shows("d delete")
    screen.press("d")
    try await screen.shows("Deleted", "Nothing found")
    screen.press("u")
    try await screen.shows("★ Huddling")
    screen.press("d")
    try await screen.shows("Nothing found")
    #expect(try await screen.quit() == 0)

    #expect(try await fiedler.conversations().count == 2)
    #expect(try await fiedler.run("history", "purge", "--yes").output.contains("1 conversation"))
    #expect(try fiedler.files(holding: "penguins huddle").filter { $0.contains("fiedler.db") } == [])
    #expect(try await fiedler.run("history", "retryCount").output.contains("retryCount"))
  }

  @Test("An export to JSON comes back whole, once, and Markdown has its header") func exchange() async throws {
    let fiedler = try await kept()
    let exported = try await fiedler.run("export", "--all", "--format", "json")
    #expect(exported.status == 0 && exported.output.split(separator: "\n").count == 3)
    let other = try Fiedler(models: Self.models)
    try other.file("history.jsonl", exported.output)
    #expect(try await other.run("import", "history.jsonl").status == 0)
    #expect(try await other.run("import", "history.jsonl").status == 0)
    #expect(try await other.conversations().count == 3)
    #expect(try await other.run("export", "--all", "--format", "json").output == exported.output)
    // The ending says the form.
    #expect(try await other.run("export", "--all", "-o", "all.json").status == 0)
    #expect(try String(contentsOfFile: other.home("work/all.json"), encoding: .utf8) == exported.output)
    let id = try #require(try await fiedler.conversations().last)
    let markdown = try await fiedler.run("export", id).output
    #expect(markdown.hasPrefix("---\n") && markdown.contains("Why do penguins huddle?"))

    let screen = other.open(120, 40)
    try await screen.shows("rate-1000x20")
    screen.press("C-s")
    try await screen.shows("3 conversations")
    screen.press("e", "Enter")
    try await screen.shows("Saved in")
    #expect(try await screen.quit() == 0)
    let saved = try FileManager.default.contentsOfDirectory(atPath: other.home("work"))
    #expect(saved.contains { $0.hasSuffix(".md") })
  }
}
