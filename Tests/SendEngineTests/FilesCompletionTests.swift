import Glibc
import SendEngine
import TestSupport
import Testing

@Suite struct FilesCompletionTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    for name in [
      "work/Notes.md", "work/notes.txt", "work/nothing", "work/.hidden", "work/src/Main.swift", "home/novel",
    ] {
      try directory.write(name, "")
    }
    try directory.directory("work/node")
    try directory.directory("work/.git")
    try directory.link("work/nlink", to: "src")
    _ = mkfifo(directory("work/nfifo"), 0o600)
  }

  private func complete(_ prefix: String, limit: Int = 50) -> [String] {
    PathCompletion.complete(prefix, relativeTo: directory("work"), home: directory("home"), limit: limit)
  }

  @Test("Directories come first with a slash, then files; FIFOs are not offered") func order() {
    #expect(complete("n") == ["nlink/", "node/", "notes.txt", "nothing"])
    #expect(complete("") == ["nlink/", "node/", "src/", "Notes.md", "notes.txt", "nothing"])
  }

  @Test("Case counts only where something matches with it") func letterCase() {
    #expect(complete("N") == ["Notes.md"])
    #expect(complete("NOT") == ["Notes.md", "notes.txt", "nothing"])
  }

  @Test("Hidden names are offered once the dot is typed") func hidden() {
    #expect(complete(".") == [".git/", ".hidden"])
    #expect(complete("./.") == ["./.git/", "./.hidden"])
  }

  @Test("A candidate keeps the form of what was typed") func form() {
    #expect(complete("src/") == ["src/Main.swift"])
    #expect(complete("../work/src/M") == ["../work/src/Main.swift"])
    #expect(complete("~/n") == ["~/novel"])
    #expect(complete("~") == ["~/"])
    #expect(complete(directory("home/n")) == [directory("home/novel")])
  }

  @Test("No more than the limit, and nothing where there is nothing") func bounds() {
    #expect(complete("n", limit: 3) == ["nlink/", "node/", "notes.txt"])
    #expect(complete("missing/") == [])
    #expect(complete("nothing/x") == [])
  }
}
