import Conversations
import FiedlerApp
import SendEngine
import Settings
import TestSupport
import Testing

@Suite("Template files") struct TemplatesTests {
  private let home: Home

  init() throws { home = try Home() }

  private func write(_ name: String, _ text: String) throws {
    try home.directory.write("config/fiedler/templates/\(name)", text)
  }

  private func read(_ text: String) throws -> TemplateFile {
    try write("t.md", text)
    return try #require(try Templates(home.environment).read().first)
  }

  /// With the folder's path left out.
  private func problem(_ text: String) throws -> String {
    try read(text).problem?.replacing(Templates(home.environment).directory + "/", with: "") ?? "none"
  }

  @Test("Front matter gives title, description, system prompt, models and variables; the rest is the text")
  func whole() throws {
    let file = try read(
      """
      ---
      title: Review
      description: Looks for faults
      system: |
        You are strict.
        And brief.
      models: [quick, demo/thinker]
      options: {max_tokens: 50, stop: END}
      variables:
        focus: errors
        tone: {default: dry, description: How to say it}
        file:
      ---

      Look at {{file}} for {{focus}}, {{tone}}.

      {{input}}

      """)
    let template = try #require(file.template)
    #expect(file.name == "t" && file.warnings.isEmpty)
    #expect(template.title == "Review" && template.description == "Looks for faults")
    #expect(template.system == "You are strict.\nAnd brief.\n")
    #expect(template.models.map(\.description) == ["demo/quick", "demo/thinker"])
    #expect(template.options.maxTokens == 50 && template.options.stop == ["END"])
    #expect(
      template.variables == [
        .init(name: "file"), .init(name: "focus", value: "errors"),
        .init(name: "tone", value: "dry", description: "How to say it"), .init(name: "input"),
      ])
    #expect(template.filled(with: ["file": "a.c", "input": "x"]).text == "Look at a.c for errors, dry.\n\nx")
  }

  @Test("Without front matter all is text; a rule further down and Windows line ends do no harm")
  func plain() throws {
    #expect(try read("Say\n\n---\n\n{{x}}\n").template?.filled(with: [:]).text == "Say\n\n---\n\n{{x}}")
    #expect(try read("\u{FEFF}---\r\ntitle: W\r\n---\r\nOne\r\ntwo\r\n").template?.title == "W")
    #expect(try read("---\r\ntitle: W\r\n---\r\nOne\r\ntwo\r\n").template?.filled(with: [:]).text == "One\ntwo")
    #expect(try read("---\n---\nA").template?.title == "t")
  }

  @Test("{{date}} is today, unless the template says otherwise") func date() throws {
    let text = try #require(try read("On {{date}}").template?.filled(with: [:]).text)
    #expect(text.wholeMatch(of: /On \d{4}-\d\d-\d\d/) != nil, "\(text)")
    #expect(
      try read("---\nvariables: {date: never}\n---\nOn {{date}}").template?.filled(with: [:]).text == "On never")
  }

  @Test("What is wrong is told with file, line, key and the way out") func problems() throws {
    #expect(
      try problem("---\ntitle: A\nmodels: [quick, quik]\n---\nx")
        == "t.md:3: models[1]: no model is called \"quik\"; did you mean quick?; `fiedler models` lists what can be asked"
    )
    #expect(try problem("---\ntitle: [A]\n---\nx") == "t.md:2: title: found a list, expected text")
    #expect(
      try problem("---\nvariables: one\n---\nx").hasPrefix("t.md:2: variables: found \"one\", expected a mapping"))
    #expect(
      try problem("---\nvariables:\n  1x: a\n---\n")
        == "t.md:3: variables.1x: found \"1x\", expected a name of letters, digits, _ and -, a letter first")
    #expect(
      try problem("---\ntitle: A\n")
        == "t.md:1: the front matter has no end: put a line --- behind it, or a blank line first if there is none")
    #expect(try problem("---\ntitle: \"A\n---\n").hasPrefix("t.md:"))
    #expect(try problem("---\njust text\n---\n").contains("expected a mapping"))
  }

  @Test("Too large, not UTF-8 and unreadable files are told as such; the others are there") func unreadable() throws {
    try write("big.md", String(repeating: "x", count: 256 * 1024 + 1))
    try home.directory.write("config/fiedler/templates/latin.md", bytes: [0x47, 0x72, 0xF6, 0xDF, 0x65])
    try home.directory.directory("config/fiedler/templates/folder.md")
    try write("good.md", "Good")
    try write(".hidden.md", "x")
    try write("notes.txt", "x")
    let files = try Templates(home.environment).read()
    #expect(files.map(\.name) == ["big", "folder", "good", "latin"])
    #expect(files[0].problem?.hasSuffix("big.md: larger than 256 KiB, no template") == true)
    #expect(files[1].problem?.hasSuffix("folder.md: cannot be read: it is a directory") == true)
    #expect(files[2].template?.title == "good")
    #expect(files[3].problem?.hasSuffix("latin.md: not UTF-8 text; save it as UTF-8") == true)
  }

  @Test("Unknown keys and variables that the text lacks are warnings") func warnings() throws {
    let file = try read("---\ntitel: A\nvariables: {x: 1}\n---\nb")
    #expect(file.template != nil)
    #expect(file.warnings.count == 2)
    #expect(file.warnings.first?.hasSuffix("t.md:2: titel: unknown key, ignored; did you mean title?") == true)
    #expect(file.warnings.last?.hasSuffix("t.md:3: variables.x: the text has no {{x}}") == true)
  }

  @Test("Without the folder there are none") func none() throws {
    #expect(try Templates(home.environment).read().isEmpty)
  }

  @Test("A draft takes text, system prompt and models; its own come first") func draft() throws {
    try write("t.md", "---\nsystem: S\nmodels: [thinker]\nvariables: {n: 3}\n---\n{{n}} points on {{what}}: {{input}}")
    let services = try home.services()
    var draft = Draft(text: "")
    try services.fill(&draft, from: "t", with: ["what=a=b"], input: "x")
    #expect(draft.text == "3 points on a=b: x" && draft.system == "S" && draft.models == ["demo/thinker"])
    draft = Draft(text: "", system: "own", models: ["quick"])
    try services.fill(&draft, from: "t", with: ["what=", "n=5"], input: "x")
    #expect(draft.text == "5 points on : x" && draft.system == "own" && draft.models == ["quick"])
  }

  @Test(
    "What a draft lacks is named, and how to give it",
    arguments: [
      (
        "t", [], nil,
        "template \"t\" needs the variables what, input. Give --var what=… a prompt as argument or on stdin"
      ),
      ("t", [], "x", "template \"t\" needs the variable what. Give --var what=…"),
      ("t", ["wat=1"], "x", "template \"t\" has no variable \"wat\"; it has what, input"),
      ("tt", [], "x", "no template is called \"tt\"; did you mean t?\n`fiedler templates` lists them."),
      ("empty", [], nil, "template \"empty\" has no text of its own; give a prompt with it"),
    ] as [(String, [String], String?, String)])
  func lacking(_ name: String, _ assignments: [String], _ input: String?, _ words: String) throws {
    try write("t.md", "{{what}}: {{input}}")
    try write("empty.md", "---\nsystem: S\n---\n")
    let services = try home.services()
    var draft = Draft(text: "")
    #expect {
      try services.fill(&draft, from: name, with: assignments, input: input)
    } throws: { "\($0)" == words }
  }
}
