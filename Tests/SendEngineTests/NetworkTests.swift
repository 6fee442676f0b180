import ConfigurationReading
import Conversations
import FoundationEssentials
import TestSupport
import Testing

@testable import SendEngine

@Suite("Ways to a provider", .timeLimit(.minutes(1))) struct NetworkTests {
  @Test(
    "NO_PROXY names hosts, domains, addresses, ranges and ports",
    arguments: [
      ("*", "any.example", true), ("a.example", "a.example", true), ("a.example", "b.a.example", true),
      ("a.example", "ba.example", false), (".a.example", "a.example", true), ("*.a.example", "x.a.example", true),
      ("x, a.example", "A.Example.", true), ("a.example:443", "a.example", true), ("a.example:80", "a.example", false),
      ("10.0.0.0/8", "10.1.2.3", true), ("10.0.0.0/8", "11.1.2.3", false), ("127.0.0.1", "127.0.0.1", true),
      ("fd00::/8", "fd12::1", true), ("[::1]:443", "::1", true), ("::1", "::1", true),
      ("192.168.1.128/25", "192.168.1.1", false),
      ("", "a.example", false), ("0.0.1", "127.0.0.1", false), ("10.0.0.0/99", "10.0.0.1", false),
    ])
  func noProxy(list: String, host: String, isCovered: Bool) {
    #expect(NoProxy(list).covers(host, port: 443) == isCovered)
  }

  @Test("The environment's proxies hold in either case, ALL_PROXY for what has none of its own") func environment()
    throws
  {
    func proxy(_ scheme: String, _ variables: [String: String]) throws -> String? {
      try NetworkEnvironment(variables).proxy(scheme: scheme, host: "a.example", port: 443)?.description
    }
    #expect(try proxy("https", ["HTTPS_PROXY": "http://p:1"]) == "http://p:1 ($HTTPS_PROXY)")
    #expect(try proxy("https", ["https_proxy": "q", "HTTPS_PROXY": "http://p:1"]) == "http://q:80 ($https_proxy)")
    #expect(try proxy("http", ["HTTP_PROXY": "p:3128"]) == "http://p:3128 ($HTTP_PROXY)")
    #expect(try proxy("http", ["https_proxy": "p:3128"]) == nil)
    #expect(try proxy("http", ["ALL_PROXY": "socks5h://p"]) == "socks5://p:1080 ($ALL_PROXY)")
    #expect(try proxy("https", ["all_proxy": "http://[::1]:8"]) == "http://[::1]:8 ($all_proxy)")
    #expect(try proxy("https", ["all_proxy": "p", "no_proxy": "a.example"]) == nil)
    #expect(try proxy("https", ["HTTPS_PROXY": " "]) == nil)
    #expect(try proxy("https", ["HTTPS_PROXY": "http://me:secret@p:1"])?.contains("secret") == false)
    for wrong in ["ftp://p", "https://p", "http://", "http://p:99999", "socks5://me@p"] {
      #expect(throws: NetworkProblem.self) { try proxy("https", ["HTTPS_PROXY": wrong]) }
    }
  }

  private func send(
    _ model: ConfiguredModel, _ variables: [String: String], key: APIKey? = nil
  ) async throws -> Reply {
    var configuration = SenderConfiguration.testing(clock: ContinuousClock())
    configuration.network = NetworkEnvironment(variables)
    let sender = Sender(configuration: configuration) { _ in key }
    let (id, sink) = (UUID(), EventRecorder())
    _ = await sender.send(.to([(id, model)]), to: sink).outcome()
    await sender.shutdown()
    return sink.reply(id)
  }

  @Test(
    "A proxy is handed requests in the clear whole, with its password and without the provider's address in between")
  func forwarding() async throws {
    let proxy = try await ScriptedProviderServer(otherwise: OpenAI.answer("Hello"))
    var model = ConfiguredModel.scripted(baseURL: "http://127.0.0.2:9/v1", retryAttempts: 1)
    let variables = ["http_proxy": "http://me:pass@127.0.0.1:\(proxy.port)"]
    #expect(try await send(model, variables).text == "Hello")
    #expect(proxy.requests.first?.uri == "http://127.0.0.2:9/v1/chat/completions")
    #expect(proxy.requests.first?.header("Host") == "127.0.0.2:9")
    #expect(proxy.requests.first?.header("Proxy-Authorization") == "Basic bWU6cGFzcw==")

    for way in [["no_proxy": "127.0.0.2"], ["NO_PROXY": "127.0.0.0/8:9, *"]] {
      #expect(try await send(model, variables.merging(way) { $1 }).state == .failed)
    }
    model.network.proxy = .off
    #expect(try await send(model, variables).state == .failed)
    model.network.proxy = .address(try ProxyAddress("127.0.0.1:\(proxy.port)", source: "proxy"))
    #expect(try await send(model, [:]).text == "Hello")
    #expect(proxy.requests.count == 2)
    try await proxy.shutdown()
  }

  @Test("What is wrong with a proxy is said with its name, and never with its password") func brokenProxies()
    async throws
  {
    let proxy = try await ScriptedProviderServer(otherwise: [.status(407, body: "")])
    let clear = ConfiguredModel.scripted(baseURL: "http://127.0.0.2:9/v1", retryAttempts: 1)
    let secure = ConfiguredModel.scripted(baseURL: "https://127.0.0.2:9/v1", retryAttempts: 1)
    let address = "http://me:pass@127.0.0.1:\(proxy.port)"
    for (model, variables, words) in [
      (clear, ["HTTP_PROXY": address], "($HTTP_PROXY) wants a user name and password"),
      (secure, ["HTTPS_PROXY": address], "the proxy wants a user name and password"),
      (secure, ["https_proxy": "http://127.0.0.1:1"], "through the proxy http://127.0.0.1:1 ($https_proxy)"),
      (secure, ["ALL_PROXY": "gopher://x"], "$ALL_PROXY"),
    ] {
      let message = try await send(model, variables).failure?.message ?? ""
      #expect(message.contains(words) && !message.contains("pass@"), "\(message)")
    }
    try await proxy.shutdown()
  }

  @Test("A server is trusted by SSL_CERT_FILE, SSL_CERT_DIR or ca_file, and by nothing else") func authorities()
    async throws
  {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let server = try await ScriptedProviderServer(otherwise: OpenAI.answer("Hello"), certificate: certificate)
    var model = ConfiguredModel.scripted(baseURL: server.baseURL, retryAttempts: 1)
    let folder = String(certificate.chain.prefix { $0 != "\u{0}" }.dropLast("/chain.pem".count))
    #expect(try await send(model, [:]).failure?.message.contains("not trusted") == true)
    #expect(try await send(model, ["SSL_CERT_FILE": certificate.chain]).text == "Hello")
    #expect(try await send(model, ["SSL_CERT_DIR": "/nowhere:\(folder)"]).text == "Hello")
    for (variable, path) in [
      ("SSL_CERT_FILE", "/nowhere.pem"), ("SSL_CERT_DIR", "/nowhere"), ("SSL_CERT_FILE", certificate.key),
    ] {
      let message = try await send(model, [variable: path]).failure?.message ?? ""
      #expect(message.contains("$\(variable)") && message.contains(path), "\(message)")
    }
    model.network.caFile = certificate.chain
    #expect(try await send(model, ["SSL_CERT_FILE": "/nowhere.pem"]).text == "Hello")
    try await server.shutdown()
  }

  @Test(
    "A base_url may be a whole endpoint",
    arguments: [
      (.openai, "http://h/v1", "http://h/v1/chat/completions"),
      (.openai, "http://h/v1/chat/completions/", "http://h/v1/chat/completions"),
      (.openai, "http://h/d/chat/completions?api-version=1", "http://h/d/chat/completions?api-version=1"),
      (.anthropic, "http://h", "http://h/v1/messages"), (.anthropic, "http://h/v1", "http://h/v1/messages"),
      (.anthropic, "http://h/v1/messages", "http://h/v1/messages"),
      (.anthropic, "http://h/a/messages?x=1", "http://h/a/messages?x=1"),
      (.gemini, "http://h/v1beta", "http://h/v1beta/models/m:streamGenerateContent?alt=sse"),
      (
        .gemini, "http://h/v1/models/other:streamGenerateContent?alt=sse",
        "http://h/v1/models/m:streamGenerateContent?alt=sse"
      ),
      (.gemini, "http://h/x/models/m:generateContent", "http://h/x/models/m:streamGenerateContent?alt=sse"),
    ] as [(ConfiguredModel.Kind, String, String)])
  func endpoints(kind: ConfiguredModel.Kind, base: String, url: String) throws {
    let model = ConfiguredModel.scripted("m", kind: kind, baseURL: try ProviderURL(base).text)
    #expect(try kind.provider?.request(for: model, key: nil, messages: []).url == url)
  }

  @Test("A whole endpoint says which API it is of; a key in it is refused") func endpointKinds() throws {
    func kind(_ url: String) throws -> ConfiguredModel.Kind? {
      try ModelRegistry.parse("providers: {lab: {base_url: '\(url)', models: {m: {}}}}\n").models.first?.kind
    }
    #expect(try kind("http://h/v1/messages") == .anthropic)
    #expect(try kind("http://h/v1beta/models/m:streamGenerateContent?alt=sse") == .gemini)
    #expect(try kind("http://h/v1/chat/completions") == .openai)
    #expect(throws: ConfigurationError.self) { try kind("http://h/v1beta/models/m:streamGenerateContent?key=abc") }
  }

  @Test(
    "The environment says where a provider is that has no base_url",
    arguments: [
      ("openai", ["OPENAI_BASE_URL": "https://gw.example/v1/"], "https://gw.example/v1"),
      ("openai", ["OPENAI_API_BASE": "https://gw.example"], "https://gw.example"),
      ("anthropic", ["ANTHROPIC_BASE_URL": "https://gw.example"], "https://gw.example"),
      ("google", ["GOOGLE_GEMINI_BASE_URL": "https://gw.example"], "https://gw.example"),
      ("groq", ["GROQ_BASE_URL": "https://gw.example/v1"], "https://gw.example/v1"),
      ("ollama", ["OLLAMA_HOST": "box"], "http://box:11434/v1"),
      ("ollama", ["OLLAMA_HOST": "0.0.0.0"], "http://127.0.0.1:11434/v1"),
      ("ollama", ["OLLAMA_HOST": ":9000"], "http://127.0.0.1:9000/v1"),
      ("ollama", ["OLLAMA_HOST": "[::1]:9"], "http://[::1]:9/v1"),
      ("ollama", ["OLLAMA_HOST": "https://box.example/x/"], "https://box.example:443/x/v1"),
      ("ollama", ["OLLAMA_HOST": "::1"], "http://[::1]:11434/v1"),
    ]) func baseURLs(name: String, environment: [String: String], url: String) throws
  {
    let registry = try ModelRegistry.parse("providers: {\(name): {models: {m: {}}}}\n", environment: environment)
    #expect(registry.models.first?.baseURL == url)
    let own = "providers: {\(name): {base_url: 'http://own.example/v1', models: {m: {}}}}\n"
    #expect(try ModelRegistry.parse(own, environment: environment).models.first?.baseURL == "http://own.example/v1")
  }

  @Test("A well-known model is asked where the environment says, too; what is no address is an error that names it")
  func otherBaseURLs() throws {
    let environment = ["OPENAI_BASE_URL": "https://gw.example/v1", "OPENAI_API_KEY": "k"]
    let file = try ModelRegistry.parse("providers: {groq: {models: {m: {}}}}\n", environment: environment)
    #expect(try file.resolve("gpt-4o-mini").baseURL == "https://gw.example/v1")
    let builtIn = try ModelRegistry.builtIn(environment: environment)
    #expect(builtIn.models.first?.baseURL == "https://gw.example/v1")
    #expect(
      try ModelRegistry.builtIn(environment: ["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://localhost:4000/v1"])
        .models.first?.baseURL == "http://localhost:4000/v1")
    for text in ["nonsense", "ftp://x", "https://me:secret@x"] {
      let wrong = environment.merging(["OPENAI_BASE_URL": text]) { $1 }
      do {
        _ = try ModelRegistry.builtIn(environment: wrong)
        Issue.record("\(text) was taken")
      } catch { #expect("\(error)".contains("$OPENAI_BASE_URL") && !"\(error)".contains("secret")) }
      #expect(throws: ConfigurationError.self) {
        try ModelRegistry.parse("providers: {openai: {models: {m: {}}}}\n", environment: wrong)
      }
    }
  }

  @Test(
    "A key of the environment goes to no other host than its own base URL names",
    arguments: [
      ("https://gw.example/v1", "https://gw.example/v1", true),
      ("https://gw.example", "https://GW.example:443/v1", true),
      ("https://gw.example/v1", "https://api.openai.com/v1", false),
      ("http://gw.example:1", "http://gw.example:2", false),
      ("nonsense", "https://api.openai.com/v1", false), ("", "https://api.openai.com/v1", true),
    ]) func otherHosts(named: String, base: String, isSent: Bool) async throws
  {
    let provider = ConfiguredProvider(name: "lab", kind: .openai, baseURL: base, apiKeyVariables: ["OPENAI_API_KEY"])
    let model = ConfiguredModel(reference: .init(provider: "lab", name: "m"), kind: .openai, baseURL: base)
    let keys = KeyStore(
      providers: [provider], file: nil, environment: ["OPENAI_API_KEY": "sk-key", "OPENAI_BASE_URL": named])
    if isSent {
      #expect(try await keys.requestKey(for: model)?.value == "sk-key")
    } else {
      await #expect(throws: KeyError.self) { try await keys.requestKey(for: model) }
      #expect(await keys.report(for: "lab").description.contains("$OPENAI_BASE_URL names"))
    }
  }

  @Test(
    "A place for keys that cannot be read stops the request, and a key that is named and not there, on this machine too"
  )
  func refusedKeys() async throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("keys.yaml", "lab: sk-key\n", mode: 0o644)
    let url = "http://127.0.0.1:1/v1"
    let open = ConfiguredProvider(name: "lab", kind: .openai, baseURL: url, requiresKey: false)
    let model = ConfiguredModel(reference: .init(provider: "lab", name: "m"), kind: .openai, baseURL: url)
    await #expect(throws: KeyError.fileNotPrivate(path: file, permissions: 0o644)) {
      try await KeyStore(providers: [open], file: file, environment: [:]).requestKey(for: model)
    }
    let registry = try ModelRegistry.parse(
      "providers: {lab: {base_url: '\(url)', api_key_env: LAB_KEY, models: {m: {}}}}\n")
    let named = try #require(registry.models.first)
    await #expect(throws: KeyError.notFound(tried: [.environment("LAB_KEY")])) {
      try await KeyStore(providers: registry.providers, file: nil, environment: [:]).requestKey(for: named)
    }
  }

  @Test(
    "A refused key is told as such, with its place, whatever the status",
    arguments: [
      (
        400,
        #"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#
      ),
      (400, #"{"error":"Incorrect API key provided: sk-..."}"#), (401, "{}"),
      (400, #"{"error":{"message":"Bad","details":[{"reason":"API_KEY_INVALID"}]}}"#),
    ]) func refusedWords(status: Int, body: String)
  {
    let words = FailureWords(model: .scripted(), key: APIKey("sk-test-0123456789", from: .environment("ACME_API_KEY")))
    let failure = words.http(status, body: Array(body.utf8), location: nil, retryAfter: nil)
    #expect(failure.kind == .unauthorized)
    #expect(failure.message.contains("acme refused the key (\(status)"), "\(failure.message)")
    #expect(failure.message.contains("$ACME_API_KEY") && failure.message.contains("`fiedler doctor`"))
    let other = words.http(
      400, body: Array(#"{"error":{"message":"max_tokens is too large"}}"#.utf8), location: nil, retryAfter: nil)
    #expect(other.kind != .unauthorized)
  }
}
