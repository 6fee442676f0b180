import ConfigurationReading
import Conversations

/// Names that no model could be found for.
public struct ModelResolutionError: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Failure: Hashable, Sendable, CustomStringConvertible {
    /// No model is called that; `suggestions` are the nearest names, best first.
    case unknown(name: String, suggestions: [String])
    /// `models.yaml` has no such set.
    case unknownSet(name: String, suggestions: [String])
    /// Several models are; one must be named with its provider.
    case ambiguous(name: String, candidates: [ModelReference])

    public var description: String {
      switch self {
      case .unknown(let name, let suggestions):
        "no model is called \(name.quoted)"
          + (suggestions.isEmpty ? "" : "; did you mean \(suggestions.joined(separator: ", "))?")
      case .unknownSet(let name, let suggestions):
        "no set of models is called \(name.quoted)"
          + (suggestions.isEmpty
            ? "; models.yaml names them under sets:" : "; did you mean \(suggestions.joined(separator: ", "))?")
      case .ambiguous(let name, let candidates):
        "\(name.quoted) may be \(candidates.map(\.description).joined(separator: " or ")); name the provider too"
      }
    }
  }

  /// One a name, in the order the names were given.
  public var failures: [Failure]

  public init(_ failures: [Failure]) { self.failures = failures }

  /// A line a name.
  public var description: String { failures.map(\.description).joined(separator: "\n") }
}
