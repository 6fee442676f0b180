import Basics
import JSON

/// What an answer of a batch must be like. Called and written as promptfoo's assertions are.
public struct BatchCheck: Hashable, Sendable {
  public enum Test: Hashable, Sendable {
    /// All of the texts, or one of them, somewhere.
    case contains([String], all: Bool, ignoringCase: Bool)
    case startsWith(String)
    case regex(String)
    case equals(String)
    /// Some JSON; JSON that fits a schema.
    case json(schema: JSON?)
    /// In characters.
    case length(minimum: Int, maximum: Int?)
    /// At most, in milliseconds.
    case latency(Double)
    /// At most.
    case cost(Double)
    /// Another model reads the answer and gives it a mark from 0 to 1.
    case judge(rubric: String, threshold: Double, model: String?)
  }

  public var test: Test
  /// It must not be so.
  public var isNegated: Bool

  public init(_ test: Test, isNegated: Bool = false) {
    self.test = test
    self.isNegated = isNegated
  }

  /// The mark that an answer needs where a check says nothing.
  public static let usualThreshold = 0.5

  /// What a report calls it: `icontains "Paris"`.
  public var name: String {
    let value: String =
      switch test {
      case .contains(let texts, _, _): texts.map { "\"\($0)\"" }.joined(separator: ", ")
      case .startsWith(let text), .equals(let text): "\"\(text)\""
      case .regex(let pattern): "/\(pattern)/"
      case .json(let schema): schema == nil ? "" : "with a schema"
      case .length(let minimum, let maximum): "\(minimum)..\(maximum.map(String.init) ?? "")"
      case .latency(let most): "\(JSON.double(most).text) ms"
      case .cost(let most): JSON.double(most).text
      case .judge(let rubric, let threshold, _): "\(JSON.double(threshold).text): \(rubric)"
      }
    let whole = value.isEmpty ? type : "\(type) \(value)"
    return whole.count <= 100 ? whole : whole.prefix(99) + "…"
  }

  /// The word it is written with.
  public var type: String {
    let word =
      switch test {
      case .contains(let texts, let all, let ignoringCase):
        (ignoringCase ? "icontains" : "contains") + (texts.count == 1 ? "" : all ? "-all" : "-any")
      case .startsWith: "starts-with"
      case .regex: "regex"
      case .equals: "equals"
      case .json: "is-json"
      case .length: "length"
      case .latency: "latency"
      case .cost: "cost"
      case .judge: "judge"
      }
    return (isNegated ? "not-" : "") + word
  }

  /// Everything a model is asked for it, for who grades ``Test/judge(rubric:threshold:model:)``.
  public static func judgePrompt(rubric: String, prompt: String, answer: String) -> String {
    let quoted = prompt.textLines().map { "> \($0)" }
    return """
      The file \(Synthesis.fileName("A")) is an answer to this prompt:

      \(quoted.joined(separator: "\n"))

      Judge the answer by this rubric, and by nothing else:

      \(rubric)

      Begin with one line of this form, a mark from 0 (not at all) to 1 (wholly): Score: 0.8. Then say in one sentence why.
      """
  }

  /// The mark that a judge's answer begins with; `nil` where it has none.
  public static func mark(in text: String) -> Double? {
    let prefix = "score:"
    for line in text.split(whereSeparator: \.isNewline) {
      let bare = line.filter { $0 != "*" && $0 != "`" && $0 != "#" }.drop(while: \.isWhitespace)
      guard bare.lowercased().hasPrefix(prefix) else { continue }
      let figure = bare.dropFirst(prefix.count).drop(while: \.isWhitespace).prefix { $0.isNumber || $0 == "." }
      let number = Double(figure.last == "." ? figure.dropLast() : figure)
      return number.flatMap { (0...1).contains($0) ? $0 : nil }
    }
    return nil
  }
}

/// What came of a check.
public struct BatchFinding: Hashable, Sendable {
  /// The check's ``BatchCheck/name``.
  public var check: String
  public var passed: Bool
  /// Why not; of a judge, what it wrote.
  public var reason: String?

  public init(check: String, passed: Bool, reason: String? = nil) {
    self.check = check
    self.passed = passed
    self.reason = reason
  }

  public var json: JSON { ["check": .string(check), "passed": .bool(passed), "reason": JSON(reason)] }

  /// `nil` for what is none.
  public init?(_ json: JSON) {
    guard let check = json["check"]?.string, let passed = json["passed"]?.bool else { return nil }
    self.init(check: check, passed: passed, reason: json["reason"]?.string)
  }
}
