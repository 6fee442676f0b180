import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Replay") struct ReplayTests {
  private static let sizes = ScreenTests.sizes

  @Test("In the midst of it: one answer stands still, one waits to be asked again, one streams", arguments: sizes)
  func middle(_ size: Size) throws {
    var app = AppDriver.replay(size.width, size.height)
    app.advance(to: .milliseconds(2950))
    try ScreenTests.expect(app, is: "replay-retry")
    app.press(Key(.tab))
    app.advance(to: .milliseconds(6900))
    try ScreenTests.expect(app, is: "replay-streaming")
  }

  @Test("At its end a replay shows what is kept, paused", arguments: sizes)
  func end(_ size: Size) throws {
    var app = AppDriver.replay(size.width, size.height)
    app.press("i")
    try ScreenTests.expect(app, is: "replay-end")
  }

  private func replies(_ app: AppDriver) -> [Reply] { app.state.conversation?.exchanges.last?.replies ?? [] }

  private func stored(_ app: AppDriver) -> [Reply] { app.state.replay?.timeline.replies ?? [] }

  private func expectMoment(_ app: AppDriver, _ location: SourceLocation = #_sourceLocation) {
    guard let replay = app.state.replay else { return }
    let expected = replay.timeline.replies.compactMap { replay.timeline.reply($0.id, at: replay.position) }
    #expect(replies(app) == expected, sourceLocation: location)
  }

  @Test("It plays with the clock alone, asks for a frame when the next thing happens, and stops at the end")
  func plays() throws {
    var app = AppDriver.replay(80, 24)
    var frames = 0
    while let next = app.state.nextChange {
      #expect(next - app.state.now >= .microseconds(16_666) && next - app.state.now <= .milliseconds(101))
      app.advance(to: next)
      frames += 1
      expectMoment(app)
      #expect(app.state.replay?.position ?? .zero <= app.state.now)
      #expect(app.state.now - (app.state.replay?.position ?? .zero) < .milliseconds(17))
    }
    #expect(replies(app) == stored(app))
    #expect(app.state.replay?.isPlaying == false && frames > 50)
    #expect(try #require(app.state.replay).timeline.duration <= app.state.now)
    app.press(" ")
    #expect(app.state.replay?.isPlaying == true && app.state.replay?.position == .zero)
    expectMoment(app)
  }

  @Test("Paused, it costs no frame and no time passes")
  func paused() {
    var app = AppDriver.replay(80, 24)
    app.advance(to: .seconds(1))
    app.press(" ")
    let screen = app.screen
    #expect(app.state.nextChange == nil)
    app.advance(to: .seconds(30))
    #expect(app.screen == screen && app.state.replay?.position == .seconds(1))
    app.press(" ")
    app.advance(to: .seconds(31))
    #expect(app.state.replay?.position == .seconds(2))
  }

  @Test("Speeds go from a quarter to 64 times, and the place does not jump when they change")
  func speeds() {
    var app = AppDriver.replay(80, 24)
    app.advance(to: .seconds(1))
    for _ in 0..<4 { app.press("-") }
    #expect(app.state.replay?.speed == 0.25 && app.screen.contains("▶ 0.25×"))
    app.advance(to: .seconds(3))
    #expect(app.state.replay?.position == .milliseconds(1500))
    for _ in 0..<12 { app.press("+") }
    #expect(app.state.replay?.speed == 64 && app.state.replay?.position == .milliseconds(1500))
    for key in ["<", ">"] as [Character] { app.press(key) }
    app.advance(to: .milliseconds(3010))
    #expect(app.state.replay?.position == .milliseconds(2140))
    expectMoment(app)
    app.advance(to: .seconds(60))
    #expect(replies(app) == stored(app))
  }

  @Test("Seeking by time, by event, to the start and the end shows every moment as it was", arguments: 0..<40)
  func seeks(seed: Int) {
    var app = AppDriver.replay(80, 24)
    var random = UInt64(seed)
    var now = Duration.zero
    let keys: [Character] = ["h", "l", ",", ".", "n", "N", "0", "$", "i", " ", "+", "-", "z", "r", "j", "k", "G", "g"]
    for _ in 0..<120 {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let choice = Int(random >> 33)
      if choice % 3 == 0 {
        now += .milliseconds(choice % 700)
        app.advance(to: now)
      } else {
        app.press(keys[choice % keys.count])
      }
      expectMoment(app)
      for index in app.state.panes.indices {
        var fresh = Pane(model: app.state.panes[index].model)
        fresh.isReplay = true
        fresh.isUnfolded = app.state.panes[index].isUnfolded
        let kept = app.state.panes[index].document
        guard kept.columns > 0, !app.state.isZoomed else { continue }
        fresh.refresh(app.state.conversation?.exchanges ?? [], columns: kept.columns, height: 10)
        #expect(kept.rowCount == fresh.document.rowCount)
        #expect(kept.rowStarts == fresh.document.rowStarts)
      }
    }
  }

  @Test("n and N stop where something begins or ends")
  func events() throws {
    var app = AppDriver.replay(80, 24)
    app.press(" ")
    let stops = try #require(app.state.replay).timeline.stops
    var seen: [Duration] = []
    for _ in 0..<30 {
      app.press("n")
      let position = try #require(app.state.replay).position
      if seen.last != position { seen.append(position) }
    }
    var expected: [Duration] = []
    for stop in stops where expected.last != stop.at { expected.append(stop.at) }
    #expect(seen == expected)
    app.press("N")
    #expect(app.state.replay?.position == expected.dropLast().last)
    app.press("0")
    app.press("n")
    #expect(app.screen.contains("rate limit · 1 of 3") && app.screen.contains("retry in 4 s"))
  }

  @Test("The header of an answer counts with the replay, not with the world")
  func elapsed() {
    var app = AppDriver.replay(120, 40)
    app.press(" ")
    app.press("l")
    #expect(app.screen.contains("◐ gpt-4o-mini ──") && app.screen.contains(" 5.0 s "))
    app.advance(to: .seconds(100))
    #expect(app.screen.contains(" 5.0 s "))
  }

  @Test("The mouse seeks where it presses and drags on the timeline, and scrolls panes as ever")
  func mouse() throws {
    var app = AppDriver.replay(80, 24)
    app.press(" ")
    let replay = try #require(app.state.replay)
    let box = ComposeLayout(app.state, app.state.size).prompt
    let tracks = ReplayLayout(replay, app.state.world, box).tracks
    func mouse(_ action: Mouse.Action, _ x: Int, _ y: Int) -> Message {
      .input(.mouse(Mouse(action, button: .left, at: Point(x: x, y: y))))
    }
    app.tell(mouse(.press, tracks.x + tracks.width / 2, tracks.y))
    let half = try #require(app.state.replay).position
    #expect(half > replay.timeline.duration * 2 / 5 && half < replay.timeline.duration * 3 / 5)
    expectMoment(app)
    app.tell(mouse(.drag, tracks.maxX + 20, 0))
    #expect(app.state.replay?.position == replay.timeline.duration)
    app.tell(mouse(.drag, 0, 0))
    #expect(app.state.replay?.position == .zero)
    expectMoment(app)
    app.tell(mouse(.release, 0, 0))
    app.tell(mouse(.drag, tracks.maxX, tracks.y))
    #expect(app.state.replay?.position == .zero)
    app.tell(mouse(.press, 70, 3))
    #expect(app.state.activePane == 1 && app.state.replay?.position == .zero)
  }

  @Test("Leaving brings back what was there: the panes, their places, the focus")
  func leaving() {
    var app = AppDriver(80, 24)
    app.send("Count")
    for model in 0..<3 {
      app.event(model, .text((1...80).map { "line \($0)\n" }.joined()), at: .milliseconds(200))
      app.event(model, .finished(.stop), at: .milliseconds(900))
    }
    app.press(Key(.tab), Key(.tab))
    for _ in 0..<7 { app.press("k") }
    let before = app.screen
    app.press("p")
    #expect(app.state.screen == .replay && app.screen.contains(" replay "))
    app.advance(to: .milliseconds(500))
    for key in ["g", "j"] as [Character] { app.press(key) }
    app.press("q")
    #expect(app.state.screen == .compose && app.state.replay == nil)
    #expect(app.screen == before)
    app.press("p")
    app.press(Key(.escape))
    #expect(app.screen == before)
  }

  @Test("Answers that stream behind a replay lose nothing and show nothing of it")
  func live() throws {
    var app = AppDriver(120, 40)
    app.send("First")
    for model in 0..<3 {
      app.event(model, .text("first answer"), at: .milliseconds(200))
      app.event(model, .finished(.stop), at: .milliseconds(900))
    }
    app.press(Key(.tab))
    app.tell(.replay(try #require(app.state.conversation), exchange: nil))
    // A send that was on its way goes on in the same conversation.
    let models = app.state.chosenModels
    let draft = SendDraft(
      conversation: AppDriver.id(1), parent: AppDriver.id(1001), text: "Second", models: models)
    app.startSend(draft, number: 2)
    #expect(app.state.conversation?.exchanges.count == 1)
    app.event(0, .firstToken, at: .milliseconds(100), number: 2)
    app.event(0, .text("live "), at: .milliseconds(200), number: 2)
    // Even an event with the id of a reply that is shown.
    app.event(0, .text("never"), at: .seconds(5))
    #expect(!app.screen.contains("live") && !app.screen.contains("never"))
    #expect(app.screen.contains("replay · 3 running"))
    app.event(0, .text("answer"), at: .milliseconds(300), number: 2)
    app.press("q")
    #expect(app.state.conversation?.exchanges.count == 2)
    #expect(app.screen.contains("live answer"))
    #expect(app.state.world.isLive)
    app.press(Key(.tab))
    app.press("p")
    #expect(app.state.screen == .compose && app.screen.contains("once all its answers have ended"))
  }

  @Test("[ and ] go through the exchanges of the conversation; q leads back from any")
  func exchanges() {
    var app = AppDriver(80, 24)
    app.press(.control("s"))
    app.tell(.replay(AppDriver.replayed(), exchange: nil))
    #expect(app.screen.contains("exchange 2 of 2") && app.state.conversation?.exchanges.count == 2)
    app.press("[")
    #expect(app.screen.contains("exchange 1 of 2") && app.state.conversation?.exchanges.count == 1)
    app.press("[")
    #expect(app.screen.contains("This is the first exchange"))
    app.advance(to: .milliseconds(900))
    #expect(replies(app) == stored(app))
    app.press("]")
    #expect(app.screen.contains("exchange 2 of 2"))
    app.press("q")
    #expect(app.state.screen == .history && app.state.conversation == nil && app.state.panes.isEmpty)
  }

  @Test("In a conversation with branches, what led to the exchange stands before it and nothing else")
  func branches() {
    var conversation = AppDriver.replayed()
    let root = conversation.exchanges[0].id
    conversation.exchanges[1].prompt.parent = root
    var branch = conversation.exchanges[1]
    branch.prompt = Prompt(
      id: AppDriver.id(2005), parent: root, turnNumber: 9, text: "Another way", models: branch.prompt.models,
      sentAt: AppDriver.launch)
    conversation.exchanges.append(branch)
    var app = AppDriver(80, 24)
    app.tell(.replay(conversation, exchange: nil))
    #expect(app.state.conversation?.exchanges.map(\.prompt.text) == ["Review the retry logic", "Another way"])
  }

  @Test("What has no meaning in a replay leaves it first; answers are not asked again from the past")
  func leavingByAction() {
    var app = AppDriver.replay(80, 24)
    for key in ["R", "c", "C"] as [Character] { app.press(key) }
    #expect(app.effects.isEmpty && app.state.screen == .replay)
    app.press("i")
    #expect(!app.screen.contains("R asks again"))
    app.press(.control("s"))
    #expect(app.state.screen == .history && app.state.replay == nil)
    app.tell(.replay(AppDriver.replayed(), exchange: nil))
    app.press(.control("n"))
    #expect(app.state.screen == .compose && app.state.conversation == nil)
    app.press(Key(.function(1)))
    app.press(Key(.escape))
    app.type("still mine")
    #expect(app.state.prompt.editor.text == "still mine")
  }

  @Test("/replay, the palette and p replay what is on the screen; where there is nothing, that is said")
  func entering() {
    var app = AppDriver(80, 24)
    app.type("/replay")
    app.press(Key(.enter))
    #expect(app.state.screen == .compose && app.screen.contains("no conversation on the screen"))
    app.send("Hello")
    for model in 0..<3 { app.event(model, .finished(.stop), at: .milliseconds(10)) }
    app.type("/replay")
    app.press(Key(.enter))
    #expect(app.state.screen == .replay)
    #expect(app.effects == [.title("Replay: Hello")])
    app.press("q")
    #expect(app.effects == [.title("Hello")])
  }

  @Test("Replies without a recording are said to have none, and appear at their end")
  func imported() {
    var conversation = AppDriver.replayed()
    conversation.exchanges[1].replies[0].recording = Recording()
    var app = AppDriver(120, 40)
    app.tell(.replay(conversation, exchange: nil))
    #expect(app.screen.contains("gpt-4o-mini: no recording, shown whole at the end"))
    app.press("$")
    #expect(replies(app) == conversation.exchanges[1].replies)
  }

  @Test(
    "Any size will do",
    arguments: [Size(width: 20, height: 6), Size(width: 21, height: 7), Size(width: 300, height: 90)])
  func anySize(_ size: Size) {
    var app = AppDriver.replay(size.width, size.height)
    for time in stride(from: 0, to: 12_000, by: 500) {
      app.advance(to: .milliseconds(time))
      #expect(app.frame.size == size)
    }
    app.tell(.input(.resize(Size(width: 1, height: 1))))
    app.advance(to: .seconds(13))
    #expect(app.frame.size == Size(width: 1, height: 1))
  }
}

extension PaneDocument {
  /// Where the rows of each block begin.
  fileprivate var rowStarts: [[Int]] {
    blocks.map { block in (0..<block.rowCount).map(block.layout.start(ofRow:)) }
  }
}
