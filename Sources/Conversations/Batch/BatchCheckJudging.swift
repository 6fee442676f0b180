import JSON

/// What is known of an answer that is checked.
public struct CheckedAnswer: Hashable, Sendable {
  public var text: String
  /// How long it took, in milliseconds.
  public var milliseconds: Double?
  /// What it cost; `nil` where the model has no price.
  public var cost: Double?

  public init(text: String, milliseconds: Double? = nil, cost: Double? = nil) {
    self.text = text
    self.milliseconds = milliseconds
    self.cost = cost
  }
}

extension BatchCheck {
  /// What comes of it for an answer; `nil` for one that a model must judge.
  public func finding(for answer: CheckedAnswer) -> BatchFinding? {
    let (holds, reason): (Bool, String?) =
      switch test {
      case .contains(let texts, let all, let ignoringCase):
        Self.contains(texts, all: all, ignoringCase: ignoringCase, in: answer.text)
      case .startsWith(let text): (answer.text.hasPrefix(text), "it begins “\(answer.text.prefix(40))”")
      case .regex(let pattern): (Self.matches(pattern, answer.text), "nothing in it matches")
      case .equals(let text):
        (Self.trimmed(answer.text) == Self.trimmed(text), "it is “\(answer.text.prefix(60))”")
      case .json(let schema): Self.fits(answer.text, schema)
      case .length(let minimum, let maximum):
        (
          answer.text.count >= minimum && answer.text.count <= maximum ?? .max,
          "it has \(answer.text.count) characters"
        )
      case .latency(let most):
        (
          answer.milliseconds.map { $0 <= most } ?? false,
          answer.milliseconds.map { "it took \(Int($0)) ms" } ?? "nobody knows how long it took"
        )
      case .cost(let most):
        (
          answer.cost.map { $0 <= most } ?? false,
          answer.cost.map { "it cost \(JSON.double($0).text)" } ?? "the model has no price in models.yaml"
        )
      case .judge: (false, nil)
      }
    if case .judge = test { return nil }
    let passed = holds != isNegated
    return BatchFinding(check: name, passed: passed, reason: passed ? nil : isNegated ? "it is so" : reason)
  }

  /// What comes of a mark that a judge gave; `nil` for a mark that it did not.
  public func finding(mark: Double?, words: String) -> BatchFinding? {
    guard case .judge(_, let threshold, _) = test else { return nil }
    guard let mark else {
      return BatchFinding(check: name, passed: false, reason: "the judge gave no mark: “\(words.prefix(200))”")
    }
    return BatchFinding(check: name, passed: (mark >= threshold) != isNegated, reason: String(words.prefix(1000)))
  }

  private static func contains(
    _ texts: [String], all: Bool, ignoringCase: Bool, in answer: String
  ) -> (Bool, String?) {
    let whole = ignoringCase ? answer.lowercased() : answer
    let missing = texts.filter { !whole.contains(ignoringCase ? $0.lowercased() : $0) }
    let words = "it lacks " + missing.map { "“\($0)”" }.joined(separator: ", ")
    return (all ? missing.isEmpty : missing.count < texts.count, words)
  }

  private static func matches(_ pattern: String, _ text: String) -> Bool {
    // What is filled in may have made it none; then nothing matches.
    guard let regex = try? Regex(pattern) else { return false }
    return text.firstMatch(of: regex) != nil
  }

  private static func fits(_ text: String, _ schema: JSON?) -> (Bool, String?) {
    let value: JSON
    do throws(JSONError) { value = try JSON(text) } catch { return (false, error.description) }
    guard let schema else { return (true, nil) }
    do throws(JSONSchemaProblem) {
      let problem = try JSONSchema(schema).problem(with: value)
      return (problem == nil, problem)
    } catch { return (false, "\(error)") }
  }

  private static func trimmed(_ text: String) -> Substring {
    let start = text.drop(while: \.isWhitespace)
    guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return start[...last]
  }
}
