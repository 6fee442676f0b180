import Dispatch
import FiedlerUI
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("What an @ may mean") struct FileCompleterTests {
  private func completer(_ files: [String], ignoring rules: String = "") throws -> (FileCompleter, Home) {
    let home = try Home()
    for file in files { try home.directory.write("work/" + file, "x") }
    try home.directory.write("work/.gitignore", rules)
    return (FileCompleter(home.environment), home)
  }

  @Test("Names that begin so come first, then what has the letters at any depth; nothing twice")
  func order() throws {
    let (completer, home) = try completer(["Sources/UI/Prompt.swift", "prose.md", "docs/past/roses.txt", "other"])
    #expect(completer.find("pro").map(\.path) == ["prose.md", "Sources/UI/Prompt.swift", "docs/past/roses.txt"])
    #expect(completer.find("pro")[1].matched == [11, 12, 13])
    #expect(completer.find("").map(\.path) == ["docs/", "Sources/", "other", "prose.md"])
    #expect(completer.find("Sources/").map(\.path) == ["Sources/UI/", "Sources/UI/Prompt.swift"])
    withExtendedLifetime(home) {}
  }

  @Test("What .gitignore leaves out is not offered, until its folder is named") func ignored() throws {
    let (completer, home) = try completer(["build/out.txt", "outline.md", "a.log"], ignoring: "build/\n*.log\n")
    #expect(completer.find("out").map(\.path) == ["outline.md"])
    #expect(completer.find("").map(\.path) == ["outline.md"])
    #expect(completer.find("build/o").map(\.path) == ["build/out.txt"])
    withExtendedLifetime(home) {}
  }

  @Test("Hidden ones are offered once the dot is typed; places elsewhere are only listed")
  func elsewhere() throws {
    let (completer, home) = try completer([".env", "env.txt"])
    try home.directory.write("notes/env.md", "x")
    #expect(completer.find("e").map(\.path) == ["env.txt"])
    #expect(completer.find(".e").map(\.path) == [".env"])
    #expect(completer.find("../notes/").map(\.path) == ["../notes/env.md"])
    #expect(completer.find("~/notes/e").map(\.path) == ["~/notes/env.md"])
  }

  @Test("Questions that a newer one has overtaken get no answer") func overtaken() async throws {
    let (completer, home) = try completer(["alpha", "beta"])
    let answers = Mutex<[Int]>([])
    // Its answer holds up the completer's queue until all the others are asked.
    let hold = DispatchSemaphore(value: 0)
    completer.complete("a", token: 0) { _ in
      answers.withLock { $0.append(0) }
      hold.wait()
    }
    try await eventually("the first is answered") { answers.withLock { $0 } == [0] }
    for token in 1...3 { completer.complete("b", token: token) { _ in answers.withLock { $0.append(token) } } }
    hold.signal()
    try await eventually("the newest is answered") { answers.withLock { $0.last } == 3 }
    #expect(answers.withLock { $0 } == [0, 3])
    withExtendedLifetime(home) {}
  }

  @Test("The last of several questions is answered") func newest() async throws {
    let (completer, home) = try completer(["alpha", "beta"])
    let answers = Mutex<[Int: [FoundPath]]>([:])
    for (token, prefix) in ["a", "al", "b"].enumerated() {
      completer.complete(prefix, token: token) { found in answers.withLock { $0[token] = found } }
    }
    try await eventually("the newest is answered") { answers.withLock { $0[2]?.map(\.path) } == ["beta"] }
    withExtendedLifetime(home) {}
  }
}
