import ConfigurationReading

/// Environment variables that say where a provider is, as its own tools read them: `OPENAI_BASE_URL`, `OLLAMA_HOST`.
enum BaseURLVariable {
  /// Those that name a provider's place, the first one that is set counts.
  static func names(for provider: String) -> [String] {
    switch provider.lowercased() {
    case "ollama": ["OLLAMA_HOST"] + common("OLLAMA")
    case "azure": ["AZURE_OPENAI_ENDPOINT"] + common("AZURE_OPENAI")
    case "google", "gemini": ["GOOGLE_GEMINI_BASE_URL"] + common("GEMINI")
    default: common(String(ConfiguredProvider.defaultVariable(for: provider).dropLast("_API_KEY".count)))
    }
  }

  /// Those that belong to a variable with a key: `OPENAI_BASE_URL` to `OPENAI_API_KEY`.
  private static func names(forKey variable: String) -> [String] {
    switch variable {
    case "GEMINI_API_KEY", "GOOGLE_API_KEY": return names(for: "google")
    case "AZURE_OPENAI_API_KEY", "AZURE_API_KEY": return names(for: "azure")
    case "OLLAMA_API_KEY": return names(for: "ollama")
    case "HF_TOKEN": return common("HF") + common("HUGGINGFACE")
    default:
      let ending = ["_API_KEY", "_API_TOKEN", "_TOKEN", "_KEY"].first { variable.hasSuffix($0) } ?? ""
      let prefix = variable.dropLast(ending.count)
      return ending.isEmpty || prefix.isEmpty ? [] : common(String(prefix))
    }
  }

  private static func common(_ prefix: String) -> [String] {
    ["_BASE_URL", "_API_BASE_URL", "_API_BASE"].map { prefix + $0 }
  }

  /// Where the environment says that a provider is; `nil` where it says nothing. Throws what is no address.
  static func url(
    for provider: String, in environment: [String: String]
  ) throws(ProviderURL.Invalid) -> (variable: String, url: ProviderURL)? {
    guard let found = first(of: names(for: provider), in: environment) else { return nil }
    do throws(ProviderURL.Invalid) {
      return (found.name, try url(found))
    } catch {
      throw ProviderURL.Invalid(found: "\(error.found) in $\(found.name)", expected: error.expected)
    }
  }

  /// The variable that keeps a key found in `keyVariable` from being sent to `baseURL`, since it names another host;
  /// `nil` where none does.
  static func forbidding(
    key keyVariable: String, at baseURL: String, in environment: [String: String]
  ) -> (variable: String, host: String)? {
    guard let found = first(of: names(forKey: keyVariable), in: environment) else { return nil }
    // What is no address names no host that a key may be sent to.
    guard let named = try? url(found) else { return (found.name, found.text.quoted) }
    guard let own = try? ProviderURL(baseURL), own.host == named.host, own.port == named.port else {
      return (found.name, "\(named.host):\(named.port)")
    }
    return nil
  }

  private static func first(
    of names: [String], in environment: [String: String]
  ) -> (name: String, text: String)? {
    for name in names {
      let text = environment[name]?.filter { !$0.isWhitespace } ?? ""
      if !text.isEmpty { return (name, text) }
    }
    return nil
  }

  private static func url(_ found: (name: String, text: String)) throws(ProviderURL.Invalid) -> ProviderURL {
    guard found.name == "OLLAMA_HOST" else { return try ProviderURL(found.text) }
    return try ProviderURL(ollama(found.text))
  }

  /// `OLLAMA_HOST` as Ollama reads it (envconfig.Host): scheme, port 11434 and host are each optional. An address to
  /// listen on at every interface is that of this machine. The API is below `/v1`.
  private static func ollama(_ text: String) -> String {
    var rest = text[...]
    var scheme = "http"
    var port = "11434"
    if let end = text.firstRange(of: "://") {
      scheme = text[..<end.lowerBound].lowercased()
      rest = text[end.upperBound...]
      port = scheme == "https" ? "443" : scheme == "http" ? "80" : port
    }
    let path = rest.firstIndex(of: "/").map { String(rest[$0...]) } ?? ""
    var host = String(rest.dropLast(path.count))
    let isBareIPv6 = !host.hasPrefix("[") && host.count(where: { $0 == ":" }) > 1
    if !isBareIPv6, let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
      let given = host[host.index(after: colon)...]
      if !given.isEmpty { port = String(given) }
      host = String(host[..<colon])
    }
    if isBareIPv6 { host = "[\(host)]" }
    if ["", "0.0.0.0", "[::]"].contains(host) { host = "127.0.0.1" }
    var base = path
    while base.hasSuffix("/") { base.removeLast() }
    return "\(scheme)://\(host):\(port)\(base.hasSuffix("/v1") ? base : base + "/v1")"
  }
}
