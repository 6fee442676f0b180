import FoundationEssentials
import TestSupport
import Testing

@testable import SendEngine

@Suite("Keys that are kept") struct KeyFileTests {
  private let directory: TemporaryDirectory
  private var path: String { directory("keys.yaml") }

  init() throws { directory = try TemporaryDirectory() }

  private func text() throws -> String {
    String(decoding: try #require(FileManager.default.contents(atPath: path)), as: UTF8.self)
  }

  @Test("A key is kept whatever is in it, in a file for its owner alone") func kept() throws {
    for key in ["sk-1", "a\"b\\c", ": # [x]", "tab\tand é"] {
      try KeyFile.set(key, of: "openai", path: path)
      #expect(try KeyFile.key(of: "openai", path: path) == key)
    }
    #expect(try KeyFile.providers(path: path) == ["openai"])
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test("Every other line stays as it is, and a key taken out is gone") func others() throws {
    try directory.write("keys.yaml", "# mine\nlab: \"one\"  # first\n\"open.ai\": two\nopenai: old", mode: 0o600)
    try KeyFile.set("new", of: "openai", path: path)
    #expect(try text() == "# mine\nlab: \"one\"  # first\n\"open.ai\": two\n\"openai\": \"new\"\n")
    try KeyFile.set(nil, of: "open.ai", path: path)
    try KeyFile.set(nil, of: "none", path: path)
    #expect(try text() == "# mine\nlab: \"one\"  # first\n\"openai\": \"new\"\n")
  }

  @Test("Lines may end as in other systems, and a byte order mark may begin them; nobody's key is lost")
  func otherSystems() throws {
    try directory.write("keys.yaml", "\u{FEFF}openai: a\r\nlab: b\r\n", mode: 0o600)
    try KeyFile.set("c", of: "mistral", path: path)
    #expect(try text().utf8.elementsEqual("\u{FEFF}openai: a\r\nlab: b\r\n\"mistral\": \"c\"\r\n".utf8))
    try KeyFile.set("new", of: "openai", path: path)
    #expect(try text().utf8.elementsEqual("lab: b\r\n\"mistral\": \"c\"\r\n\"openai\": \"new\"\r\n".utf8))
    try KeyFile.set(nil, of: "mistral", path: path)
    #expect(try KeyFile.providers(path: path) == ["lab", "openai"])
  }

  @Test(
    "What lines cannot be put into or taken out of stays untouched, and is named",
    arguments: [
      "openai:\n  a\nlab: b\n", "{openai: a, lab: b}\n", "lab: b\n...\n", "lab: |\n  b\n\nopenai: >-\n  a\n",
      "openai: &key a\nlab: *key\n", "? openai\n: a\n",
    ])
  func notLines(before: String) throws {
    try directory.write("keys.yaml", before, mode: 0o600)
    let error = #expect(throws: KeyFile.WriteFailure.self) { try KeyFile.set("new", of: "openai", path: path) }
    #expect("\(try #require(error))".contains("the line of openai"))
    #expect(try text() == before)
  }

  @Test("Keys that several processes put there at once are all there, and nothing else is left") func atOnce()
    async throws
  {
    let path = path
    await withTaskGroup { group in
      for number in 1...20 {
        group.addTask {
          #expect(throws: Never.self) { try KeyFile.set("sk-\(number)", of: "lab\(number)", path: path) }
        }
      }
    }
    #expect(try Set(KeyFile.providers(path: path)) == Set((1...20).map { "lab\($0)" }))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["keys.yaml"])
  }

  @Test("Where the file is a link, the key is put where it leads, and the link stays") func behindLink() throws {
    try directory.write("dotfiles/keys.yaml", "lab: b\n", mode: 0o600)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "dotfiles/keys.yaml")
    try KeyFile.set("c", of: "openai", path: path)
    let behind = try String(contentsOfFile: directory("dotfiles/keys.yaml"), encoding: .utf8)
    #expect(behind == "lab: b\n\"openai\": \"c\"\n")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == "dotfiles/keys.yaml")
  }

  @Test(
    "A file that others may read, or that is none of keys, stays untouched and is named", arguments: [0o644, 0o600])
  func untouched(mode: Int) throws {
    let before = mode == 0o644 ? "lab: x\n" : "- a list\n"
    try directory.write("keys.yaml", before, mode: mode)
    let error = #expect(throws: KeyError.self) { try KeyFile.set("new", of: "lab", path: path) }
    #expect("\(try #require(error))".contains("keys.yaml"))
    #expect(try text() == before)
  }
}
