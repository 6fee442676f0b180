import ConversationStore
import Conversations
import FiedlerApp
import FoundationEssentials
import JSON
import SendEngine
import Synchronization
import TestSupport
import Testing

@Suite("A batch") struct BatchRunTests {
  /// A home whose models `a` and `b` are a scripted server's, a dollar for 100,000 tokens.
  private static func home(_ server: ScriptedProviderServer) throws -> Home {
    try Home(
      models: """
        defaults: {models: [a, b]}
        providers:
          scripted:
            base_url: \(server.baseURL)
            models:
              a: {price: {input: 10, output: 10}, retry_attempts: 1}
              b: {price: {input: 10, output: 10}, retry_attempts: 1}
              judge: {price: {input: 10, output: 10}, retry_attempts: 1}
        """)
  }

  private static func batch(
    _ services: Services, _ home: Home, rows: Int = 3, _ change: (inout BatchRequest) -> Void = { _ in }
  ) async throws -> Batch {
    let lines = (1...rows).map { "{\"prompt\": \"Question \($0)\"}" }
    try home.directory.write("work/rows.jsonl", lines.joined(separator: "\n"))
    var request = BatchRequest(file: "rows.jsonl")
    change(&request)
    let batch = try services.draft(request).batch
    try await services.store.create(batch)
    return batch
  }

