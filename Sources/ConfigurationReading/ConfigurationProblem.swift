/// One thing wrong with a settings file: where it stands, what it is, what was expected.
public struct ConfigurationProblem: Error, Hashable, Sendable {
  public enum Severity: Hashable, Sendable {
    /// The file is used all the same.
    case warning
    /// The file cannot be used until this is mended.
    case error
  }

  public enum Cause: Hashable, Sendable {
    /// The file cannot be opened or read; the text says why.
    case unreadable(String)
    /// The file is no YAML; the text is the parser's.
    case syntax(String)
    /// A mapping where a list was expected, text where a number was expected, and the like.
    case wrongType(found: String, expected: String)
    /// The right type, but not a value that can be used.
    case invalidValue(found: String, expected: String)
    /// A key that must be there is not.
    case missing(expected: String)
    /// Nobody reads this key. `nearest` is the known key that was probably meant.
    case unknownKey(nearest: String?)
    /// The key stands in this mapping already.
    case duplicateKey(firstLine: Int)
    /// A name that nothing has, or more than one thing; the text says so.
    case unresolved(String)
    /// Two places contradict each other; the text names both.
    case conflict(String)
    /// Allowed, but probably not meant.
    case questionable(String)
  }

  public var severity: Severity
  public var file: String
  /// From 1; 0 where the problem has no line (a missing file).
  public var line: Int
  /// The path of keys that leads there, joined with dots: `providers.together.base_url`. Empty for the whole file.
  public var key: String
  public var cause: Cause

  public init(_ severity: Severity, file: String, line: Int, key: String, _ cause: Cause) {
    self.severity = severity
    self.file = file
    self.line = line
    self.key = key
    self.cause = cause
  }
}

extension ConfigurationProblem: CustomStringConvertible {
  /// One line: `models.yaml:12: providers.x.timeout: found text "soon", expected ...`.
  public var description: String {
    let place = line > 0 ? "\(file):\(line): " : "\(file): "
    return place + (key.isEmpty ? "" : "\(key.visible): ") + cause.description
  }
}

extension ConfigurationProblem.Cause: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unreadable(let reason): "cannot be read: \(reason)"
    case .syntax(let problem): "not valid YAML: \(problem)"
    case .wrongType(let found, let expected): "found \(found), expected \(expected)"
    case .invalidValue(let found, let expected): "found \(found), expected \(expected)"
    case .missing(let expected): "missing: \(expected)"
    case .unknownKey(let nearest):
      "unknown key, ignored" + (nearest.map { "; did you mean \($0)?" } ?? "")
    case .duplicateKey(let first): "the same key stands on line \(first) already"
    case .unresolved(let text), .conflict(let text), .questionable(let text): text
    }
  }
}

/// Every error of a file, in the order of its lines.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  public var problems: [ConfigurationProblem]

  public init(_ problems: [ConfigurationProblem]) { self.problems = problems }

  /// A line a problem.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension String {
  /// In double quotes, control characters escaped, long text cut: fit for a message.
  package var quoted: String {
    let text = visible
    return text.count <= 60 ? "\"\(text)\"" : "\"\(text.prefix(59))…\""
  }

  /// Control characters escaped, so that a file cannot command the terminal that shows the message.
  package var visible: String {
    unicodeScalars.reduce(into: "") { text, scalar in
      if let byte = FileName.byte(scalar) {
        text += "\\x" + String(byte, radix: 16)
        return
      }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: text += scalar.escaped(asASCII: true)
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
