import ConfigurationReading
import Conversations
import JSON

/// An option that a model's provider has none of.
public struct RefusedOption: Hashable, Sendable, CustomStringConvertible {
  public var model: ModelReference
  public var option: GenerationOptions.Name
  /// Why, and what to do instead.
  public var reason: String

  /// One line that names model, provider and option, and the way out.
  public var description: String {
    "\(model.name.quoted) at \(model.provider) cannot be asked for \(option.rawValue): \(reason)"
  }
}

/// Options that were asked for and that a provider has none of. Nothing was sent.
public struct RefusedOptions: Error, Hashable, Sendable, CustomStringConvertible {
  /// In the order of the models.
  public var options: [RefusedOption]

  public init(_ options: [RefusedOption]) { self.options = options }

  /// A line an option.
  public var description: String { options.map(\.description).joined(separator: "\n") }
}

extension ConfiguredModel {
  /// What it is asked to heed though its provider has no such option.
  public var refusedOptions: [RefusedOption] {
    options.generation.names.compactMap { name in
      let reason = kind.provider?.refusal(of: name, for: self) ?? (kind == .demo ? DemoModel.refusal(of: name) : nil)
      return reason.map { RefusedOption(model: reference, option: name, reason: $0) }
    }
  }
}

extension DemoModel {
  static func refusal(of option: GenerationOptions.Name) -> String? {
    [.maxTokens, .seed].contains(option) ? nil : "the demo models have max_tokens and seed; leave it out"
  }
}

extension JSON {
  /// This object with the members of another, whose values count more; objects in both are merged likewise.
  func merging(_ others: [String: JSON]) -> JSON {
    guard let members = object else { return .object(others) }
    return .object(
      members.merging(others) { own, other in other.object.map(own.merging) ?? other })
  }
}