  @Test("Every row is put before every model once, a conversation each, tagged and titled; its cost is counted once")
  func once() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Fine.", prompt: 7, completion: 3))
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home)
    #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done)
    #expect(server.requests.count == 6)
    for _ in 0..<2 {
      // What is answered is not asked again.
      let run = BatchRun(batch, services: services) { _ in }
      #expect(try await run.run() == .done)
      #expect(server.requests.count == 6)
      #expect(run.progress.answered == 6)
      #expect(abs(run.progress.cost - 0.0006) < 1e-9, "6 answers of 10 tokens")
    }
    let conversation = try await services.conversation(matching: batch.rows[1].conversation.uuidString)
    #expect(conversation.title == "rows 2: Question 2")
    #expect(conversation.tags == [batch.tag])
    #expect(conversation.exchanges[0].replies.map(\.model.name) == ["a", "b"])
    let summary = try #require(try await services.store.batches().first)
    #expect((summary.answered, summary.failed, summary.isRunning) == (6, 0, false))
    #expect(abs(summary.cost - 0.0006) < 1e-9)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("A council that broke off goes on where it was: rankings that are there are not asked for again")
  func council() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Ranking: A > B"))
    let refusal: Script = [.status(400, body: #"{"error":{"message":"no"}}"#)]
    server.enqueue(OpenAI.answer("Fine."), refusal, forModel: "b")
    server.enqueue(refusal, forModel: "judge")
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home, rows: 1) {
      $0.synthesis = SynthesisRequest(judge: "judge", template: "council")
    }
    func asked() -> [Int] {
      ["a", "b", "judge"].map { model in server.requests.compactMap(\.model).count { $0 == model } }
    }
    _ = try await BatchRun(batch, services: services) { _ in }.run()
    #expect(asked() == [2, 2, 1], "an answer and a ranking each, then the chair")
    _ = try await BatchRun(batch, services: services) { _ in }.run()
    #expect(asked() == [2, 3, 2], "the ranking and the chair that failed")
    _ = try await BatchRun(batch, services: services) { _ in }.run()
    #expect(asked() == [2, 3, 2], "nothing is left")
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("What has failed is asked again by the next run, and nothing else") func failed() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Fine."))
    server.enqueue([.status(400, body: #"{"error":{"message":"no"}}"#)], forModel: "b")
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home)
    let first = BatchRun(batch, services: services) { _ in }
    #expect(try await first.run() == .done)
    #expect((first.progress.answered, first.progress.failed) == (5, 1))
    let second = BatchRun(batch, services: services) { _ in }
    #expect(try await second.run() == .done)
    #expect((second.progress.answered, second.progress.failed) == (6, 0))
    #expect(server.requests.compactMap(\.model).filter { $0 == "b" }.count == 4)
    #expect(server.requests.count == 7)
    let matrix = try #require(try await services.store.matrix(of: batch.id))
    #expect(matrix.cells.map(\.state) == Array(repeating: .success, count: 6))
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("No more answers are asked for at once than was said") func jobs() async throws {
    let gate = Gate()
    let server = try await ScriptedProviderServer(
      otherwise: [.head(), .waitForRelease(gate)] + OpenAI.answer("Fine."))
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home, rows: 5) { $0.jobs = 4 }
    let run = BatchRun(batch, services: services) { _ in }
    async let end = run.run()
    try await server.waitForRequests(4)
    gate.open()
    #expect(try await end == .done)
    #expect(server.maximumActive <= 4)
    #expect(server.requests.count == 10)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("Where a row has more models than may be asked at once, the others of it wait") func wideRow() async throws {
    let gate = Gate()
    let server = try await ScriptedProviderServer(
      otherwise: [.sse([OpenAI.text("Fi")]), .waitForRelease(gate)] + OpenAI.answer("ne."))
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home, rows: 1) { $0.jobs = 1 }
    let run = BatchRun(batch, services: services) { _ in }
    async let end = run.run()
    try await eventually("one streams, the other waits") {
      let states = try await services.store.matrix(of: batch.id)?.cells.map(\.state) ?? []
      return states.count == 2 && states.contains(.streaming) && states.contains(.queued)
    }
    #expect(server.requests.count == 1)
    gate.open()
    #expect(try await end == .done)
    #expect(server.requests.count == 2 && run.progress.answered == 2)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("A budget ends it before a row that may exceed it, and a larger one goes on") func budget() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Fine.", prompt: 5, completion: 495))
    let home = try Self.home(server)
    let services = try home.services()
    // Each row may cost 1.006 cents by the estimate, and costs a cent.
    var batch = try await Self.batch(services, home) {
      $0.jobs = 1
      $0.budget = 0.0205
    }
    let run = BatchRun(batch, services: services) { _ in }
    #expect(try await run.run() == .budget)
    #expect(server.requests.count == 4)
    #expect(run.progress.cost <= 0.0205)
    batch.plan.budget = 1
    #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done)
    #expect(server.requests.count == 6)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("Answers that turn out cheaper than they were taken for leave the rest of the budget to others") func cheaper()
    async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Fine.", prompt: 5, completion: 5))
    let home = try Self.home(server)
    let services = try home.services()
    // Each row may cost a cent, so that two fit at once, and costs a fiftieth of that.
    let batch = try await Self.batch(services, home, rows: 6) { $0.budget = 0.0215 }
    #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done)
    #expect(server.requests.count == 12)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("Answers are checked, a judge is asked once for each, and what it found is kept") func checked() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Paris"))
    server.enqueue(OpenAI.answer("Lyon"), forModel: "b")
    server.enqueue(OpenAI.answer("Score: 0.9\nGood."), OpenAI.answer("Score: 0.9\nGood."), forModel: "judge")
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home, rows: 1) {
      $0.checks = ["contains: Paris", "judge: is a city"]
      $0.judge = "judge"
    }
    for _ in 0..<2 { #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done) }
    #expect(server.requests.count == 4)
    var results: [BatchResult] = []
    let (sums, isJudged) = try await services.report(batch) { results.append($0) }
    #expect(results.map(\.verdict) == [.passed, .failed])
    #expect(results[1].findings?.map(\.passed) == [false, true])
    #expect(sums.exitCode(isJudged: isJudged) == 1)
    // Two answers and two judgements, of ten tokens each.
    #expect(abs((try await services.store.batches().first?.cost ?? 0) - 0.0004) < 1e-9)
    let conversation = try await services.conversation(matching: batch.rows[0].conversation.uuidString)
    #expect(conversation.exchanges.dropFirst().map { $0.prompt.synthesis?.template } == ["judge", "judge"])
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("A schema that is checked is what the model is asked for") func schema() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("{\"n\": 1}"))
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home, rows: 1) {
      $0.models = ["a"]
      $0.checks = [#"is-json: {"type": "object", "required": ["n"]}"#]
    }
    #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done)
    #expect(server.requests.first?.json?["response_format"]?["type"]?.string == "json_schema")
    let (sums, _) = try await services.report(batch) { _ in }
    #expect(sums.models[0].passedChecks == 1)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("The answers of each row are read once by whoever was asked to") func synthesis() async throws {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Fine."))
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home, rows: 2) { $0.synthesis = SynthesisRequest(judge: "judge") }
    for _ in 0..<2 { #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done) }
    #expect(server.requests.count { $0.model == "judge" } == 2)
    #expect(server.requests.count == 6)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("Stopped, it starts nothing more, and the next run asks what is left") func stopped() async throws {
    let gate = Gate()
    let server = try await ScriptedProviderServer(
      otherwise: [.head(), .waitForRelease(gate)] + OpenAI.answer("Fine."))
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home) { $0.jobs = 2 }
    let run = BatchRun(batch, services: services) { _ in }
    async let end = run.run()
    try await server.waitForRequests(2)
    await #expect(throws: BatchProblem.workedOn(batch.tag)) {
      try await BatchRun(batch, services: services) { _ in }.run()
    }
    run.stop()
    #expect(try await end == .stopped)
    gate.open()
    #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done)
    #expect(server.requests.count == 8)
    _ = await services.close()
    try await server.shutdown()
  }

  @Test("Results are written in each form", arguments: BatchFormat.allCases) func forms(_ form: BatchFormat)
    async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Rome, \"<eternal>\"", "\n| & more"))
    server.enqueue([.status(400, body: #"{"error":{"message":"no"}}"#)], forModel: "b")
    let home = try Self.home(server)
    let services = try home.services()
    let batch = try await Self.batch(services, home, rows: 1) { $0.checks = ["equals: Rome"] }
    #expect(try await BatchRun(batch, services: services) { _ in }.run() == .done)
    let summary = try #require(try await services.store.batches().first)
    var text = form.head(of: batch, summary)
    let (sums, _) = try await services.report(batch) { text += form.text($0, of: batch) }
    text += form.tail(sums)
    switch form {
    case .jsonl:
      let lines = try text.split(separator: "\n").map { try JSON(String($0)) }
      #expect(lines.map { $0["status"]?.string } == ["success", "failed"])
      #expect(lines[0]["passed"] == false && lines[1]["passed"] == .null)
      #expect(lines[0]["checks"]?[0]?["check"] == "equals \"Rome\"")
    case .csv:
      #expect(text.hasPrefix("row,place,provider,model,status,passed,"))
      #expect(text.contains("\"Rome, \"\"<eternal>\"\"\n| & more\""))
    case .markdown:
      #expect(text.contains("| scripted/a | **failed** | Rome, \"<eternal>\" \\| & more |"))
      #expect(text.contains("| scripted/b | 0 | 1 |"))
    case .junit:
      #expect(text.contains("<testsuites name=\"rows\" tests=\"2\">"))
      #expect(text.contains("Rome, &quot;&lt;eternal&gt;&quot;&#10;| &amp; more</failure>"))
      #expect(text.contains("<error message=\""))
      #expect(text.hasSuffix("</testsuite>\n</testsuites>\n"))
    }
    _ = await services.close()
    try await server.shutdown()
  }
}
