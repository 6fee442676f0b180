import Foundation
import JSON
import TestSupport
import Testing

@Suite("From many answers to one", .timeLimit(.minutes(3))) struct SynthesisJourney {
  @Test("send --synthesize has a model read the answers, unlabelled, and keeps what it writes as a turn")
  func send() async throws {
    let fiedler = try Fiedler()
    let sent = try await fiedler.run(
      "send", "--json", "-m", "demo/rate-1000x20", "-m", "demo/rate-900x20", "--synthesize", "demo/rate-800x30",
      "Why is the sky blue?")
    #expect(sent.status == 0, "\(sent.errors)")
    let synthesis = try sent.json["synthesis"]
    #expect(synthesis?["template"]?.string == "merge" && synthesis?["model"]?.string == "rate-800x30")
    let labels = synthesis?["sources"]?.array?.compactMap { $0["label"]?.string }
    #expect(labels == ["A", "B"])
    let kept = try await fiedler.newest()
    #expect(kept["exchanges"]?.array?.count == 2)
    let prompt = kept["exchanges"]?[1]
    #expect(prompt?["parent"] == kept["exchanges"]?[0]?["correlation_id"])
    #expect(prompt?["files"]?.array?.compactMap { $0["name"]?.string } == ["Answer A", "Answer B"])
    #expect(prompt?["synthesis"]?["sources"]?[1]?["label"]?.string == "B")
    let shown = prompt?["prompt"]?.string ?? ""
    #expect(!shown.contains("rate-") && shown.contains("> Why is the sky blue?"))
    try await fiedler.isWhollyLogged()
  }

  @Test("synthesize reads a conversation of the history; a council ranks first; a template of one's own serves too")
  func ways() async throws {
    let fiedler = try Fiedler()
    try fiedler.home.write("config/fiedler/templates/mine.md", "Look at {{answers}} for {{input}}")
    _ = try await fiedler.run("send", "-q", "-m", "demo/rate-1000x20", "-m", "demo/rate-900x20", "Why?")
    let id = try #require(try await fiedler.conversations().first)
    let council = try await fiedler.run("synthesize", id, "-m", "demo/rate-800x30", "-t", "council")
    #expect(council.status == 0 && council.errors.contains("A rate-"), "\(council.errors)")
    var kept = try await fiedler.newest()["exchanges"]?.array ?? []
    #expect(kept.count == 3 && kept[1]["replies"]?.array?.count == 2)
    #expect(kept[2]["files"]?.array?.suffix(2).compactMap { $0["name"]?.string } == ["Ranking 1", "Ranking 2"])
    let mine = try await fiedler.run("synthesize", id, "-m", "demo/rate-800x30", "-t", "mine", "--turn", "1")
    #expect(mine.status == 0, "\(mine.errors)")
    kept = try await fiedler.newest()["exchanges"]?.array ?? []
    #expect(kept.last?["prompt"]?.string == "Look at Answer A, Answer B for Why?")
  }

  @Test("What cannot be read is said before anything is sent, with the way out") func mistakes() async throws {
    let fiedler = try Fiedler(
      models: """
        models:
          - {name: small, provider: demo, context_window: 40}
        """)
    _ = try await fiedler.run("send", "-q", "-m", "demo/rate-1000x20", "Why?")
    let id = try #require(try await fiedler.conversations().first)
    let alone = try await fiedler.run("synthesize", id, "-m", "demo/quick")
    #expect(alone.status == 2 && alone.errors.contains("merge needs 2 answers"))
    let unknown = try await fiedler.run("synthesize", id, "-m", "demo/quick", "-t", "mrege")
    #expect(unknown.status == 2 && unknown.errors.contains("merge, critique"))
    let nobody = try await fiedler.run("send", "-m", "demo/rate-1000x20", "--synthesize", "nobody", "Why?")
    #expect(nobody.status == 2 && nobody.errors.contains("nobody"))
    #expect(try await fiedler.conversations().count == 1, "nothing was sent")
  }
}
