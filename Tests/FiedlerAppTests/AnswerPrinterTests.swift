import Conversations
import FoundationEssentials
import JSON
import Synchronization
import Testing

@testable import FiedlerApp

@Suite("Answers on stdout") struct AnswerPrinterTests {
  /// What a printer has written.
  private final class Page: Sendable {
    private let state = Mutex((output: "", progress: [String]()))

    var output: String { state.withLock { $0.output } }
    var progress: [String] { state.withLock { $0.progress } }

    func printer(_ replies: [Reply], writesAnswers: Bool = true) -> AnswerPrinter {
      AnswerPrinter(
        replies: replies, writesAnswers: writesAnswers, output: { text in self.state.withLock { $0.output += text } },
        progress: { line in self.state.withLock { $0.progress.append(line) } })
    }
  }

  private func event(_ reply: Int, _ event: SendEvent, at seconds: Double = 1) -> ReplyEvent {
    ReplyEvent(reply: Fixture.id(reply), at: .seconds(seconds), event: event)
  }

  @Test("The first answer is written as it streams; the next waits until that has ended, then comes at once")
  func order() {
    let page = Page()
    let printer = page.printer(Fixture.replies("one", "two"))
    printer.receive([event(2, .firstToken), event(2, .text("second, "))])
    #expect(page.output == "")
    printer.receive([event(1, .firstToken), event(1, .text("first"))])
    #expect(page.output == "## test/one\n\nfirst")
    printer.receive([event(2, .text("part"))])
    #expect(page.output == "## test/one\n\nfirst")
    printer.receive([event(1, .finished(.stop))])
    #expect(page.output == "## test/one\n\nfirst\n\n## test/two\n\nsecond, part")
    printer.receive([event(2, .text(" two")), event(2, .finished(.stop))])
    #expect(page.output == "## test/one\n\nfirst\n\n## test/two\n\nsecond, part two\n")
  }

  @Test("Whatever the order in which the models' events come, the same is written", arguments: 0..<200)
  func interleaving(seed: Int) {
    let scripts: [[SendEvent]] = [
      [.firstToken, .text("a\n"), .text("\n"), .text("b é"), .text("漢\n\n"), .finished(.stop)],
      [.firstToken, .reasoning("hm"), .text("c"), .failed(SendFailure(.truncated, "it broke off"))],
      [.connecting(attempt: 1, of: 1), .failed(SendFailure(.connection, "refused"))],
      [.firstToken, .text("d\n"), .cancelled],
      [.cancelled],
    ]
    let page = Page()
    let printer = page.printer(Fixture.replies("a", "b", "c", "d", "e"))
    var rest = scripts.enumerated().map { (number: $0 + 1, events: $1[...]) }
    var random = UInt64(seed)
    func next(_ bound: Int) -> Int {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(random >> 33) % bound
    }
    while !rest.isEmpty {
      let index = next(rest.count)
      let count = min(1 + next(3), rest[index].events.count)
      printer.receive(rest[index].events.prefix(count).map { event(rest[index].number, $0) })
      rest[index].events.removeFirst(count)
      if rest[index].events.isEmpty { rest.remove(at: index) }
    }
    let expected = """
      ## test/a

      a

      b é漢

      ## test/b

      c

      [partial: it broke off]

      ## test/c

      [failed: refused]

      ## test/d

      d

      [cancelled]

      ## test/e

      [cancelled]

      """
    #expect(page.output == expected)
  }

  @Test(
    "An answer ends with exactly one line end, however many the model sends", arguments: ["", "\n", "\n\n\n", "\r\n"])
  func lineEnd(tail: String) {
    let page = Page()
    let printer = page.printer(Fixture.replies("one"))
    for piece in ["text", tail] { printer.receive([event(1, .text(piece))]) }
    #expect(page.output == "## test/one\n\ntext")
    printer.receive([event(1, .finished(.stop))])
    #expect(page.output == "## test/one\n\ntext\n")
  }

  @Test("A model that is done without a word is said to be", arguments: ["", "\n\n"])
  func empty(text: String) {
    let page = Page()
    let printer = page.printer(Fixture.replies("one"))
    printer.receive([event(1, .firstToken), event(1, .reasoning("hm")), event(1, .text(text))])
    printer.receive([event(1, .finished(.stop))])
    #expect(page.output == "## test/one\n\n[the answer is empty]\n")
  }

  @Test("An answer of which a part was lost says so, and is a success")
  func damaged() {
    let page = Page()
    let printer = page.printer(Fixture.replies("one"))
    let remark = SendFailure(.malformed, "test/one sent 1 event that could not be read")
    printer.receive([event(1, .text("AC")), event(1, .damaged(remark)), event(1, .finished(.stop))])
    #expect(page.output == "## test/one\n\nAC\n\n[test/one sent 1 event that could not be read]\n")
    #expect(page.progress.first == "◑ test/one sent 1 event that could not be read")
    let json = SendReport.json(printer.replies[0])
    #expect(json["status"] == "success" && json["error"]?.isNull == true)
    #expect(json["warning"] == "test/one sent 1 event that could not be read")
  }

  @Test("Where a report is printed at the end, no answer is written, but progress is")
  func reportOnly() {
    let page = Page()
    let printer = page.printer(Fixture.replies("one"), writesAnswers: false)
    printer.receive([event(1, .firstToken, at: 0.31), event(1, .text("text")), event(1, .finished(.length), at: 7.4)])
    #expect(page.output == "")
    #expect(page.progress == ["◐ test/one: first token after 0.31 s", "● test/one: done in 7.4 s, 1 tokens (length)"])
    #expect(printer.replies.map(\.text) == ["text"])
  }

  @Test("Progress names the model once, and says what is tried again and when")
  func progress() {
    let page = Page()
    let printer = page.printer(Fixture.replies("one", "two"))
    let failure = SendFailure(.http, "test/one answered 503 Service Unavailable")
    printer.receive([
      event(1, .connecting(attempt: 1, of: 3)),
      event(1, .retrying(attempt: 1, of: 3, delay: .seconds(2), because: failure)),
      event(1, .failed(failure)), event(2, .firstToken), event(2, .text("half")),
      event(2, .failed(SendFailure(.truncated, "the connection was lost"))),
    ])
    #expect(
      page.progress == [
        "↻ test/one answered 503 Service Unavailable; request 2 of 3 in 2.0 s",
        "◐ test/two: first token after 1.0 s", "✕ test/one answered 503 Service Unavailable",
        "◑ partial answer; test/two: the connection was lost",
      ])
  }

  @Test("Events of a reply that is not the printer's are left alone")
  func foreign() {
    let page = Page()
    page.printer(Fixture.replies("one")).receive([event(7, .text("?")), event(7, .finished(.stop))])
    #expect(page.output == "" && page.progress.isEmpty)
  }

  @Test(
    "Seconds are given with two or three figures",
    arguments: [
      (0.0, "0.00 s"), (0.004, "0.00 s"), (0.31, "0.31 s"), (0.999, "1.0 s"), (7.44, "7.4 s"), (412, "412 s"),
    ])
  func seconds(_ value: Double, _ text: String) {
    #expect(Duration.seconds(value).shown == text)
  }
}
