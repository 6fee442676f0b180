import Canvas
import Conversations
import FoundationEssentials
import JSON
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("Replays as asciicasts", .timeLimit(.minutes(2))) struct ReplayCastTests {
  private static func conversation() -> Conversation {
    func reply(_ number: Int, _ name: String, _ words: Int, every step: Int) -> Reply {
      var reply = Reply(id: Fixture.id(number), model: Fixture.model(name), startedAt: Fixture.date)
      reply.apply(.connecting(attempt: 1, of: 2), at: .zero)
      if number == 2 {
        let limited = SendFailure(.rateLimited, "slow down", httpStatus: 429)
        reply.apply(.retrying(attempt: 1, of: 2, delay: .seconds(1), because: limited), at: .milliseconds(200))
        reply.apply(.connecting(attempt: 2, of: 2), at: .milliseconds(1200))
      }
      reply.apply(.firstToken, at: .milliseconds(1500))
      for word in 0..<words {
        reply.apply(.text(word % 9 == 8 ? "漢字 e\u{301}\n" : "word\(word) "), at: .milliseconds(1500 + step * word))
      }
      reply.apply(.finished(.stop), at: .milliseconds(1500 + step * words))
      return reply
    }
    let replies = [reply(1, "one", 200, every: 10), reply(2, "two", 40, every: 70)]
    return Sample.conversation(
      [Sample.exchange(1, "Why?", replies, id: Fixture.id(9))], title: "A “title”", id: Fixture.id(8))
  }

  @Test("A header, then events in the order of time, thirty a second at most, to the end of the replay")
  func format() throws {
    let lines = try ReplayCast(Self.conversation(), size: Size(width: 80, height: 20), idleLimit: 1.5).map {
      try JSON(bytes: Array($0.utf8))
    }
    let header = try #require(lines.first)
    #expect(header["version"]?.int == 2 && header["width"]?.int == 80 && header["height"]?.int == 20)
    #expect(header["timestamp"]?.int == 1_700_000_000 && header["title"]?.string == "A “title”")
    #expect(header["duration"]?.double == 4.3 && header["idle_time_limit"]?.double == 1.5)
    var last = -1.0
    for event in lines.dropFirst() {
      #expect(event.array?.count == 3 && event[1]?.string == "o" && event[2]?.string?.isEmpty == false)
      let time = try #require(event[0]?.double)
      #expect(time - last >= 0.033)
      last = time
    }
    #expect(last >= 4.3 && last < 4.4)
    #expect(lines[1][2]?.string?.hasPrefix("\u{1B}[0m\u{1B}[2J") == true && lines[1][0]?.double == 0)
    #expect(lines.count > 60)
  }

  @Test(
    "What is written shows the replay's screen on a terminal, in the midst of it and at its end",
    arguments: [8, 45, 100_000])
  func terminal(events: Int) throws {
    let size = Size(width: 90, height: 24)
    var lines = ReplayCast(Self.conversation(), size: size, theme: .terminal).makeIterator()
    _ = lines.next()
    var bytes = ""
    for _ in 0..<events {
      guard let line = lines.next() else { break }
      bytes += try #require(JSON(bytes: Array(line.utf8))[2]?.string)
    }
    let frame = lines.frame
    let directory = try TemporaryDirectory()
    let path = try directory.write("bytes", bytes)
    let terminal = Tmux(
      "/bin/sh", ["-c", "cat '\(path)'; exec sleep 1000"], environment: ["TERM": "tmux-256color"], columns: size.width,
      rows: size.height)
    func rows(_ screen: String) -> [String] {
      let lines = screen.split(separator: "\n", omittingEmptySubsequences: false).prefix(size.height)
      return lines.map { line in String(line.reversed().drop { $0 == " " }.reversed()) }
    }
    let shown = terminal.until { rows($0) == rows(frame.description) }
    #expect(rows(shown) == rows(frame.description))
    #expect(shown.contains(events == 8 ? "rate limit · 1 of 2" : events == 45 ? "漢字" : "done 4.3 s"))
    #expect(!shown.contains("Godot"))
  }

  @Test("A conversation without an answer makes a cast of an empty screen, not a crash")
  func empty() {
    let conversation = Sample.conversation()
    #expect(Array(ReplayCast(conversation)).count >= 2)
  }
}

@Suite("What to replay") struct ReplaySelectionTests {
  private static func conversation() -> Conversation {
    func reply(_ number: Int, _ name: String, attempt: Int = 1, turn: Int?) -> Reply {
      Reply(
        id: Fixture.id(number), model: Fixture.model(name), attempt: attempt, turnNumber: turn,
        state: turn == nil ? .streaming : .success, startedAt: Fixture.date, duration: .seconds(1))
    }
    func exchange(_ number: Int, _ replies: [Reply]) -> Exchange {
      Sample.exchange(number, "?", replies, id: Fixture.id(100 + number))
    }
    return Sample.conversation([
      exchange(1, [reply(1, "org/a", turn: 2), reply(2, "org/a", attempt: 2, turn: 7), reply(3, "b", turn: 3)]),
      exchange(4, [reply(4, "org/a", turn: 5), reply(5, "b", turn: 6)]),
    ])
  }

  private func chosen(_ selection: ReplaySelection) throws -> [UUID] {
    let (conversation, exchange) = try selection(Self.conversation())
    #expect(conversation.exchanges.contains(exchange) && conversation.exchanges.count == 2)
    return exchange.replies.map(\.id)
  }

  @Test("The newest exchange and the newest attempts, or those that are named")
  func choices() throws {
    #expect(try chosen(ReplaySelection()) == [4, 5].map(Fixture.id))
    #expect(try chosen(ReplaySelection(turn: 1)) == [2, 3].map(Fixture.id))
    #expect(try chosen(ReplaySelection(turn: 3)) == [2, 3].map(Fixture.id))
    #expect(try chosen(ReplaySelection(turn: 2)) == [1, 3].map(Fixture.id))
    #expect(try chosen(ReplaySelection(turn: 1, attempt: 1)) == [1, 3].map(Fixture.id))
    for name in ["A", "org/a", "test/org/a"] {
      #expect(try chosen(ReplaySelection(turn: 1, models: [name])) == [Fixture.id(2)])
    }
  }

  @Test("What is not there is named, with what is")
  func failures() {
    func failure(_ selection: ReplaySelection, _ conversation: Conversation = Self.conversation()) -> String {
      do {
        _ = try selection(conversation)
        return "none"
      } catch { return "\(error)" }
    }
    #expect(failure(ReplaySelection(turn: 9)) == "this conversation has no turn 9; its last turn is 7")
    #expect(failure(ReplaySelection(models: ["c"])).hasSuffix("its models are test/org/a, test/b"))
    #expect(failure(ReplaySelection(attempt: 2)) == "there was no attempt 2 in this exchange")
    var running = Self.conversation()
    running.exchanges[1].replies[0].state = .streaming
    #expect(failure(ReplaySelection(), running).contains("still answers"))
    running.exchanges = []
    #expect(failure(ReplaySelection(), running).contains("holds no prompt"))
  }

  @Test("Speeds are numbers in reason, or instant")
  func speeds() {
    #expect(
      ReplaySpeed("0.25") == .times(0.25) && ReplaySpeed("64x") == .times(64) && ReplaySpeed("instant") == .instant)
    for text in ["", "0", "-1", "nan", "inf", "1e9", "fast"] { #expect(ReplaySpeed(text) == nil, "\(text)") }
  }
}
