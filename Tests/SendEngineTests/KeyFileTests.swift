import FoundationEssentials
import TestSupport
import Testing

@testable import SendEngine

@Suite("Keys that are kept") struct KeyFileTests {
  private let directory: TemporaryDirectory
  private var path: String { directory("keys.yaml") }

  init() throws { directory = try TemporaryDirectory() }

  private func text() throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

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
