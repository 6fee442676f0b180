@testable import Basics
@testable import ConfigurationReading
@testable import ConversationStore
@testable import Conversations
@testable import FiedlerUI
import FoundationEssentials
@testable import SendEngine
import Settings

/// The two texts are what the hunks say, byte by byte.
@Sendable func fuzzDifferences(_ bytes: [UInt8]) {
  let parts = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
  let old = String(decoding: parts[0], as: UTF8.self)
  let new = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : ""
  let (before, after) = (Array(old.utf8), Array(new.utf8))
  for unit in [WordDiff.Unit.words, .lines] {
    var (left, right): ([UInt8], [UInt8]) = ([], [])
    for hunk in WordDiff(from: old, to: new, by: unit).hunks {
      if hunk.kind != .added { left += before[hunk.old] }
      if hunk.kind != .removed { right += after[hunk.new] }
      if hunk.kind == .same { check(before[hunk.old].elementsEqual(after[hunk.new]), "the same is the same") }
    }
    check(left == before && right == after, "hunks hold both texts")
  }
}

/// Keys, templates, points in time, waits and what is searched for: read or refused, and no more than that.
@Sendable func fuzzWords(_ bytes: [UInt8]) {
  let text = String(decoding: bytes, as: UTF8.self)
  if let key = KeySyntax.key(text) { check(KeySyntax.key(KeySyntax.name(key)) == key, "a key's name is its own") }
  let template = PromptTemplate(title: "title", body: text)
  let filled = template.filled(with: ["a": "x", "input": "y"]).text
  check(filled.utf8.count <= text.utf8.count * 3 + 100, "a template grows by its values alone")
  if let date = Timestamp.date(text) {
    let written = Timestamp.text(date)
    check(Timestamp.date(written).map { Timestamp.text($0) } == written, "a time is read as it is written")
  }
  let now = Date(timeIntervalSince1970: 1_700_000_000)
  for header in ["retry-after", "retry-after-ms"] {
    let seconds = RetryAfter.seconds(now: now) { $0 == header ? text : nil }
    check(seconds.map { $0.isFinite && $0 >= 0 } ?? true, "a wait is a time")
  }
  _ = try? SearchQuery(text, now: now)
  _ = try? ProviderURL(text).versioned("v1")
  _ = TagWords.parse(text)
  _ = NoProxy(text).covers("host.example.com", port: 443)
  _ = NoProxy("10.0.0.0/8,.example.com").covers(text, port: 443)
  _ = try? ProxyAddress(text, source: "$HTTPS_PROXY")
  _ = PlainWords.line(text, hiding: ["sk-secretsecret"])
}

/// Any text is a configuration, or is told what is wrong with it.
@Sendable func fuzzYAML(_ bytes: [UInt8]) {
  let text = String(decoding: bytes, as: UTF8.self)
  let document = YAMLDocument(text: text, file: "file")
  func walk(_ value: YAMLValue, _ depth: Int) {
    _ = (value.string(), value.integer(in: 0...10, unit: "x"), value.number(in: 0...1, unit: "y"), value.strings())
    guard depth < 4, let mapping = value.mapping(known: ["a", "b"]) else { return }
    for entry in mapping.entries.prefix(8) { walk(entry.value, depth + 1) }
  }
  if let root = document.root { walk(root, 0) }
  _ = try? document.check()
  for problem in document.problems.errors + document.problems.warnings {
    check(!problem.description.isEmpty, "a problem has words")
  }
  _ = try? Settings.parse(text)
  if let models = try? ModelsFile.registry(from: YAMLDocument(text: text, file: "models.yaml"), environment: [:]) {
    check(!models.models.isEmpty, "there is always a model to send to")
  }
}
