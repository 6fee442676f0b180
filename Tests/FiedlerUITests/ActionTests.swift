import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Actions") struct ActionTests {
  @Test("No key has two meanings at the same time")
  func noConflicts() {
    #expect(KeyMap().conflicts().map(\.description) == [])
  }

  @Test("A changed binding that takes another's key is a conflict with both names")
  func conflict() throws {
    let map = KeyMap(changes: [.zoom: [Key(.character("c"))]])
    let conflict = try #require(map.conflicts().first)
    #expect(map.conflicts().count == 1)
    #expect(conflict.description == "c means both “Zoom the pane” (zoom) and “Stop this answer” (cancel)")
  }

  @Test("Every action stands in the table once")
  func complete() {
    #expect(Set(Actions.all.map(\.id)).count == Actions.all.count)
  }

  @Test("Commands differ from each other")
  func commands() {
    let names = ComposeScreen.commands.compactMap(\.command)
    #expect(Set(names).count == names.count)
    #expect(names.contains("model") && names.contains("attach") && names.contains("quit"))
  }

  @Test("A changed key works, the old one does not, and footer and help say the new one")
  func changed() {
    var app = AppDriver(120, 44)
    app.state = AppState(launchedAt: AppDriver.launch, keyMap: KeyMap(changes: [.history: [.control("x")]]))
    app.tell(.input(.resize(Size(width: 160, height: 44))))
    app.press(.control("s"))
    #expect(app.effects.isEmpty)
    #expect(app.screen.contains("^X history"))
    app.press("?")
    #expect(app.screen.contains("^X ") && !app.screen.contains("^S "))
    app.press(Key(.escape))
    app.press(.control("x"))
    #expect(app.effects == [.loadHistory(HistoryQuery(), after: nil, token: 1)])
  }

  @Test("Help shows every action that has a key or a command, and the editor's own keys")
  func help() {
    let titles = Set(HelpTable.rows(KeyMap()).compactMap(\.entry?.title))
    for action in Actions.all where action.bindings.contains(where: { !$0.keys.isEmpty }) {
      let isListed = titles.contains(action.title)
      let isAlone = action.bindings.allSatisfy {
        Set($0.contexts).isSubset(of: [.question, .historyFilter, .historyEdit, .logFilter])
      }
      #expect(isListed || isAlone, "\(action.title)")
    }
    #expect(titles.contains("Undo"))
  }

  @Test("The table for documents has every key of the help screen, changed ones too")
  func markdown() {
    let text = Actions.markdown(KeyMap(changes: [.log: [.control("x")]]))
    #expect(text.contains("| `^X` | Godot log |"))
    let lines = Set(text.split(separator: "\n"))
    for (_, contexts) in KeyContext.sections {
      for row in ActionSections.rows(contexts, KeyMap()) where row.title != "Godot log" {
        #expect(lines.contains("| \(row.names.map { "`\($0)`" }.joined(separator: " ")) | \(row.title) |"))
      }
    }
  }

  @Test("Keys are written as users know them")
  func names() {
    #expect(KeyName.text(.control("p")) == "^P")
    #expect(KeyName.text(Key(.tab, .shift)) == "⇧⇥")
    #expect(KeyName.text(.alt("b")) == "Alt+b")
    #expect(KeyName.text(Key(.function(1))) == "F1")
    #expect(KeyName.text(Key(.character(" "))) == "Space")
  }
}
