import Foundation
import Testing

@testable import FiedlerUI

@Suite("Documented keys") struct DocumentedKeysTests {
  private static let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../.docs/keys.md")
    .standardized
  private static let start = "<!-- keys: from the table of actions -->\n"
  private static let end = "<!-- keys end -->"

  /// Run with `RECORD_SCREENS=1` in the environment to write them anew.
  @Test("The documented keys are those of the table of actions")
  func keys() throws {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let start = try #require(text.range(of: Self.start))
    let end = try #require(text.range(of: Self.end))
    let expected = "\n" + Actions.markdown() + "\n"
    if ProcessInfo.processInfo.environment["RECORD_SCREENS"] != nil {
      try (text[..<start.upperBound] + expected + text[end.lowerBound...])
        .write(to: Self.page, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start.upperBound..<end.lowerBound] == expected)
    }
  }
}
