import Foundation
import Testing

@testable import FiedlerUI

@Suite("Documented keys") struct DocumentedKeysTests {
  private static let readme = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../README.md")
    .standardized
  private static let start = "<!-- keys: from the table of actions -->\n"
  private static let end = "<!-- keys end -->"

  /// Run with `RECORD_SCREENS=1` in the environment to write them anew.
  @Test("The README's keys are those of the table of actions")
  func readme() throws {
    let text = try String(contentsOf: Self.readme, encoding: .utf8)
    let start = try #require(text.range(of: Self.start))
    let end = try #require(text.range(of: Self.end))
    let expected = "\n" + Actions.markdown() + "\n"
    if ProcessInfo.processInfo.environment["RECORD_SCREENS"] != nil {
      try (text[..<start.upperBound] + expected + text[end.lowerBound...])
        .write(to: Self.readme, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start.upperBound..<end.lowerBound] == expected)
    }
  }
}
