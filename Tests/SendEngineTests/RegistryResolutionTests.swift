import ConfigurationReading
import Conversations
import TestSupport
import Testing

@testable import SendEngine

@Suite struct RegistryResolutionTests {
  private let registry: ModelRegistry

  init() throws {
    registry = try ModelRegistry.parse(
      """
      providers:
        openai: {models: {gpt-x: {aliases: [Fast, x]}, GPT-X2: {}}}
        openrouter: {models: {openai/gpt-x: {aliases: [fast]}}}
      """)
  }

  @Test(
    "A name is looked for as API name, alias, provider/name, and then without regard to case",
    arguments: [
      ("gpt-x", "openai/gpt-x"), ("x", "openai/gpt-x"), ("Fast", "openai/gpt-x"),
      ("fast", "openrouter/openai/gpt-x"), ("openai/gpt-x", "openrouter/openai/gpt-x"),
      ("openrouter/openai/gpt-x", "openrouter/openai/gpt-x"), ("gpt-x2", "openai/GPT-X2"),
      ("OPENAI/gpt-x2", "openai/GPT-X2"), ("demo/quick", "demo/quick"), ("demo/rate-1000", "demo/rate-1000"),
      ("demo/rate-1000x20000", "demo/rate-1000x20000"), ("gpt-4o-mini", "openai/gpt-4o-mini"),
      ("Gemini-2.5-Pro", "google/gemini-2.5-pro"),
    ])
  func order(name: String, expected: String) throws {
    #expect(try registry.resolve(name).reference.description == expected)
  }

  @Test("A name that hides another model's full name is warned of") func hiddenFullName() {
    #expect(registry.warnings.map(\.line) == [3])
    #expect(registry.warnings.first?.description.contains("means openrouter/openai/gpt-x") == true)
  }

  @Test("A stored reference finds exactly its model, whatever names hide it") func reference() {
    let own = registry.model(ModelReference(provider: "openai", name: "gpt-x"))
    #expect(own?.reference.description == "openai/gpt-x")
    #expect(registry.model(ModelReference(provider: "demo", name: "flaky"))?.kind == .demo)
    #expect(registry.model(ModelReference(provider: "xai", name: "grok-4"))?.kind == .openai)
    #expect(registry.model(ModelReference(provider: "xai", name: "x")) == nil)
  }

  @Test("A name that differs from two models by case alone is ambiguous") func ambiguousCase() {
    #expect(throws: ModelResolutionError.self) { try registry.resolve("FAST") }
  }

  @Test("Several names: a repeated model is asked once and told of; all unknown names come together")
  func several() throws {
    let resolution = try registry.resolve(["x", "demo/quick", "gpt-x", "x"])
    #expect(resolution.models.map(\.reference.description) == ["openai/gpt-x", "demo/quick"])
    #expect(resolution.repeated.map(\.name) == ["gpt-x", "x"])
    do throws(ModelResolutionError) {
      _ = try registry.resolve(["gpt-xx", "x", "demo/quik", "quick"])
      Issue.record("three of the names are unknown")
    } catch {
      #expect(error.failures.count == 3)
      #expect(error.description.contains(#"no model is called "gpt-xx"; did you mean GPT-X2, gpt-x, gpt-4o?"#))
      #expect(error.description.contains(#"no model is called "demo/quik"; did you mean demo/quick?"#))
      #expect(error.description.contains(#"no model is called "quick"; did you mean demo/quick?"#))
    }
  }

