import ArgumentParser
import Basics
import Conversations
import FiedlerApp
import Foundation
import SendEngine

struct SetupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "setup", abstract: "Lead to a first real model: a provider, its key, its models, and models.yaml.",
    discussion: """
      Asks which provider to use: servers that run on this machine (Ollama, llama.cpp, LM Studio, vLLM) are found, and so \
      are keys that are there already. A key is typed unseen and tested before anything is written. What is asked can be \
      given: fiedler setup openai --model gpt-5 < file-with-the-key

      A models.yaml that is there is added to. --undo takes back what setup wrote last, a key that it kept included.
      """)

  @Argument(help: "The provider; with --base-url, any name for one of your own.", completion: Completions.providers)
  var provider: String?

  @Option(help: "Where an API like OpenAI's is, for a provider that is not known by name.")
  var baseURL: String?

  @Option(name: [.short, .customLong("model")], help: "A model to write, by name; repeat it for several.")
  var models: [String] = []

  @Flag(help: "Print models.yaml as it would be, and write nothing.")
  var dryRun = false

  @Flag(help: "Take back what setup wrote last.")
  var undo = false

  func validate() throws {
    if undo, provider != nil || baseURL != nil || !models.isEmpty || dryRun {
      throw ValidationError("--undo takes back the last step as a whole; it goes alone.")
    }
    if baseURL != nil, provider == nil {
      throw ValidationError("--base-url needs a name for the provider: fiedler setup lab --base-url http://...")
    }
  }

  func run() async throws {
    let setup = Setup(Startup.environment())
    do {
      if undo {
        for line in try setup.undo() { Output.error(line) }
      } else {
        try await Dialogue(setup: setup, wanted: models, dryRun: dryRun).run(provider, at: baseURL)
      }
    } catch {
      throw error is UsageError ? error : UsageError(ErrorWords.text(for: error))
    }
  }
}

/// The questions of `fiedler setup`, and what becomes of their answers.
private struct Dialogue {
  let setup: Setup
  let wanted: [String]
  let dryRun: Bool

  /// How many models are offered by number; any other can be named.
  private static let mostShown = 20

  func run(_ name: String?, at baseURL: String?) async throws {
    let provider: ConfiguredProvider
    if let name { provider = try setup.provider(name, baseURL: baseURL) } else { provider = try await chooseProvider() }
    let (listed, key) = try await list(provider)
    Output.error("\(provider.name) answers and lists \(Plural.text(listed.count, "model")).")
    let models = try choose(from: listed, of: provider)
    if dryRun { return Output.write(try await setup.text(provider, models, keyIsTyped: key != nil)) }
    let written = try await setup.write(provider, models, listed: listed, key: key)
    switch written.keyPlace {
    case .keyring: Output.error("The key is kept in the desktop's keyring.")
    case .file(let path, _): Output.error("The key is kept in \(path), which only you may read.")
    case nil: break
    }
    Output.error(
      """
      \(written.modelsFile) has \(written.models.joined(separator: ", ")) now. Try it: fiedler send -m \
      \(written.models[0]) "Hello"
      To take this back: fiedler setup --undo
      """)
  }

  private func chooseProvider() async throws -> ConfiguredProvider {
    guard Question.isAnswerable else {
      throw UsageError(
        "setup asks questions, and standard input is no terminal. Name the provider, and give its key on standard input: "
          + "fiedler setup openai < file-with-the-key")
    }
    Output.error("Looking for models on this machine, and for keys ...")
    let offers = await setup.offers()
    for (index, offer) in offers.enumerated() {
      let number = String(repeating: " ", count: index < 9 ? 1 : 0) + "\(index + 1)"
      Output.error(
        "  \(number)  \(offer.provider.name.padding(toLength: 12, withPad: " ", startingAt: 0)) \(offer.words)")
    }
    Output.error("Another one that speaks OpenAI's API: fiedler setup NAME --base-url URL")
    while let answer = Question.line("Provider, by number or name: ") {
      if let number = Int(answer), offers.indices.contains(number - 1) { return offers[number - 1].provider }
      if answer.isEmpty { continue }
      do { return try setup.provider(answer) } catch { Output.error(ErrorWords.text(for: error)) }
    }
    throw UsageError("no provider was chosen; nothing is changed")
  }

  /// What the provider lists, and the key that was typed for it, if one had to be.
  private func list(_ provider: ConfiguredProvider) async throws -> ([ListedModel], String?) {
    let report = await setup.key(of: provider)
    switch report.outcome {
    case .failed(let problem): throw problem
    case .found(let source): Output.error("The key of \(provider.name) comes from \(source).")
    case .notNeeded, .missing: break
    }
    var typed: String?
    if case .missing = report.outcome, provider.requiresKey { typed = try key(of: provider) }
    while true {
      do {
        return (try await setup.models(of: provider, key: typed), typed)
      } catch let failure as SendFailure
        where [.unauthorized, .missingKey].contains(failure.kind) && (Question.isAnswerable || typed == nil)
      {
        if Question.isAnswerable { Output.error(failure.message) }
        typed = try key(of: provider)
      }
    }
  }

  private func key(of provider: ConfiguredProvider) throws -> String {
    try Question.secret("API key of \(provider.name) (not shown): ")
  }

  private func choose(from listed: [ListedModel], of provider: ConfiguredProvider) throws -> [ListedModel] {
    if !wanted.isEmpty { return try Setup.chosen(wanted, from: listed, of: provider.name) }
    let suggested = Array(listed.prefix(3))
    guard Question.isAnswerable else { return suggested }
    for (index, model) in listed.prefix(Self.mostShown).enumerated() {
      let facts = model.contextWindow.map { "  \($0) tokens" } ?? ""
      Output.error(ListingText.oneLine("  \(index < 9 ? " " : "")\(index + 1)  \(model.name)\(facts)"))
    }
    if listed.count > Self.mostShown { Output.error("  and \(listed.count - Self.mostShown) more, by name") }
    let usual = (1...suggested.count).map(String.init).joined(separator: ",")
    while let answer = Question.line("Models, by numbers or names with commas [\(usual)]: ") {
      if answer.isEmpty { return suggested }
      let words = answer.split { $0 == "," || $0.isWhitespace }.map(String.init)
      do { return try Setup.chosen(words, from: listed, of: provider.name) } catch { Output.error("\(error)") }
    }
    throw UsageError("no model was chosen; nothing is changed")
  }
}
