import Canvas
import Conversations
import Testing

@testable import FiedlerUI

@Suite("Done while one looks elsewhere") struct DoneNoticeTests {
  private func app(_ choice: NoticeChoice = .terminal(.auto), isHere: Bool = false) -> AppDriver {
    var app = AppDriver(80, 24)
    app.tell(.noticesChosen(choice))
    app.send("Review it")
    app.tell(.input(.focus(isHere)))
    return app
  }

  @Test("A send is told once, when the last of its answers has come") func once() {
    var app = app()
    for reply in 0..<3 {
      #expect(app.effects.isEmpty)
      app.event(reply, .text("x"), at: .seconds(1))
      #expect(app.effects.isEmpty)
      app.event(reply, .finished(.stop), at: .seconds(2))
    }
    #expect(app.effects == [.notify(TerminalNotice(title: "Fiedler", text: "3 answers: Review it"))])
    app.press(.control("s"))
    #expect(app.effects.allSatisfy { if case .notify = $0 { false } else { true } })
  }

  @Test("How many came is said where some did not") func failed() {
    var app = app(.terminal(.osc9))
    app.event(0, .failed(SendFailure(.http, "down")), at: .seconds(1))
    for reply in 1..<3 { app.event(reply, .finished(.stop), at: .seconds(2)) }
    #expect(app.effects == [.notify(TerminalNotice(title: "Fiedler", text: "2 of 3 answers: Review it", way: .osc9))])
  }

  @Test("Whoever looks is told nothing, nor is anybody whose terminal says nothing of the focus") func here() {
    var app = app(isHere: true)
    for reply in 0..<3 { app.event(reply, .finished(.stop), at: .seconds(2)) }
    #expect(app.effects.isEmpty)
    var silent = AppDriver(80, 24)
    silent.send("Review it")
    for reply in 0..<3 { silent.event(reply, .finished(.stop), at: .seconds(2)) }
    #expect(silent.effects.isEmpty)
  }

  @Test("A command may tell it, or nothing") func choices() {
    var app = app(.command)
    for reply in 0..<3 { app.event(reply, .finished(.stop), at: .seconds(2)) }
    #expect(app.effects == [.runNotice("3 answers: Review it")])
    var none = self.app(.none)
    for reply in 0..<3 { none.event(reply, .finished(.stop), at: .seconds(2)) }
    #expect(none.effects.isEmpty)
  }

  @Test("A conversation left meanwhile is told of too") func left() {
    var app = app()
    app.tell(.input(.focus(true)))
    app.press(.control("n"))
    app.tell(.input(.focus(false)))
    for reply in 0..<3 { app.event(reply, .finished(.stop), at: .seconds(2)) }
    #expect(app.effects == [.notify(TerminalNotice(title: "Fiedler", text: "3 answers: Review it"))])
  }
}
