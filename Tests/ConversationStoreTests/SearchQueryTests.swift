import Conversations
import Foundation
import Testing

@testable import ConversationStore

@Suite("What is typed is understood")
struct SearchQueryTests {
  /// 2026-11-23 00:30 in a zone two hours east of UTC, so that it is still the 22nd in UTC.
  private static let now = Date(timeIntervalSince1970: 1_795_386_600)

  private func clauses(_ text: String) throws -> [SearchQuery.Clause] {
    try SearchQuery(text, zone: LocalZone(fixed: 7200), now: Self.now).clauses
  }

  private static func wanted(_ part: SearchQuery.Part) -> SearchQuery.Clause { .init(part: part, isNegated: false) }
  private static func unwanted(_ part: SearchQuery.Part) -> SearchQuery.Clause { .init(part: part, isNegated: true) }
  private static func word(_ text: String, open: Bool = false) -> SearchQuery.Clause {
    wanted(.text(text, isPrefix: open))
  }

  @Test(
    "Words, beginnings, phrases, what must not be there, and filters",
    arguments: [
      ("", []),
      ("  \n\t ", []),
      ("retry", [word("retry", open: true)]),
      ("retry ", [word("retry")]),
      ("retr* back", [word("retr", open: true), word("back", open: true)]),
      ("\"back off\" x ", [word("back off"), word("x")]),
      ("\"back of", [word("back of")]),
      ("a\"b c", [word("a\"b"), word("c", open: true)]),
      ("-word -\"a b\"", [unwanted(.text("word", isPrefix: false)), unwanted(.text("a b", isPrefix: false))]),
      ("- \" -\" *", [word("-")]),
      ("a -b ", [word("a"), unwanted(.text("b", isPrefix: false))]),
      (
        "std::vector http://x c++ a:b foo",
        [word("std::vector"), word("http://x"), word("c++"), word("a:b"), word("foo", open: true)]
      ),
      ("file://x tag::y", [word("file://x"), word("tag::y", open: true)]),
      ("model:gpt-4o Provider:openai", [wanted(.model("gpt-4o")), wanted(.provider("openai"))]),
      ("tag:\"to read\" -tag:old", [wanted(.tag("to read")), unwanted(.tag("old"))]),
      ("file:a.swift is:pinned", [wanted(.file("a.swift")), wanted(.pinned)]),
      ("status:fail -status:success", [wanted(.status(.failed)), unwanted(.status(.success))]),
      ("model: before: tag:\"\" is:", []),
      ("\"model:x\"", [word("model:x")]),
      ("x\u{0}y", [word("x"), word("y", open: true)]),
    ] as [(String, [SearchQuery.Clause])])
  func understood(_ text: String, _ expected: [SearchQuery.Clause]) throws {
    // The last word of a query that ends in a minus or a filter is followed by something.
    let expected = expected.enumerated().map { index, clause in
      guard index == expected.count - 1, clause.isNegated, !text.hasSuffix(" "), case .text(let word, _) = clause.part,
        !text.hasSuffix("\"")
      else { return clause }
      return SearchQuery.Clause(part: .text(word, isPrefix: true), isNegated: true)
    }
    #expect(try clauses(text) == expected)
  }

  @Test(
    "Dates begin in the user's time zone",
    arguments: [
      ("2026", "2025-12-31T22:00:00Z"), ("2026-11", "2026-10-31T22:00:00Z"), ("2026-11-22", "2026-11-21T22:00:00Z"),
      ("2026-1-5", "2026-01-04T22:00:00Z"), ("2024-02-29", "2024-02-28T22:00:00Z"), ("today", "2026-11-22T22:00:00Z"),
      ("yesterday", "2026-11-21T22:00:00Z"), ("0d", "2026-11-22T22:00:00Z"), ("7d", "2026-11-15T22:00:00Z"),
      ("2w", "2026-11-08T22:00:00Z"), ("9m", "2026-02-22T22:00:00Z"), ("1y", "2025-11-22T22:00:00Z"),
      ("TODAY", "2026-11-22T22:00:00Z"),
    ])
  func dates(_ text: String, _ expected: String) throws {
    let date = try Date(expected, strategy: .iso8601)
    #expect(try clauses("before:\(text)") == [Self.wanted(.before(date))])
    #expect(try clauses("after:\"\(text)\"") == [Self.wanted(.after(date))])
    #expect(try clauses("-before:\(text) -after:\(text)") == [Self.wanted(.after(date)), Self.wanted(.before(date))])
  }

  @Test(
    "A slip is told with what would be right",
    arguments: [
      ("modle:gpt", "modle:gpt", "did you mean model:gpt"), ("x -tags:y", "-tags:y", "did you mean tag:y"),
      ("Stauts:failed", "Stauts:failed", "did you mean status:failed"), ("befor:2026", "befor:2026", "before:2026"),
      ("after:foo", "after:foo", "foo is no date; write 2026"), ("before:2026-13", "before:2026-13", "no date"),
      ("before:2026-02-30", "before:2026-02-30", "no date"), ("after:99999d", "after:99999d", "no date"),
      ("status:odd", "status:odd", "success, partial, failed"), ("is:open", "is:open", "is:pinned"),
    ])
  func slips(_ text: String, _ part: String, _ advice: String) throws {
    let error = try #require(throws: StoreError.self) { try clauses(text) }
    guard case .notUnderstood(part, let told) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(told.contains(advice), "\(told)")
    #expect("\(error)".hasPrefix("cannot search for \(part): "))
  }

  @Test("However long it is, only the beginning counts")
  func long() throws {
    #expect(try clauses(String(repeating: "word ", count: 20_000)).count == 200)
    #expect(try clauses(String(repeating: "x", count: 100_000)).count == 1)
  }
}
