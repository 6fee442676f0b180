import Canvas
import ConversationStore
import Conversations
import FoundationEssentials
import GRDB
import SendEngine
import Synchronization
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("The interactive program, without a terminal") struct TerminalAppTests {
  static let two = "defaults: {models: [demo/rate-100000x20, demo/rate-90000x30]}\n"
  static let endless = "defaults: {models: [demo/rate-200, demo/rate-300]}\n"

  @Test("The first frame is there before anything is read or made")
  func firstFrame() throws {
    let home = try Home()
    let loop = Loop(home, starts: false)
    #expect(loop.screen.contains("F i e d l e r"))
    #expect(!FileManager.default.fileExists(atPath: home.data))
    loop.type("typed at once")
    #expect(loop.screen.contains("typed at once"))
  }

  @Test("Enter sends what was typed; every answer is shown to its end, stored and numbered")
  func send() async throws {
    let home = try Home(models: Self.two)
    let loop = Loop(home)
    try await loop.until("● rate-90000x30")
    loop.send("Why is the sky blue?")
    try await loop.until("both answers are done") { $0.components(separatedBy: "done").count == 3 }
    try await loop.quit()
    let conversation = try #require(try await home.newest())
    #expect(conversation.title == "Why is the sky blue?")
    let exchange = try #require(conversation.exchanges.first)
    #expect(exchange.prompt.turnNumber == 1)
    #expect(exchange.replies.map(\.state) == [.success, .success])
    #expect(exchange.replies.compactMap(\.usage.completionTokens) == [20, 30])
    #expect(Set(exchange.replies.compactMap(\.turnNumber)) == [2, 3])
  }

  @Test("Leaving while answers stream is asked about; then what had come is stored as cancelled")
  func quitWhileStreaming() async throws {
    let home = try Home(models: Self.endless)
    let loop = Loop(home)
    try await loop.until("● rate-300")
    loop.send("Without end.")
    try await loop.until("both stream") { $0.components(separatedBy: "first 0").count == 3 }
    loop.press(.control("q"))
    #expect(loop.screen.contains("2 answers are still streaming"))
    #expect(!loop.hasQuit)
    loop.press("y")
    #expect(loop.hasQuit)
    #expect(await loop.stop() == nil)
    let replies = try #require(try await home.newest()).exchanges[0].replies
    #expect(replies.map(\.state) == [.cancelled, .cancelled])
    #expect(replies.allSatisfy { !$0.text.isEmpty && $0.turnNumber != nil })
  }

  @Test("A prompt sent in the very moment of leaving is kept")
  func leaveAtOnce() async throws {
    let home = try Home(models: Self.endless)
    let loop = Loop(home)
    try await loop.until("● rate-300")
    // While someone else writes, the prompt cannot be stored yet.
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: home.data + "/fiedler.db", configuration: configuration)
    try other.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
    loop.send("In a hurry.")
    let end = Mutex<String??>(.none)
    let stop = loop.app.stopping(within: .seconds(20))
    async let stopping: Void = {
      let trouble = await stop()
      end.withLock { $0 = .some(trouble) }
    }()
    // However long this waits, the program must not have come to its end.
    await #expect(throws: NotEventually.self) {
      try await eventually("the end", within: .milliseconds(200)) { end.withLock { $0 != nil } }
    }
    try other.inDatabase { try $0.execute(sql: "ROLLBACK") }
    await stopping
    #expect(end.withLock { $0 } == .some(.none))
    let exchange = try #require(try await home.newest()?.exchanges.first)
    #expect(exchange.prompt.text == "In a hurry.")
    #expect(exchange.replies.map(\.state) == [.cancelled, .cancelled])
  }

  @Test("A mistake in models.yaml is shown with its line; the history can be read all the same")
  func brokenModels() async throws {
    let home = try Home(models: Self.two)
    try await home.send(Draft(text: "Asked before the mistake."))
    try home.directory.write("config/fiedler/models.yaml", "providers:\n  openai: {models: {x: {timeout: soon}}}\n")
    let loop = Loop(home)
    try await loop.until("models.yaml:2")
    #expect(loop.screen.components(separatedBy: "models.yaml:2").count == 2, "said once:\n\(loop.screen)")
    // The watch has had its first look by the time that it tells a change.
    try home.directory.write("config/fiedler/models.yaml", "providers:\n  openai:\n    models: {x: {timeout: soon}}\n")
    try await loop.until("models.yaml:3")
    #expect(loop.screen.components(separatedBy: "models.yaml:").count == 2, "said once:\n\(loop.screen)")
    try home.directory.write("config/fiedler/models.yaml", Self.two)
    try await loop.until("models.yaml is read again")
    #expect(!loop.screen.contains("models.yaml:"), "what is mended is not told:\n\(loop.screen)")
    loop.press(.control("s"))
    try await loop.until("Asked before the mistake.")
    #expect(!loop.hasQuit)
    try await loop.quit()
  }

  @Test("A history that a newer Fiedler has written makes the program leave and say so")
  func newerDatabase() async throws {
    let home = try Home()
    let services = try home.services()
    try await services.store.database.write { db in
      try db.execute(sql: "INSERT INTO grdb_migrations VALUES ('conversations 99')")
    }
    try services.store.database.close()
    let loop = Loop(home)
    try await loop.untilQuit()
    let failure = try #require(loop.app.failure)
    #expect(failure.contains("newer Fiedler") && failure.contains("fiedler.db"))
    #expect(await loop.stop() == nil)
  }

  @Test("Asking a model again makes a second attempt with the next turn number; the first stays")
  func retry() async throws {
    let home = try Home(models: "defaults: {models: [demo/rate-100000x20]}\n")
    let loop = Loop(home)
    try await loop.until("● rate-100000x20")
    loop.send("Once more, please.")
    try await loop.until("done")
    loop.press(Key(.tab))
    loop.press("R")
    try await loop.until("the second attempt is kept") { _ in
      loop.screen.contains("done") && !loop.screen.contains("R asks")
    }
    try await eventually("two attempts are stored") { try await home.attempts() == 2 }
    try await loop.quit()
    let replies = try #require(try await home.newest()).exchanges[0].replies
    #expect(replies.map(\.attempt) == [1, 2])
    #expect(replies.map(\.turnNumber) == [2, 3])
    #expect(replies.map(\.state) == [.success, .success])
  }

  @Test("An answer asked for again while another still streams: both are kept to their end")
  func retryBesideStream() async throws {
    let home = try Home(models: "defaults: {models: [demo/rate-200, demo/rate-100000x20]}\n")
    let loop = Loop(home)
    try await loop.until("● rate-200")
    loop.send("Once more beside it.")
    try await loop.until("done")
    loop.press(Key(.tab), Key(.tab))
    loop.press("R")
    try await eventually("the second attempt is stored") { try await home.attempts() == 2 }
    loop.press(.control("q"))
    loop.press("y")
    #expect(await loop.stop() == nil)
    let replies = try #require(try await home.newest()).exchanges[0].replies
    #expect(replies.map(\.state) == [.cancelled, .success, .success])
    #expect(replies.map(\.turnNumber) == [4, 2, 3])
  }

  @Test("What a killed Fiedler left streaming is said at the start, and is in the history")
  func recovery() async throws {
    let home = try Home(models: Self.two)
    do {
      // Gone without having ended its reply, as after a kill.
      let store = try ConversationStore(directory: home.data)
      var reply = Reply(id: UUID(), model: ModelReference(provider: "demo", name: "quick"), startedAt: Date())
      let prompt = Prompt(id: UUID(), turnNumber: 0, text: "Cut off.", models: [reply.model], sentAt: Date())
      _ = try await store.begin(
        Exchange(prompt: prompt, replies: [reply]), in: UUID(), title: "Cut off.", createdAt: Date())
      reply.apply(.text("As far as"), at: .milliseconds(5))
      try await store.checkpoint([reply])
    }
    let loop = Loop(home)
    try await loop.until("1 answer was interrupted")
    loop.press(.control("s"))
    try await loop.until("As far as")
    try await loop.quit()
    #expect(try await home.newest()?.exchanges[0].replies[0].state == .interrupted)
  }
}

extension Home {
  /// How many replies the newest conversation has that have ended.
  func attempts() async throws -> Int {
    try await newest()?.exchanges[0].replies.count { $0.state.isFinal } ?? 0
  }
}
