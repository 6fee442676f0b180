import FoundationEssentials
import TestSupport
import Testing

@testable import SendEngine

@Suite("Files found by a few letters") struct FileIndexTests {
  private func folder(_ files: [String]) throws -> TemporaryDirectory {
    let folder = try TemporaryDirectory()
    for file in files { try folder.write(file, "x") }
    return folder
  }

  private func index(_ files: [String], limit: Int = 100_000) throws -> FileIndex {
    let folder = try folder(files)
    return withExtendedLifetime(folder) { FileIndex(of: folder.path, limit: limit) }
  }

  private func found(_ typed: String, in files: [String]) throws -> [String] {
    try index(files).search(typed).map(\.path)
  }

  @Test("Names at any depth are found by letters in their order; the best is first")
  func ranking() throws {
    let files = [
      "Sources/FiedlerUI/Prompt/PromptState.swift", "Sources/FiedlerUI/Prompt/PromptView.swift",
      "Sources/SendEngine/Sender.swift", "Tests/SenderTests.swift", "docs/pastries.md", "README.md",
    ]
    #expect(try found("prst", in: files).first == "Sources/FiedlerUI/Prompt/PromptState.swift")
    #expect(try found("ps", in: files).first == "Sources/FiedlerUI/Prompt/PromptState.swift")
    #expect(try found("sender", in: files).prefix(2) == ["Sources/SendEngine/Sender.swift", "Tests/SenderTests.swift"])
    #expect(try found("test/send", in: files) == ["Tests/SenderTests.swift"])
    #expect(try found("uiprom", in: files).first == "Sources/FiedlerUI/Prompt/")
    #expect(try found("readme", in: files) == ["README.md"])
    #expect(try found("zzz", in: files).isEmpty && found("", in: files).isEmpty)
  }

  @Test("A capital that was typed must be one") func capitals() throws {
    #expect(try found("R", in: ["README", "rest"]) == ["README"])
    #expect(try found("r", in: ["README", "rest"]).count == 2)
  }

  @Test("What was typed is told by its characters, whatever they take in bytes") func places() throws {
    let index = try index(["日本語/größe.txt"])
    #expect(index.search("größe") == [PathCandidate(path: "日本語/größe.txt", matched: [4, 5, 6, 7, 8])])
    #expect(index.search("本").first?.matched == [1])
  }

  @Test("Hidden files, linked folders and what is no file are left out; a linked file is not")
  func leftOut() throws {
    let folder = try folder(["a/real.txt", ".hidden/x", ".env"])
    let files = FileManager.default
    try files.createSymbolicLink(atPath: folder("a/loop"), withDestinationPath: folder.path)
    try files.createSymbolicLink(atPath: folder("link.txt"), withDestinationPath: folder("a/real.txt"))
    try files.createSymbolicLink(atPath: folder("nowhere"), withDestinationPath: folder("gone"))
    #expect(FileIndex(of: folder.path).paths.sorted() == ["a/", "a/real.txt", "link.txt"])
    #expect(FileIndex(of: folder("missing")).count == 0)
  }

  @Test("The nearest names come first where there are too many") func limit() throws {
    let index = try index((1...30).map { "deep/er/\($0)" } + ["near"], limit: 4)
    #expect(index.isCut && index.paths == ["deep/", "near", "deep/er/", "deep/er/1"])
  }

  @Test("Rules of the folders above count, up to the one with .git; so does .git/info/exclude")
  func above() throws {
    let folder = try folder(["a.log", "b.txt", "c.tmp", "keep.log"].map { "top/mid/walk/" + $0 })
    try folder.write(".gitignore", "*.txt\n")
    try folder.write("top/.git/info/exclude", "*.tmp\n")
    try folder.write("top/.gitignore", "*.log\n/walk\n")
    try folder.write("top/mid/walk/.gitignore", "!keep.log\n")
    #expect(FileIndex(of: folder("top/mid/walk")).paths == ["b.txt", "keep.log"])
  }

