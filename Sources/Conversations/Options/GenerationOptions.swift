import JSON

/// What a model is asked to heed while it writes: how freely, how long, how deeply it thinks, in which form.
///
/// One value for all providers; each wire puts it into its own words, and says before anything is sent what it has none
/// for. `nil` leaves an option to the provider.
public struct GenerationOptions: Hashable, Sendable {
  /// An option as settings, the command line, the history and exports call it.
  public enum Name: String, Hashable, Sendable, CaseIterable {
    case temperature
    case topP = "top_p"
    case maxTokens = "max_tokens"
    case stop
    case seed
    case reasoningEffort = "reasoning_effort"
    case thinkingBudget = "thinking_budget"
    case verbosity
    case responseFormat = "response_format"
    case cache
    case body
  }

  public enum Effort: String, Hashable, Sendable, CaseIterable {
    case none, minimal, low, medium, high, xhigh, max
  }

  /// How many tokens may go into thinking.
  public enum ThinkingBudget: Hashable, Sendable {
    /// The model decides.
    case auto
    /// At most so many; 0 is no thinking.
    case tokens(Int)
  }

  public enum Verbosity: String, Hashable, Sendable, CaseIterable {
    case low, medium, high
  }

  public enum ResponseFormat: Hashable, Sendable {
    case text
    /// Some JSON object.
    case json
    /// JSON that fits this JSON Schema.
    case schema(JSON)
  }

  public enum Cache: String, Hashable, Sendable, CaseIterable {
    /// What of the prompt can be kept for the next turn is marked so, where the provider wants it marked.
    case auto
    case off
  }

  public var temperature: Double?
  public var topP: Double?
  /// Of the answer, reasoning included.
  public var maxTokens: Int?
  /// The answer ends before the first of these; empty for none.
  public var stop: [String] = []
  public var seed: Int?
  public var reasoningEffort: Effort?
  public var thinkingBudget: ThinkingBudget?
  public var verbosity: Verbosity?
  public var responseFormat: ResponseFormat?
  public var cache: Cache?
  /// Fields of the request's body that have no name here, in the provider's own words.
  public var body: [String: JSON] = [:]

  public init() {}

  /// These options, and where they say nothing, those of `others`.
  public func over(_ others: GenerationOptions) -> GenerationOptions {
    var options = self
    options.temperature = temperature ?? others.temperature
    options.topP = topP ?? others.topP
    options.maxTokens = maxTokens ?? others.maxTokens
    options.stop = stop.isEmpty ? others.stop : stop
    options.seed = seed ?? others.seed
    options.reasoningEffort = reasoningEffort ?? others.reasoningEffort
    options.thinkingBudget = thinkingBudget ?? others.thinkingBudget
    options.verbosity = verbosity ?? others.verbosity
    options.responseFormat = responseFormat ?? others.responseFormat
    options.cache = cache ?? others.cache
    options.body = body.merging(others.body) { own, _ in own }
    return options
  }

  public var isEmpty: Bool { self == GenerationOptions() }

  /// Those that are set, in the order of ``Name``.
  public var names: [Name] { Name.allCases.filter { json[$0.rawValue] != nil } }

  /// An object with those that are set; ``init(stored:)`` reads it back.
  public var json: JSON {
    var members: [String: JSON] = [:]
    func put(_ name: Name, _ value: JSON?) { members[name.rawValue] = value }
    put(.temperature, temperature.map(JSON.double))
    put(.topP, topP.map(JSON.double))
    put(.maxTokens, maxTokens.map(JSON.int))
    put(.stop, stop.isEmpty ? nil : .array(stop.map(JSON.string)))
    put(.seed, seed.map(JSON.int))
    put(.reasoningEffort, (reasoningEffort?.rawValue).map(JSON.string))
    put(.thinkingBudget, thinkingBudget.map(\.json))
    put(.verbosity, (verbosity?.rawValue).map(JSON.string))
    put(.responseFormat, responseFormat.map(\.json))
    put(.cache, (cache?.rawValue).map(JSON.string))
    put(.body, body.isEmpty ? nil : .object(body))
    return .object(members)
  }

  /// Each as `name=value`, in the order of ``Name``; a JSON Schema is only named.
  public var assignments: [String] {
    let json = json
    return Name.allCases.flatMap { name -> [String] in
      switch (name, json[name.rawValue]) {
      case (_, nil): []
      case (.body, .object(let members)?):
        members.sorted { $0.key < $1.key }.map { "body.\($0.key)=\($0.value.bare)" }
      case (.responseFormat, .object?): ["response_format=schema"]
      case (_, let value?): ["\(name.rawValue)=\(value.bare)"]
      }
    }
  }
}

extension GenerationOptions.ThinkingBudget {
  fileprivate var json: JSON {
    switch self {
    case .auto: "auto"
    case .tokens(let count): .int(count)
    }
  }
}

extension GenerationOptions.ResponseFormat {
  fileprivate var json: JSON {
    switch self {
    case .text: "text"
    case .json: "json"
    case .schema(let schema): schema
    }
  }
}

extension JSON {
  /// As it is typed on a command line: a text without quotes.
  fileprivate var bare: String { string ?? text }
}
