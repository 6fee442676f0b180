import Canvas
import ConfigurationReading
import Settings
import TestSupport
import Testing

@Suite struct ThemeLoaderTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private var loader: ThemeLoader { ThemeLoader(directories: [directory("mine"), directory("shared")]) }

  /// `base00` to `base0F`, or to `base17`: 000000, 010101, ...
  private func palette(_ count: Int, indent: String = "", hash: String = "\"") -> String {
    (0..<count).map { index in
      let name = (index < 16 ? "0" : "1") + String(index % 16, radix: 16, uppercase: true)
      let part = (index < 16 ? "0" : "") + String(index, radix: 16)
      return "\(indent)base\(name): \(hash)\(part)\(part)\(part)\(hash.isEmpty ? "" : "\"")\n"
    }.joined()
  }

  private func error(_ text: String) throws -> String {
    try directory.write("mine/t.yaml", text)
    do throws(ThemeLoader.Failure) {
      _ = try loader.load("t")
      return "no error"
    } catch {
      return error.description.split(separator: "\n").map { $0.dropFirst(directory("mine/").count) }.joined(
        separator: "\n")
    }
  }

  @Test("The form with a palette, with # and a variant") func newForm() throws {
    let text = "system: \"base16\"\nname: \"My Night\"\nslug: x\nauthor: y\nvariant: light\npalette:\n"
    try directory.write("mine/night.yaml", text + palette(16, indent: "  ", hash: "\"#"))
    let theme = try loader.load("night")
    #expect(theme.name == "My Night")
    #expect(!theme.isDark)
    #expect(theme.colors.map(\.rgb) == (0..<16).map { UInt32($0) * 0x010101 })
  }

  @Test("The flat form, unquoted and without #; dark is told from the colours") func oldForm() throws {
    try directory.write("mine/old.yaml", "scheme: \"Old One\"\nauthor: \"x\"\n" + palette(16, hash: ""))
    let theme = try loader.load("old")
    #expect(theme.name == "Old One")
    #expect(theme.isDark)
    #expect(theme.colors.count == 16)
  }

  @Test("base24 has 24 colours; a base16 scheme with a few more stays base16") func base24() throws {
    try directory.write("mine/a.yaml", "system: base24\nname: A\npalette:\n" + palette(24, indent: "  "))
    try directory.write("mine/b.yaml", "scheme: B\n" + palette(24))
    try directory.write("mine/c.yaml", "scheme: C\n" + palette(18))
    try directory.write("mine/d.yaml", "system: base16\nscheme: D\n" + palette(24))
    #expect(try ["a", "b", "c", "d"].map { try loader.load($0).colors.count } == [24, 24, 16, 16])
  }

  @Test("Errors have their line and key") func errors() throws {
    #expect(
      try error("system: base24\nname: A\npalette:\n" + palette(23, indent: "  "))
        == "t.yaml:4: palette.base17: missing: a colour such as \"1d2027\"")
    let off = palette(16).split(separator: "\n").map { $0.hasPrefix("base0A") ? "base0A: \"#12345\"" : $0 }
    #expect(
      try error("scheme: A\n" + off.joined(separator: "\n"))
        == "t.yaml:12: base0A: found \"#12345\", expected six hexadecimal digits, with or without #, such as \"1d2027\""
    )
    #expect(
      try error("system: base8\nvariant: grey\n" + palette(16))
        == "t.yaml:1: system: found \"base8\", expected base16 or base24\n"
        + "t.yaml:2: variant: found \"grey\", expected dark or light")
    #expect(try error("").hasSuffix("missing: a base16 or base24 scheme"))
    #expect(try error("just text").hasSuffix("expected a mapping (key: value)"))
  }

  @Test("Themes are listed by slug; the user's own hides a shared one of the same slug") func listing() throws {
    try directory.write("mine/one.yaml", "scheme: Mine\n" + palette(16))
    try directory.write("shared/one.yaml", "scheme: Shared\n" + palette(16))
    try directory.write("shared/base16/two.yml", "scheme: The Second\n" + palette(16))
    try directory.write("shared/readme.md", "")
    try directory.write("shared/.yaml", "")
    #expect(loader.list().filter { $0.path != nil }.map(\.slug) == ["one", "two"])
    #expect(loader.list().contains { $0.slug == "fiedler-dark" && $0.path == nil })
    try directory.write("mine/fiedler-dark.yaml", "scheme: Darker\n" + palette(16))
    #expect(try loader.load("fiedler-dark").name == "Darker")
    #expect(try loader.load("one").name == "Mine")
  }

  @Test("A theme is found by slug or name, case and blanks not counting, broken neighbours notwithstanding")
  func finding() throws {
    try directory.write("mine/broken.yaml", "base00: [")
    try directory.write("shared/tokyo-night.yaml", "scheme: Evening in Edo\n" + palette(16))
    for name in ["tokyo-night", "Tokyo Night", "evening in edo", "Evening_In-Edo"] {
      #expect(try loader.load(name).name == "Evening in Edo")
    }
    do throws(ThemeLoader.Failure) {
      _ = try loader.load("tokio-night")
      Issue.record("found a theme that is not there")
    } catch {
      #expect(error == .unknown(name: "tokio-night", suggestions: ["tokyo-night"]))
    }
  }

  @Test("Of a theme that there is nowhere it is told what lists them; a folder is none, and hides none") func nowhere()
    throws
  {
    try directory.write("mine/night.yaml/notes.txt", "")
    try directory.write("shared/night.yaml", "name: Night\n" + palette(16))
    #expect(try loader.load("night").name == "Night")
    let error = try #require(throws: ThemeLoader.Failure.self) { try loader.load("zzzzzzzzzz") }
    #expect(error.description == #"no theme is called "zzzzzzzzzz": `fiedler themes list` lists them"#)
  }
}
