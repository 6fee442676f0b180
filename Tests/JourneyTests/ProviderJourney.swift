import Foundation
import JSON
import TestSupport
import Testing

@Suite("Providers on the wire", .timeLimit(.minutes(4))) struct ProviderJourney {
  static let secrets = [
    "OPENAI_API_KEY": "sk-openai-3f9d1c77ab", "ANTHROPIC_API_KEY": "sk-ant-5b20e8d914",
    "GEMINI_API_KEY": "AIza-77c0a4e1f2",
  ]

  private let server: ScriptedProviderServer
  private let fiedler: Fiedler

  init() async throws {
    server = try await ScriptedProviderServer()
    fiedler = try Fiedler(
      models: """
        providers:
          openai:
            base_url: \(server.baseURL)
            models:
              alpha: {retry_attempts: 2}
          anthropic:
            base_url: \(server.baseURL)
            models:
              beta: {retry_attempts: 2}
          google:
            base_url: \(server.baseURL)
            models:
              gamma: {retry_attempts: 1, timeout: 3}
        defaults:
          models: [alpha, beta, gamma]
        """, environment: Self.secrets)
  }

  @Test("Three kinds of provider stream side by side; files and earlier turns reach each of them")
  func streaming() async throws {
    try fiedler.file("lighthouse.txt", "The keeper of the lighthouse is a heron.\n")
    let gate = Gate()
    server.enqueue(
      [
        .sse([OpenAI.role, OpenAI.text("Alpha begins ")]), .waitForRelease(gate),
        .sse([OpenAI.text("and alpha ends."), OpenAI.finish(), OpenAI.usage(prompt: 41, completion: 6), OpenAI.done]),
      ], forModel: "alpha")
    server.enqueue(
      [
        .sse([Anthropic.start(inputTokens: 42), Anthropic.blockStart("text"), Anthropic.text("Beta begins ")]),
        .waitForRelease(gate),
        .sse([
          Anthropic.text("and beta ends."), Anthropic.blockStop, Anthropic.finish(outputTokens: 7), Anthropic.stop,
        ]),
      ], forModel: "beta")
    server.enqueue(
      [
        .sse([Gemini.text("Gamma begins ")]), .waitForRelease(gate),
        .sse([Gemini.text("and gamma ends."), Gemini.finish(prompt: 43, candidates: 8)]),
      ], forModel: "gamma")

    let screen = fiedler.open(120, 30)
    try await screen.shows("alpha", "beta", "gamma")
    try await attach("lighthouse.txt", screen)
    try await screen.ask("Who keeps the lighthouse?")
    try await screen.shows("Alpha begins", "Beta begins", "Gamma begins", "3 streaming")
    gate.open()
    try await screen.shows("and alpha ends.", "and beta ends.", "and gamma ends.", "6 tok", "7 tok", "8 tok")
    try await screen.shows(" done ", times: 3)
    for request in server.requests {
      let body = String(decoding: request.body, as: UTF8.self)
      #expect(body.contains("The keeper of the lighthouse is a heron."), "\(request.uri)")
      #expect(body.contains("lighthouse.txt") && body.contains("Who keeps the lighthouse?"))
      #expect(!Self.secrets.values.contains(where: request.uri.contains), "no key in a URL")
    }

    server.enqueue(OpenAI.answer("Alpha again."), forModel: "alpha")
    server.enqueue(
      [
        .sse([
          Anthropic.start(inputTokens: 9), Anthropic.blockStart("text"), Anthropic.text("Beta again."),
          Anthropic.blockStop, Anthropic.finish(outputTokens: 2), Anthropic.stop,
        ])
      ], forModel: "beta")
    server.enqueue(
      [.sse([Gemini.text("Gamma again."), Gemini.finish(prompt: 9, candidates: 2)])], forModel: "gamma")
    try await screen.ask("And at night?")
    try await screen.shows("Alpha again.", "Beta again.", "Gamma again.")
    let answers = [
      "alpha": "Alpha begins and alpha ends.", "beta": "Beta begins and beta ends.",
      "gamma": "Gamma begins and gamma ends.",
    ]
    for request in server.requests.suffix(3) {
      let body = String(decoding: request.body, as: UTF8.self)
      let own = try #require(answers[request.model ?? ""])
      let parts = ["Who keeps the lighthouse?", "a heron.", own, "And at night?"]
      let places = parts.compactMap { body.range(of: $0)?.lowerBound }
      #expect(places.count == parts.count && places == places.sorted(), "\(body)")
      for other in answers.values where other != own { #expect(!body.contains(other)) }
    }
    #expect(try await screen.quit() == 0)
    try expectNoSecret(on: screen)
  }

  @Test("A prompt that waited for the answers goes out the moment they end, and each model is shown its own")
  func queued() async throws {
    let gate = Gate()
    for model in ["alpha", "beta", "gamma"] {
      let first: Script =
        switch model {
        case "beta":
          [
            .sse([Anthropic.start(inputTokens: 9), Anthropic.blockStart("text"), Anthropic.text("First of beta")]),
            .waitForRelease(gate), .sse([Anthropic.blockStop, Anthropic.finish(outputTokens: 2), Anthropic.stop]),
          ]
        case "gamma":
          [
            .sse([Gemini.text("First of gamma")]), .waitForRelease(gate),
            .sse([Gemini.finish(prompt: 9, candidates: 2)]),
          ]
        default:
          [
            .sse([OpenAI.role, OpenAI.text("First of alpha")]), .waitForRelease(gate),
            .sse([OpenAI.finish(), OpenAI.usage(prompt: 9, completion: 2), OpenAI.done]),
          ]
        }
      server.enqueue(first, forModel: model)
      server.enqueue([.status(400, body: "{}")], forModel: model)
    }
    let screen = fiedler.open(120, 30)
    try await screen.shows("alpha", "beta", "gamma")
    try await screen.ask("One?")
    try await screen.shows("First of alpha", "First of beta", "First of gamma", "3 streaming")
    try await screen.ask("Two?")
    gate.open()
    try await eventually("all are asked again") { self.server.requests.count == 6 }
    for request in server.requests.suffix(3) {
      let body = String(decoding: request.body, as: UTF8.self)
      #expect(body.contains("One?") && body.contains("First of \(request.model ?? "")") && body.contains("Two?"))
    }
    try await screen.shows("✕ alpha", "✕ beta", "✕ gamma")
    #expect(try await screen.quit() == 0)
  }

  @Test("Rate limits are waited out with a countdown; a broken stream is kept and asked again; a hanging one ends")
  func troubles() async throws {
    server.enqueue(
      [.status(429, headers: [("retry-after", "4")], body: #"{"error":{"message":"slow down"}}"#)], forModel: "alpha")
    server.enqueue(OpenAI.answer("Alpha at last."), forModel: "alpha")
    server.enqueue(
      [
        .sse([Anthropic.start(inputTokens: 42), Anthropic.blockStart("text"), Anthropic.text("Half of beta")]),
        .close,
      ], forModel: "beta")
    server.enqueue([.stall], forModel: "gamma")

    let screen = fiedler.open(120, 30)
    try await screen.shows("alpha", "beta", "gamma")
    try await screen.ask("Is anybody there?")
    try await screen.shows("retry in 3 s", "rate limit", "1 retrying")
    try await screen.shows("retry in 2 s")
    try await screen.shows("Half of beta", "─ broke off ")
    try await screen.shows("Alpha at last.", " done ")
    try await screen.shows("took too long")
    #expect(server.requests.filter { $0.model == "gamma" }.count == 1)

    server.enqueue(
      [
        .sse([
          Anthropic.start(inputTokens: 42), Anthropic.blockStart("text"), Anthropic.text("The whole of beta."),
          Anthropic.blockStop, Anthropic.finish(outputTokens: 7), Anthropic.stop,
        ])
      ], forModel: "beta")
    screen.press("Tab", "Tab", "R")
    try await screen.shows("The whole of beta.")
    // The failure says, too, what was not done.
    try await screen.until("has two answers that are done") { $0.matches(of: #/[─↯¢] done [0-9]/#).count == 2 }
    #expect(try await screen.quit() == 0)

    let replies = try await fiedler.newest()["exchanges"]?[0]?["replies"]?.array ?? []
    let told = replies.map { "\($0["model"]?.string ?? "") \($0["status"]?.string ?? ""): \($0["text"]?.string ?? "")" }
    #expect(
      told == [
        "alpha success: Alpha at last.", "beta partial: Half of beta", "beta success: The whole of beta.",
        "gamma failed: ",
      ])
    try expectNoSecret(on: screen)
  }

  @Test("A key that a provider's error repeats is shown nowhere and stored nowhere") func echoedKey() async throws {
    for model in ["alpha", "beta", "gamma"] {
      let words = Self.secrets.values.sorted().joined(separator: " and ")
      server.enqueue(
        [.status(401, body: #"{"error":{"message":"Incorrect API key provided: \#(words)."}}"#)], forModel: model)
    }
    let screen = fiedler.open(120, 30)
    try await screen.shows("alpha", "beta", "gamma")
    try await screen.ask("Do you know me?")
    try await screen.shows("─ key refused ", times: 3)
    try expectNoSecret(on: screen)
    #expect(try await screen.quit() == 0)
    let sent = try await fiedler.run("doctor")
    for secret in Self.secrets.values { #expect(!sent.output.contains(secret) && !sent.errors.contains(secret)) }
    try expectNoSecret(on: screen)
  }

  /// Attaches a file as a user does: by the command.
  private func attach(_ name: String, _ screen: Screen) async throws {
    screen.type("/attach \(name)")
    try await screen.shows("/attach \(name)")
    screen.press("Enter")
    try await screen.shows("prompt ─ \(name) (")
  }

  private func expectNoSecret(on screen: Screen) throws {
    for secret in Self.secrets.values {
      #expect(!screen.text.contains(secret))
      #expect(try fiedler.files(holding: secret) == [])
    }
  }
}
