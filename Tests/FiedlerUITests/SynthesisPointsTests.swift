import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("The points of a reading of answers") struct SynthesisPointsTests {
  private static let answers = [
    "Retries should back off exponentially, with full jitter.\n\nKeep the total under 20 s, whatever happens.",
    """
    - Use exponential back-off with jitter
    - Respect the `Retry-After` header
    - Log each attempt with its correlation id
    """,
    "## Advice\n\nBack off exponentially. Open a circuit breaker after five failures in a row.",
  ]
  private static let consensus = """
    ## All say
    - [x] Retries back off exponentially, most with jitter (A, B, C)

    ## Only some say
    - [ ] The `Retry-After` header is respected (B)
    - [ ] A circuit breaker opens after five failures (C).
    - [ ] Requests are hedged against slow replicas (A)
    """
  private static let names = ["gpt-4o-mini", "deepseek-r1", "gemini-2.5-pro"]

  private static var synthesis: Synthesis {
    Synthesis(
      template: "consensus",
      sources: zip(["A", "B", "C"], 0..<3).map { label, index in
        .init(label: label, reply: AppDriver.id(100 + index), model: AppDriver.model(names[index]), attempt: 1)
      })
  }

  private static var replies: [Reply] {
    answers.enumerated().map { index, text in
      var reply = Reply(
        id: AppDriver.id(100 + index), model: AppDriver.model(names[index]), startedAt: AppDriver.launch)
      reply.text = text
      return reply
    }
  }

  /// Three answers that were read by the second model; the keys are that pane's.
  static func read(_ width: Int, _ height: Int, _ text: String = consensus, isDone: Bool = true) -> AppDriver {
    var app = AppDriver(width, height)
    app.send("How shall we retry?")
    for (index, answer) in answers.enumerated() {
      app.event(index, .text(answer), at: .milliseconds(40))
      app.event(index, .finished(.stop), at: .milliseconds(50))
    }
    let prompt = Prompt(
      id: AppDriver.id(1002), parent: AppDriver.id(1001), turnNumber: 5, text: "The files Answer A …",
      models: [AppDriver.model(names[1])], sentAt: AppDriver.launch, synthesis: synthesis)
    let reply = Reply(id: AppDriver.id(200), model: prompt.models[0], startedAt: AppDriver.launch)
    app.tell(.sendStarted(Exchange(prompt: prompt, replies: [reply]), in: AppDriver.id(1)))
    app.event(0, .text(text), at: .milliseconds(90), number: 2)
    if isDone { app.event(0, .finished(.stop), at: .milliseconds(99), number: 2) }
    app.press(Key(.tab))
    while app.state.stage.activeModel != prompt.models[0] { app.press(Key(.tab)) }
    return app
  }

  @Test(
    "Each point has the passage of every answer that says it, and only of those it names", arguments: [false, true])
  func places(withNames: Bool) {
    let text = withNames ? Self.synthesis.named(Self.consensus) : Self.consensus
    let points = SynthesisPoints(of: text, Self.synthesis, answers: Self.replies).points
    #expect(
      points.map(\.text) == [
        "Retries back off exponentially, most with jitter", "The Retry-After header is respected",
        "A circuit breaker opens after five failures", "Requests are hedged against slow replicas",
      ])
    #expect(points.map(\.heading) == ["All say", "Only some say", "Only some say", "Only some say"])
    #expect(points.map(\.isDone) == [true, false, false, false])
    #expect(
      points.map { $0.places.map(\.text) } == [
        [
          "Retries should back off exponentially, with full jitter.", "Use exponential back-off with jitter",
          "Back off exponentially. Open a circuit breaker after five failures in a row.",
        ], ["Respect the Retry-After header"],
        ["Back off exponentially. Open a circuit breaker after five failures in a row."], [],
      ])
    for place in points.flatMap(\.places) {
      let answer = Self.replies.first { $0.id == place.reply }?.text ?? ""
      #expect(answer.part(place.range).contains(place.text.prefix(8)), "the place is where the passage stands")
    }
  }

  @Test("What an answer says and the reading does not is told, with whose it is")
  func dropped() {
    let dropped = SynthesisPoints(of: Self.consensus, Self.synthesis, answers: Self.replies).dropped
    #expect(
      dropped.map(\.text) == [
        "Keep the total under 20 s, whatever happens.", "Log each attempt with its correlation id",
      ])
    #expect(dropped.map { $0.places.map(\.author.name) } == [["gpt-4o-mini"], ["deepseek-r1"]])
  }

  @Test("A reading that names nobody has its points found by what they say; one of an answer that is gone has none")
  func unnamed() throws {
    let text = "Honour the Retry-After header.\n\nNothing else matters here, bananas aside."
    let points = SynthesisPoints(of: text, Self.synthesis, answers: Array(Self.replies.dropLast())).points
    #expect(points.map { $0.places.map(\.author.name) } == [["deepseek-r1"], []])
    let none = SynthesisPoints(of: text, Self.synthesis, answers: [])
    #expect(none.points.allSatisfy(\.places.isEmpty) && none.dropped.isEmpty)
  }

  @Test("Ten times the text takes about ten times the steps")
  func growth() {
    func steps(_ count: Int) -> Int {
      let lines = (0..<count).map { "- Point \($0) is about word\($0 / 8) and name\($0) with \($0) ms\n" }
      let text = lines.joined()
      var replies = Self.replies
      for index in replies.indices { replies[index].text = text }
      return SynthesisPoints(of: text, Self.synthesis, answers: replies).steps
    }
    #expect(steps(2000) < 16 * steps(200))
  }

  @Test("A key lists the points and what is left out", arguments: ScreenTests.sizes)
  func list(_ size: Size) throws {
    var app = Self.read(size.width, size.height)
    app.press("P")
    try ScreenTests.expect(app, is: "points")
  }

  @Test("Enter has each answer's pane show the passage that the point is from, the first one's marked")
  func goThere() throws {
    var app = Self.read(120, 24)
    app.press("G")
    app.press("P")
    app.press(Key(.down), Key(.enter))
    #expect(app.state.layer == nil && app.state.stage.activeModel == AppDriver.model("deepseek-r1"))
    #expect(app.screen.contains("Respect the Retry-After header"))
    let hit = Theme.fallback.hit(on: Theme.fallback.text)
    let marked = app.frame.cells.filter {
      $0.style.foreground == hit.foreground && $0.style.attributes.isSuperset(of: hit.attributes)
    }
    let words = marked.compactMap { UnicodeScalar($0.scalar).map { String(Character($0)) } }.joined()
    #expect(words.contains("Respect the"), "the words before the marks of code: \(words)")
    app.press("P")
    app.press(Key(.down), Key(.down), Key(.down), Key(.enter))
    #expect(app.state.toasts.last?.text == "No answer here says this")
  }

  @Test("The labels of a reading are names once it has ended, live and when it is opened later")
  func names() throws {
    let streaming = Self.read(160, 40, isDone: false)
    #expect(streaming.screen.contains("(B)") && !streaming.screen.contains("(deepseek-r1)"))
    let done = Self.read(160, 40)
    #expect(done.screen.contains("(deepseek-r1)") && !done.screen.contains("(B)"), "\(done.screen)")
    var loaded = try #require(done.state.conversation)
    loaded.exchanges[1].replies[0].text = Self.consensus
    var later = AppDriver(160, 40)
    later.state.open(loaded, continues: false)
    later.tell(.input(.resize(Size(width: 160, height: 40))))
    #expect(later.screen.contains("(deepseek-r1)") && !later.screen.contains("(B)"), "\(later.screen)")
  }

  @Test("Where no answers were read, or names are hidden, the key says so")
  func elsewhere() {
    var app = AppDriver(100, 30)
    app.send("Why?")
    app.event(0, .text("So"), at: .milliseconds(40))
    app.press(Key(.tab))
    app.press("P")
    #expect(app.state.layer == nil)
    #expect(app.state.toasts.last?.text == "Nobody has read these answers; = has one model read them")
    var blind = Self.read(120, 30)
    blind.press("B")
    blind.press("P")
    #expect(blind.state.layer == nil)
    #expect(blind.state.toasts.last?.text.hasPrefix("Names are hidden") == true)
  }
}
