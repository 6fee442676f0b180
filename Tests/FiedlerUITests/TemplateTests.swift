import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Prompt templates in the editor") struct TemplateTests {
  static func file(_ name: String, _ template: PromptTemplate) -> TemplateFile {
    TemplateFile(name: name, path: "/home/me/.config/fiedler/templates/\(name).md", content: .template(template))
  }

  static let files = [
    file(
      "commit",
      PromptTemplate(
        title: "Commit message", description: "from a diff", declared: [.init(name: "style", value: "imperative")],
        body: "Write a commit message, {{style}}, for this diff. Name what changes for the user first.\n\n{{input}}")),
    file(
      "explain",
      PromptTemplate(
        title: "Explain", description: "a thing to someone", system: "Be brief.",
        models: [AppDriver.model("gemini-2.5-pro")],
        body: "Explain {{thing}} to {{who}}.\n\nThen {{thing}} again.")),
    TemplateFile(
      name: "broken", path: "/home/me/.config/fiedler/templates/broken.md",
      content: .problem(
        "/home/me/.config/fiedler/templates/broken.md:3: models[0]: no model is called \"quik\"; did you mean quick?; "
          + "`fiedler models` lists what can be asked")),
    file("plain", PromptTemplate(title: "plain", body: "Answer in one sentence.")),
  ]

  private func choosing(_ typed: String = "", _ width: Int = 80, _ height: Int = 24) -> AppDriver {
    var app = AppDriver(width, height)
    app.type(typed)
    app.press(.alt("t"))
    #expect(app.effects == [.loadTemplates(.choose(filter: ""))])
    app.tell(.templatesLoaded(Self.files, for: .choose(filter: "")))
    return app
  }

  private func taking(_ argument: String, typed: String = "") -> AppDriver {
    var app = AppDriver(80, 24)
    app.type("/template \(argument)")
    app.press(Key(.enter))
    #expect(app.effects == [.loadTemplates(.take(argument))])
    app.type(typed)
    app.tell(.templatesLoaded(Self.files, for: .take(argument)))
    return app
  }

  @Test(
    "The picker narrows by title and description, and shows how the text begins",
    arguments: [
      Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 40, height: 12),
    ]) func picker(_ size: Size) throws
  {
    var app = choosing("", size.width, size.height)
    try ScreenTests.expect(app, is: "templates")
    app.type("brok")
    try ScreenTests.expect(app, is: "templates-broken")
    app.press(.control("u"))
    app.type("diff")
    app.press(Key(.enter))
    #expect(app.state.prompt.editor.text.hasPrefix("Write a commit message, imperative, for"))
  }

  @Test("Taken with an empty prompt, it selects its first blank, which typing replaces; Tab goes on")
  func blanks() throws {
    var app = choosing()
    app.type("explain")
    app.press(Key(.enter))
    #expect(app.state.prompt.editor.text == "Explain {{thing}} to {{who}}.\n\nThen {{thing}} again.")
    #expect(app.state.prompt.editor.selectedText == "{{thing}}")
    try ScreenTests.expect(app, is: "template-taken")
    app.type("tides")
    app.press(Key(.tab))
    #expect(app.state.prompt.editor.selectedText == "{{who}}")
    app.type("a child")
    app.press(Key(.tab))
    #expect(app.state.prompt.editor.selectedText == "{{thing}}")
    app.type("they")
    #expect(app.state.prompt.editor.text == "Explain tides to a child.\n\nThen they again.")
    app.press(Key(.enter))
    guard case .send(let draft)? = app.effects.first else { return #expect(Bool(false), "nothing was sent") }
    #expect(draft.system == "Be brief." && draft.models == [AppDriver.model("gemini-2.5-pro")])
  }

  @Test("With no blank left, Tab moves the focus as ever") func tab() {
    var app = AppDriver.streaming(80, 24)
    app.tell(.templatesLoaded(Self.files, for: .take("commit")))
    #expect(app.state.activeContexts.contains(.blanks))
    app.press(Key(.tab))
    #expect(app.state.focus == .pane)
    app.press("i")
    app.type("x")
    #expect(!app.state.activeContexts.contains(.blanks))
    app.press(Key(.tab))
    #expect(app.state.focus == .pane)
  }

  @Test("What was typed fills the input, or follows a template without one; undo leads back") func typed() {
    var app = choosing("my diff")
    app.type("commit")
    app.press(Key(.enter))
    #expect(app.state.prompt.editor.text.hasSuffix("first.\n\nmy diff"))
    #expect(app.state.prompt.template == nil)
    app.press(.control("_"))
    #expect(app.state.prompt.editor.text == "my diff")
    app.press(.alt("t"))
    app.tell(.templatesLoaded(Self.files, for: .choose(filter: "")))
    app.type("plain")
    app.press(Key(.enter))
    #expect(app.state.prompt.editor.text == "Answer in one sentence.\n\nmy diff")
    app.press(.control("_"))
    #expect(app.state.prompt.editor.text == "my diff")
  }

  @Test("A long paste stays a chip within the template") func chip() {
    var app = AppDriver(80, 24)
    let long = String(repeating: "line\n", count: 40)
    app.tell(.input(.paste(long)))
    app.tell(.templatesLoaded(Self.files, for: .take("commit")))
    #expect(app.state.prompt.editor.text.hasSuffix("\n\n" + long))
    #expect(app.state.prompt.editor.document.whole.hasChip)
  }

  @Test("The rest of the line is the input, what was typed meanwhile behind it") func rest() {
    #expect(taking("commit a - b").state.prompt.editor.text.hasSuffix("first.\n\na - b"))
    #expect(taking("commit a", typed: "b").state.prompt.editor.text.hasSuffix("first.\n\na\nb"))
    #expect(taking("plain a").state.prompt.editor.text == "Answer in one sentence.\n\na")
  }

  @Test("A name that is none, and a template that is broken, are told; what was typed stays") func failures() {
    var app = taking("comit x")
    #expect(app.state.prompt.editor.text == "/template comit x")
    #expect(app.screen.contains("No template is called comit"))
    app = taking("broken x")
    #expect(app.state.prompt.editor.text == "/template broken x")
    #expect(app.state.toasts.last?.text.contains("broken.md:3: models[0]") == true)
    app = AppDriver(80, 24)
    app.tell(.templatesLoaded([], for: .choose(filter: "")))
    #expect(app.state.layer == nil && app.screen.contains("There are no templates"))
  }

  @Test("Sending with blanks left names them and waits; the second Enter sends") func warning() {
    var app = taking("explain")
    app.type("tides")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty)
    #expect(app.state.toasts.last?.text.hasPrefix("Not filled in: {{who}}, {{thing}}.") == true)
    #expect(app.state.prompt.editor.selectedText == "{{who}}")
    app.press(Key(.enter))
    guard case .send(let draft)? = app.effects.first else { return #expect(Bool(false), "nothing was sent") }
    #expect(draft.text == "Explain tides to {{who}}.\n\nThen {{thing}} again.")
  }

  @Test("Behind its command a template's name is completed, and one that is there whole is used at once")
  func completionOfNames() throws {
    var app = AppDriver(80, 24)
    app.type("/template e")
    app.tell(.templatesLoaded(Self.files, for: .complete))
    #expect(app.state.prompt.completion?.items.map(\.argument) == ["explain"])
    app.press(Key(.tab))
    #expect(app.state.prompt.editor.text == "/template explain ")
    #expect(!app.state.isCompleting)
    app.press(Key(.backspace))
    #expect(app.state.isCompleting)
    app.press(Key(.enter))
    #expect(app.effects == [.loadTemplates(.take("explain"))])
  }

  @Test("Braces of one's own are sent as they are") func own() {
    var app = AppDriver(80, 24)
    app.type("What is {{thing}}?")
    app.press(Key(.enter))
    #expect(app.effects.count == 1)
  }

  @Test("The list of commands completes templates") func completion() throws {
    var app = AppDriver(80, 24)
    app.press("/")
    #expect(app.effects.isEmpty)
    app.press("t")
    #expect(app.effects == [.loadTemplates(.complete)])
    app.tell(.templatesLoaded(Self.files, for: .complete))
    app.type("emp")
    #expect(app.effects.isEmpty)
    try ScreenTests.expect(app, is: "template-completion")
    app.press(Key(.down), Key(.down), Key(.tab))
    #expect(app.state.prompt.editor.text == "/template explain ")
    app.press(Key(.enter))
    #expect(app.effects == [.loadTemplates(.take("explain"))])
  }

  @Test("With vi's keys a blank is typed over all the same") func vi() {
    var app = AppDriver(80, 24)
    app.tell(.editorKeysChosen(.vi))
    app.press(Key(.escape))
    app.tell(.templatesLoaded(Self.files, for: .take("explain")))
    app.type("x")
    #expect(app.state.prompt.editor.text.hasPrefix("Explain x to {{who}}"))
  }

  @Test(
    "A template of very many names is taken at once, and its notice names the first of them", .timeLimit(.minutes(1)))
  func manyNames() {
    var app = AppDriver(80, 24)
    let body = (0..<25_000).map { "{{n\($0)}}" }.joined(separator: " ")
    app.tell(.templatesLoaded([Self.file("many", PromptTemplate(title: "Many", body: body))], for: .take("many")))
    #expect(app.state.prompt.editor.selectedText == "{{n0}}")
    #expect(app.state.toasts.contains { $0.text.contains("{{n7}} and 24992 more") })
    app.press(Key(.enter))
    #expect(app.state.prompt.template?.told.count == 25_000)
  }

  @Test("In a long text no key looks for blanks; Tab and Enter do") func long() {
    var app = AppDriver.streaming(80, 24)
    let body = "{{a}} {{b}}" + String(repeating: "\na line of text", count: 4_000)
    let file = Self.file("long", PromptTemplate(title: "Long", body: body))
    app.tell(.templatesLoaded([file], for: .take("long")))
    app.type("x")
    #expect(app.state.prompt.template?.left == ["a", "b"])
    app.press(Key(.tab))
    #expect(app.state.prompt.editor.selectedText == "{{b}}")
    app.type("y")
    #expect(app.state.prompt.editor.text.hasPrefix("x y\na line"))
    app.press(Key(.tab))
    #expect(app.state.focus == .pane)
  }

  @Test("A template taken while earlier prompts are searched ends the search") func searching() {
    var app = AppDriver(80, 24)
    app.tell(.promptHistory(["earlier"]))
    app.press(.control("r"))
    app.type("ear")
    app.tell(.templatesLoaded(Self.files, for: .take("plain")))
    #expect(app.state.prompt.editor.search == nil)
    #expect(app.state.prompt.editor.text == "Answer in one sentence.\n\nearlier")
  }
}
