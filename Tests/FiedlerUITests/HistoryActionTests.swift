import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Changing the history") struct HistoryActionTests {
  private static func app(_ count: Int = 5) -> AppDriver {
    var app = AppDriver.history(count: count, next: nil)
    app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    return app
  }

  private static var first: UUID { AppDriver.id(1) }

  // MARK: Title and tags

  @Test("A title is typed over the old one, and the list changes when it is stored")
  func title() {
    var app = Self.app()
    app.press("m")
    #expect(app.screen.contains("› title "))
    app.press(.control("u"))
    app.type("Back-off,  q: open")
    #expect(app.state.history.selected == 0, "letters are text while a title is typed")
    app.press(Key(.enter))
    #expect(app.effects == [.rename(conversation: Self.first, title: "Back-off, q: open")])
    #expect(app.state.history.selectedItem?.title == "Review number 0 of the retry logic", "not before it is stored")
    var summary = AppDriver.summaries(1)[0]
    summary.title = "Back-off, q: open"
    app.tell(.conversationChanged(summary))
    #expect(app.screen.contains("› Back-off, q: open"))
  }

  @Test("An empty title is refused with a word, Escape keeps the old one, and no change asks nothing")
  func noTitle() {
    var app = Self.app()
    app.press("m")
    app.press(.control("u"), Key(.character(" ")), Key(.enter))
    #expect(app.effects.isEmpty && app.state.history.edit != nil && app.screen.contains("A title needs a letter"))
    app.press(Key(.escape))
    #expect(app.state.history.edit == nil && app.state.screen == .history)
    app.press("m")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty)
  }

  @Test(
    "Tags are words between commas or blanks, quoted where they have blanks",
    arguments: [
      ("", []), ("swift", ["swift"]), ("swift, retry", ["retry", "swift"]), ("b a b", ["a", "b"]),
      ("Swift B swift a", ["a", "B", "Swift"]),
      ("\"to read\" x", ["to read", "x"]), ("#swift,,#x", ["swift", "x"]), ("\"open end", ["open end"]),
      ("a\"b c\"d", ["a", "b c", "d"]), ("漢字 é", ["é", "漢字"]), ("#", []), ("\"\" \" \"", []),
    ] as [(String, [String])])
  func tagWords(_ text: String, _ tags: [String]) {
    #expect(TagWords.parse(text) == tags)
    #expect(TagWords.parse(TagWords.text(tags)) == tags, "read back as written")
  }

  @Test("Tags are typed behind those there are, and stand in the list when they are stored; the hit stays")
  func tags() {
    var app = AppDriver.searched()
    app.press(Key(.enter), Key(.down), Key(.character("t")))
    app.type("\"to read\"")
    app.press(Key(.enter))
    #expect(app.effects == [.tag(conversation: AppDriver.id(2), ["retry", "swift", "to read"])])
    var summary = AppDriver.found[1]
    summary.tags = ["retry", "swift", "to read"]
    summary.hit = nil
    app.tell(.conversationChanged(summary))
    #expect(app.state.history.items[1].tags.count == 3 && app.state.history.items[1].hit != nil)
  }

  @Test("A change reaches the conversation on the screen, and the window's title")
  func changedOnScreen() {
    var app = Self.app()
    app.press(Key(.enter))
    app.tell(.conversationLoaded(AppDriver.conversation))
    app.press(.control("s"))
    var summary = AppDriver.summaries(1)[0]
    summary.title = "Other"
    summary.isPinned = true
    app.tell(.conversationChanged(summary))
    #expect(app.effects.contains(.title("Other")))
    #expect(app.state.conversation?.title == "Other" && app.state.conversation?.isPinned == true)
    #expect(app.state.toasts.isEmpty, "its star is seen")
    app.press(Key(.escape))
    summary.isPinned = false
    app.tell(.conversationChanged(summary))
    #expect(app.state.screen == .compose && app.state.toasts.map(\.text) == ["No longer pinned"])
  }

  // MARK: Pins

  @Test("P pins and unpins; a short list is loaded anew for the order, a long one keeps the reader's place")
  func pins() {
    var app = Self.app()
    app.press("j")
    app.press("P")
    #expect(app.effects == [.pin(conversation: AppDriver.id(2), true)])
    #expect(app.state.history.items[1].isPinned == false)
    var summary = AppDriver.summaries(2)[1]
    summary.isPinned = true
    app.tell(.conversationChanged(summary))
    #expect(app.askedHistory?.query == HistoryQuery() && app.screen.contains("★ Review number 1"))
    app.answerHistory([summary] + AppDriver.summaries(1) + AppDriver.summaries(3, from: 2))
    #expect(app.state.history.selected == 0, "it is still the selected one")
    app.press("P")
    #expect(app.effects == [.pin(conversation: AppDriver.id(2), false)])
    var long = AppDriver.history()
    long.press("G")
    long.answerHistory(AppDriver.summaries(10, from: 30), after: AppDriver.nextPage)
    long.press("P")
    var last = AppDriver.summaries(30)[29]
    last.isPinned = true
    long.tell(.conversationChanged(last))
    #expect(long.askedHistory == nil && long.state.history.selectedItem?.isPinned == true)
  }

  // MARK: Deleting

  @Test("Deletions go when they are stored, and come back one after the other to where they stood")
  func deletes() {
    var app = Self.app()
    app.press("j")
    app.press("d")
    #expect(app.effects == [.delete(conversation: AppDriver.id(2))])
    #expect(app.state.history.items.count == 5, "not before it is stored")
    app.press("d")
    #expect(app.effects.isEmpty, "asked once")
    app.tell(.conversationDeleted(AppDriver.id(2)))
    #expect(app.effects == [.previewConversation(AppDriver.id(3), query: nil)], "the next one is selected")
    #expect(app.screen.contains("Deleted “Review number 1 of the retry l…” · u brings it back"))
    app.press("d")
    app.tell(.conversationDeleted(AppDriver.id(3)))
    #expect(app.state.history.items.map(\.id) == [1, 4, 5].map(AppDriver.id))
    app.press("u")
    #expect(app.effects == [.restore(conversation: AppDriver.id(3))])
    app.press("u")
    #expect(app.effects == [.restore(conversation: AppDriver.id(2))], "the one before, while the first is on its way")
    app.tell(.conversationChanged(AppDriver.summaries(3)[2]))
    app.tell(.conversationChanged(AppDriver.summaries(2)[1]))
    #expect(app.state.history.items.map(\.id) == (1...5).map(AppDriver.id))
    #expect(app.state.history.selectedItem?.id == AppDriver.id(2))
    app.press("u")
    #expect(app.effects.isEmpty && app.screen.contains("Nothing was deleted"))
  }

  @Test("What could not be deleted stays, and can be tried again; what could not come back, too")
  func failures() {
    var app = Self.app()
    app.press("d")
    app.tell(.toast("The disk is full.", .error))
    #expect(app.state.history.items.count == 5)
    app.press("d")
    #expect(app.effects == [.delete(conversation: Self.first)])
    app.tell(.conversationDeleted(Self.first))
    app.press("u")
    app.tell(.toast("The disk is full.", .error))
    app.press("u")
    #expect(app.effects == [.restore(conversation: Self.first)])
  }

  @Test("A page read before a deletion does not bring it back, and undo works under another query and after leaving")
  func noResurrection() {
    var app = Self.app()
    app.press("d")
    app.press("/")
    app.type("r")
    app.tell(.conversationDeleted(Self.first))
    app.answerHistory(AppDriver.summaries(5))
    #expect(app.state.history.items.map(\.id) == (2...5).map(AppDriver.id))
    app.press(Key(.enter), Key(.escape))
    app.answerHistory(AppDriver.summaries(5))
    app.press(Key(.escape), .control("s"))
    app.answerHistory(AppDriver.summaries(5))
    #expect(app.state.history.items.count == 4)
    app.press("u")
    app.tell(.conversationChanged(AppDriver.summaries(1)[0]))
    #expect(app.state.history.items.count == 5)
    var searched = Self.app()
    searched.press("d")
    searched.tell(.conversationDeleted(Self.first))
    searched.press("/")
    searched.type("zebra")
    searched.answerHistory([])
    searched.press(Key(.enter), Key(.character("u")))
    searched.tell(.conversationChanged(AppDriver.summaries(1)[0]))
    #expect(searched.state.history.items.isEmpty && searched.askedHistory?.query.text == "zebra", "the store knows")
  }

  @Test("What streams is not deleted, here or in another program")
  func streaming() {
    var app = AppDriver.streaming(100, 30)
    app.press(.control("s"))
    var summaries = AppDriver.summaries(2)
    summaries[1].states = [.success, .streaming]
    app.answerHistory(summaries)
    app.press("d")
    #expect(app.effects.isEmpty && app.screen.contains("still stream"))
    app.press("j")
    app.press("d")
    #expect(app.effects.isEmpty)
    for model in 1..<3 { app.event(model, .cancelled, at: .seconds(9)) }
    app.press("k")
    app.press("d")
    #expect(app.effects == [.delete(conversation: Self.first)], "what is known here is newer than the list")
  }

  @Test("A deleted conversation stays on the screen until it is left, but nothing is sent in it")
  func deletedOnScreen() {
    var app = Self.app()
    app.press("c")
    app.tell(.conversationLoaded(AppDriver.conversation))
    app.press(.control("s"))
    app.press("d")
    app.tell(.conversationDeleted(Self.first))
    app.press(Key(.escape))
    #expect(app.screen.contains("It looks right"))
    app.type("More")
    app.press(Key(.enter))
    #expect(app.effects.isEmpty && app.state.prompt.editor.text == "More" && app.screen.contains("is deleted"))
    app.press(Key(.tab), Key(.character("R")))
    #expect(app.effects.isEmpty)
    app.press(.control("s"))
    app.press("u")
    app.tell(.conversationChanged(AppDriver.summaries(1)[0]))
    app.press(Key(.escape), Key(.escape), Key(.enter))
    #expect(app.effects.contains { if case .send(let draft) = $0 { draft.conversation == Self.first } else { false } })
  }

  @Test("Deleting the last one leaves an empty list that takes every key")
  func lastOne() {
    var app = Self.app(1)
    app.press(Key(.tab), Key(.character("d")))
    app.tell(.conversationDeleted(Self.first))
    #expect(app.screen.contains("No conversation yet."))
    for key in "jkgGdPtmepLncN orzu" {
      app.press(key)
      app.press(Key(.enter))
      #expect(app.state.screen == .history)
      if app.state.layer != nil { app.press(Key(.escape)) }
    }
  }

  // MARK: Export, replay, opening

  @Test("e asks for the format, p replays from the exchange in sight")
  func exportAndReplay() {
    var app = AppDriver.searched()
    app.press(Key(.enter), Key(.character("e")))
    app.type("js")
    app.press(Key(.enter))
    #expect(app.effects == [.export(conversation: Self.first, .json)] && app.state.layer == nil)
    app.press("p")
    #expect(app.effects == [.replay(conversation: Self.first, exchange: AppDriver.id(20_001))])
    app.press(Key(.enter))
    app.tell(.conversationLoaded(AppDriver.longConversation(3)))
    app.press(.control("p"))
    app.type("Export the conversation")
    app.press(Key(.enter), Key(.enter))
    #expect(app.effects == [.export(conversation: Self.first, .markdown)], "the one on the screen")
  }

  @Test("Who is faster than the search opens what it finds, not what the list still showed")
  func opensFound() {
    var app = AppDriver.history()
    app.press("/")
    app.type("needle")
    app.press(Key(.enter), Key(.enter))
    #expect(!app.effects.contains { if case .openConversation = $0 { true } else { false } })
    app.answerHistory([AppDriver.summaries(3)[2]])
    #expect(app.effects == [.openConversation(AppDriver.summaries(3)[2].id)])
    app.tell(.conversationLoaded(AppDriver.longConversation(3, id: 3)))
    #expect(app.state.screen == .compose)
  }

  @Test("Enter opens the conversation at the hit that was gone to, in the pane of its model")
  func opensAtHit() throws {
    var conversation = AppDriver.longConversation(20)
    conversation.exchanges[3].replies[1].text = (1...60).map { "row \($0)" }.joined(separator: "\n") + "\nneedle"
    var app = AppDriver.history()
    app.press("/")
    app.type("needle")
    app.answerHistory(AppDriver.summaries(1))
    app.tell(.previewLoaded(conversation, hits: AppDriver.hits(of: "needle", in: conversation)))
    app.press(Key(.enter), Key(.enter))
    app.tell(.conversationLoaded(conversation))
    #expect(app.state.screen == .compose && app.state.activePane == 1)
    #expect(app.screen.contains("needle") && app.screen.contains("Question 4"), "the other pane shows its exchange")
    var plain = AppDriver.history()
    plain.tell(.previewLoaded(conversation, hits: []))
    plain.press(Key(.enter))
    plain.tell(.conversationLoaded(conversation))
    #expect(plain.screen.contains("Answer 20 of gpt-4o-mini"), "at the end without anything looked for")
  }
}
