import Canvas
import Conversations
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Pickers") struct PickerTests {
  private func picker() -> AppDriver {
    var app = AppDriver(80, 24, models: [])
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: [AppDriver.catalog[1].reference]))
    app.press(.control("o"))
    return app
  }

  @Test("Space chooses several, Enter accepts, and those chosen before keep their place")
  func multiple() {
    var app = picker()
    app.press(Key(.down), Key(.character(" ")), Key(.enter))
    #expect(app.state.layer == nil)
    #expect(app.state.chosenModels == [AppDriver.catalog[1], AppDriver.catalog[0]].map(\.reference))
  }

  @Test("Escape leaves the choice as it was")
  func cancelled() {
    var app = picker()
    app.press(" ")
    app.press(Key(.escape))
    #expect(app.state.chosenModels == [AppDriver.catalog[1].reference])
  }

  @Test("Enter where nothing is found chooses nothing, and leaves who is asked as it is")
  func nothingFound() {
    var app = AppDriver(80, 24, models: [])
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: [ModelReference(provider: "demo", name: "quick")]))
    app.press(.control("o"))
    app.type("nobody")
    app.press(Key(.enter))
    #expect(app.state.layer != nil && app.state.chosenModels.map(\.name) == ["quick"])
    #expect(app.screen.contains("No model is chosen"))
  }

  @Test("Typing narrows by name, alias and provider, and a choice outlives another filter")
  func narrows() {
    var app = picker()
    app.type("smol")
    app.press(" ")
    app.press(.control("u"))
    app.type("google")
    app.press(" ")
    app.press(Key(.enter))
    #expect(app.state.chosenModels.map(\.provider) == ["together", "google", "local"])
  }

  @Test("Enter takes the line that was looked for by typing, where nothing was chosen or left out since")
  func lookedFor() {
    var app = picker()
    app.type("smol")
    #expect(app.screen.contains("takes this one"))
    app.press(Key(.enter))
    #expect(app.state.chosenModels.map(\.name) == ["smollm2"])
    app.press(.control("o"))
    app.press(Key(.enter))
    #expect(app.state.chosenModels.map(\.name) == ["smollm2"])
  }

  @Test("Alt+Enter takes the line under the cursor alone")
  func only() {
    var app = picker()
    app.press(" ")
    app.press(" ")
    app.press(Key(.up), Key(.enter, .alt))
    #expect(app.state.layer == nil && app.state.chosenModels.count == 1)
  }

  @Test("The line above a list is edited like every other: cursor, words, kill, yank and undo")
  func line() {
    var app = picker()
    func filter() -> String { if let picker = app.state.layer as? PickerLayer { picker.filter } else { "no list" } }
    app.type("smol")
    app.press(Key(.home))
    app.type("x")
    #expect(filter() == "xsmol")
    app.press(Key(.backspace), Key(.end), .control("w"))
    #expect(filter() == "")
    app.press(.control("y"))
    #expect(filter() == "smol")
    app.press(Key(.left), .control("k"))
    #expect(filter() == "smo")
    app.press(.control("_"))
    #expect(filter() == "smol")
  }

  @Test("With nothing chosen, Enter takes the line it stands on")
  func single() {
    var app = picker()
    app.type("deepseek")
    app.press(" ")
    app.press(.control("u"))
    app.type("smol")
    app.press(Key(.enter))
    #expect(app.state.chosenModels.map(\.name) == ["smollm2"])
  }

  @Test("Models stand under their providers, those chosen first, with heads over the figures")
  func providers() throws {
    let app = picker()
    let lines = app.screen.split(separator: "\n").map(String.init)
    func row(_ text: String) throws -> Int { try #require(lines.firstIndex { $0.contains(text) }, "\(text)") }
    #expect(try row("│ chosen") < row("DeepSeek-R1  ") && row("DeepSeek-R1  ") < row("│ test"))
    #expect(try row("│ google · no key") < row("gemini-2.5-pro"))
    let head = try row("$ in")
    #expect(lines[head].contains("context") && lines[head].contains("$ out") && lines[head].contains("❯"))
  }

  @Test("A set is taken by its number, by /model and by its name, and shown over the list")
  func sets() {
    var app = AppDriver(100, 24, models: [])
    let all = AppDriver.catalog.map(\.reference)
    let sets = [ModelSet(name: "fast", models: [all[3]]), ModelSet(name: "review", models: [all[1], all[0]])]
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: [all[2]], sets: sets))
    app.press(.control("o"))
    #expect(app.screen.contains("1 fast: smollm2   2 review: DeepSeek-R1, gpt-4o-mini"))
    app.press("2")
    #expect(app.state.layer == nil && app.state.chosenModels == [all[1], all[0]])
    app.type("/model fast")
    app.press(Key(.enter))
    #expect(app.state.layer == nil && app.state.chosenModels == [all[3]])
    app.type("/model deep")
    app.press(Key(.enter))
    #expect((app.state.layer as? PickerLayer)?.filter == "deep")
    app.press("2")
    #expect((app.state.layer as? PickerLayer)?.filter == "deep2", "behind other letters a digit is text")
  }

  @Test("The palette runs what it shows")
  func palette() {
    var app = AppDriver.streaming(80, 24)
    app.press(.control("p"))
    app.type("stop all")
    app.press(Key(.enter))
    #expect(app.effects == [.cancelAll])
    app.press(.control("p"))
    app.type("attach")
    app.press(Key(.enter))
    #expect(app.state.prompt.editor.text == "/attach ")
  }

  @Test(
    "Letters match in order; beginnings of words and runs count most",
    arguments: [
      ("r1", ["deepseek-r1", "mistral-large-1"]), ("gm", ["gpt-mini", "gemini"]),
      ("min", ["gpt-4o-mini", "gemini-2.5"]),
    ])
  func ranking(_ pattern: String, _ expected: [String]) {
    let items = expected.reversed().map { PickerLayer.Item(title: $0, note: "", details: [], problem: nil) }
    let picker = PickerLayer(kind: .models(places: [], sets: []), title: "", items: items, filter: pattern)
    #expect(picker.matches.map { items[$0.index].title } == expected)
  }

  @Test("What does not contain the letters in order does not match")
  func noMatch() {
    #expect(FuzzyPattern("im").match(in: "mini")?.positions == nil)
    #expect(FuzzyPattern("").match(in: "anything")?.positions == [])
    #expect(FuzzyPattern("GEM").match(in: "gemini")?.positions == [0, 1, 2])
    #expect(FuzzyPattern("k").match(in: "5 \u{212A}")?.positions == [2], "the Kelvin sign is a K")
    #expect(FuzzyPattern("\u{212A}").match(in: "5 k")?.positions == [2])
    #expect(FuzzyPattern("b").match(in: "a\r\nb")?.positions == [2], "CR LF is one character")
  }

  @Test("Names of ASCII alone match as others do", arguments: 0..<20)
  func plainNames(_ seed: UInt64) {
    var random = Seeded(seed)
    func text(of letters: String, upTo count: Int) -> String {
      String((0..<Int.random(in: 0...count, using: &random)).compactMap { _ in letters.randomElement(using: &random) })
    }
    for _ in 0..<500 {
      let (pattern, name) = (text(of: "abAB1 -", upTo: 4), text(of: "abABzZ1 -/.", upTo: 16))
      // No pattern has a Z, and these are letters of the same case.
      let other = name.replacing("z", with: "é").replacing("Z", with: "É")
      #expect(FuzzyPattern(pattern).match(in: name) == FuzzyPattern(pattern).match(in: other), "\(pattern) in \(name)")
    }
  }
}
