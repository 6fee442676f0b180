import Canvas
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("Reading blind") struct BlindTests {
  private static let names = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro", "gpt-4o", "deepseek"]

  private static func expectNoName(_ app: AppDriver, _ place: String) {
    let screen = app.screen.lowercased()
    for name in Self.names {
      #expect(!screen.contains(name), "\(name) at \(place) of \(app.state.size):\n\(app.screen)")
    }
  }

  /// Answered, and read blind.
  private static func blind(_ width: Int, _ height: Int) -> AppDriver {
    var app = VerdictTests.answered(width, height)
    app.press("B")
    app.tell(.tick(now: .seconds(20)))
    // The panes have changed places; the last model still writes.
    while app.state.replyInView?.state.isFinal != true { app.press(Key(.tab)) }
    return app
  }

  @Test("No model's name is on any screen", arguments: ScreenTests.sizes + [Size(width: 20, height: 6)])
  func everywhere(_ size: Size) {
    func look(_ place: String, _ change: (inout AppDriver) -> Void) {
      var app = Self.blind(size.width, size.height)
      change(&app)
      Self.expectNoName(app, place)
      app.tell(.tick(now: .seconds(60)))
      Self.expectNoName(app, place)
      for _ in 0..<3 {
        app.press(Key(.tab))
        Self.expectNoName(app, place)
      }
    }
    look("panes") { _ in }
    look("zoom") { $0.press("z") }
    look("tabs") { for _ in 0..<3 { $0.press("v") } }
    look("prompt") { $0.press(Key(.escape)) }
    look("tree") { $0.press("t") }
    look("verdict picker") { $0.press("J") }
    look("palette") { $0.press(.control("p")) }
    look("help") { $0.press("?") }
    look("models") { $0.press(.control("o")) }
    look("synthesis") { app in
      app.press("=")
      app.tell(.templatesLoaded([], for: .synthesize))
      app.press(Key(.enter))
    }
    look("diff") { app in
      app.press("d")
      for case .compare(let old, let new, let token) in app.effects {
        app.tell(.compared(for: token, Comparison(old, new)))
      }
    }
    look("history") { app in
      app.press(.control("s"))
      for case .loadHistory(_, _, let token) in app.effects {
        app.tell(.historyLoaded(for: token, HistoryPage(summaries: AppDriver.summaries(5))))
      }
      app.tell(.previewLoaded(AppDriver.conversation, hits: []))
    }
    look("replay") { app in
      guard let conversation = app.state.conversation else { return }
      var ended = conversation
      ended.exchanges[0].replies[2].apply(.failed(SendFailure(.connection, "gemini-2.5-pro is down")), at: .seconds(1))
      app.tell(.replay(ended, exchange: nil))
    }
    look("running") { $0.tell(.showRunning()) }
    look("a reading of answers") { app in
      let models = Self.names.prefix(2).map(AppDriver.model)
      let prompt = Prompt(
        id: AppDriver.id(1002), parent: AppDriver.id(1001), turnNumber: 4, text: "The files Answer A …",
        models: [models[1]], sentAt: AppDriver.launch,
        synthesis: Synthesis(
          template: "merge",
          sources: [
            .init(label: "A", reply: AppDriver.id(101), model: models[1], attempt: 1),
            .init(label: "B", reply: AppDriver.id(100), model: models[0], attempt: 1),
          ]))
      let reply = Reply(id: AppDriver.id(200), model: models[1], startedAt: AppDriver.launch)
      app.tell(.sendStarted(Exchange(prompt: prompt, replies: [reply]), in: AppDriver.id(1)))
    }
    look("what an answer says of itself, and a toast") { app in
      app.event(2, .text("I am GEMINI-2.5-pro, made to answer. (gemini-2.5-pro)"), at: .seconds(9))
      app.tell(.toast("test/deepseek-r1 was left out", .warning))
    }
    look("first screen") { app in
      app.tell(.deskLoaded(Desk(recent: AppDriver.summaries(3))))
      app.press(.control("n"))
    }
  }

  @Test("Figures, awards and the order of the panes are hidden with the names") func figures() {
    let plain = VerdictTests.answered(120, 30)
    #expect(plain.screen.contains("done 5.") && plain.screen.contains("1,234 tok"))
    var orders: Set<[ModelReference]> = []
    for second in 0..<12 {
      var app = VerdictTests.answered(120, 30)
      app.tell(.tick(now: .seconds(second)))
      app.press("B")
      #expect(!app.screen.contains("5.0 s") && !app.screen.contains("5.1 s") && !app.screen.contains("1,234"))
      #expect(app.screen.contains("Model A") && app.screen.contains("Model B") && app.screen.contains("Model C"))
      orders.insert(app.state.panes.map(\.model))
    }
    #expect(orders.count > 2, "the panes' order is dealt out anew")
  }

  @Test("The best answer reveals the names; the next prompt hides them again; the key goes round") func reveals() throws
  {
    var app = Self.blind(120, 30)
    app.press("+")
    #expect(VerdictTests.given(app.effects)?.isBlind == true)
    VerdictTests.tell(&app)
    #expect(app.screen.contains("gpt-4o-mini") && app.screen.contains("best"), "\(app.screen)")
    app.event(2, .text("Late, but here"), at: .seconds(21))
    app.event(2, .finished(.stop), at: .seconds(22))
    app.press(Key(.escape))
    app.send("And why is it red at dusk?", number: 2)
    Self.expectNoName(app, "the next prompt")
    app.press(Key(.tab))
    app.press("B")
    #expect(app.screen.contains("deepseek-r1"))
    app.press("B")
    #expect(app.state.world.blind == nil)
    app.press("B")
    Self.expectNoName(app, "hidden again")
  }

  @Test("Of two answers, one verdict on both reveals them; a bad one does not") func pairs() {
    var app = Self.blind(120, 30)
    app.press("-")
    VerdictTests.tell(&app)
    Self.expectNoName(app, "after a bad one")
    app.press("J")
    app.type("better")
    app.press(Key(.enter))
    VerdictTests.tell(&app)
    #expect(app.screen.contains("deepseek-r1"))
  }

  @Test("Panes are not moved while they are dealt out, so that the arrangement kept is the user's own")
  func arrangement() {
    var app = Self.blind(120, 30)
    app.press(")")
    #expect(app.effects.isEmpty)
  }
}
