import Foundation
import JSON
import TestSupport
import Testing

@Suite("A Fiedler that was killed", .timeLimit(.minutes(3))) struct KilledJourney {
  @Test("What had streamed is there at the next start, marked interrupted, and can be asked for again")
  func killed() async throws {
    // Slow enough to be killed in the middle, however busy the machine is.
    let fiedler = try Fiedler(models: "defaults: {models: [demo/rate-30x200, demo/flaky]}\n")
    var screen = fiedler.open(120, 36)
    try await screen.shows("rate-30x200", "flaky")
    try await screen.ask("Where does the tide go?")
    try await screen.shows(" tok · ")
    // What is on the screen may be a checkpoint ahead of what is stored.
    try await eventually("some of the answer is stored") {
      let kept = try? await fiedler.newest()
      return kept?["exchanges"]?[0]?["replies"]?[0]?["text"]?.string?.isEmpty == false
    }
    kill(screen.process, SIGKILL)
    #expect(try await screen.ended() == 128 + Int(SIGKILL))

    screen = fiedler.open(120, 36)
    try await screen.shows("interrupted when Fiedler last ended")
    screen.press("C-s")
    try await screen.shows("Where does the tide go?", "◇", "1 conversation")
    screen.press("Enter")
    try await screen.shows("─ interrupted ")
    let interrupted = try await fiedler.newest()["exchanges"]?[0]?["replies"]?[0]
    #expect(interrupted?["status"]?.string == "interrupted")
    let kept = interrupted?["text"]?.string ?? ""
    #expect(!kept.isEmpty)

    screen.press("R")
    try await screen.shows(" done ")
    #expect(try await screen.quit() == 0)
    let replies = try await fiedler.newest()["exchanges"]?[0]?["replies"]?.array ?? []
    let slow = replies.filter { $0["model"]?.string == "rate-30x200" }
    #expect(slow.compactMap { $0["status"]?.string } == ["interrupted", "success"])
    #expect(slow.first?["text"]?.string == kept, "what had come stays beside the new attempt")
    try await fiedler.isWhollyLogged()
  }

  @Test("A prompt that was being written is there at the next start") func unsent() async throws {
    let fiedler = try Fiedler()
    var screen = fiedler.open()
    try await screen.shows("quick")
    screen.type("half a thought")
    // Not only in the file that is to replace it.
    try await eventually("the draft is kept") {
      try fiedler.files(holding: "half a thought").contains { $0.hasSuffix(".json") }
    }
    kill(screen.process, SIGKILL)
    #expect(try await screen.ended() == 128 + Int(SIGKILL))

    screen = fiedler.open()
    try await screen.shows("half a thought", "not sent is here again")
    screen.press("C-c")
    try await screen.lacks("half a thought")
    #expect(try await screen.quit() == 0)
    #expect(try fiedler.files(holding: "half a thought").isEmpty)
  }

  @Test("A killed `fiedler send` is seen as interrupted by the commands too") func killedCommand() async throws {
    let fiedler = try Fiedler()
    let sending = try fiedler.start("send", "-m", "demo/rate-50", "Without end.")
    try await sending.says("first token")
    sending.signal(SIGKILL)
    _ = try await sending.result()
    #expect(try await fiedler.run("history").output.contains("◇"))
    let shown = try await fiedler.newest()["exchanges"]?[0]?["replies"]?[0]
    #expect(shown?["status"]?.string == "interrupted")
  }

  @Test("A second Fiedler beside a running one takes none of its answers for interrupted") func beside() async throws {
    let fiedler = try Fiedler(models: "defaults: {models: [demo/rate-30]}\n")
    let first = fiedler.open()
    try await first.shows("rate-30")
    try await first.ask("Without end.")
    try await first.shows(" tok · ")
    let second = fiedler.open()
    try await second.shows("rate-30")
    second.press("C-s")
    try await second.shows("Without end.", "still running")
    second.press("C-q")
    #expect(try await second.ended() == 0)
    first.press("Tab", "c")
    try await first.shows("─ stopped ")
    #expect(try await first.quit() == 0)
  }
}
