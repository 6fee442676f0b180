import Conversations
import JSON

/// Which server speaks OpenAI's chat completions: each has words of its own for what the API does not say, or lacks
/// some.
enum ChatDialect: Hashable, Sendable {
  case openai, azure, openRouter, mistral, deepSeek, xAI, groq, cerebras, together, ollama, llamaCPP, vLLM, lmStudio
  /// OpenAI's words are tried.
  case other

  private static let hosts: [(suffix: String, dialect: ChatDialect)] = [
    ("api.openai.com", .openai), ("openai.azure.com", .azure), ("cognitiveservices.azure.com", .azure),
    ("services.ai.azure.com", .azure), ("openrouter.ai", .openRouter), ("mistral.ai", .mistral),
    ("deepseek.com", .deepSeek), ("api.x.ai", .xAI), ("groq.com", .groq), ("cerebras.ai", .cerebras),
    ("together.xyz", .together), ("together.ai", .together),
  ]

  private static let names: [String: ChatDialect] = [
    "azure": .azure, "openrouter": .openRouter, "mistral": .mistral, "deepseek": .deepSeek, "xai": .xAI, "groq": .groq,
    "cerebras": .cerebras, "together": .together, "ollama": .ollama, "llamacpp": .llamaCPP, "llama.cpp": .llamaCPP,
    "vllm": .vLLM, "lmstudio": .lmStudio,
  ]

  /// By the host it is at, else by the provider's name: behind a gateway, a server keeps its words.
  init(_ model: ConfiguredModel) {
    let host = (try? ProviderURL(model.baseURL))?.host ?? ""  // what is no address is told when it is asked
    let byHost = Self.hosts.first { host == $0.suffix || host.hasSuffix("." + $0.suffix) }?.dialect
    self = byHost ?? Self.names[model.reference.provider.lowercased()] ?? .other
  }

  /// The address of an endpoint such as `/chat/completions`.
  func url(_ path: String, of model: ConfiguredModel, at base: ProviderURL) -> String {
    guard self == .azure, base.endpointKind == nil, !base.text.hasSuffix("/v1") else {
      return base.endpoint(path, below: base.text)
    }
    let root = base.text.hasSuffix("/openai") ? base.text : base.text + "/openai"
    // Azure's reference, "API versions": the dated ones name a deployment in the address, the v1 API in the body.
    guard let version = model.options.apiVersion else { return root + "/v1" + path }
    let deployment = path == "/responses" ? "" : "/deployments/" + model.reference.name.percentEncodedSegment
    return root + deployment + path + "?api-version=" + version.percentEncodedSegment
  }

  /// The header that a key is sent in.
  func authorization(_ key: APIKey?) -> [(name: String, value: String)] {
    guard let key else { return [] }
    return self == .azure ? [("api-key", key.value)] : [("Authorization", "Bearer \(key.value)")]
  }

  /// A message's text, and the pictures and PDFs that go along.
  func content(of message: ChatMessage) -> JSON {
    guard !message.files.isEmpty else { return .string(message.content) }
    return .array([["type": "text", "text": .string(message.content)]] + message.files.compactMap(part))
  }

  private func part(_ file: Attachment) -> JSON? {
    guard let media = file.media else { return nil }
    let uri = JSON.string(media.dataURI)
    if media.type.isImage { return ["type": "image_url", "image_url": ["url": uri]] }
    // Mistral's guide "Document understanding".
    if self == .mistral { return ["type": "document_url", "document_url": uri] }
    return ["type": "file", "file": ["filename": .string(file.name), "file_data": uri]]
  }

  /// Why an option cannot be asked for; `nil` where it can.
  func refusal(of option: GenerationOptions.Name, _ options: GenerationOptions) -> String? {
    switch (option, self) {
    case (.thinkingBudget, .openRouter): nil
    case (.thinkingBudget, _):
      "its API has no budget for thinking; take reasoning_effort, or body.NAME for a field of its own"
    case (.verbosity, .openai), (.verbosity, .azure), (.verbosity, .openRouter), (.verbosity, .other): nil
    case (.verbosity, _): "only OpenAI's models have it; say in the prompt how long the answer shall be"
    case (.seed, .deepSeek): "its API has no seed; leave it out"
    case (.responseFormat, .deepSeek):
      if case .schema = options.responseFormat {
        "its API takes no JSON Schema; take response_format=json and describe the form in the prompt"
      } else {
        nil
      }
    default: nil
    }
  }

  /// Puts the options into a request, in this server's words. What stands in ``GenerationOptions/body`` comes last and
  /// counts most.
  func write(_ options: GenerationOptions, to body: inout JSON) {
    var fields: [String: JSON] = [:]
    fields["temperature"] = options.temperature.map(JSON.double)
    fields["top_p"] = options.topP.map(JSON.double)
    if !options.stop.isEmpty { fields["stop"] = .array(options.stop.map(JSON.string)) }
    // Mistral's API reference, "Chat completion".
    fields[self == .mistral ? "random_seed" : "seed"] = options.seed.map(JSON.int)
    fields["verbosity"] = (options.verbosity?.rawValue).map(JSON.string)
    fields["response_format"] = options.responseFormat.map(Self.format)
    body = body.merging(fields).merging(reasoning(options)).merging(options.body)
  }

  private func reasoning(_ options: GenerationOptions) -> [String: JSON] {
    let effort = options.reasoningEffort
    switch self {
    case .openRouter:
      // OpenRouter's guide "Reasoning tokens": one object for all the models behind it.
      var reasoning: [String: JSON] = [:]
      reasoning["effort"] = (effort?.rawValue).map(JSON.string)
      switch options.thinkingBudget {
      case .tokens(0): reasoning["enabled"] = false
      case .tokens(let count): reasoning["max_tokens"] = .int(count)
      case .auto: reasoning["enabled"] = true
      case nil: break
      }
      return reasoning.isEmpty ? [:] : ["reasoning": .object(reasoning)]
    case .deepSeek:
      // DeepSeek's guide "Thinking mode": a switch, and an effort where there is thinking.
      guard let effort else { return [:] }
      guard effort != .none else { return ["thinking": ["type": "disabled"]] }
      return ["thinking": ["type": "enabled"], "reasoning_effort": .string(effort.rawValue)]
    case .llamaCPP, .vLLM:
      // Both hand these to the chat template, which is what turns thinking on and off.
      guard let effort else { return [:] }
      let template: JSON = effort == .none ? ["enable_thinking": false] : ["reasoning_effort": .string(effort.rawValue)]
      return ["chat_template_kwargs": template]
    default:
      return effort.map { ["reasoning_effort": .string($0.rawValue)] } ?? [:]
    }
  }

  private static func format(_ format: GenerationOptions.ResponseFormat) -> JSON {
    switch format {
    case .text: ["type": "text"]
    case .json: ["type": "json_object"]
    case .schema(let schema):
      ["type": "json_schema", "json_schema": ["name": .string(schema.schemaName), "schema": schema]]
    }
  }
}

extension JSON {
  /// What a JSON Schema is called, in characters that APIs take as a name.
  var schemaName: String {
    let title = self["title"]?.string ?? ""
    let name = title.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    return name.isEmpty ? "answer" : String(name)
  }
}
