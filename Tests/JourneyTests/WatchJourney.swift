import Foundation
import JSON
import TestSupport
import Testing

@Suite("Watching what another process sends", .timeLimit(.minutes(3))) struct WatchJourney {
  @Test("A script's answers are listed, watched as they come and stopped, from a Fiedler of their own")
  func watched() async throws {
    let fiedler = try Fiedler()
    let screen = fiedler.open(100, 30)
    try await screen.shows("quick")
    let sending = try fiedler.start("send", "-m", "demo/rate-20x2000", "Sent by a script.")
    try await sending.says("first token")
    try await screen.shows("1 elsewhere")

    var status = try await fiedler.run("status").output
    // Text is stored a fifth of a second after it came.
    while !status.contains("streaming"), !status.isEmpty { status = try await fiedler.run("status").output }
    #expect(status.contains("Sent by a script."))
    let json = try await fiedler.run("status", "--json").json
    #expect(json[0]?["answers"]?[0]?["model"]?.string == "demo/rate-20x2000")

    screen.type("/running")
    try await screen.shows("/running")
    screen.press("Enter")
    try await screen.shows("Sent by a script.", "elsewhere · ")
    screen.press("Enter")
    try await screen.shows("rate-20x2000", "Sent by a script.", " tok ")
    screen.press("c")
    try await screen.shows("stopped")
    #expect(try await sending.result().status != 0)
    #expect(try await screen.quit() == 0)
    let kept = try await fiedler.newest()["exchanges"]?[0]?["replies"]?[0]
    #expect(kept?["status"]?.string == "cancelled" && kept?["text"]?.string?.isEmpty == false)
  }

  @Test("fiedler watch opens the one conversation that runs, and shows its end when its process is killed")
  func killed() async throws {
    let fiedler = try Fiedler()
    let sending = try fiedler.start("send", "-m", "demo/rate-20x2000", "Not for long.")
    try await sending.says("first token")
    let screen = Screen(
      Tmux(
        "/usr/bin/env", ["-C", fiedler.home("work"), Fiedler.binary, "watch"], environment: fiedler.environment,
        columns: 100, rows: 30))
    try await screen.shows("rate-20x2000", "Not for long.", " tok ")
    sending.signal(SIGKILL)
    try await screen.shows("interrupted")
    #expect(try await screen.quit() == 0)
    #expect(try await fiedler.run("status").errors.contains("Nothing runs."))
  }
}