  @Test("Of a very large .gitignore the first lines count, as far as they are whole; one that is a link does not")
  func oddRules() throws {
    let large = try folder(["a.log", "b.txt", "c.tmp"])
    try large.write(".gitignore", "*.log\n" + String(repeating: "# no more\n", count: 30_000) + "*.tmp\n")
    #expect(FileIndex(of: large.path).paths == ["b.txt", "c.tmp"])
    try large.write(".gitignore", String(repeating: "*.log", count: 60_000))
    #expect(FileIndex(of: large.path).paths == ["a.log", "b.txt", "c.tmp"])

    let linking = try folder(["top/a.log", "top/b.txt", "rules"])
    try linking.write("rules", "*.log\n")
    try FileManager.default.createSymbolicLink(
      atPath: linking("top/.gitignore"), withDestinationPath: linking("rules"))
    #expect(FileIndex(of: linking("top")).paths == ["a.log", "b.txt"])
  }

  private func git(_ arguments: String..., in folder: TemporaryDirectory) throws -> String {
    let own = try TemporaryDirectory()
    let environment = ["HOME": own.path, "XDG_CONFIG_HOME": own.path, "GIT_CONFIG_SYSTEM": "/dev/null"]
    let process = try ChildProcess("git", ["-C", folder.path] + arguments, environment: environment, log: own("log"))
    try #require(process.waitForExit() == 0)
    return try String(contentsOfFile: own("log"), encoding: .utf8)
  }

  @Test("It leaves out what Git leaves out, for any patterns and names", arguments: 1...60)
  func asGit(seed: UInt64) throws {
    var random = Seeded(seed)
    let folder = try TemporaryDirectory()
    let names = ["a", "b", "ab", "abc", "a.b", "x y", "[c]", "é", "a-b", "B1", "!c", "#d"]
    func name() -> String { names.randomElement(using: &random)! }
    for _ in 0..<40 {
      let path = (0...Int.random(in: 0...3, using: &random)).map { _ in name() }.joined(separator: "/")
      // A file may stand where a folder would have to be, or the other way round.
      _ = try? folder.write(path, "x")
    }
    let parts = [
      "a", "b", "ab", "*", "?", "a*", "*b", "*.b", "[ab]", "[!a]*", "[a-c]?", "**", "a**b", "\\[c]", "[[:upper:]]*",
      "[[:digit:][:lower:]]", "x y", "x\\ y", "é", "?", "\\!c", "\\#d", "#d", "!c", "[^b]", "[]a]", "[a", "a\\",
      "B[0-9]",
    ]
    func pattern() -> String {
      var text = Bool.random(using: &random) ? "" : "/"
      text += (0...[0, 0, 1, 2].randomElement(using: &random)!).map { _ in parts.randomElement(using: &random)! }
        .joined(separator: "/")
      if Int.random(in: 0..<4, using: &random) == 0 { text += "/" }
      if Int.random(in: 0..<4, using: &random) == 0 { text = "!" + text }
      if Int.random(in: 0..<8, using: &random) == 0 { text += "  " }
      return text
    }
    func rules() -> String { (0..<4).map { _ in pattern() }.joined(separator: "\n") + "\n# a comment\n\n" }
    try folder.write(".gitignore", rules())
    _ = try? folder.write("a/.gitignore", rules())
    _ = try? folder.write("ab/b/.gitignore", rules())
    _ = try git("init", "-q", in: folder)
    let theirs = try git("ls-files", "-z", "--others", "--exclude-standard", in: folder)
    let listed = theirs.split(separator: "\0").map(String.init)
      .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
    let ours = FileIndex(of: folder.path).paths.filter { !$0.hasSuffix("/") }
    let top = try String(contentsOfFile: folder(".gitignore"), encoding: .utf8)
    #expect(ours.sorted() == listed.sorted(), "with \(top)")
  }
}
