import ConfigurationReading
import Conversations
import JSON

/// The keys of `models.yaml`.
enum ModelsFields {
  static let file: [ConfigurationField] = [
    ConfigurationField("providers", "Providers by name, each with its models.", .named(.mapping(provider))),
    ConfigurationField("defaults", "What is asked when nothing is chosen.", .mapping(defaults)),
    ConfigurationField(
      "sets", "Models that are asked together, by a name: /model NAME, -m @NAME.", .named(.texts), example: "[fast]"),
  ]

  static let defaults: [ConfigurationField] = [
    ConfigurationField("models", "Names or aliases; if not set, the first three.", .texts, example: "[fast]"),
    ConfigurationField("output_dir", "Of programs before this one; not used.", .text),
  ]

  static let provider: [ConfigurationField] =
    [
      ConfigurationField("kind", "Another name of api.", .choice(kinds)),
      ConfigurationField(
        "api", "openai (chat completions), responses, anthropic or gemini; if not set, as the provider is known.",
        .choice(kinds), example: "openai"),
      ConfigurationField(
        "base_url", "The API's root, or a whole endpoint; not needed for providers known by name.", .text,
        example: "http://127.0.0.1:8080/v1"),
      ConfigurationField(
        "api_key_env", "The environment variable with the key, or several, the first that is set counts.", .textOrTexts,
        example: "LAB_API_KEY"),
      ConfigurationField(
        "api_key_command", "A command that prints the key, as a list, or as text for the shell; asked first of all.",
        .textOrTexts, example: "[pass, show, lab]"),
      ConfigurationField(
        "proxy", "http://proxy:3128, socks5://..., or off; if not set, as the environment says.", .text,
        example: "\"off\""),
      ConfigurationField(
        "ca_file", "A PEM file with whom to trust instead of the system's authorities.", .text, example: "~/lab-ca.pem"),
      ConfigurationField(
        "limits", "How much is asked of the provider at most, by all sends together.", .mapping(limits)),
      ConfigurationField("models", "Its models, by the names its API knows them by.", .named(.mapping(model))),
    ] + request

  static let limits: [ConfigurationField] = [
    ConfigurationField("concurrency", "Requests at once.", .integer(1...100_000), example: "4"),
    ConfigurationField("requests_per_minute", "Requests a minute.", .integer(1...1_000_000), example: "60"),
    ConfigurationField("tokens_per_minute", "Tokens a minute.", .integer(1...1_000_000_000), example: "100000"),
  ]

  static let model: [ConfigurationField] =
    [
      ConfigurationField("aliases", "Other names it can be chosen by.", .texts, example: "[fast]"),
      ConfigurationField("api", "Where it differs from the provider's.", .choice(kinds), example: "openai"),
      ConfigurationField(
        "max_tokens", "The context window in tokens, the prompt included.", .integer(1...1_000_000_000),
        example: "128000"),
      ConfigurationField(
        "max_completion_tokens", "The most tokens an answer may have.", .integer(1...1_000_000_000), example: "16000"),
      ConfigurationField(
        "capabilities",
        "What it can be shown: text, image, pdf, and words of your own, which the picker shows. Where it is not set, "
          + "what is known of the model counts; of an unknown one, what its provider says to the file.", .texts,
        example: "[text, image, pdf]"),
      ConfigurationField("price", "For a million tokens, in the currency of your choice.", .mapping(price)),
    ] + request

  static let price: [ConfigurationField] = [
    ConfigurationField("input", "Of the prompt.", .number(0...1_000_000), example: "3.0"),
    ConfigurationField("output", "Of the answer.", .number(0...1_000_000), example: "7.0"),
    ConfigurationField("cached", "Of what is read from a cache.", .number(0...1_000_000), example: "0.3"),
    ConfigurationField("cache_write", "Of what is written to one.", .number(0...1_000_000), example: "3.75"),
  ]

