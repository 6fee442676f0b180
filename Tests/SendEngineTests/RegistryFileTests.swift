import ConfigurationReading
import Conversations
import SendEngine
import Testing

@Suite struct RegistryFileTests {
  static let documented = """
    providers:
      together:
        api_key_env: TOGETHER_API_KEY
        base_url: https://api.together.xyz/v1      # optional for the known ones
        # kind: openai | anthropic | gemini        # optional: known from the provider's name, else openai
        models:
          deepseek-ai/DeepSeek-R1:
            aliases: [deepseek, deepseek-r1]
            max_tokens: 128000                     # context window
            max_completion_tokens: 64000
            timeout: 400                           # seconds
            retry_attempts: 3
            capabilities: ["text"]
            # price: {input: 3.0, output: 7.0}     # optional, per million tokens
    defaults:
      models: [gemini-2.5-pro, gpt-4o-mini, deepseek-ai/DeepSeek-R1]
      output_dir: ./fiedler_output
    """

  private func errors(_ text: String) -> [String] {
    do throws(ConfigurationError) {
      _ = try ModelRegistry.parse(text)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test("The documented models.yaml loads unchanged, without a warning") func documentedExample() throws {
    let registry = try ModelRegistry.parse(Self.documented)
    #expect(registry.warnings.isEmpty)
    #expect(registry.source == .file("models.yaml"))
    let expected = ConfiguredModel(
      reference: ModelReference(provider: "together", name: "deepseek-ai/DeepSeek-R1"),
      aliases: ["deepseek", "deepseek-r1"], kind: .openai, baseURL: "https://api.together.xyz/v1",
      apiKeyVariable: "TOGETHER_API_KEY", contextWindow: 128_000, maxCompletionTokens: 64_000, timeout: .seconds(400),
      retryAttempts: 3, capabilities: ["text"])
    #expect(registry.models == [expected])
    #expect(
      registry.defaults.map(\.reference.description) == [
        "google/gemini-2.5-pro", "openai/gpt-4o-mini", "together/deepseek-ai/DeepSeek-R1",
      ])
    #expect(registry.defaults.map(\.kind) == [.gemini, .openai, .openai])
    #expect(registry.providers.map(\.name) == ["together", "google", "openai"])
  }

  @Test("The optional price line of the documented models.yaml is read too") func price() throws {
    let text = Self.documented.replacing("# price:", with: "price:")
    let model = try #require(try ModelRegistry.parse(text).models.first)
    #expect(model.price == Price(input: 3, output: 7))
  }

  @Test("A model of which nothing is said gets the documented defaults") func bareModel() throws {
    let registry = try ModelRegistry.parse("providers:\n  anthropic:\n    models:\n      claude-x:\n")
    let expected = ConfiguredModel(
      reference: ModelReference(provider: "anthropic", name: "claude-x"), kind: .anthropic,
      baseURL: "https://api.anthropic.com/v1", apiKeyVariable: "ANTHROPIC_API_KEY", timeout: .seconds(1800),
      retryAttempts: 3)
    #expect(registry.models == [expected])
    #expect(registry.defaults == [expected])
  }

  @Test("All errors of a file are told at once, each with line, key, finding and expectation") func allErrors() {
    let text = """
      providers:
        openai:
          kind: grpc
          models:
            a:
              timeout: soon
              retry_attempts: 0
              max_tokens: "9"
              max_completion_tokens: 1.5
              price: {input: 1}
              aliases: one
              capabilities: [text, {}]
        lab:
          models: [a, b]
        next door:
          base_url: ftp://x
      defaults:
        models: [gpt-4o-minni]
      """
    #expect(
      errors(text) == [
        #"models.yaml:3: providers.openai.kind: found "grpc", expected openai, responses, anthropic or gemini"#,
        #"models.yaml:6: providers.openai.models.a.timeout: found "soon", "#
          + "expected a number of seconds from 0.1 to 86400",
        "models.yaml:7: providers.openai.models.a.retry_attempts: found 0, "
          + "expected a whole number of requests, the first included, from 1 to 20",
        #"models.yaml:8: providers.openai.models.a.max_tokens: found "9", "#
          + "expected a whole number of tokens from 1 to 1000000000",
        #"models.yaml:9: providers.openai.models.a.max_completion_tokens: found "1.5", "#
          + "expected a whole number of tokens from 1 to 1000000000",
        "models.yaml:10: providers.openai.models.a.price.output: missing: "
          + "{input: 3.0, output: 7.0}, per million tokens",
        #"models.yaml:11: providers.openai.models.a.aliases: found "one", "#
          + "expected a list of aliases, such as [deepseek, r1]",
        "models.yaml:12: providers.openai.models.a.capabilities[1]: found a mapping, expected text",
        "models.yaml:13: providers.lab.base_url: missing: "
          + #"base_url, since "lab" is not a provider known by name"#,
        "models.yaml:14: providers.lab.models: found a list, expected a mapping (key: value)",
        #"models.yaml:15: providers.next door: found "next door", expected "#
          + "a provider's name without blanks or slashes (demo is the built-in models' own)",
        #"models.yaml:16: providers.next door.base_url: found "ftp://x", expected "#
          + "an http:// or https:// URL such as https://api.example.com/v1",
        #"models.yaml:18: defaults.models[0]: no model is called "gpt-4o-minni"; "#
          + "did you mean gpt-4o-mini, gpt-5-mini?",
      ])
  }

