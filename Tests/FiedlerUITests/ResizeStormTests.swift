import Canvas
import Conversations
import TestSupport
import Testing

@testable import FiedlerUI

@Suite("A storm of resizes") struct ResizeStormTests {
  private static let models = 8
  private static let words = [
    "the", "back-off", "is", "never", "reset", "日本語", "漢字", "e\u{301}tude", "naïve", "straße", "привет", "한국어",
    "supercalifragilisticexpialidocious-without-a-place-to-break-at-all", "a", "retry", "…", "ﬁn", "42",
  ]

  private enum Step { case resize(Size), event(Int, SendEvent), key(Key), tick }

  /// Sizes from 1x1 to 300x100, and eight answers that come meanwhile, whoever scrolls or types.
  private static func steps(_ seed: UInt64, resizes: Int) -> [Step] {
    var random = Seeded(seed)
    let keys: [Key] = [
      Key(.tab), Key(.tab, .shift), Key(.pageUp), Key(.pageDown), .control("p"), Key(.escape), Key(.character("z")),
      Key(.character("k")), Key(.character("g")), Key(.character("G")), Key(.character("v")), Key(.character("日")),
    ]
    var steps: [Step] = []
    for number in 0..<resizes {
      steps.append(
        .resize(Size(width: Int.random(in: 1...300, using: &random), height: Int.random(in: 1...100, using: &random))))
      let model = Int.random(in: 0..<models, using: &random)
      let word = words[Int.random(in: 0..<words.count, using: &random)]
      let space = number % 29 == 0 ? "\n" : " "
      steps.append(.event(model, number % 11 == 0 ? .reasoning(word + " ") : .text(word + space)))
      if number % 3 == 0 { steps.append(.key(keys[Int.random(in: 0..<keys.count, using: &random)])) }
      if number % 5 == 0 { steps.append(.tick) }
    }
    return steps
  }

  private static func begun() -> AppDriver {
    var app = AppDriver(80, 24, models: (0..<models).map { "model-\($0)" })
    app.send("What do eight of you say to this?")
    for model in 0..<models {
      app.event(model, .connecting(attempt: 1, of: 3), at: .milliseconds(10))
      app.event(model, .firstToken, at: .milliseconds(300 + model))
    }
    return app
  }

  private static func take(_ step: Step, _ number: Int, _ app: inout AppDriver) {
    switch step {
    case .resize(let size): app.tell(.input(.resize(size)))
    case .event(let model, let event): app.event(model, event, at: .milliseconds(400 + number))
    case .key(let key): app.press(key)
    case .tick: app.advance(to: .milliseconds(400 + number))
    }
  }

  /// The same state, its text wrapped anew, each reader where he was.
  private static func fresh(_ app: AppDriver) -> AppDriver {
    var fresh = app
    for index in fresh.state.panes.indices { fresh.state.panes[index].document = PaneDocument() }
    fresh.tell(.input(.focus(true)))
    for (index, pane) in app.state.panes.enumerated() {
      fresh.state.panes[index].top = pane.top
      fresh.state.panes[index].seenRows = pane.seenRows
    }
    fresh.tell(.input(.focus(true)))
    return fresh
  }

  /// Letters and digits: what neither wrapping nor frames nor Markdown change.
  private static func inked(_ text: String) -> String { text.filter { $0.isLetter || $0.isNumber } }

  @Test("1,000 sizes while eight models stream: every screen is whole, and as a fresh draw of the same")
  func storm() throws {
    let steps = Self.steps(1, resizes: 1000)
    var app = Self.begun()
    for (number, step) in steps.enumerated() {
      Self.take(step, number, &app)
      guard case .resize(let size) = step else { continue }
      let frame = app.frame
      try #require(frame.size == size)
      for y in 0..<size.height {
        let row = frame.row(y)
        // A wide character and its other half stay together.
        let halves = row.filter(\.isContinuation).count
        try #require(halves == row.filter { $0.width == 2 }.count, "row \(y) of step \(number):\n\(app.screen)")
        try #require(row.first?.isContinuation == false && row.last?.width != 2)
      }
      if let cursor = frame.cursor { try #require(frame.bounds.contains(cursor), "step \(number)") }
      if number % 10 == 0 { try #require(Self.fresh(app).frame == frame, "step \(number) at \(size)") }
    }
    for model in 0..<Self.models { app.event(model, .finished(.stop), at: .seconds(9)) }
    try expectWhole(app, steps)
  }

  /// What came is what can be read: each answer and its reasoning.
  private func expectWhole(_ app: AppDriver, _ steps: [Step]) throws {
    var texts = Array(repeating: (answer: "", reasoning: ""), count: Self.models)
    for case .event(let model, let event) in steps {
      if case .text(let text) = event { texts[model].answer += text }
      if case .reasoning(let text) = event { texts[model].reasoning += text }
    }
    for (model, text) in texts.enumerated() {
      var app = app
      app.press(Key(.escape), Key(.escape))
      app.tell(.input(.resize(Size(width: 300, height: 100))))
      app.state.focus = .pane
      app.state.activePane = app.state.panes.firstIndex { $0.model == AppDriver.model("model-\(model)") } ?? 0
      app.state.isZoomed = true
      app.tell(.input(.focus(true)))
      if !app.screen.contains("▾ reasoning") { app.press("r") }
      app.press("g")
      let screen = Self.inked(app.screen)
      #expect(screen.contains(Self.inked(text.answer)), "the answer of model \(model):\n\(app.screen)")
      #expect(screen.contains(Self.inked(text.reasoning)), "the reasoning of model \(model):\n\(app.screen)")
    }
  }

  @Test("Whoever resizes to and fro sees what he saw, scrolled or not", arguments: 2...9 as ClosedRange<UInt64>)
  func calm(_ seed: UInt64) throws {
    let size = Size(width: 100, height: 40)
    let steps = Self.steps(seed, resizes: 60)
    var (stormy, calm) = (Self.begun(), Self.begun())
    calm.tell(.input(.resize(size)))
    for (number, step) in steps.enumerated() {
      Self.take(step, number, &stormy)
      switch step {
      // Scrolling goes by what is seen; where nothing is scrolled, all that counts is the last size.
      case .key, .resize: break
      case .event, .tick: Self.take(step, number, &calm)
      }
    }
    stormy.tell(.input(.resize(size)))
    stormy.state.layer = nil
    stormy.state.focus = .prompt
    stormy.state.isZoomed = false
    stormy.state.world.arrangement = calm.state.world.arrangement
    stormy.state.activePane = calm.state.activePane
    stormy.state.prompt = calm.state.prompt
    stormy.tell(.input(.focus(true)))
    for index in stormy.state.panes.indices { stormy.state.panes[index].scroll(to: .max) }
    stormy.state.world.toasts = calm.state.toasts
    #expect(stormy.frame == calm.frame, "\(stormy.screen)\n\ninstead of\n\n\(calm.screen)")
  }
}
