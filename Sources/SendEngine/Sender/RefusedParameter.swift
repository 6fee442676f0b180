import JSON
import Synchronization

/// A parameter of a request that not every server of its kind takes. Which do cannot be known before; a refusal names
/// it.
enum RefusedParameter: Hashable, CaseIterable {
  case streamOptions, maxTokens, maxCompletionTokens, stream, thinkingConfig, reasoningSummary

  /// The names it is called by.
  private var names: [String] {
    switch self {
    case .streamOptions: ["stream_options"]
    case .maxTokens: ["max_tokens"]
    case .maxCompletionTokens: ["max_completion_tokens"]
    case .stream: ["stream"]
    case .thinkingConfig: ["thinkingConfig", "thinking_config", "includeThoughts", "include_thoughts"]
    case .reasoningSummary: ["reasoning.summary"]
    }
  }

  /// The parameter that an error's text refuses, of those that `body` holds.
  static func named(in text: String, of body: JSON) -> RefusedParameter? {
    let lower = text.lowercased()
    let refusing = [
      "unsupported", "not supported", "n't support", "not support", "unknown", "unrecognized", "unrecognised",
      "not permitted", "not allowed", "only allowed", "extra input", "unexpected", "not recognized", "instead",
      "deprecated", "not enabled", "no longer", "must be verified", "invalid parameter", "invalid field", "not accept",
      "cannot be used", "extra_forbidden",
    ]
    guard refusing.contains(where: lower.contains) else { return nil }
    return allCases.first { $0.isSent(in: body) && $0.isNamed(in: text) }
  }

  private func isSent(in body: JSON) -> Bool {
    switch self {
    case .thinkingConfig: body["generationConfig"]?["thinkingConfig"] != nil
    case .reasoningSummary: body["reasoning"]?["summary"] != nil
    case .stream: body["stream"]?.bool == true
    default: names.contains { body[$0] != nil }
    }
  }

  private func isNamed(in text: String) -> Bool {
    // "stream" is a word that errors use for much else: it must stand as a name.
    if self == .stream { return ["'stream'", "\"stream\"", "`stream`"].contains { text.contains($0) } }
    return names.contains { name in
      text.ranges(of: name).contains { range in
        let after = range.upperBound < text.endIndex ? text[range.upperBound] : " "
        let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : " "
        return ![after, before].contains { $0.isLetter || $0.isNumber || $0 == "_" }
      }
    }
  }
}

extension RequestOptions {
  /// These without the parameter, or with the other name for it.
  mutating func avoid(_ parameter: RefusedParameter) {
    switch parameter {
    case .streamOptions: sendsStreamOptions = false
    case .maxTokens: limitParameter = .maxCompletionTokens
    case .maxCompletionTokens: limitParameter = .maxTokens
    case .stream: streams = false
    case .thinkingConfig, .reasoningSummary: asksForThoughts = false
    }
  }
}

/// What servers have refused since the program began, so that each is asked rightly from then on. Usable from any
/// thread.
final class RefusedParameters: Sendable {
  private let known = Mutex<[ConfiguredModel.ID: [String: Set<RefusedParameter>]]>([:])

  /// The model as its server is known to want to be asked.
  func adapted(_ model: ConfiguredModel) -> ConfiguredModel {
    var model = model
    for parameter in known.withLock({ $0[model.id]?[model.baseURL] ?? [] }) { model.options.avoid(parameter) }
    return model
  }

  /// Remembers a refusal. False if it was known: then asking without the parameter did not help.
  func remember(_ parameter: RefusedParameter, of model: ConfiguredModel) -> Bool {
    known.withLock { known in
      let others = known[model.id]?[model.baseURL] ?? []
      // A server that takes neither name for the limit is not asked in turns.
      let twins: Set<RefusedParameter> = [.maxTokens, .maxCompletionTokens]
      guard !others.contains(parameter), !twins.contains(parameter) || others.isDisjoint(with: twins) else {
        return false
      }
      known[model.id, default: [:]][model.baseURL, default: []].insert(parameter)
      return true
    }
  }
}