  @Test(
    "A demo rate out of range or malformed is no model",
    arguments: [
      "demo/rate-", "demo/rate-0", "demo/rate-x5", "demo/rate-5x", "demo/rate-5x0", "demo/rate-5x5x5", "demo/rate--5",
      "demo/rate-1000001", "demo/rate-١", "demo/",
    ])
  func badRates(name: String) { #expect(DemoModels.named(name) == nil) }

  @Test("No name among the well-known models means two of them") func knownModelsAreUnambiguous() {
    let names = KnownModels.all.flatMap { Set($0.names) } + DemoModels.all.flatMap { Set($0.names) }
    #expect(Set(names.map { $0.lowercased() }).count == names.count)
    #expect(KnownModels.all.allSatisfy { ConfiguredProvider.known[$0.reference.provider] != nil })
  }

  @Test("Every known provider's base URL is one that models.yaml would be allowed to say") func knownURLs() throws {
    // Azure has none: each of its users has an address of their own.
    for provider in ConfiguredProvider.known.values where provider.name != "azure" {
      #expect(try ProviderURL(provider.baseURL).text == provider.baseURL)
    }
  }
}

@Suite struct RegistryLoadTests {
  @Test("No models.yaml and no key: the demo models") func demo() throws {
    let directory = try TemporaryDirectory()
    let registry = try ModelRegistry.load(path: directory("models.yaml"), environment: ["OPENAI_API_KEY": ""])
    #expect(registry.source == .demo)
    #expect(
      registry.models.map(\.reference.description) == [
        "demo/quick", "demo/steady", "demo/slow-start", "demo/thinker", "demo/flaky",
      ])
    #expect(registry.defaults.map(\.reference.name) == ["quick", "thinker", "flaky"])
  }

  @Test("No models.yaml but keys: the well-known models of their providers, then the demo models")
  func keysInEnvironment() throws {
    let directory = try TemporaryDirectory()
    let environment = ["GOOGLE_API_KEY": "k", "ANTHROPIC_API_KEY": "k"]
    let registry = try ModelRegistry.load(path: directory("models.yaml"), environment: environment)
    #expect(registry.source == .environment(providers: ["google", "anthropic"]))
    #expect(Set(registry.models.map(\.reference.provider)) == ["google", "anthropic", "demo"])
    #expect(registry.defaults.map(\.reference.provider) == ["google", "anthropic"])
    let lone = try ModelRegistry.load(path: directory("models.yaml"), environment: ["XAI_API_KEY": "k"])
    #expect(lone.defaults.map(\.reference.provider) == ["xai", "xai"])
  }

  @Test("A file that FIEDLER_CONFIG names must be there") func namedFile() throws {
    let directory = try TemporaryDirectory()
    let missing = directory("gone.yaml")
    do throws(ConfigurationError) {
      _ = try ModelRegistry.load(path: "ignored", environment: ["FIEDLER_CONFIG": missing])
      Issue.record("a missing file was accepted")
    } catch {
      #expect(error.description == "\(missing): cannot be read: no such file (named by FIEDLER_CONFIG)")
    }
    let path = try directory.write("own.yaml", "providers: {openai: {models: {m: {}}}}")
    let registry = try ModelRegistry.load(path: "ignored", environment: ["FIEDLER_CONFIG": path])
    #expect(registry.source == .file(path))
  }

  @Test("A models.yaml that is there but cannot be read is an error, not the demo models") func unreadableFile() throws
  {
    let directory = try TemporaryDirectory()
    try directory.directory("models.yaml")
    #expect(throws: ConfigurationError.self) {
      try ModelRegistry.load(path: directory("models.yaml"), environment: [:])
    }
  }

  @Test(
    "What may be a secret in a URL is not repeated, whatever else is wrong with it",
    arguments: [
      "http://u:sesame@h/v1", "ftp://u:sesame@h", " http://u:sesame@h", "http://h/v1?key=sesame", "http://h/v1#sesame",
      "h/v1?sesame", "http://h/v1/chat/completions?api_key=sesame",
    ])
  func secretsInURLs(url: String) {
    let invalid = #expect(throws: ProviderURL.Invalid.self) { try ProviderURL(url) }
    #expect(invalid.map { !$0.found.contains("sesame") && !$0.expected.contains("sesame") } == true)
  }
}
