import ConfigurationReading
import TestSupport
import Testing

@Suite struct ConfigurationReadingTests {
  private func errors(_ text: String, read: (YAMLMapping) -> Void = { _ in }) -> [String] {
    let document = YAMLDocument(text: text, file: "f.yaml")
    if let top = document.root?.mapping() { read(top) }
    return document.problems.errors.map(\.description)
  }

  @Test("A repeated key is an error that names both lines, and what follows it is still read")
  func duplicateKeys() {
    let text = """
      first:
        name: a
        other: 1
        name: b
        "name": c
      # first: no key
      first: {}
      count: many
      """
    let found = errors(text) { _ = $0["count"]?.integer(in: 1...9) }
    #expect(
      found == [
        "f.yaml:4: name: the same key stands on line 2 already",
        "f.yaml:5: name: the same key stands on line 2 already",
        "f.yaml:7: first: the same key stands on line 1 already",
        "f.yaml:8: count: found \"many\", expected a whole number from 1 to 9",
      ])
  }

  @Test("A repeated key is found in text with CRLF line ends and in a flow mapping")
  func duplicateKeysElsewhere() {
    #expect(errors("a: 1\r\nb: 2\r\na: 3\r\n") == ["f.yaml:3: a: the same key stands on line 1 already"])
    #expect(errors("x: {a: 1, a: 2}") == ["f.yaml:1: a: the same key stands on line 1 already"])
  }

  @Test("The first of two equal keys is the one that is read, and the second adds none of its own")
  func duplicateKeysAreSkipped() {
    let document = YAMLDocument(text: "a: 1\na: 2\n", file: "f.yaml")
    let names = document.root?.mapping()?.entries.map(\.name)
    #expect(names == ["a"])
  }

  @Test("Broken YAML is one error with its line")
  func syntax() {
    let found = errors("a: 1\nb: [1, 2\nc: 3\n")
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("f.yaml:3: not valid YAML: ") == true, "\(found)")
  }

  @Test("Bytes that are no UTF-8 are an error with their line") func notUTF8() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("f.yaml", bytes: Array("a: 1\nb: ".utf8) + [0xFF, 0x0A])
    let document = try YAMLDocument(path: path, displayName: "f.yaml")
    #expect(
      document.problems.errors.map(\.description) == [
        "f.yaml:2: not valid YAML: it is not UTF-8 text; save it as UTF-8"
      ])
  }

  @Test("Scalars mean what they look like: off is text, 000000 is text, 1_000 is a number, \"5\" is none")
  func scalars() {
    let document = YAMLDocument(text: "a: off\nb: 000000\nc: 1_000\nd: \"5\"\ne: ~\nf: .inf", file: "f.yaml")
    let top = document.root?.mapping()
    #expect(top?["a"]?.string() == "off")
    #expect(top?["b"]?.string() == "000000")
    #expect(top?["c"]?.integer(in: 1...5000) == 1000)
    #expect(top?["e"] == nil)
    #expect(document.problems.errors.isEmpty)
    #expect(top?["d"]?.integer(in: 1...9) == nil)
    #expect(top?["f"]?.number(in: 0...9) == nil)
    #expect(document.problems.errors.map(\.line) == [4, 6])
  }

  @Test("An unknown key is a warning that offers the nearest known one") func unknownKeys() {
    let document = YAMLDocument(text: "timout: 3\nxyz: 4\n", file: "f.yaml")
    _ = document.root?.mapping(known: ["timeout", "price"])
    #expect(
      document.problems.warnings.map(\.description) == [
        "f.yaml:1: timout: unknown key, ignored; did you mean timeout?", "f.yaml:2: xyz: unknown key, ignored",
      ])
    #expect(document.problems.errors.isEmpty)
  }

  @Test("Merge keys bring in what the mapping does not have itself") func mergeKeys() {
    let text = "base: &base {a: 1, b: 2}\nown:\n  <<: *base\n  b: 3\n"
    let own = YAMLDocument(text: text, file: "f.yaml").root?.mapping()?["own"]?.mapping()
    #expect(own?["a"]?.integer(in: 0...9) == 1)
    #expect(own?["b"]?.integer(in: 0...9) == 3)
  }

  @Test("No control character of a file reaches a message") func hostileText() {
    let found = errors("\"a\\e[2J\": \"\\e]0;x\\a\"") { _ = $0.entries.first?.value.integer(in: 0...1) }
    #expect(found.count == 1)
    #expect(found.allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } }, "\(found)")
    #expect(found.first?.contains("\\u{1B}") == true, "\(found)")
  }

  @Test("A name slightly off finds its neighbour, a wild one finds nothing") func suggestions() {
    let names = ["gpt-4o", "gpt-4o-mini", "claude-opus"]
    #expect(Suggestions.nearest(to: "gtp-4o", in: names).first == "gpt-4o")
    #expect(Suggestions.nearest(to: "opus", in: names) == ["claude-opus"])
    #expect(Suggestions.nearest(to: "zzzzz", in: names).isEmpty)
  }
}
