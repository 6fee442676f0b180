import ConversationStore
import Conversations
import FiedlerApp
import FoundationEssentials
import Interchange
import JSON
import Synchronization
import TestSupport
import Testing

@Suite("What goes in and out of the history")
struct TransferTests {
  private let home: Home
  private var directory: TemporaryDirectory { home.directory }

  init() throws { home = try Home() }

  private func conversation(_ number: Int, text: String = "Because.") -> Conversation {
    let model = Fixture.model("m")
    let reply = Reply(
      id: Fixture.id(3000 + number), model: model, turnNumber: 2, state: .success, text: text, startedAt: Fixture.date)
    let prompt = Prompt(
      id: Fixture.id(2000 + number), turnNumber: 1, text: "Why \(number)?", models: [model], sentAt: Fixture.date)
    return Conversation(
      id: Fixture.id(1000 + number), title: "Number \(number)", createdAt: Fixture.date + Double(number),
      updatedAt: Fixture.date + Double(number), exchanges: [Exchange(prompt: prompt, replies: [reply])])
  }

  private func file(_ conversations: [Conversation]) throws -> String {
    try directory.write(
      "history.jsonl", conversations.map { ConversationJSON.json($0).text }.joined(separator: "\n"))
  }

  private func importing(
    _ path: String, into services: Services, isTrial: Bool = false,
    onProgress: @escaping @Sendable (ImportReport) -> Void = { _ in }
  ) throws -> Importer {
    try Importer(paths: [path], into: services, isTrial: isTrial, onProblem: { _ in }, onProgress: onProgress)
  }

  @Test("A transaction takes no more than about 200 turns or four megabytes")
  func batches() async throws {
    let services = try home.services()
    let large = String(repeating: "x", count: 3 << 20)
    let conversations = (0..<150).map { conversation($0) } + (150..<153).map { conversation($0, text: large) }
    let steps = Mutex<[Int]>([])
    let path = try file(conversations)
    let report = try await importing(path, into: services) { report in steps.withLock { $0.append(report.added) } }
      .run()
    #expect(report.added == 153 && report.turns == 306 && report.exitCode == 0)
    #expect(steps.withLock { $0 } == [100, 152, 153])
    var exported: [Conversation] = []
    #expect(try await services.export(.query(HistoryQuery("", order: .oldest))) { exported.append($0) } == 153)
    #expect(exported == conversations)
    _ = await services.close()
  }

  @Test("A trial tells what would be added and adds nothing; a stopped import stores no more")
  func trialAndStop() async throws {
    let services = try home.services()
    let path = try file((0..<3).map { conversation($0) })
    let trial = try await importing(path, into: services, isTrial: true).run()
    #expect(trial.summary(isTrial: true) == "3 conversations: 3 would be added (6 turns).")
    let stopping = Task {
      // Begins only once it has been cancelled.
      while !Task.isCancelled { await Task.yield() }
      return try await importing(path, into: services).run()
    }
    stopping.cancel()
    let stopped = try await stopping.value
    #expect(stopped.isStopped && stopped.added == 0 && stopped.exitCode == 1)
    #expect(stopped.summary(isTrial: false).contains("The same command goes on"))
    #expect(try await services.export(.query(HistoryQuery(""))) { _ in } == 0)
    _ = await services.close()
  }

  @Test("What was deleted here stays deleted, and is told")
  func deleted() async throws {
    let services = try home.services()
    let path = try file([conversation(1)])
    _ = try await importing(path, into: services).run()
    try await services.store.delete(Fixture.id(1001))
    let report = try await importing(path, into: services).run()
    #expect(report.summary(isTrial: false) == "1 conversation: 0 added, 1 deleted here and left so.")
    #expect(report.exitCode == 0)
    _ = await services.close()
  }
}
