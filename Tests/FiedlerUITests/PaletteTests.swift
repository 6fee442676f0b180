import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Palette") struct PaletteTests {
  /// Every screen the palette can be opened on, and where its keys work.
  static let screens: [(name: String, app: AppDriver, contexts: [KeyContext])] = {
    func log(_ part: LogScreen.Part) -> AppDriver {
      var app = AppDriver.streaming(80, 24)
      app.press(Key(.function(2)))
      app.press(part == .outbox ? "1" : "2")
      return app
    }
    var prompt = AppDriver.streaming(80, 24)
    prompt.state.focus = .prompt
    var pane = AppDriver.streaming(80, 24)
    pane.press(Key(.tab))
    var history = AppDriver.streaming(80, 24)
    history.press(.control("s"))
    var tree = AppDriver.streaming(80, 24)
    tree.press(.control("t"))
    var diff = AppDriver.streaming(80, 24)
    diff.press(Key(.tab))
    diff.press("d")
    var replay = AppDriver(80, 24)
    replay.tell(.replay(AppDriver.conversation, exchange: nil))
    var running = AppDriver.streaming(80, 24)
    running.type("/running")
    running.press(Key(.enter))
    return [
      ("prompt", prompt, [.prompt, .emptyPrompt, .pane]), ("pane", pane, [.prompt, .emptyPrompt, .pane]),
      ("history", history, [.history]), ("outbox", log(.outbox), [.log, .outbox]),
      ("records", log(.records), [.log, .records]), ("tree", tree, [.tree]), ("diff", diff, [.diff]),
      ("replay", replay, [.replay]), ("running", running, [.running]),
      ("batch", BatchScreenTests.opened(80, 24), [.batch]),
      ("statistics", StatisticsTests.opened(80, 24), [.statistics]),
    ]
  }()

  private static func palette(_ app: AppDriver) throws -> (items: [PickerLayer.Item], actions: [ActionID]) {
    var app = app
    app.press(.control("p"))
    guard let picker = app.state.layer as? PickerLayer, case .palette(let actions) = picker.kind else {
      throw Missing()
    }
    return (picker.items, actions)
  }

  private struct Missing: Error {}

  @Test("The palette lists every action on every screen, bright where it can be done, and shows its key")
  func complete() throws {
    var done: Set<ActionID> = []
    for (name, app, contexts) in Self.screens {
      let (items, actions) = try Self.palette(app)
      #expect(
        actions.count == items.count && Set(actions) == Set(Actions.all.map(\.id)).subtracting([.palette]), "\(name)")
      for (id, item) in zip(actions, items) {
        let action = try #require(Actions.action(id))
        let places = action.bindings.flatMap(\.contexts)
        if places.contains(where: (contexts + [.screens, .everywhere]).contains) {
          #expect(!item.isElsewhere, "\(id) on \(name)")
          done.insert(id)
        }
        let keys = app.state.keyMap.keys(of: id).map(KeyName.text)
        #expect(keys.isEmpty ? item.details[1] == "" : keys.contains(item.details[1]), "\(id) on \(name)")
        #expect(item.details[0] == (action.command.map { "/" + $0 } ?? ""))
        #expect(!item.isElsewhere || !item.note.isEmpty, "\(id) on \(name) says no place")
      }
    }
    // What is left has its place in lists, in what is typed and in a record.
    for id in Set(Actions.all.map(\.id)).subtracting(done) where id != .palette {
      let places = Set(Actions.action(id)?.bindings.flatMap(\.contexts) ?? [])
      let lists: Set<KeyContext> = [
        .picker, .help, .links, .files, .models, .blanks, .question, .completion, .historyFilter, .historyEdit,
        .logFilter, .paneFind, .statisticsSearch, .note, .options,
      ]
      #expect(places.isSubset(of: lists), "\(id)")
    }
  }

  @Test("What was done last stands first, then what the place is about, each under a heading")
  func order() throws {
    var app = AppDriver.streaming(80, 24)
    app.press(Key(.tab))
    app.press(.control("p"))
    #expect(app.screen.contains("│ Panes "))
    app.type("zoom the")
    app.press(Key(.enter))
    #expect(app.state.isZoomed)
    app.press(.control("p"))
    let (items, actions) = try Self.palette(app)
    #expect(actions.first == .zoom && items.first?.group == "Last used" && items[1].group == "Panes")
    let groups = items.map(\.group)
    let heads = groups.enumerated().filter { $0 == 0 || groups[$0 - 1] != $1 }.map(\.element)
    #expect(Set(heads).count == heads.count, "\(heads)")
    app.press(Key(.escape))
    app.press(.control("s"))
    app.press(.control("p"))
    #expect(app.screen.contains("│ History ") && !app.screen.contains("All actions"))
  }

  @Test("Letters strewn over a title are not listed beside titles that have them together")
  func tail() throws {
    var app = AppDriver(80, 24)
    app.press(.control("p"))
    app.type("res")
    #expect(app.screen.contains("Send this record again"), "its name in settings has them")
    #expect(!app.screen.contains("Previous pane") && !app.screen.contains("Wrap or cut"))
  }

  @Test("Whatever is chosen wherever does something, goes somewhere or says where", arguments: 0..<screens.count)
  func answered(_ number: Int) throws {
    let (name, app, _) = Self.screens[number]
    let (items, actions) = try Self.palette(app)
    for (index, id) in actions.enumerated() where items[index].isElsewhere {
      var chosen = app
      chosen.state.world.toasts = []
      chosen.press(.control("p"))
      _ = chosen.state.onLayer(PickerLayer.self) { picker, _ in
        picker.selected = picker.matches.firstIndex { $0.index == index } ?? 0
        return []
      }
      chosen.press(Key(.enter))
      let words = chosen.state.toasts.map(\.text).joined(separator: " ")
      let title = try #require(Actions.action(id)?.title)
      let refused = ["There is no ", "This exchange can be replayed once"].contains(where: words.hasPrefix)
      #expect(words.contains(title) || refused, "\(id) on \(name): \(words)")
      #expect(chosen.state.toasts.count == 1)
      if words.contains(": press"), words.hasSuffix(" here") {
        let keys = chosen.state.keyMap.keys(of: id, in: chosen.state.activeContexts).map(KeyName.text)
        #expect(keys.contains { words.contains("press \($0) here") }, "\(id) on \(name): \(words)")
      }
    }
  }

  @Test("The history's own actions stand first there, and are done")
  func history() {
    var app = AppDriver(80, 24)
    app.press(.control("s"))
    app.tell(.historyLoaded(for: 1, HistoryPage(summaries: AppDriver.summaries(3), next: nil)))
    app.press(.control("p"))
    app.type("title")
    app.press(Key(.enter))
    #expect(app.state.history.edit?.field == .title)
    app.press(Key(.escape))
    app.press(.control("p"))
    app.type("delete")
    app.press(Key(.enter))
    #expect(app.effects == [.delete(conversation: AppDriver.id(1))])
  }

  @Test("What belongs to the history leads there from the prompt, and says its key; nothing is changed yet")
  func leads() {
    var app = AppDriver.streaming(80, 24)
    app.press(.control("p"))
    app.type("change its tags")
    #expect(app.screen.contains("Change its tags") && app.screen.contains("History"))
    app.press(Key(.enter))
    #expect(app.state.screen == .history && app.state.history.edit == nil)
    #expect(app.screen.contains("Change its tags: press t here"))
  }

  @Test("The name that settings use finds the action, though its title lacks the word")
  func names() throws {
    var app = AppDriver(80, 24)
    app.press(.control("s"))
    app.press(.control("p"))
    app.type("order")
    guard let picker = app.state.layer as? PickerLayer, case .palette(let actions) = picker.kind else {
      throw Missing()
    }
    #expect(picker.selectedItem.map { actions[$0] } == .changeOrder)
  }

  @Test("Finding from the prompt types into the pane's search")
  func find() {
    var app = AppDriver.streaming(80, 24)
    app.press(.control("p"))
    app.type("find in")
    app.press(Key(.enter))
    app.type("delay")
    #expect(app.state.find?.line.text == "delay" && app.state.prompt.editor.isEmpty)
  }

  @Test("A key taken away is not shown, a changed one is")
  func changedKeys() throws {
    var app = AppDriver(80, 24)
    app.state.world.keyMap = KeyMap(changes: [.pin: [], .editTags: [Key(.function(7))]])
    app.press(.control("s"))
    let (items, actions) = try Self.palette(app)
    let pin = try #require(actions.firstIndex(of: .pin))
    let tags = try #require(actions.firstIndex(of: .editTags))
    #expect(items[pin].details[1] == "" && items[tags].details[1] == "F7")
  }
}
