import Foundation
import JSON
import TestSupport
import Testing

@Suite("Branches and comparison", .timeLimit(.minutes(3))) struct BranchJourney {
  /// Demo models that answer at once, each in words of its own.
  private static let models = "defaults: {models: [demo/rate-1000x20, demo/rate-1001x20]}\n"

  @Test("A branch from an earlier turn, an edited prompt and a retry stand in the tree, and are there after a restart")
  func branches() async throws {
    let fiedler = try Fiedler(models: Self.models)
    let screen = fiedler.open(120, 40)
    try await screen.shows("rate-1000x20")
    try await screen.ask("Name a bird.")
    try await screen.shows(" done ", times: 2)
    try await screen.ask("Where does it live?")
    try await screen.shows("2 prompts", "❯ Where does it live?")
    try await screen.shows(" done ", times: 2)

    // From the first turn on, another way.
    screen.press("Tab", "[", "b")
    try await screen.shows("branch after turn 1")
    try await screen.lacks("❯ Where does it live?")
    try await screen.ask("What does it eat?")
    try await screen.shows("branch 2 of 2", "❯ What does it eat?")
    try await screen.shows(" done ", times: 2)
    screen.press("Tab", "<")
    try await screen.shows("branch 1 of 2", "❯ Where does it live?")
    try await screen.lacks("❯ What does it eat?")

    // The second turn's prompt in other words, and one answer again.
    screen.press("e")
    try await screen.shows("edit of turn 2")
    screen.press("C-u")
    try await screen.ask("Where does it breed?")
    try await screen.shows("branch 3 of 3", "❯ Where does it breed?")
    try await screen.shows(" done ", times: 2)
    screen.press("Tab", "R")
    try await screen.shows("· attempt 2 of 2")
    try await screen.shows(" done ", times: 2)

    screen.press("C-t")
    let tree = try await screen.shows(
      "1 Name a bird.", "├─ 2 Where does it live?", "├─ 2 What does it eat?", "└─ 2 Where does it breed?")
    #expect(tree.contains("3 branches"))
    screen.press("k", "Enter")
    try await screen.shows("branch 2 of 3", "❯ What does it eat?")
    #expect(try await screen.quit() == 0)

    let again = fiedler.open(80, 24)
    try await again.shows("rate-1000x20")
    again.press("C-s")
    try await again.shows("1 conversation")
    again.press("Enter")
    try await again.shows("branch 3 of 3", "❯ Where does it breed?")
    again.press("C-t")
    try await again.shows("├─ 2 What does it eat?")
    #expect(try await again.quit() == 0)

    let id = try #require(try await fiedler.conversations().first)
    let exported = try JSON(bytes: Array(try await fiedler.run("export", id, "--format", "json").output.utf8))
    let numbers = (exported["exchanges"]?.array ?? []).flatMap { exchange in
      ([exchange] + (exchange["replies"]?.array ?? [])).compactMap { $0["turn_number"]?.int }
    }
    #expect(numbers.sorted() == Array(1...13), "4 prompts with 2 answers each, and one answer again")
  }

  @Test("d shows what two answers have in common, w what differs, n goes from one to the next, Esc leads back")
  func comparison() async throws {
    let fiedler = try Fiedler(models: "defaults: {models: [demo/rate-1000x200, demo/rate-1001x200]}\n")
    let screen = fiedler.open(120, 40)
    try await screen.shows("rate-1000x200")
    try await screen.ask("Compare yourselves.")
    try await screen.shows(" done ", times: 2)
    screen.press("Tab", "d")
    try await screen.shows("What is common", "% in common", "╭ rate-1000x200", "╭ rate-1001x200", "both ")
    screen.press("w")
    try await screen.shows("What differs", "% different")
    screen.press("n")
    try await screen.shows("change 1 of")
    screen.press("s")
    screen.resize(40, 12)
    try await screen.shows("change 1 of")
    screen.resize(120, 40)
    screen.press("Escape")
    try await screen.shows(" done ", times: 2)
    #expect(try await screen.quit() == 0)
  }
}