  @Test("Of a base_url that is not in ASCII the way out is told") func letters() {
    for url in ["https://b\u{FC}cher.example/v1", "https://api.example.com/\u{FC}"] {
      let text = "providers:\n  lab: {base_url: '\(url)', models: {a: {}}}"
      #expect(errors(text).first?.contains("a URL in ASCII: the host by its xn-- name") == true, "\(url)")
    }
  }

  @Test("Unknown keys are warnings with their line, and the file is used") func unknownKeys() throws {
    let text = """
      providers:
        openai:
          api_key: sk-not-to-be-shown
          models:
            a: {timout: 3}
      extra: 1
      """
    let registry = try ModelRegistry.parse(text)
    #expect(
      registry.warnings.map(\.description) == [
        "models.yaml:3: providers.openai.api_key: unknown key, ignored; did you mean api_key_env?",
        "models.yaml:5: providers.openai.models.a.timout: unknown key, ignored; did you mean timeout?",
        "models.yaml:6: extra: unknown key, ignored",
      ])
    #expect(registry.models.count == 1)
  }

  @Test("An alias two models claim is an error that names both with their lines") func claimedAliases() {
    let text = """
      providers:
        openai:
          models:
            a:
              aliases: [fast]
            b:
              aliases:
                - cheap
                - fast
            c:
              aliases: [a, openai/b]
      """
    #expect(
      errors(text) == [
        "models.yaml:9: providers.openai.models.b.aliases: "
          + #"alias "fast" is an alias of openai/a on line 5 already"#,
        #"models.yaml:11: providers.openai.models.c.aliases: alias "a" is the name of openai/a on line 4 already"#,
        "models.yaml:11: providers.openai.models.c.aliases: "
          + #"alias "openai/b" is the full name of openai/b on line 6 already"#,
      ])
  }

  @Test("One model at two providers is a warning with both lines, and its bare name asks which") func sameNameTwice()
    throws
  {
    let text = """
      providers:
        together:
          models: {llama: {aliases: [there]}}
        groq:
          models:
            llama:
      """
    let registry = try ModelRegistry.parse(text)
    #expect(
      registry.warnings.map(\.description) == [
        "models.yaml:6: providers.groq.models.llama: together/llama on line 3 and groq/llama have the same name; "
          + "choose between them with an alias or the provider's name"
      ])
    #expect(
      throws: ModelResolutionError([
        .ambiguous(
          name: "llama",
          candidates: [.init(provider: "together", name: "llama"), .init(provider: "groq", name: "llama")])
      ])
    ) { try registry.resolve("llama") }
    #expect(try registry.resolve("groq/llama").reference.provider == "groq")
    #expect(try registry.resolve("there").reference.provider == "together")
    #expect(errors(text + "\ndefaults: {models: [llama]}").count == 1)
  }

  @Test("A repeated key is an error with both lines") func repeatedKeys() {
    let text = "providers:\n  openai:\n    models: {a: {}}\n  openai:\n    models: {b: {}}\n"
    #expect(errors(text) == ["models.yaml:4: openai: the same key stands on line 2 already"])
  }

  @Test("An alias may not pose as a demo model, nor a provider as the demo provider") func demoIsReserved() {
    let text = "providers:\n  demo: {base_url: 'http://localhost/v1'}\n  openai: {models: {a: {aliases: [demo/quick]}}}"
    #expect(errors(text).map { $0.prefix(14) } == ["models.yaml:2:", "models.yaml:3:"])
  }

  @Test("Sets name models that are asked together, by alias or name; -m @NAME means all of one") func sets() throws {
    let text = """
      providers:
        openai:
          models: {a: {aliases: [first]}, b: {}, c: {}}
      sets:
        fast: [first, demo/quick]
        all: [a, b, c]
      """
    let registry = try ModelRegistry.parse(text)
    #expect(registry.sets.map(\.name) == ["fast", "all"])
    #expect(registry.sets[0].models.map(\.description) == ["openai/a", "demo/quick"])
    let asked = try registry.resolve(["@fast", "b", "@all"])
    #expect(asked.models.map(\.reference.description) == ["openai/a", "demo/quick", "openai/b", "openai/c"])
    do {
      _ = try registry.resolve(["@fats"])
      Issue.record("no error")
    } catch {
      #expect(error.description == #"no set of models is called "@fats"; did you mean @fast?"#)
    }
  }

  @Test("What is wrong with a set is told with its line and key") func wrongSets() {
    let text = "providers: {openai: {models: {a: {}}}}\nsets:\n  \"to day\": [a]\n  fast: [nobody]\n  none: 3\n"
    do {
      _ = try ModelRegistry.parse(text, file: "m.yaml")
      Issue.record("no error")
    } catch {
      #expect(error.problems.filter { $0.severity == .error }.map(\.line) == [3, 4, 5], "\(error)")
      #expect("\(error)".contains("sets.fast") && "\(error)".contains("nobody"))
    }
  }

  @Test("An empty file means the demo models, with a warning") func emptyFile() throws {
    for text in ["", "# nothing\n", "providers:\n"] {
      let registry = try ModelRegistry.parse(text)
      #expect(registry.defaults.map(\.reference.description) == ["demo/quick", "demo/thinker", "demo/flaky"])
      #expect(registry.warnings.count == 1)
    }
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return String(self[..<range.lowerBound]) + other + self[range.upperBound...]
  }
}
