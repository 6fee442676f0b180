import NIOCore
import NIOWebSocket
import Testing

@testable import MCP

@Suite("The window of a server's connection") struct ServerWindowTests {
  /// A window, what all connections together hold, and what was decided last.
  private struct Bench {
    var window: ServerWindow
    var total = 0

    init(_ change: (inout ServerLimits) -> Void = { _ in }) {
      var limits = ServerLimits()
      change(&limits)
      window = ServerWindow(limits: limits)
    }

    mutating func settle() -> [ServerWindow.Decision] {
      window.settle { change in
        total += change
        return total
      }
      return window.takeDecisions()
    }

    /// A whole text, as the decoder has it.
    mutating func receive(_ text: String, _ opcode: WebSocketOpcode = .text, fin: Bool = true) {
      let frame = WebSocketFrame(
        fin: fin, opcode: opcode, maskKey: [0, 0, 0, 0], data: ByteBuffer(string: text))
      window.heard(frame.length + (frame.length < 126 ? 6 : frame.length < 65536 ? 8 : 14))
      window.take(frame)
    }

    mutating func answer(_ numbers: Int..., text: String = "ok") {
      window.take(numbers.map { MessageAnswer(number: $0, text: Array("\(text) \($0)".utf8)) })
    }
  }

  /// Decisions in a word each.
  private func words(_ decisions: [ServerWindow.Decision]) -> [String] {
    decisions.map { decision in
      switch decision {
      case .deliver(let messages):
        "deliver " + messages.map { $0.withBytes { String(decoding: $0, as: UTF8.self) } }.joined(separator: ",")
      case .write(.connectionClose, var data): "close \(data.readInteger(as: UInt16.self) ?? 0)"
      case .write(let opcode, let data):
        "\(opcode == .pong ? "pong" : opcode == .ping ? "ping" : "write") \(String(buffer: data))"
      case .flush: "flush"
      case .report(let incident): "report \(incident.rawValue)"
      case .read(let isWanted): isWanted ? "read" : "read no more"
      case .watchUnread(let isWatched): isWatched ? "watch unread" : "read again"
      case .watchPong: "watch pong"
      case .cut(let delay): "cut \(delay)"
      case .deafen: "deafen"
      case .drop: "drop"
      }
    }
  }

  @Test("Messages are handed over in order, and answers leave in the order of their messages") func order() {
    var bench = Bench()
    bench.receive("a")
    bench.receive("b", fin: false)
    bench.receive("?", .ping)
    bench.receive("c", .continuation)
    #expect(words(bench.settle()) == ["pong ?", "deliver a,bc"] && bench.total == 3)
    bench.answer(1)
    #expect(words(bench.settle()).isEmpty && bench.total == 3)
    bench.answer(0)
    #expect(words(bench.settle()) == ["write ok 0", "write ok 1"] && bench.total == 0)
  }

  @Test("A full window reads no more, and again when half of it is answered") func room() {
    var bench = Bench { $0.requests = 4 }
    for text in ["a", "b", "c", "d", "e"] { bench.receive(text) }
    #expect(words(bench.settle()) == ["deliver a,b,c,d", "read no more"])
    bench.answer(0)
    #expect(words(bench.settle()) == ["write ok 0", "deliver e"])
    bench.answer(1, 2)
    #expect(words(bench.settle()) == ["write ok 1", "write ok 2", "read"])
  }

  @Test("What is held beyond the limit sends its connection away, which then holds nothing and hears nothing")
  func overloaded() {
    var bench = Bench {
      $0.heldBytes = 1000
      $0.heldFreely = 100
    }
    bench.total = 950
    bench.window.heard(60)
    #expect(words(bench.settle()).isEmpty && bench.total == 1010, "who holds little stays")
    bench.window.heard(60)
    #expect(
      words(bench.settle()) == [
        "report \(ServerIncident.overloaded.rawValue)", "deafen", "close 1013", "flush", "cut 1.0 seconds",
      ])
    #expect(bench.total == 950 && bench.window.isDeaf)
    bench.window.heard(500)
    bench.receive("late")
    #expect(words(bench.settle()).isEmpty && bench.total == 950)
  }

  @Test("So do messages that wait and pieces of one; requests under way are held until they are answered")
  func overloadedWithRequests() {
    var bench = Bench {
      ($0.heldBytes, $0.heldFreely, $0.requests) = (1000, 10, 1)
    }
    bench.receive("request")
    bench.receive("waits a while")
    bench.receive("a piece", fin: false)
    #expect(words(bench.settle()) == ["deliver request", "read no more"] && bench.total == 27)
    bench.total += 1000
    #expect(words(bench.settle()).contains("close 1013") && bench.total == 1007)
    bench.answer(0)
    #expect(words(bench.settle()).isEmpty && bench.total == 1000, "nothing is said behind a close frame")
  }

  @Test("Who leaves answers unread while too much is held is dropped: a close frame would stand behind them")
  func unreadWhileOverloaded() {
    var bench = Bench { ($0.heldBytes, $0.heldFreely) = (1000, 100) }
    bench.window.began(writing: 200)
    bench.total = 900
    #expect(words(bench.settle()).suffix(2) == ["cut 1.0 seconds", "drop"])
    #expect(words(bench.settle()).isEmpty)
    bench.window.end { change in
      bench.total += change
      return bench.total
    }
    #expect(bench.total == 900)
  }

  @Test("A client that closes gets its answers first, then the close frame, and is dropped when it has been sent")
  func closing() {
    var bench = Bench()
    bench.receive("a")
    bench.receive("", .connectionClose)
    #expect(words(bench.settle()) == ["cut 30.0 seconds", "deliver a", "read no more"])
    bench.answer(0)
    #expect(words(bench.settle()) == ["write ok 0", "close 1000", "flush", "cut 1.0 seconds", "read"])
    bench.window.began(writing: 10)
    bench.window.wrote(10, isAll: true)
    #expect(words(bench.settle()) == ["drop"])
  }

  @Test("Who answers no ping is closed with 1011, unless something else was heard or nothing was read") func silence() {
    var bench = Bench { $0.requests = 1 }
    bench.window.tick()
    #expect(words(bench.settle()) == ["ping ", "flush", "watch pong"])
    bench.receive("", .pong)
    bench.window.pongIsDue()
    #expect(words(bench.settle()).isEmpty)
    bench.window.tick()
    bench.window.pongIsDue()
    #expect(words(bench.settle()).contains("close 1011"))
    bench = Bench { $0.requests = 1 }
    bench.receive("a")
    _ = bench.settle()
    bench.window.tick()
    bench.window.pongIsDue()
    #expect(words(bench.settle()) == ["ping ", "flush", "watch pong"], "it is not read")
  }

  @Test("When the channel is gone, what had come is handed over, and nothing is held") func end() {
    var bench = Bench { $0.requests = 1 }
    bench.receive("a")
    bench.receive("b")
    _ = bench.settle()
    bench.window.heard(5000)
    _ = bench.settle()
    bench.window.end { change in
      bench.total += change
      return bench.total
    }
    #expect(words(bench.window.takeDecisions()) == ["deliver b"] && bench.total == 0)
  }
}
