import ConfigurationReading
import Conversations

/// How a model is asked, as `models.yaml` may say for a provider and for each of its models. `nil` leaves it to what
/// Fiedler knows, or finds out.
public struct RequestOptions: Hashable, Sendable {
  /// Which parameter limits the length of an answer, with the `openai` kind.
  public enum LimitParameter: String, Hashable, Sendable, CaseIterable {
    case maxTokens = "max_tokens"
    case maxCompletionTokens = "max_completion_tokens"
  }

  /// Whether reasoning may stand between tags (`<think>`) at an answer's beginning.
  public enum ReasoningTagging: String, Hashable, Sendable, CaseIterable {
    /// It does where an answer begins with such a tag.
    case auto
    /// The chat template has written the opening tag already: every answer begins with reasoning.
    case open
    /// Tags are part of the answer.
    case off
  }

  /// For DNS, TCP and TLS together.
  public var connectTimeout: Duration?
  /// Silence before the first token; keep-alives end it.
  public var firstTokenTimeout: Duration?
  /// Silence after it.
  public var idleTimeout: Duration?
  /// For a whole answer.
  public var timeout: Duration?
  /// Requests at most, the first included.
  public var retryAttempts: Int?
  /// Whether usage is asked for with `stream_options`.
  public var sendsStreamOptions: Bool?
  public var limitParameter: LimitParameter?
  public var reasoningTags: ReasoningTagging?
  /// False where a model refuses to stream: its answer then comes whole.
  public var streams: Bool?
  /// False where Gemini refuses to show its thoughts.
  public var asksForThoughts: Bool?
  /// The version in the address of Azure's deployments; without it the API is the one below `/openai/v1`.
  public var apiVersion: String?
  /// Headers of every request, besides those that the API wants.
  public var headers: [String: String] = [:]
  /// What the model is asked to heed, unless a send says otherwise.
  public var generation = GenerationOptions()

  public init() {}

  /// These options, and where they say nothing, those of `others`.
  public func over(_ others: RequestOptions) -> RequestOptions {
    var options = self
    options.connectTimeout = connectTimeout ?? others.connectTimeout
    options.firstTokenTimeout = firstTokenTimeout ?? others.firstTokenTimeout
    options.idleTimeout = idleTimeout ?? others.idleTimeout
    options.timeout = timeout ?? others.timeout
    options.retryAttempts = retryAttempts ?? others.retryAttempts
    options.sendsStreamOptions = sendsStreamOptions ?? others.sendsStreamOptions
    options.limitParameter = limitParameter ?? others.limitParameter
    options.reasoningTags = reasoningTags ?? others.reasoningTags
    options.streams = streams ?? others.streams
    options.asksForThoughts = asksForThoughts ?? others.asksForThoughts
    options.apiVersion = apiVersion ?? others.apiVersion
    options.headers = headers.merging(others.headers) { own, _ in own }
    options.generation = generation.over(others.generation)
    return options
  }
}

/// Reads the options below a provider's or a model's name.
enum RequestOptionsReader {
  static func read(_ mapping: YAMLMapping) -> RequestOptions {
    var options = RequestOptions()
    options.timeout = mapping["timeout"].flatMap(readDuration)
    options.connectTimeout = mapping["connect_timeout"].flatMap(readDuration)
    options.firstTokenTimeout = mapping["first_token_timeout"].flatMap(readDuration)
    options.idleTimeout = mapping["idle_timeout"].flatMap(readDuration)
    options.retryAttempts = mapping["retry_attempts"]?.integer(in: 1...20, unit: "requests, the first included,")
    options.sendsStreamOptions = mapping["stream_options"]?.boolean()
    options.limitParameter = mapping["limit_parameter"].flatMap { readWord($0) }
    options.reasoningTags = mapping["reasoning_tags"].flatMap { readWord($0) }
    options.apiVersion = mapping["api_version"]?.string(expected: "a version such as 2024-10-21")
    options.headers = mapping["headers"].map(readHeaders) ?? [:]
    options.generation = mapping["options"].map(GenerationOptions.init) ?? GenerationOptions()
    return options
  }

  private static func readDuration(_ value: YAMLValue) -> Duration? {
    value.number(in: 0.1...86_400, unit: "seconds").map { .milliseconds(Int64(($0 * 1000).rounded())) }
  }

  private static func readHeaders(_ value: YAMLValue) -> [String: String] {
    var headers: [String: String] = [:]
    for entry in value.mapping(expected: "a mapping (name: text)")?.entries ?? [] {
      guard let text = entry.value.string() else { continue }
      let isName = !entry.name.isEmpty && entry.name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x3A }
      guard isName, !ownHeaders.contains(entry.name.lowercased()) else {
        entry.value.error(.invalidValue(found: entry.name.quoted, expected: "a header's name that is not HTTP's own"))
        continue
      }
      // The text may be a secret: it is not repeated.
      guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
        entry.value.error(.invalidValue(found: "text that no header can carry", expected: "printable ASCII"))
        continue
      }
      headers[entry.name] = text
    }
    return headers
  }

  /// What the connection itself depends on.
  private static let ownHeaders = [
    "host", "content-length", "content-type", "transfer-encoding", "connection", "accept-encoding", "accept",
  ]

  private static func readWord<Word: RawRepresentable & CaseIterable>(_ value: YAMLValue) -> Word?
  where Word.RawValue == String {
    let words = Word.allCases.map(\.rawValue)
    let expected = words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    guard let text = value.string(expected: expected) else { return nil }
    guard let word = Word(rawValue: text) else {
      value.error(.invalidValue(found: text.quoted, expected: expected))
      return nil
    }
    return word
  }
}

extension GenerationOptions {
  /// Reads a mapping of options, as `models.yaml` and templates have it. What is wrong is told where it stands.
  public init(_ value: YAMLValue) {
    self.init()
    for entry in value.mapping(expected: "options, such as {temperature: 0.2}")?.entries ?? [] {
      do throws(InvalidOption) {
        try set(entry.name, to: entry.value.json)
      } catch {
        switch error {
        case .unknown:
          let near = Suggestions.nearest(to: entry.name, in: Name.allCases.map(\.rawValue), limit: 1).first
          entry.value.error(.unresolved("\(error)\(near.map { "; did you mean \($0)?" } ?? "")"))
        case .invalid(_, let found, let expected): entry.value.error(.invalidValue(found: found, expected: expected))
        }
      }
    }
  }
}
