import Canvas
import Conversations
import Testing

@testable import FiedlerUI

/// The conversation that was on the screen when a Fiedler crashed.
@Suite("What a crash leaves plain") struct SuspectTests {
  private static var conversation: Conversation {
    var conversation = AppDriver.conversation
    conversation.exchanges[0].replies[0].text = "The delay **never resets**, so *reset* it."
    return conversation
  }

  private func open(_ app: inout AppDriver, _ conversation: Conversation = conversation) {
    var history = HistoryScreen()
    history.opening = HistoryScreen.Opening(id: conversation.id, continues: false)
    _ = app.state.leaveScreens()
    app.state.open(history)
    app.tell(.conversationLoaded(conversation))
  }

  @Test("It opens as it was written and says so; its preview and its replay are plain; the key shows it as usual")
  func plain() {
    for size in ScreenTests.sizes {
      var app = AppDriver(size.width, size.height, models: ["gpt-4o-mini"])
      app.tell(.crashed(over: Self.conversation.id))
      open(&app)
      // Panes behind a tab are laid out when they are shown.
      #expect(app.state.showsSource && app.state.panes.contains { $0.document.isRaw })
      #expect(app.state.toasts.contains { $0.text.contains("crashed") })
      #expect(app.effects.allSatisfy { $0 != .forgetCrash })
      app.tell(.replay(Self.conversation, exchange: nil))
      #expect(app.state.showsSource)
      let preview = HistoryPreview(Self.conversation, hits: [], at: nil, isPlain: true)
      #expect(preview.document.isPlain)

      open(&app)
      app.effects = app.state.perform(.rawText)
      #expect(app.effects == [.forgetCrash] && !app.state.showsSource)
      open(&app)
      #expect(app.state.panes.allSatisfy { !$0.document.isRaw })
    }
  }

  @Test("Its answers stand beside each other uncompared, the screen says so, and the key compares")
  func comparison() {
    var conversation = Self.conversation
    conversation.exchanges[0].replies[1].text = "It is **never** reset."
    for size in ScreenTests.sizes {
      var app = AppDriver(size.width, size.height, models: ["gpt-4o-mini"])
      app.tell(.crashed(over: Self.conversation.id))
      open(&app, conversation)
      app.effects = app.state.openDiff()
      #expect(app.effects.isEmpty && app.state.screen == .diff)
      // The notice hides the head of a narrow screen.
      app.state.world.toasts = []
      #expect(app.state.diff?.isPlain == true && app.state.diff?.changes.isEmpty == true)
      #expect(app.screen.contains("plain since a crash") && app.screen.contains("not compared"), "\(app.screen)")
      #expect(app.screen.contains("**never"), "\(app.screen)")
      app.press(Key(.character("u")))
      #expect(app.effects.contains(.forgetCrash) && !app.state.world.isSuspect(Self.conversation.id))
      #expect(app.effects.contains { if case .compare = $0 { true } else { false } })
      #expect(!app.screen.contains("plain since a crash"))
    }
  }

  @Test("Its replay reads no recording, says so, and the key plays it as it came") func replay() {
    var app = AppDriver(100, 30, models: ["gpt-4o-mini"])
    app.tell(.crashed(over: Self.conversation.id))
    app.tell(.replay(Self.conversation, exchange: nil))
    let replies = app.state.replay?.timeline.replies ?? []
    #expect(!replies.isEmpty && replies.allSatisfy { $0.recording.isEmpty })
    #expect(app.state.toasts.contains { $0.text.contains("crashed") })
    #expect(app.screen.contains("plain since a crash, shown whole at the end"), "\(app.screen)")
    app.press(Key(.character("m")))
    #expect(app.effects.contains(.forgetCrash) && app.state.screen == .replay)
    #expect(app.state.replay?.timeline.replies.contains { !$0.recording.isEmpty } == true)
  }

  @Test("A plain preview lays out the source, one as usual the Markdown")
  func preview() {
    for isPlain in [true, false] {
      var preview = HistoryPreview(Self.conversation, hits: [], at: nil, isPlain: isPlain)
      preview.fit(columns: 60, height: 30)
      #expect(preview.markdown.isEmpty == isPlain)
    }
  }

  @Test("Any other conversation is shown as usual") func others() {
    var app = AppDriver(80, 24, models: ["gpt-4o-mini"])
    app.tell(.crashed(over: AppDriver.id(77)))
    open(&app)
    #expect(app.state.panes.allSatisfy { !$0.document.isRaw } && app.state.toasts.isEmpty)
    #expect(app.screen.contains("never resets") && !app.screen.contains("**"))
  }
}
