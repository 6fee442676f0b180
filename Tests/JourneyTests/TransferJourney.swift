import Foundation
import GRDB
import Glibc
import JSON
import TestSupport
import Testing

@Suite("fiedler export and fiedler import", .timeLimit(.minutes(5))) struct TransferJourney {
  @Test("All of a history, exported, imported into an empty one and exported again, is the same to the byte")
  func roundTrip() async throws {
    let fiedler = try Fiedler()
    try fiedler.file("notes.txt", "The heron stands still.\u{1}\n")
    _ = try await fiedler.run(
      "send", "-m", "quick", "-m", "thinker", "-f", "notes.txt", "-s", "Be brief.", "First. 日本 🎉")
    let id = try #require(try await fiedler.conversations().first)
    _ = try await fiedler.run("send", "-c", id, "-m", "demo/rate-1000x20", "Second.\n---\ntitle: no\n")
    _ = try await fiedler.run("send", "-m", "demo/rate-1000x5", "Another.")
    let sending = try fiedler.start("send", "-m", "demo/rate-50", "Without end.")
    try await sending.says("first token")
    sending.signal(SIGINT)
    _ = try await sending.result()

    let exported = try await fiedler.run("export", "--all", "--format", "json")
    #expect(exported.status == 0 && exported.output.split(separator: "\n").count == 3)
    let other = try Fiedler()
    let path = try other.file("history.jsonl", exported.output)
    let imported = try await other.run("import", path)
    #expect(
      imported.status == 0 && imported.errors.contains("3 conversations: 3 added (9 turns)."), "\(imported.errors)")
    let again = try await other.run("export", "--all", "--format", "json")
    #expect(again.output == exported.output)
    #expect(Set(try await other.conversations()) == Set(try await fiedler.conversations()))
    let repeated = try await other.run("import", path)
    #expect(repeated.status == 0 && repeated.errors.contains("0 added, 3 known"), "\(repeated.errors)")
  }

  @Test("One conversation is Markdown, one answer alone is too, a folder holds everything and comes back")
  func forms() async throws {
    let fiedler = try Fiedler()
    try fiedler.file("notes.txt", "The heron stands still.\n")
    _ = try await fiedler.run("send", "-m", "demo/rate-1000x5", "-f", "notes.txt", "What stands still?")
    let id = try #require(try await fiedler.conversations().first)
    let whole = try await fiedler.run("export", id)
    #expect(whole.status == 0 && whole.output.hasPrefix("---\nconversation: \"\(id)"))
    #expect(whole.output.contains("\n## 1. Prompt\n\nWhat stands still?\n\nFiles: notes.txt\n"))
    let answer = try await fiedler.run("export", id, "--turn", "2")
    #expect(answer.output.hasPrefix("---\nprovider: \"demo\"\nmodel: \"rate-1000x5\"\n"))
    let text = try await fiedler.newest()["exchanges"]?[0]?["replies"]?[0]?["text"]?.string
    #expect(answer.output.hasSuffix("---\n\n" + (text ?? "?")))
    let missing = try await fiedler.run("export", id, "--turn", "9")
    #expect(missing.status == 2 && missing.errors.contains("no turn 9") && missing.output == "")

    let folders = try await fiedler.run("export", "--search", "heron", "--format", "folder", "-o", fiedler.home("out"))
    #expect(folders.status == 0, "\(folders.errors)")
    #expect(try await fiedler.run("export", "--all", "--format", "folder", "-o", fiedler.home("out")).status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: fiedler.home("out"))
    #expect(names.count == 1 && names[0].hasSuffix("_what-stands-still_\(id)"))
    let other = try Fiedler()
    #expect(try await other.run("import", fiedler.home("out")).status == 0)
    #expect(try await other.run("export", id, "-o", other.home("one.md")).status == 0)
    #expect(try String(contentsOfFile: other.home("one.md"), encoding: .utf8) == whole.output)
  }

  @Test("Every foreign kind goes in once, however often it is imported; what is damaged is named and the rest goes in")
  func foreign() async throws {
    let fiedler = try Fiedler()
    try fiedler.home.write(
      "old/20250930_141503_1a2b3c4d/summary.json",
      """
      {"correlation_id": "1a2b3c4d", "timestamp": "2025-09-30T14:15:03", "prompt": "<redacted - 9 chars>",
       "files": ["/home/me/heron.py"], "models": ["gpt-4o"], "results":
        [{"model": "gpt-4o", "status": "success", "output_file": "gpt-4o.md", "duration": 2.5, "tokens": {"prompt": 3}}]}
      """)
    try fiedler.home.write("old/20250930_141503_1a2b3c4d/gpt-4o.md", "A heron.\n")
    try fiedler.home.write("old/20250930_141504_1a2b3c4e/summary.json", "{\"correlation_id\": ")
    try await DatabaseQueue(path: fiedler.home("old/logs.db")).write { db in
      try db.execute(
        sql: """
          CREATE TABLE "conversations" ("id" TEXT PRIMARY KEY, "name" TEXT, "model" TEXT);
          CREATE TABLE "responses" ("id" TEXT PRIMARY KEY, "model" TEXT, "prompt" TEXT, "system" TEXT, "prompt_json" TEXT,
            "options_json" TEXT, "response" TEXT, "response_json" TEXT, "conversation_id" TEXT, "duration_ms" INTEGER,
            "datetime_utc" TEXT);
          INSERT INTO conversations VALUES ('c1', 'Why…', 'quick');
          INSERT INTO responses (id, model, prompt, response, conversation_id, datetime_utc) VALUES
            ('r1', 'quick', 'Why herons?', 'Because.', 'c1', '2024-01-01T00:00:00'),
            ('r2', 'quick', 'Really?', 'Yes.', 'c1', '2024-01-01T00:01:00');
          """)
    }
    let trial = try await fiedler.run("import", "--dry-run", fiedler.home("old"))
    #expect(trial.status == 3 && trial.errors.contains("2 would be added"), "\(trial.errors)")
    #expect(try await fiedler.conversations() == [])

    let first = try await fiedler.run("import", fiedler.home("old"))
    #expect(first.status == 3, "\(first.errors)")
    #expect(first.errors.contains("20250930_141504_1a2b3c4e: summary.json: not JSON"))
    #expect(first.errors.contains("3 conversations: 2 added (6 turns), 1 skipped."))
    let kept = try await fiedler.run("export", "--all", "--format", "json")
    let second = try await fiedler.run(
      "import", fiedler.home("old/logs.db"), fiedler.home("old/20250930_141503_1a2b3c4d"))
    #expect(second.status == 0 && second.errors.contains("0 added, 2 known"), "\(second.errors)")
    #expect(try await fiedler.run("export", "--all", "--format", "json").output == kept.output)
    let ids = try await fiedler.conversations()
    #expect(ids.count == 2)
    let shown = try await fiedler.run("export", ids[1])
    #expect(shown.output.contains("## 2. demo/quick\n\nBecause.\n"), "known names become configured models")
  }

  @Test(
    "An import that is interrupted says so, keeps what went in, and loses and doubles nothing when it is done again")
  func interrupted() async throws {
    let fiedler = try Fiedler()
    let count = 4000
    let lines = (0..<count).map(Self.line).joined(separator: "\n")
    let path = try fiedler.file("history.jsonl", lines)
    let importing = try fiedler.start("import", path)
    let database = fiedler.home("data/fiedler/fiedler.db")
    try await eventually("some conversations are stored") { (try? Self.stored(in: database)) ?? 0 > 0 }
    importing.signal(SIGINT)
    let stopped = try await importing.result()
    let kept = try Self.stored(in: database)
    try #require(kept < count, "it was over before it could be interrupted")
    #expect(stopped.status == 3 && stopped.errors.contains("\(kept) conversations: \(kept) added"), "\(stopped.errors)")
    #expect(stopped.errors.contains("The same command goes on"))

    let rest = try await fiedler.run("import", path)
    #expect(
      rest.status == 0 && rest.errors.contains("\(count - kept) added (\(2 * (count - kept)) turns), \(kept) known"),
      "\(rest.errors)")
    #expect(try Self.stored(in: database) == count)
    let exported = try await fiedler.run("export", "--all", "--format", "json")
    let ids = try exported.output.split(separator: "\n").map { try JSON(bytes: Array($0.utf8))["id"]?.string ?? "" }
    #expect(ids == (0..<count).map(Self.id))
  }

  @Test("A wrong call is refused before anything is read") func usage() async throws {
    let fiedler = try Fiedler()
    try fiedler.file("notes.txt", "hello")
    let good = try fiedler.file("one.json", Self.line(1))
    for arguments in [
      ["import"], ["import", good, "notes.txt"], ["import", "nowhere"], ["export"], ["export", "--all"],
      ["export", "--all", "--format", "folder"], ["export", "ffff"], ["export", "--all", "--search", "x"],
    ] {
      let result = try await Command(arguments, input: "", fiedler).result()
      #expect(result.status == 2 && result.output == "" && !result.errors.isEmpty, "\(arguments): \(result.errors)")
    }
    #expect(try await fiedler.conversations() == [])
    let none = try await fiedler.run("import", try fiedler.file("bad.json", "[{}]"))
    #expect(none.status == 1 && none.errors.contains("element 1: format"))
  }

  private static func id(_ number: Int) -> String {
    "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - String(number).count) + String(number)
  }

  /// A conversation of one prompt and one answer, each later than the one before.
  private static func line(_ number: Int) -> String {
    let time = "2026-01-31T\(two(number / 3600)):\(two(number / 60 % 60)):\(two(number % 60)).000000Z"
    let id = id(number)
    let turn = { (digit: String) in "\"id\":\"\(digit)" + id.dropFirst() + "\"" }
    return """
      {"format":"fiedler-conversation","version":1,"id":"\(id)","title":"Number \(number)","created_at":"\(time)",\
      "updated_at":"\(time)","exchanges":[{\(turn("1")),"turn_number":1,"prompt":"Number \(number)?","models":[],\
      "sent_at":"\(time)","replies":[{\(turn("2")),"turn_number":2,"model":{"provider":"p","name":"m"},\
      "state":"success","text":"\(String(repeating: "word \(number) ", count: 200))","started_at":"\(time)"}]}]}
      """
  }

  private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func stored(in database: String) throws -> Int {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: database, configuration: configuration).read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM conversations") ?? 0
    }
  }
}
