import Conversations
import JSON
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Files of rows") struct BatchFileTests {
  private static let models = """
    defaults: {models: [demo/quick]}
    providers:
      openai:
        base_url: http://127.0.0.1:1/v1
        api_key_env: OPENAI_API_KEY
        models:
          gpt-4o-mini: {price: {input: 1, output: 2}}
    """

  private func draft(
    _ name: String, _ text: String, _ change: (inout BatchRequest) -> Void = { _ in }
  ) throws -> BatchDraft {
    let home = try Home(models: Self.models)
    try home.directory.write("work/\(name)", text)
    try home.directory.write(
      "config/fiedler/templates/ask.md", "---\nvariables: {tone: kind}\n---\nBe {{tone}} about {{city}}.\n")
    var request = BatchRequest(file: name)
    change(&request)
    return try home.services().draft(request)
  }

  private func problem(
    _ name: String, _ text: String, _ change: (inout BatchRequest) -> Void = { _ in }
  ) -> String {
    do {
      _ = try draft(name, text, change)
      return "no problem"
    } catch { return "\(error)" }
  }

  @Test("JSONL has a row a line, with its own prompt, system prompt and checks") func lines() throws {
    let batch = try draft(
      "cities.jsonl",
      """
      {"prompt": "Capital of France?", "system": "Be brief.", "checks": ["icontains: paris", {"type": "length", "value": "1..20"}]}

      {"prompt": "Capital of Italy?"}
      """
    ).batch
    #expect(batch.name == "cities")
    #expect(batch.rows.map(\.text) == ["Capital of France?", "Capital of Italy?"])
    #expect(batch.rows.map(\.place) == ["cities.jsonl:1", "cities.jsonl:3"])
    #expect(batch.rows[0].system == "Be brief.")
    #expect(batch.rows[0].checks.map(\.type) == ["icontains", "length"])
    #expect(batch.rows[1].title == "cities 2: Capital of Italy?")
  }

  @Test("JSON is a list of rows, an object on each line, or promptfoo's configuration") func json() throws {
    for text in [
      #"[{"prompt": "One \ud83d\ude00", "checks": "icontains: x"}, {"prompt": "Two"}]"#,
      "{\"prompt\": \"One 😀\", \"checks\": \"icontains: x\"}\r\n{\"prompt\": \"Two\"}\r\n",
      #"{"prompts": ["{{q}}"], "tests": [{"vars": {"q": "One 😀"}}, {"vars": {"q": "Two"}}]}"#,
    ] {
      let batch = try draft("rows.json", text).batch
      #expect(batch.rows.map(\.text) == ["One 😀", "Two"], "\(text)")
    }
    #expect(problem("a.json", "[{\"prompt\": \"x\"}, 1]").hasPrefix("a.json: row 2: a row is an object"))
    #expect(problem("a.json", "[{\"prompt\": 1}]") == "a.json: row 1: prompt: it must be a text")
    #expect(problem("a.json", "[{\"prompt\"").hasPrefix("a.json: not JSON"))
    #expect(problem("a.json", "[]") == "a.json: it has no rows")
  }

  @Test("A table's columns fill a template, its quotes may hold lines, and what no place takes is told") func table()
    throws
  {
    let draft = try draft("c.csv", "city,note,__expected\n\"Paris,\nFrance\",x,icontains: {{city}}\nRome,y,\n") {
      $0.template = "ask"
    }
    #expect(draft.batch.rows.map(\.text) == ["Be kind about Paris,\nFrance.", "Be kind about Rome."])
    #expect(draft.batch.rows.map(\.place) == ["c.csv:2", "c.csv:4"])
    #expect(draft.batch.rows[0].checks.map(\.name) == ["icontains \"Paris,\nFrance\""])
    #expect(draft.notes == ["c.csv: the prompt has no place for note"])
  }

  @Test("Only ends of lines end rows of JSONL and CSV, and only separators fields, whatever stands beside them")
  func oddCharacters() throws {
    let odd = "one\u{2028}two\u{85}three\u{B}four"
    #expect(
      try draft("a.jsonl", "{\"prompt\": \"\(odd)\"}\r\n{\"prompt\": \"b\"}").batch.rows.map(\.text) == [odd, "b"])
    let rows = try draft("a.csv", "a,b\r\n\(odd),\u{301}x\r\"y\"\"\u{301}\n\",\u{200D}z\n") {
      $0.prompt = "{{a}}|{{b}}"
    }
    #expect(rows.batch.rows.map(\.text) == ["\(odd)|\u{301}x", "y\"\u{301}\n|\u{200D}z"])
    #expect(rows.batch.rows.map(\.place) == ["a.csv:2", "a.csv:3"])
  }

  @Test("What is written as a line of CSV is read as the same fields")
  func csvThereAndBack() throws {
    let fields = ["", "a\"\u{301}b", ",\u{301}", "x\r\ny", "\r", "\"", " z ", "\u{2028}", "a;b\tc"]
    #expect(try CSVText.records(CSVText.line(fields) + CSVText.line(fields)).map(\.fields) == [fields, fields])
  }

  @Test("Where the first line has no comma, semicolons or tabs are between fields", arguments: [";", "\t"])
  func otherSeparators(_ separator: String) throws {
    let text = ["city\(separator)\"a, b\"", "Rome\(separator)1,5", ""].joined(separator: "\n")
    for name in ["c.csv", "c.tsv"] {
      #expect(
        try draft(name, text) { $0.prompt = "{{city}} {{a, b}}" }.batch.rows[0].values == [
          "city": "Rome", "a, b": "1,5",
        ])
    }
  }

  @Test("A list of YAML mappings is rows, and a prompt of the command line takes their values") func yaml() throws {
    let batch = try draft("r.yaml", "- {word: tide}\n- word: moon\n  checks: [is-json]\n") {
      $0.prompt = "Translate {{word}}."
      $0.checks = ["not-contains: {{word}}"]
    }.batch
    #expect(batch.rows.map(\.text) == ["Translate tide.", "Translate moon."])
    #expect(batch.rows.map { $0.checks.count } == [1, 2])
    #expect(batch.rows[1].place == "r.yaml:2")
  }

  /// The shape is that of promptfoo's example `getting-started` (examples/getting-started/promptfooconfig.yaml in
  /// promptfoo/promptfoo): prompts with variables, providers, a default test, tests with vars and assert. Written anew.
  @Test("promptfoo's configuration is read where it fits, and what does not is named") func promptfoo() throws {
    let draft = try draft(
      "promptfooconfig.yaml",
      """
      # yaml-language-server: $schema=https://promptfoo.dev/config-schema.json
      description: Two ways to greet
      prompts:
        - 'Greet {{name}} in {{language}}'
        - 'Say hello to {{name}}; language: {{language}}'
      providers:
        - openai:chat:gpt-4o-mini
      defaultTest:
        assert:
          - type: latency
            threshold: 5000
      outputPath: out.html
      tests:
        - description: Every language greets
          vars:
            name: [Ada, Emmy]
            language: French
          assert:
            - type: icontains
              value: '{{name}}'
            - type: javascript
              value: 1 / (output.length + 1)
            - type: llm-rubric
              value: is polite
              provider: demo/quick
              weight: 2
      """)
    let batch = draft.batch
    #expect(batch.plan.models.map(\.reference.description) == ["openai/gpt-4o-mini"])
    #expect(
      batch.rows.map(\.text) == [
        "Greet Ada in French", "Say hello to Ada; language: French", "Greet Emmy in French",
        "Say hello to Emmy; language: French",
      ])
    #expect(batch.rows[2].checks.map(\.name).prefix(2) == ["latency 5000.0 ms", "icontains \"Emmy\""])
    #expect(batch.rows[0].checks.map(\.type) == ["latency", "icontains", "judge"])
    #expect(batch.plan.readers.map(\.reference.description) == ["demo/quick"])
    #expect(
      draft.notes == [
        "promptfooconfig.yaml:12: outputPath is not read",
        "promptfooconfig.yaml:21: tests[0].assert[1]: the check javascript is left out, as Fiedler has none of that name",
        "promptfooconfig.yaml:23: tests[0].assert[2].weight is not read",
      ])
    // 4 answers of 500 tokens, with short prompts, and judgements that cost nothing.
    #expect(draft.estimate.cost > 0.004 && draft.estimate.cost < 0.0042)
  }

  /// The shape is that of promptfoo's example `simple-csv`. Written anew.
  @Test("promptfoo's tests may be a table beside the file") func promptfooTable() throws {
    let home = try Home(models: Self.models)
    try home.directory.write(
      "work/f/tests.csv",
      "language,body,__expected\nFrench,Hello,icontains:bonjour\nPirate,\"I'm off\",icontains:Ahoy\n")
    try home.directory.write(
      "work/f/p.yaml", "prompts: ['In {{language}}: {{body}}']\nproviders: [demo/quick]\ntests: file://tests.csv\n")
    let batch = try home.services().draft(BatchRequest(file: "f/p.yaml")).batch
    #expect(batch.rows.map(\.text) == ["In French: Hello", "In Pirate: I'm off"])
    #expect(batch.rows.map(\.place) == ["tests.csv:2", "tests.csv:3"])
    #expect(batch.rows[1].checks.map(\.name) == ["icontains \"Ahoy\""])
  }

  @Test("What is wrong is named with file, line and key") func problems() {
    #expect(problem("a.jsonl", "{\"prompt\": \"x\"}\n{\"prompt\": 1}") == "a.jsonl:2: prompt: it must be a text")
    #expect(problem("a.jsonl", "{\"prompt\"").hasPrefix("a.jsonl:1: not JSON"))
    #expect(
      problem("a.jsonl", "{\"prompt\": \"x\", \"checks\": [\"is-json\", \"pretty: yes\"]}")
        .hasPrefix("a.jsonl:1: checks[1]: no check is called “pretty”; there are contains,"))
    #expect(problem("a.csv", "a,b\n1\n") == "a.csv:2: it has 1 field, and the first line names 2")
    #expect(problem("a.csv", "a\n\"1\n") == "a.csv:2: a quote that opens here is never closed")
    #expect(
      problem("a.csv", "a,__expected\n1,python: x\n") { $0.prompt = "{{a}}" }.hasPrefix(
        "a.csv:2: column __expected: no check"))
    #expect(
      problem("a.csv", "city\nRome\n") { $0.prompt = "{{town}}" }
        == "a.csv:2: the prompt needs town, and the row has no such key")
    #expect(problem("a.csv", "city\nRome\n").hasPrefix("a.csv:2: it has no prompt: give it a key"))
    #expect(problem("a.txt", "x").hasPrefix("a.txt: rows are read from JSONL, JSON, CSV and YAML"))
    #expect(problem("a.jsonl", "\n") == "a.jsonl: it has no rows")
    #expect(problem("a.yaml", "prompts: [x]\n").hasSuffix("it has no tests, so there are no rows"))
    #expect(
      problem("a.yaml", "prompts: [x]\ntests:\n  - assert:\n      - {type: is-json, value: {foo: 1}}\n")
        .hasPrefix("a.yaml:4: tests[0].assert[0]: is-json needs a JSON Schema that can be checked: #/foo: this keyword")
    )
    #expect(
      problem("a.jsonl", "{\"prompt\": \"x\", \"checks\": \"judge: nice\"}")
        == "a.jsonl:1: a check asks for a judge; name the model with --judge")
  }
}
