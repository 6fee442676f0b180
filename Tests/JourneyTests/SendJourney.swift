import Foundation
import JSON
import TestSupport
import Testing

@Suite("fiedler send", .timeLimit(.minutes(3))) struct SendJourney {
  @Test("Answers go to stdout under a heading a model, progress to stderr") func answers() async throws {
    let fiedler = try Fiedler()
    let sent = try await fiedler.run("send", "-m", "demo/noise", "-m", "demo/rate-1000x30", "Say something.")
    #expect(sent.status == 0)
    #expect(sent.output.hasPrefix("## demo/noise\n\nHere is how I read it: “Say something.”\n"))
    #expect(sent.output.contains("\n\n## demo/rate-1000x30\n\nHere is"))
    #expect(sent.output.hasSuffix("\n") && !sent.output.contains("\u{1B}"))
    #expect(sent.errors.contains("demo/noise: done in") && sent.errors.contains("30 tokens"))
    #expect(!sent.errors.contains("Here is how I read it"))
  }

  @Test("--json prints one object with every field, times as numbers of seconds") func json() async throws {
    let fiedler = try Fiedler()
    let sent = try await fiedler.run("send", "--json", "-m", "thinker", "-m", "demo/rate-1000x20", "Why?")
    let report = try sent.json
    #expect(sent.status == 0)
    #expect(Set(report.object?.keys ?? [:].keys) == ["status", "correlation_id", "conversation_id", "results"])
    #expect(report["status"]?.string == "success")
    for key in ["correlation_id", "conversation_id"] {
      #expect(UUID(uuidString: report[key]?.string ?? "") != nil, "\(key)")
    }
    let results = report["results"]?.array ?? []
    #expect(results.compactMap { $0["model"]?.string } == ["thinker", "rate-1000x20"])
    for result in results {
      #expect(
        Set(result.object?.keys ?? [:].keys) == [
          "model", "provider", "status", "text", "reasoning", "error", "finish_reason", "tokens", "duration", "ttft",
        ])
      #expect(result["provider"]?.string == "demo" && result["status"]?.string == "success")
      #expect(result["text"]?.string?.isEmpty == false)
      #expect(result["error"]?.isNull == true && result["finish_reason"]?.string == "stop")
      #expect(result["tokens"]?["prompt"]?.int != nil && result["tokens"]?["completion"]?.int != nil)
      let ttft = try #require(result["ttft"]?.double), duration = try #require(result["duration"]?.double)
      #expect(0 < ttft && ttft < duration && duration < 60)
    }
    #expect(results.first?["reasoning"]?.string?.isEmpty == false)
    #expect(results.last?["reasoning"]?.isNull == true)
    #expect(results.last?["tokens"]?["completion"]?.int == 20)

    let kept = try await fiedler.newest()
    #expect(kept["id"] == report["conversation_id"])
    #expect(kept["exchanges"]?[0]?["correlation_id"] == report["correlation_id"])
  }

  @Test("The exit status says whether all, some or none answered") func exitStatus() async throws {
    let fiedler = try Fiedler(models: Self.unreachable)
    let some = try await fiedler.run("send", "--json", "-m", "demo/rate-1000x5", "-m", "nobody", "Hello?")
    #expect(some.status == 3)
    #expect(try some.json["status"]?.string == "partial_success")
    let none = try await fiedler.run("send", "--json", "-m", "nobody", "Hello?")
    #expect(none.status == 1)
    let report = try none.json
    #expect(report["status"]?.string == "failure")
    let failed = report["results"]?[0]
    #expect(failed?["status"]?.string == "failed" && failed?["text"]?.string == "")
    #expect(failed?["error"]?.string?.isEmpty == false && failed?["ttft"]?.isNull == true)
  }

  @Test("A wrong call sends nothing, exits with 2 and says in one place what to mend") func usage() async throws {
    let fiedler = try Fiedler()
    let unknown = try await fiedler.run("send", "-m", "quikc", "Hello?")
    #expect(unknown.status == 2 && unknown.errors.contains("quikc") && unknown.errors.contains("quick"))
    let missing = try await fiedler.run("send", "-f", "nowhere.txt", "-f", "also-nowhere.txt", "Hello?")
    #expect(missing.status == 2)
    #expect(missing.errors.contains("nowhere.txt") && missing.errors.contains("also-nowhere.txt"))
    #expect(try await fiedler.run("send").status == 2)
    #expect(try await fiedler.run("send", "").status == 2)
    #expect(try await fiedler.run("send", " \n").status == 2)
    #expect(try await fiedler.run("send", "-", input: " \n").status == 2)
    let continued = try await fiedler.run("send", "-c", "ffff", "Hello?")
    #expect(continued.status == 2 && continued.errors.contains("ffff"))
    for result in [unknown, missing, continued] { #expect(result.output == "") }
    #expect(try await fiedler.conversations() == [])
  }

  @Test("A wrong models.yaml is an error that names file, line and key") func brokenModels() async throws {
    let fiedler = try Fiedler(
      models: """
        providers:
          together:
            models:
              some/Model:
                max_tokens: many
        """)
    let sent = try await fiedler.run("send", "Hello?")
    #expect(sent.status == 2)
    for part in ["models.yaml", "5", "max_tokens", "many"] { #expect(sent.errors.contains(part), "\(part)") }
    #expect(sent.errors.ranges(of: "max_tokens").count == 1, "said once: \(sent.errors)")
    #expect(try await fiedler.run("doctor").status == 1)
  }

  @Test("The prompt may come from standard input, a system prompt and files with it") func standardInput() async throws
  {
    let fiedler = try Fiedler()
    try fiedler.file("notes.txt", "The heron stands still.\n")
    let sent = try await fiedler.run(
      "send", "-m", "demo/rate-1000x5", "-s", "Be brief.", "-f", "notes.txt", "-", input: "What stands still?\n")
    #expect(sent.status == 0)
    let exchange = try await fiedler.newest()["exchanges"]?[0]
    #expect(exchange?["prompt"]?.string?.hasPrefix("What stands still?") == true)
    #expect(exchange?["system"]?.string == "Be brief.")
    #expect(exchange?["files"]?[0]?["name"]?.string == "notes.txt")
  }

  @Test("Ctrl+C keeps what has come; the answer counts as cancelled") func interrupt() async throws {
    let fiedler = try Fiedler()
    let sending = try fiedler.start("send", "--json", "-m", "demo/rate-50", "Without end.")
    try await sending.says("first token")
    sending.signal(SIGINT)
    let result = try await sending.result()
    #expect(result.status == 1)
    let answer = try result.json["results"]?[0]
    #expect(answer?["status"]?.string == "cancelled" && answer?["text"]?.string?.isEmpty == false)
    let kept = try await fiedler.newest()["exchanges"]?[0]?["replies"]?[0]
    #expect(kept?["status"]?.string == "cancelled" && kept?["text"] == answer?["text"])
  }

  @Test("A conversation is continued from the command line") func continuing() async throws {
    let fiedler = try Fiedler()
    _ = try await fiedler.run("send", "-m", "demo/rate-1000x5", "First.")
    let id = try #require(try await fiedler.conversations().first)
    #expect(try await fiedler.run("send", "-c", id, "Second.").status == 0)
    #expect(try await fiedler.conversations() == [id])
    let exchanges = try await fiedler.newest()["exchanges"]?.array ?? []
    #expect(exchanges.compactMap { $0["turn_number"]?.int } == [1, 3])
  }

  /// A port on which nothing can listen.
  private static let unreachable = """
    providers:
      nowhere:
        base_url: http://127.0.0.1:1/v1
        models:
          nobody: {retry_attempts: 1}
    """
}
