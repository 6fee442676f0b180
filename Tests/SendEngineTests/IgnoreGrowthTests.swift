import Testing

@testable import SendEngine

/// Each pattern took seconds to hours for one path, or for itself, when it was tried in every way there is.
@Suite("A repository's patterns cost what they are long", .timeLimit(.minutes(1))) struct IgnoreGrowthTests {
  private func ignores(_ pattern: String, _ path: String) -> Bool? {
    IgnoreRules(pattern).ignores(path.utf8.split(separator: 0x2F).map { Array($0)[...] }, isDirectory: false)
  }

  @Test("Many **/ against a deep path", arguments: [15, 40, 400]) func anyDepth(_ count: Int) {
    let pattern = String(repeating: "**/a/", count: count)
    let deep = String(repeating: "a/", count: 2 * count)
    #expect(ignores(pattern + "b", deep + "c") == nil)
    #expect(ignores(pattern + "b", deep + "b") == true)
    #expect(ignores(pattern + "**", deep + "c") == true)
  }

  @Test(
    "** stands for any number of folders, none included, and at the end for what lies inside",
    arguments: [
      ("a/**/b", "a/b", true), ("a/**/b", "a/x/y/b", true), ("a/**/b", "a/x/y/c", nil), ("**/b", "b", true),
      ("a/**", "a", nil), ("a/**", "a/x", true), ("**/a/**/b/**/c", "x/a/a/b/y/b/c", true), ("**/**", "a", true),
      ("a/**/**/b", "a/b", true), ("**/a/**/a/c", "a/b/a/c", true), ("**/a/b/**/c", "a/a/b/c", true),
    ] as [(String, String, Bool?)])
  func meaning(_ pattern: String, _ path: String, _ expected: Bool?) { #expect(ignores(pattern, path) == expected) }

  @Test("Classes that are never closed", arguments: ["[:", "[:a", "[:alpha:", "[[:", "[-", "[\\"])
  func classes(_ unit: String) {
    #expect(ignores("[" + String(repeating: unit, count: 1_000_000 / unit.utf8.count), "name") == nil)
  }
}
