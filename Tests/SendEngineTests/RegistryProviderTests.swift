import ConfigurationReading
import Conversations
import SendEngine
import Testing

@Suite struct RegistryProviderTests {
  private func registry(provider: String, _ lines: String) throws -> ModelRegistry {
    let body = lines.split(separator: "\n").map { "    \($0)\n" }.joined()
    return try ModelRegistry.parse("providers:\n  \(provider):\n\(body)    models: {m: {}}\n")
  }

  private func model(provider: String, _ lines: String = "") throws -> ConfiguredModel {
    try #require(try registry(provider: provider, lines).models.first)
  }

  private func error(provider: String, _ lines: String) -> String? {
    do {
      _ = try registry(provider: provider, lines)
      return nil
    } catch let error as ConfigurationError {
      return error.description
    } catch {
      return "\(error)"
    }
  }

  @Test(
    "A known provider needs no base_url",
    arguments: [
      ("google", ConfiguredModel.Kind.gemini, "GEMINI_API_KEY"), ("openai", .openai, "OPENAI_API_KEY"),
      ("anthropic", .anthropic, "ANTHROPIC_API_KEY"), ("together", .openai, "TOGETHER_API_KEY"),
      ("xai", .openai, "XAI_API_KEY"), ("openrouter", .openai, "OPENROUTER_API_KEY"),
      ("groq", .openai, "GROQ_API_KEY"), ("mistral", .openai, "MISTRAL_API_KEY"),
      ("deepseek", .openai, "DEEPSEEK_API_KEY"),
    ])
  func knownClouds(name: String, kind: ConfiguredModel.Kind, variable: String) throws {
    let model = try model(provider: name)
    #expect(model.kind == kind)
    #expect(model.baseURL.hasPrefix("https://"))
    #expect(model.apiKeyVariable == variable)
  }

  @Test("A local server needs no key", arguments: ["ollama", "llamacpp", "llama.cpp", "vllm", "lmstudio"])
  func knownLocals(name: String) throws {
    let model = try model(provider: name)
    #expect(model.baseURL.hasPrefix("http://127.0.0.1:"))
    #expect(model.apiKeyVariable == nil)
  }

  @Test(
    "Whatever runs on this machine needs no key, unless one is named",
    arguments: ["http://localhost:8080/v1", "http://127.8.0.1/v1", "http://[::1]:1/v1", "https://models.localhost"])
  func loopback(url: String) throws {
    #expect(try model(provider: "lab", "base_url: \(url)").apiKeyVariable == nil)
    #expect(try model(provider: "lab", "base_url: \(url)\napi_key_env: LAB_KEY").apiKeyVariable == "LAB_KEY")
    #expect(try registry(provider: "lab", "base_url: \(url)\napi_key_env: LAB_KEY").warnings.isEmpty)
  }

  @Test("A host that merely looks local is not taken for this machine") func notLoopback() throws {
    let model = try model(provider: "lab", "base_url: https://127.0.0.1.example.com/v1\napi_key_env: LAB_KEY")
    #expect(model.apiKeyVariable == "LAB_KEY")
  }

  @Test("A key over plain http to another machine is warned of; without a key it is not") func plainHTTP() throws {
    let url = "base_url: http://10.0.0.7:8000/v1"
    let warnings = try registry(provider: "lab", "\(url)\napi_key_env: LAB_KEY").warnings
    #expect(
      warnings.map(\.description) == [
        "models.yaml:3: providers.lab.base_url: the key would cross the network unencrypted; use https"
      ])
    #expect(try registry(provider: "lab", url).warnings.isEmpty)
  }

  @Test("A slash at the end of base_url does not count") func trailingSlash() throws {
    #expect(try model(provider: "lab", "base_url: https://x.example/v1//").baseURL == "https://x.example/v1")
  }

  @Test(
    "A base_url that cannot be one is an error",
    arguments: [
      "ws://x", "https://", "x.example/v1", "https://x.example/v1?key=1", "https://x.example/#a",
      "https://me:secret@x.example", "https://x.example:99999", "'https://x example'",
    ])
  func badURLs(url: String) {
    let message = error(provider: "lab", "base_url: \(url)")
    #expect(message?.hasPrefix("models.yaml:3: providers.lab.base_url: found ") == true, "\(message ?? "no error")")
    #expect(message?.contains("secret") == false)
  }

  @Test("kind overrides what the name says, and Google's OpenAI path is spoken to as OpenAI") func kind() throws {
    #expect(try model(provider: "openai", "kind: anthropic").kind == .anthropic)
    let url = "https://generativelanguage.googleapis.com/v1beta/openai/"
    #expect(try model(provider: "google", "base_url: \(url)").kind == .openai)
    #expect(error(provider: "openai", "kind: demo") != nil)
  }

  @Test("A key written where a variable's name belongs is refused without being shown") func keyAsVariable() {
    let message = error(provider: "openai", "api_key_env: sk-proj-1234")
    #expect(message?.contains("api_key_env") == true)
    #expect(message?.contains("sk-proj") == false)
  }

  @Test("api_key_command is a list or a shell line") func commands() throws {
    #expect(
      try registry(provider: "openai", "api_key_command: [pass, show, openai]").providers.first?.apiKeyCommand
        == .program(["pass", "show", "openai"]))
    #expect(
      try registry(provider: "openai", "api_key_command: pass show openai | head -1").providers.first?.apiKeyCommand
        == .shell("pass show openai | head -1"))
    #expect(error(provider: "openai", "api_key_command: []") != nil)
    #expect(error(provider: "openai", "api_key_command: {a: b}") != nil)
  }

  @Test("api_key_env may list several variables") func severalVariables() throws {
    let registry = try registry(provider: "openai", "api_key_env: [A_KEY, B_KEY]")
    #expect(registry.providers.first?.apiKeyVariables == ["A_KEY", "B_KEY"])
    #expect(registry.models.first?.apiKeyVariable == "A_KEY")
  }

  @Test("A well-known model is served by the file's provider where the file configures that") func fallbackServed()
    throws
  {
    let registry = try registry(provider: "openai", "base_url: https://proxy.example/v1\napi_key_env: PROXY_KEY")
    let model = try registry.resolve("gpt-4o-mini")
    #expect(model.baseURL == "https://proxy.example/v1")
    #expect(model.apiKeyVariable == "PROXY_KEY")
  }
}
