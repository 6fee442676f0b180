import Foundation
import GRDB
import JSON
import TestSupport
import Testing

@Suite("A batch of prompts", .timeLimit(.minutes(5))) struct BatchJourney {
  private static let rows = 20
  private static let models = ["a", "b", "c"]

  /// A home whose three models are a server's, which takes its time over each answer.
  private func set(_ server: ScriptedProviderServer) throws -> Fiedler {
    let entries = Self.models.map { "      \($0): {price: {input: 10, output: 10}, retry_attempts: 1}" }
    let fiedler = try Fiedler(
      models: """
        providers:
          scripted:
            base_url: \(server.baseURL)
            models:
        \(entries.joined(separator: "\n"))
        """)
    try fiedler.file(
      "rows.jsonl", (1...Self.rows).map { "{\"prompt\": \"Question \($0)\"}" }.joined(separator: "\n"))
    return fiedler
  }

  @Test(
    "Killed five times at random and resumed, it has every answer once, has asked nobody twice for what was there, and counts its cost once"
  )
  func killed() async throws {
    let server = try await ScriptedProviderServer(
      otherwise: [.head(), .pause(.milliseconds(150))] + OpenAI.answer("Fine.", prompt: 7, completion: 3))
    let fiedler = try set(server)
    let arguments = ["--jobs", "6", "--yes", "-m", "a", "-m", "b", "-m", "c"]
    var command = try Command(["batch", "rows.jsonl"] + arguments, input: "", fiedler)
    try await command.says("goes on with it")
    let id = try await #require(fiedler.run("batch", "--list").output.split(separator: " ").first.map(String.init))
    var random = Seeded(18)
    for kill in 1...5 {
      // Some answers later, wherever it is then.
      try await server.waitForRequests(server.requests.count + Int.random(in: 3...8, using: &random))
      command.signal(SIGKILL)
      #expect(try await command.result().status == 128 + SIGKILL, "kill \(kill)")
      command = try Command(["batch", "--resume", id, "--jobs", "6"], input: "", fiedler)
    }
    let last = try await command.result()
    #expect(last.status == 0, "\(last.errors)")
    for model in Self.models { #expect(last.output.contains("| scripted/\(model) | 20 | 0 |"), "\(last.output)") }

    let database = try DatabaseQueue(path: fiedler.home("data/fiedler/fiedler.db"))
    let (answers, attempts) = try await database.read { db in
      (
        try Row.fetchAll(
          db,
          sql: """
            SELECT prompts.text AS prompt, model FROM replies JOIN prompts ON prompts.id = prompt_id
            WHERE state = 'success'
            """
        ).map { "\($0["prompt"] as String) \($0["model"] as String)" },
        try Int.fetchOne(db, sql: "SELECT count(*) FROM replies") ?? 0
      )
    }
    #expect(answers.count == 60 && Set(answers).count == 60, "each row has each model's answer once")
    let again = try await database.read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM replies AS late JOIN replies AS early USING (prompt_id, model)
          WHERE early.state = 'success' AND late.attempt > early.attempt
          """)
    }
    #expect(again == 0, "what was there was not tried again")
    // An attempt is stored before it is asked for, so nothing was asked that is not known.
    #expect(server.requests.count <= attempts)
    let asked = server.requests.map { request in
      "\(request.json?["messages"]?[0]?["content"]?.string ?? "") \(request.model ?? "")"
    }
    #expect(Set(asked).count == 60)
    let cut = attempts - 60
    #expect(asked.count - 60 <= cut, "\(asked.count - 60) asked again, \(cut) cut off by a kill")
    let list = try await fiedler.run("batch", "--list").output
    #expect(list.contains("60 of 60 answers") && list.contains("$0.0060"), "\(list)")

    let listed = try await fiedler.run("batch", "--list", "--json").json
    #expect(listed[0]?["answered"] == 60 && listed[0]?["is_running"] == false)

    let before = server.requests.count
    let report = try await fiedler.run("batch", "--resume", id, "--output", "results.csv")
    #expect(report.status == 0)
    #expect(server.requests.count == before, "what is there is only read")
    let table = try String(contentsOfFile: fiedler.home("work/results.csv"), encoding: .utf8)
    #expect(table.split(separator: "\r\n").count == 61)
    try await server.shutdown()
  }

  @Test("A check that does not hold makes it exit with 1, and is told with its row in JUnit's XML") func checks()
    async throws
  {
    let fiedler = try Fiedler()
    try fiedler.file(
      "rows.csv", "prompt,__expected\nHello,icontains: fiedler\nHello again,equals: What nobody says\n")
    let result = try await fiedler.run("batch", "rows.csv", "-m", "demo/rate-1000x20", "--output", "out.xml")
    #expect(result.status == 1, "\(result.errors)")
    let xml = try String(contentsOfFile: fiedler.home("work/out.xml"), encoding: .utf8)
    #expect(xml.contains("<failure message=\"equals &quot;What nobody says&quot;: it is"))
    #expect(result.errors.contains("2 rows × 1 model = 2 answers: cost unknown"))
  }

  @Test("What may cost much is asked on a terminal, and not begun where nobody can be asked") func asked() async throws
  {
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Fine."))
    let fiedler = try set(server)
    let refused = try await fiedler.run("batch", "rows.jsonl", "-m", "a", "--ask-above", "0.05")
    #expect(refused.status == 2)
    #expect(
      refused.errors.contains("more than $0.0500: give --yes, or set --ask-above or --budget"), "\(refused.errors)")
    let screen = try fiedler.openShell(60, 20)
    try await screen.shows("shell>")
    screen.type("fiedler batch rows.jsonl -m a --ask-above 0.05")
    screen.press("Enter")
    try await screen.shows("It may cost $0.10. Go on? [y/N]")
    screen.type("n")
    screen.press("Enter")
    try await screen.shows("Go on? [y/N]\nn\nshell>")
    #expect(server.requests.isEmpty)
    #expect(try await fiedler.run("batch", "--list").output.isEmpty, "nothing is kept of what was not begun")
    screen.type("fiedler batch rows.jsonl -m a --ask-above 0.05 --output r.md")
    screen.press("Enter")
    // The first question still stands there.
    try await screen.shows("It may cost $0.10. Go on? [y/N]", times: 2)
    screen.type("y")
    screen.press("Enter")
    try await screen.shows("100 % · 20 of 20 answers", "| scripted/a | 20 | 0 |")
    #expect(server.requests.count == 20)
    try await server.shutdown()
  }

  @Test("Its matrix is shown while another process works on it, and a cell leads to its conversation") func screen()
    async throws
  {
    let gate = Gate()
    let server = try await ScriptedProviderServer(
      OpenAI.answer("The first."), OpenAI.answer("The first."), OpenAI.answer("The first."),
      otherwise: [.head(), .waitForRelease(gate)] + OpenAI.answer("Fine."))
    let fiedler = try set(server)
    let command = try fiedler.start("batch", "rows.jsonl", "--jobs", "6", "--yes", "-m", "a", "-m", "b", "-m", "c")
    try await server.waitForRequests(6)
    let screen = fiedler.open(100, 40)
    try await screen.shows("Godot")
    screen.type("/batches")
    screen.press("Enter")
    try await screen.shows("rows", "of 60", "running")
    screen.press("Enter")
    try await screen.shows("1: Question 1", "20: Question 20")
    gate.open()
    try await screen.shows("60 of 60")
    #expect(try await command.result().status == 0)
    screen.press("G", "l", "Enter")
    try await screen.shows("Question 20", "Fine.")
    #expect(try await screen.quit() == 0)
    try await server.shutdown()
  }
}
