import Foundation
import JSON
import TestSupport
import Testing

@Suite("A window that changes its size", .timeLimit(.minutes(4))) struct ResizeJourney {
  @Test("60 sizes while eight models stream: at the end the screen is as a fresh draw, and every answer is whole")
  func storm() async throws {
    let models = (0..<8).map { "demo/rate-\(90 + $0)x\(350 + $0)" }
    let fiedler = try Fiedler(models: "defaults: {models: [\(models.joined(separator: ", "))]}\n")
    let screen = fiedler.open(120, 40)
    try await screen.shows("8 models")
    try await screen.ask("What do eight of you say?")
    try await screen.shows("8 streaming")
    var random = Seeded(60)
    for _ in 0..<60 {
      screen.resize(Int.random(in: 1...220, using: &random), Int.random(in: 1...70, using: &random))
    }
    screen.resize(200, 60)
    try await screen.shows(" done ", times: 8)
    // Nothing may change by itself any more.
    try await screen.shows("Godot ● embedded")
    let drawn = screen.tmux.capture(escapes: true)
    // The terminal forgets what it shows; what is drawn anew must be the same.
    screen.tmux.tmux(["send-keys", "-t", "t", "-R"])
    #expect(screen.tmux.capture(escapes: true) != drawn)
    screen.press("C-l")
    try await screen.until("is as it was:\n\(drawn)") { _ in screen.tmux.capture(escapes: true) == drawn }

    screen.resize(120, 200)
    screen.press("Tab", "z")
    for reply in try await fiedler.newest()["exchanges"]?[0]?["replies"]?.array ?? [] {
      let text = Self.inked(try #require(reply["text"]?.string))
      try await screen.until("shows the whole answer of \(reply["model"]?.string ?? "")") {
        Self.inked($0).contains(text)
      }
      screen.press("Tab")
    }
    #expect(try await screen.quit() == 0)
  }

  /// Letters and digits: what neither wrapping nor frames nor Markdown change.
  private static func inked(_ text: String) -> String { text.filter { $0.isLetter || $0.isNumber } }
}