  /// How a model is asked; below a provider it counts for all its models.
  static let request: [ConfigurationField] = [
    ConfigurationField("timeout", "Seconds for a whole answer; if not set 1800.", seconds, example: "1800"),
    ConfigurationField(
      "connect_timeout", "Seconds until there is a connection; if not set 10.", seconds, example: "10"),
    ConfigurationField(
      "first_token_timeout", "Seconds of silence before the first token; if not set 900.", seconds, example: "900"),
    ConfigurationField("idle_timeout", "Seconds of silence after it; if not set 300.", seconds, example: "300"),
    ConfigurationField(
      "retry_attempts", "Requests at most, the first included; if not set 3.", .integer(1...20), example: "3"),
    ConfigurationField(
      "stream_options", "false where the server refuses it; if not set, found out.", .boolean, example: "true"),
    ConfigurationField(
      "limit_parameter", "What limits an answer's length is called; if not set, found out.",
      .choice(RequestOptions.LimitParameter.allCases.map(\.rawValue)), example: "max_tokens"),
    ConfigurationField(
      "reasoning_tags", "<think> in answers: auto (the answer opens it), open (the chat template does), off (text).",
      .choice(RequestOptions.ReasoningTagging.allCases.map(\.rawValue)), example: "auto"),
    ConfigurationField(
      "api_version", "The version in the address of Azure's deployments.", .text, example: "\"2024-10-21\""),
    ConfigurationField(
      "headers", "Headers of every request, besides the API's own.", .named(.text), example: "{X-Title: Fiedler}"),
    ConfigurationField(
      "options", "What a model is to heed unless a send says otherwise: temperature, seed, reasoning_effort ...",
      .mapping(options), example: "{temperature: 0.2}"),
  ]

  /// Their values are checked by the reader, which knows every way to write them.
  private static let options = GenerationOptions.Name.allCases.map {
    ConfigurationField($0.rawValue, "As `fiedler send -o \($0.rawValue)=...`.", .anything)
  }

  private static let kinds = ConfiguredModel.Kind.allCases.filter { $0 != .demo }.map(\.rawValue)
  private static let seconds = ConfigurationField.Shape.number(0.1...86_400)
}

extension ModelRegistry {
  /// A JSON Schema of `models.yaml`.
  public static var schema: JSON { ModelsFields.file.schema(title: "Fiedler's models.yaml") }

  /// A `models.yaml` with every key, what it means and an example of it; ``parse(_:file:environment:)`` takes it.
  public static var example: String {
    func lines(_ fields: [ConfigurationField], _ indent: Int) -> [String] {
      let margin = String(repeating: " ", count: indent)
      return fields.flatMap { field -> [String] in
        if case .mapping(let inner) = field.shape, field.example.isEmpty {
          return ["\(margin)# \(field.meaning)", "\(margin)\(field.name):"] + lines(inner, indent + 2)
        }
        guard !field.example.isEmpty else { return [] }
        return ["\(margin)# \(field.meaning)", "\(margin)\(field.name): \(field.example)"]
      }
    }
    let ofProvider = ModelsFields.provider.filter { $0.name != "models" }
    let ofModel = ModelsFields.model.filter { field in !ModelsFields.request.contains { $0.name == field.name } }
    let text =
      [
        "# Every key of models.yaml; all but a provider and its models may be left out.",
        "# Known by name, so that they need no base_url: \(ConfiguredProvider.knownNames.joined(separator: ", ")).",
        "providers:", "  # Any name.", "  lab:",
      ] + lines(ofProvider, 4) + [
        "    # Its models, by the names its API knows them by.", "    models:", "      some-model:",
      ] + lines(ofModel, 8) + [
        "        # And every key from timeout to options, where it differs from the provider's.",
        "# What is asked when nothing is chosen; if not set, the first three models.", "defaults:",
      ] + lines(ModelsFields.defaults, 2) + [
        "# Models that are asked together: /model local, fiedler send -m @local.", "sets:", "  local: [fast]",
      ]
    return text.joined(separator: "\n") + "\n"
  }
}
