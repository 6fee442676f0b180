import Conversations
import Testing

@testable import SendEngine

@Suite("Models as providers list them today")
struct CurrentModelsTests {
  private func listings(_ names: String..., of provider: String = "openai") -> ModelListings {
    var listings = ModelListings()
    listings.models[provider] = names.map { ListedModel(name: $0) }
    return listings
  }

  private func registry(_ listings: ModelListings, _ variables: [String: String] = ["OPENAI_API_KEY": "k"]) throws
    -> ModelRegistry
  {
    try ModelRegistry.builtIn(environment: variables).knowing(listings, environment: variables)
  }

  @Test(
    "A name tells its line, version and date",
    arguments: [
      ("claude-sonnet-4-5-20250929", ["claude", "sonnet"], [4, 5], [20_250_929]),
      ("gpt-4o-2024-08-06", ["gpt", "4o"], [], [2024, 8, 6]), ("gpt-5.2", ["gpt"], [5, 2], []),
      ("deepseek-ai/DeepSeek-V3.1", ["deepseek", "ai/deepseek", "v"], [3, 1], []),
      ("grok-4-0709", ["grok"], [4], [709]),
      ("gemini-3-pro-preview", ["gemini", "pro"], [3], []), ("whisper-1", ["whisper"], [1], []), ("", [], [], []),
    ])
  func lineage(name: String, line: [String], version: [Int], date: [Int]) {
    let lineage = ModelLineage(name)
    #expect(lineage.line == line && lineage.version == version && lineage.date == date)
  }

  @Test("A newcomer with a key asks each line's newest model, under the names that were known")
  func newest() throws {
    let registry = try registry(
      listings("gpt-4o", "gpt-5", "gpt-5.2", "gpt-5.3-preview", "gpt-5.2-pro", "gpt-6-mini", "whisper-1"))
    let names = registry.models.filter { $0.kind != .demo }.map(\.reference.name)
    #expect(names == ["gpt-5.3-preview", "gpt-6-mini", "gpt-4o"])
    #expect(registry.defaults.map(\.reference.name) == ["gpt-5.3-preview", "gpt-6-mini"])
    #expect(try registry.resolve("4o").reference.name == "gpt-4o")
    #expect(try registry.resolve("gpt-5.2-pro").reference.provider == "openai", "what else it lists can be asked")
  }

  @Test("The finished one comes before a preview of its version, the lasting name before a dated one")
  func better() throws {
    let registry = try registry(listings("gpt-5.2-preview", "gpt-5.2-2026-01-05", "gpt-5.2"))
    #expect(registry.defaults.map(\.reference.name) == ["gpt-5.2"])
    let dated = try self.registry(listings("gpt-5.2-2026-01-05", "gpt-5.2-2026-03-01", "gpt-5.1"))
    #expect(dated.defaults.map(\.reference.name) == ["gpt-5.2-2026-03-01"])
  }

  @Test("Without a list the built-in models stay; a list of other models is what there is")
  func fallBack() throws {
    let known = try registry(ModelListings())
    #expect(known.defaults.first?.reference.name == "gpt-5")
    let other = try registry(listings("llama-local"))
    #expect(other.defaults.map(\.reference.name) == ["llama-local"])
    #expect(other.models.contains { $0.kind == .demo })
  }

  @Test("A models.yaml is never overruled by what providers list")
  func file() throws {
    let file = try ModelRegistry.parse("providers: {openai: {models: {gpt-5: {}}}}")
    #expect(file.knowing(listings("gpt-6"), environment: [:]).models.map(\.reference.name) == ["gpt-5"])
  }
}
