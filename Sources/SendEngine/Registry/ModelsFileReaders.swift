import ConfigurationReading
import Conversations

/// Reads what stands below a provider's name, its models excepted.
enum ProviderReader {
  /// What is wrong or missing goes to `problems`; the rest is as good as the file allows.
  static func read(
    _ mapping: YAMLMapping?, name: String, line: Int, problems: ProblemCollector, environment: [String: String]
  ) -> ConfiguredProvider {
    let known = ConfiguredProvider.known[name.lowercased()]
    var provider =
      known ?? ConfiguredProvider(name: name, kind: .openai, baseURL: "", requiresKey: false)
    provider.name = name

    var url: ProviderURL?
    if let value = mapping?["base_url"] {
      url = readURL(value)
      provider.baseURL = ""
      if let url { provider.move(to: url) }
      if known == nil { provider.kind = url?.endpointKind ?? provider.kind }
    } else if known != nil {
      do throws(ProviderURL.Invalid) {
        if let found = try BaseURLVariable.url(for: name, in: environment) {
          url = found.url
          provider.move(to: found.url, found.variable)
        } else if provider.baseURL.isEmpty {
          let expected =
            "base_url, or $\(BaseURLVariable.names(for: name)[0]): each user of \(name) has an address of their own"
          problems.add(.error, line: line, key: "providers.\(name).base_url", .missing(expected: expected))
        }
      } catch {
        let key = "providers.\(name).base_url"
        problems.add(.error, line: line, key: key, .invalidValue(found: error.found, expected: error.expected))
      }
    } else {
      let expected = "base_url, since \(name.quoted) is not a provider known by name"
      problems.add(.error, line: line, key: "providers.\(name).base_url", .missing(expected: expected))
    }
    if let kind = (mapping?["kind"] ?? mapping?["api"]).flatMap(readKind) { provider.kind = kind }

    let variables = mapping?["api_key_env"].map(readVariables)
    let command = mapping?["api_key_command"].flatMap(CommandSetting.init)
    provider.apiKeyVariables =
      variables ?? known?.apiKeyVariables ?? [ConfiguredProvider.defaultVariable(for: name)]
    provider.apiKeyCommand = command
    if let mapping { provider.options = RequestOptionsReader.read(mapping) }
    // A key that is named is meant to be sent, on this machine as well.
    if variables != nil || command != nil { provider.requiresKey = true }
    provider.limits = mapping?["limits"].map(ProviderLimits.init) ?? ProviderLimits()
    if let value = mapping?["proxy"] { provider.network.proxy = readProxy(value) }
    provider.network.caFile = mapping?["ca_file"]?.string(expected: "a PEM file with certificates")
    if let url, !url.isEncrypted, !url.isLoopback, provider.requiresKey {
      mapping?["base_url"]?.warn(.questionable("the key would cross the network unencrypted; use https"))
    }
    return provider
  }

  private static func readURL(_ value: YAMLValue) -> ProviderURL? {
    guard let text = value.string(expected: "a URL") else { return nil }
    do throws(ProviderURL.Invalid) {
      return try ProviderURL(text)
    } catch {
      value.error(.invalidValue(found: error.found, expected: error.expected))
      return nil
    }
  }

  private static func readProxy(_ value: YAMLValue) -> ProxySetting {
    guard let text = value.string(expected: "a proxy such as http://proxy.example:3128, or off") else {
      return .environment
    }
    if ["off", "none"].contains(text) { return .off }
    do throws(NetworkProblem) {
      return .address(try ProxyAddress(text, source: "proxy in models.yaml"))
    } catch {
      // The address may hold a password, so it is not repeated.
      value.error(.conflict("\(error)"))
      return .environment
    }
  }

  static func readKind(_ value: YAMLValue) -> ConfiguredModel.Kind? {
    let expected = "openai, responses, anthropic or gemini"
    guard let text = value.string(expected: expected) else { return nil }
    guard let kind = ConfiguredModel.Kind(rawValue: text), kind != .demo else {
      value.error(.invalidValue(found: text.quoted, expected: expected))
      return nil
    }
    return kind
  }

  /// A name or a list of names. What is found is not repeated in the message: it may be the key itself, put there by
  /// mistake.
  private static func readVariables(_ value: YAMLValue) -> [String] {
    let expected = "the name of an environment variable, such as OPENAI_API_KEY"
    let names: [(text: String, value: YAMLValue)] =
      value.isList
      ? value.strings(expected: expected) ?? []
      : value.string(expected: expected).map { [($0, value)] } ?? []
    return names.compactMap { text, value in
      guard EnvironmentVariable.isName(text) else {
        value.error(.invalidValue(found: "text that is no such name", expected: expected))
        return nil
      }
      return text
    }
  }
}

/// Reads what stands below a model's name.
enum ModelReader {
  /// Fills in `model` and returns its aliases, each with its line.
  static func read(_ mapping: YAMLMapping, into model: inout ConfiguredModel) -> [(name: String, line: Int)] {
    if let value = mapping["max_tokens"] {
      model.contextWindow = value.integer(in: 1...1_000_000_000, unit: "tokens")
    }
    if let value = mapping["max_completion_tokens"] {
      model.maxCompletionTokens = value.integer(in: 1...1_000_000_000, unit: "tokens")
      if let completion = model.maxCompletionTokens, let window = model.contextWindow, completion > window {
        value.warn(.questionable("more than max_tokens (\(window)), the whole context window"))
      }
    }
    if let kind = mapping["api"].flatMap(ProviderReader.readKind) { model.kind = kind }
    model.take(RequestOptionsReader.read(mapping))
    if let words = mapping["capabilities"]?.strings() { model.capabilities = words.map(\.text) }
    if let value = mapping["price"] { model.price = readPrice(value) }
    return mapping["aliases"].map(readAliases) ?? []
  }

  private static func readAliases(_ value: YAMLValue) -> [(name: String, line: Int)] {
    var aliases: [(name: String, line: Int)] = []
    for (name, value) in value.strings(expected: "a list of aliases, such as [deepseek, r1]") ?? [] {
      if name.isEmpty || name.hasPrefix("demo/") {
        value.error(.invalidValue(found: name.quoted, expected: "an alias that is not empty and not demo/..."))
      } else if !aliases.contains(where: { $0.name == name }) {
        aliases.append((name, value.line))
      }
    }
    return aliases
  }

  private static func readPrice(_ value: YAMLValue) -> Price? {
    let expected = "{input: 3.0, output: 7.0}, per million tokens"
    guard let mapping = value.mapping(known: ModelsFields.price.names, expected: expected) else { return nil }
    let input = mapping.require("input", expected: expected)?.number(in: 0...1_000_000)
    let output = mapping.require("output", expected: expected)?.number(in: 0...1_000_000)
    guard let input, let output else { return nil }
    return Price(
      input: input, output: output, cached: mapping["cached"]?.number(in: 0...1_000_000),
      cacheWrite: mapping["cache_write"]?.number(in: 0...1_000_000))
  }
}
