import Canvas
import Conversations
import FoundationEssentials
import Testing

@testable import FiedlerUI

@Suite("Estimates") struct EstimateTests {
  private func writing(_ size: Size, _ count: Int = 3) -> AppDriver {
    var app = AppDriver(size.width, size.height, models: [])
    let models = Array(AppDriver.catalog.prefix(count))
    app.tell(.modelsLoaded(AppDriver.catalog, defaults: models.map(\.reference)))
    app.type("Is there a way for the countdown to stop?")
    app.tell(.attachmentsRead([AttachedFile(path: "sender.swift", name: "sender.swift", bytes: 11_264)]))
    app.advance(to: .seconds(20))
    return app
  }

  @Test(
    "The prompt's border tells one sum, and a model's share of its window where that is much",
    arguments: [
      Size(width: 80, height: 24), Size(width: 120, height: 40), Size(width: 200, height: 60),
      Size(width: 40, height: 12),
    ])
  func screens(_ size: Size) throws { try ScreenTests.expect(writing(size), is: "estimates") }

  @Test(
    "The model picker tells it beside each model",
    arguments: [
      Size(width: 80, height: 24), Size(width: 40, height: 12),
    ])
  func picker(_ size: Size) throws {
    var app = writing(size)
    app.press(.control("o"))
    try ScreenTests.expect(app, is: "estimates-picker")
  }

  @Test("A share of the window is told from a tenth on, with a warning where hardly anything is left")
  func shares() {
    #expect(Estimate(tokens: 800, window: 8_192).tellingShare == nil)
    #expect(Estimate(tokens: 820, window: 8_192).tellingShare == "10 % of 8.2k")
    #expect(Estimate(tokens: 7_500, window: 8_192).tellingShare == "⚠ 92 % of 8.2k")
    #expect(Estimate(tokens: 820).tellingShare == nil)
    #expect(Estimate(tokens: 9_000, window: 8_192).isTooLong)
  }

  @Test("Earlier turns count for each model as they are put before it, whatever the order they are counted in")
  func turns() {
    let models = (0..<3).map { AppDriver.model("m\($0)") }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<40 {
      var exchanges: [Exchange] = []
      var sizes = TurnSizes()
      for number in 0..<8 {
        let asked = models.filter { _ in Bool.random(using: &random) }
        let file = Attachment(name: "a.txt", sha256: "", content: String(repeating: "é", count: number))
        let prompt = Prompt(
          id: AppDriver.id(number + 1), turnNumber: 1, text: "Prompt \(number)",
          attachments: number % 2 == 0 ? [] : [file],
          models: asked, sentAt: AppDriver.launch)
        let replies = (asked + asked).enumerated().map { index, model in
          var reply = Reply(id: AppDriver.id(100 * number + index), model: model, startedAt: AppDriver.launch)
          if Bool.random(using: &random) { reply.apply(.text(String(repeating: "x", count: index + 1)), at: .zero) }
          return reply
        }
        exchanges.append(Exchange(prompt: prompt, replies: replies))
        // Now and then a line that is cut, as an edit cuts it.
        if number == 5 { sizes.count(exchanges.prefix(2)) }
        if number != 3 { sizes.count(exchanges.dropLast()) }
        guard number != 3 else { continue }
        let whole = Conversation(
          id: AppDriver.id(9), title: "", createdAt: AppDriver.launch, updatedAt: AppDriver.launch, exchanges: exchanges
        )
        for model in models {
          let expected = whole.history(for: model).reduce(0) { $0 + $1.content.utf8.count }
          #expect((sizes.bytes(for: model, and: exchanges.last) ?? 0) == expected)
          let isNew = !exchanges.contains { $0.replies.contains { $0.model == model } }
          #expect((sizes.bytes(for: model, and: exchanges.last) == nil) == isNew)
        }
      }
    }
  }

  @Test("A cut line, as an edit has it, counts no turn behind the cut") func edit() {
    var app = AppDriver(120, 40, models: ["a"])
    app.send("First")
    app.event(0, .text(String(repeating: "x", count: 4_000)), at: .seconds(1))
    app.event(0, .finished(.stop), at: .seconds(1))
    app.send("Second", number: 2)
    app.event(0, .text("y"), at: .seconds(2), number: 2)
    app.event(0, .finished(.stop), at: .seconds(2), number: 2)
    #expect(app.state.estimatedTokens(for: AppDriver.model("a")) > 1_000)
    app.press(Key(.tab))
    app.press("[")
    app.press("[")
    app.press("e")
    #expect(app.state.branches.plan?.turn == 1)
    #expect(app.state.estimatedTokens(for: AppDriver.model("a")) < 10)
  }

  @Test("A turn that is counted is not looked at again, whatever is typed") func once() {
    func turn(_ number: Int, _ text: String) -> Exchange {
      var reply = Reply(id: AppDriver.id(100 + number), model: AppDriver.model("a"), startedAt: AppDriver.launch)
      reply.apply(.text(text), at: .zero)
      let prompt = Prompt(
        id: AppDriver.id(number), turnNumber: number, text: "", models: [AppDriver.model("a")],
        sentAt: AppDriver.launch)
      return Exchange(prompt: prompt, replies: [reply])
    }
    var sizes = TurnSizes()
    sizes.count([turn(1, "four"), turn(2, "five5")])
    sizes.count([turn(1, "something else"), turn(2, "too")])
    #expect(sizes.bytes(for: AppDriver.model("a"), and: nil) == 9)
    sizes.count([turn(1, "something else"), turn(2, "too"), turn(3, "six")])
    #expect(sizes.bytes(for: AppDriver.model("a"), and: turn(4, "x")) == 13)
    sizes.count([turn(1, "one")])
    #expect(sizes.bytes(for: AppDriver.model("a"), and: nil) == 3)
  }
}
