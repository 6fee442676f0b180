import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Hints") struct HintTests {
  /// Every action on a key of its own that nobody has by default, wherever it works.
  private static let unusual: KeyMap = {
    // Letters that neither the screens' texts nor the table have.
    let first = UInt32(0x4E00)
    let changes = Actions.all.enumerated().flatMap { index, action in
      let letter = Character(Unicode.Scalar(first + UInt32(index)) ?? "?")
      return KeyChange.contexts(of: action.id).map { KeyChange(action.id, in: $0, keys: [.alt(letter)]) }
    }
    return KeyMap(changes)
  }()

  private static let none = KeyMap(
    Actions.all.flatMap { action in KeyChange.contexts(of: action.id).map { KeyChange(action.id, in: $0, keys: []) } })

  private static let usual = KeyMap()

  /// The names of the table's keys, those left out that the editor has too and that no action takes from it then.
  private static func names(_ keyMap: KeyMap) -> Set<String> {
    let editors = EditorKeys.table.filter { keyMap.action(for: $0.key, in: [.prompt, .screens, .everywhere]) == nil }
    return Set(Actions.all.flatMap { usual.keys(of: $0.id).map(KeyName.text) })
      .subtracting(editors.map { KeyName.text($0.key) })
  }

  /// Names of keys that stand in a text as hints do: by themselves, a word behind them.
  private static func hints(_ text: String, _ names: Set<String>) -> [String] {
    let words = text.replacing("F i e d l e r", with: "").replacing(#/[Mm]odel [A-Z]\b/#, with: "").split {
      " \n()“”:;,".contains($0)
    }.map(String.init)
    return zip(words, words.dropFirst() + [""]).filter { word, _ in names.contains(word) || word == "y/n" }
      .map { "\($0) \($1)" }.filter { hint in !contents.contains(where: hint.hasPrefix) }
  }

  /// What the screens say that only looks like a key: figures, seconds, headings, signs, the article, letters for
  /// models.
  private static let contents = [
    "/ ", "1 ", "2 ", "0 ", "s ", "- ", "+ ", "a ", "A ", "B ",
  ]

  private static var bases: [(String, AppDriver)] {
    var found = PaletteTests.screens.map { ($0.name, $0.app) }
    func add(_ name: String, _ app: AppDriver) { found.append((name, app)) }
    add("welcome", AppDriver(120, 40))
    add("no models", AppDriver(120, 40, models: []))
    var rows = AppDriver(120, 40)
    rows.press(.control("s"))
    rows.tell(.historyLoaded(for: 1, HistoryPage(summaries: AppDriver.summaries(3), next: nil)))
    add("history with rows", rows)
    var filtering = rows
    filtering.press("/")
    filtering.type("xyz")
    filtering.tell(.historyLoaded(for: filtering.state.history.token, HistoryPage(summaries: [])))
    add("nothing found", filtering)
    var typed = AppDriver(120, 40)
    typed.type("hello")
    add("typed", typed)
    var title = rows
    title.press("m")
    title.press(.control("u"))
    add("title", title)
    var asked = AppDriver.streaming(120, 40)
    asked.press(.control("q"))
    add("question", asked)
    return found
  }

  /// Every screen, and what every action makes of it: its own screen, its layer and its toasts.
  private static func check(_ keyMap: KeyMap) {
    let names = names(keyMap)
    for (name, base) in bases {
      var app = base
      app.tell(.input(.resize(Size(width: 96, height: 30))))
      app.state.world.keyMap = keyMap
      app.state.world.toasts = []
      #expect(hints(app.screen, names) == [], "\(name)\n\(app.screen)")
      for id in Actions.all.map(\.id) {
        var acted = app
        _ = acted.state.perform(id)
        acted.tell(.tick(now: acted.state.now))
        let text = acted.screen + "\n" + acted.state.toasts.map(\.text).joined(separator: "\n")
        #expect(hints(text, names) == [], "\(id) on \(name)\n\(text)")
      }
    }
  }

  @Test("With every action on another key, no screen, question or toast names the old one")
  func rebound() { Self.check(Self.unusual) }

  @Test("With no keys at all, no screen, question or toast names any")
  func unbound() {
    Self.check(Self.none)
    for (name, base) in Self.bases {
      var app = base
      app.state.world.keyMap = Self.none
      #expect(!app.screen.contains(" sends it") && !app.screen.contains(" closes"), "\(name)")
    }
  }

  @Test("The check finds a key that is named in vain")
  func finds() {
    #expect(Self.hints("│ Esc clears it │", Self.names(Self.none)) == ["Esc clears"])
    #expect(Self.hints("Prompt; R asks again", Self.names(Self.none)) == ["R asks"])
    #expect(!Self.hints(AppDriver.streaming(120, 40).screen, Self.names(Self.none)).isEmpty)
  }

  @Test("New line and undo are named by a key that still reaches the editor")
  func editorKeys() {
    var app = AppDriver(120, 24)
    #expect(app.screen.contains("^J newline"))
    app.state.world.keyMap = KeyMap(changes: [.history: [.control("j")], .redraw: [.control("_")]])
    #expect(app.screen.contains("Alt+⏎ newline") && !app.screen.contains("^J newline"))
    app.type("hello")
    app.press(.control("c"))
    #expect(app.screen.contains("Prompt cleared; ^/ brings it back"))
  }

  @Test("What a toast or an empty list tells to press is pressed with success")
  func works() {
    var app = AppDriver(120, 24)
    app.state.world.keyMap = KeyMap([KeyChange(.close, in: .historyFilter, keys: [.alt("x")])])
    app.press(.control("s"))
    app.press("/")
    app.type("xyz")
    app.tell(.historyLoaded(for: app.state.history.token, HistoryPage(summaries: [])))
    #expect(app.screen.contains("Alt+x clears the search."))
    app.press(.alt("x"))
    #expect(app.state.history.search.text.isEmpty)
  }
}
