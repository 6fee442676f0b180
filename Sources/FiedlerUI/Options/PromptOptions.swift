import Conversations

/// What the models are asked to heed in the sends to come: all of them, and some besides.
public struct PromptOptions: Hashable, Sendable {
  public var all = GenerationOptions()
  /// Of single models; what is set here counts more.
  public var of: [ModelReference: GenerationOptions] = [:]

  public init() {}

  public var isEmpty: Bool { all.isEmpty && of.isEmpty }

  /// What one model is asked.
  public func asked(of model: ModelReference) -> GenerationOptions { of[model]?.over(all) ?? all }

  /// `temperature=0.2`, and of one model `(gpt-5: max_tokens=500)`.
  func words(_ label: (ModelReference) -> String) -> [String] {
    let single = of.map { model, options in "(\(label(model)): \(options.assignments.joined(separator: " ")))" }
    return all.assignments + single.sorted()
  }
}
