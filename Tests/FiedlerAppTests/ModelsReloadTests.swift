import Canvas
import Conversations
import FiedlerUI
import FoundationEssentials
import TestSupport
import Testing

@testable import FiedlerApp

@Suite("models.yaml of a running program", .timeLimit(.minutes(2))) struct ModelsReloadTests {
  @Test("It is read again when it changes; a file with an error leaves the models from before")
  func taken() async throws {
    let home = try Home(models: TerminalAppTests.endless)
    func write(_ text: String) throws { try home.directory.write("config/fiedler/models.yaml", text) }
    let loop = Loop(home)
    try await loop.until("● rate-300")
    try write(TerminalAppTests.endless + "\nsets: {tour: [demo/quick, demo/thinker]}\n")
    try await loop.until("models.yaml is read again")
    loop.type("/model tour")
    loop.press(Key(.enter))
    try await loop.until("to quick, thinker")
    try write("sets: [\n")
    try await loop.until("The models from before stay")
    #expect(loop.screen.contains("to quick, thinker"))
    try await loop.quit()
  }

  @Test("Models are offered with what keeps them from answering, and those asked by default among them")
  func offered() async throws {
    let home = try Home(
      models: """
        providers:
          openai: {models: {gpt-5: {}}}
          lab: {base_url: "http://127.0.0.1:9/v1", models: {one: {}}}
        defaults: {models: [demo/quick]}
        """)
    let services = try home.services()
    let choices = try services.modelChoices
    #expect(choices.map(\.reference.name) == ["gpt-5", "one", "quick"])
    #expect(choices.map(\.problem) == ["no key", nil, nil])
    _ = await services.close()
  }
}
