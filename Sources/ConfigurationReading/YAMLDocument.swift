import Yams

/// A settings file as YAML, read leniently: what is wrong with it is collected, not thrown one by one.
///
/// Scalars are taken as the text they were written as, so `base00: 000000`, `url: off` and a model called `4.1`
/// mean what they look like. Not `Sendable`: read a file in one place.
public struct YAMLDocument {
  /// No settings file is anywhere near this; a larger one is a mistake.
  public static let maximumBytes = 1 << 20

  /// The top mapping; `nil` for an empty file and for one that could not be parsed.
  public let root: YAMLValue?
  public let problems: ProblemCollector
  /// The permission bits of the file that was read.
  public let permissions: UInt32

  /// Reads the file at `path`; `displayName` (or the path) stands for it in messages. Blocks on the disk.
  public init(path: String, displayName: String? = nil) throws(RegularFile.Failure) {
    let file = try RegularFile(path: path)
    let bytes = try file.read(limit: Self.maximumBytes)
    self.init(bytes: bytes, file: displayName ?? path, permissions: file.permissions)
  }

  /// Reads YAML that is in memory already.
  public init(text: String, file: String) {
    self.init(bytes: Array(text.utf8), file: file, permissions: 0o600)
  }

  private init(bytes: [UInt8], file: String, permissions: UInt32) {
    let problems = ProblemCollector(file: file)
    self.problems = problems
    self.permissions = permissions
    // A byte order mark at the beginning says nothing (YAML 1.2, section 5.2), and the parser counts it as a column.
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(mark.count)) : bytes
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let line = 1 + bytes.prefix(String.validUTF8PrefixLength(of: bytes)).count { $0 == UInt8(ascii: "\n") }
      problems.add(.error, line: line, key: "", .syntax("it is not UTF-8 text; save it as UTF-8"))
      root = nil
      return
    }
    root = Self.compose(text, problems).map { YAMLValue(node: $0, key: "", line: 1, problems: problems) }
  }

  /// Throws what was found wrong, if anything was.
  public func check() throws(ConfigurationError) {
    if !problems.errors.isEmpty { throw ConfigurationError(problems.errors) }
  }

  /// The parser gives up at the first repeated key. So that all problems can be shown together, the repeated key is
  /// made another one (which readers skip) and the text is parsed again.
  private static func compose(_ original: String, _ problems: ProblemCollector) -> Node? {
    var text = original
    // Each pass costs the whole file: with many repeated keys the first of them are told, and that there are more.
    let passes = max(2, min(64, (1 << 18) / max(1, original.utf8.count)))
    for _ in 0..<passes {
      do {
        // The basic resolver matches no patterns: what a scalar means is decided by who reads it.
        return try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
      } catch YamlError.duplicatedKeysInMapping(let names, let context) {
        let first = context.mark.line
        let name = names.first ?? ""
        guard let repeated = RepeatedKey(name, in: text, line: first, column: context.mark.column) else {
          problems.add(.error, line: first, key: name, .duplicateKey(firstLine: first))
          return nil
        }
        problems.add(.error, line: repeated.line, key: name, .duplicateKey(firstLine: first))
        text = repeated.renamed
      } catch let error as YamlError {
        problems.add(syntax: error)
        return nil
      } catch {
        problems.add(.error, line: 0, key: "", .syntax("\(error)"))
        return nil
      }
    }
    problems.add(.error, line: 0, key: "", .syntax("more keys are repeated than are told here"))
    return nil
  }
}

/// Gathers what is wrong with one file while it is read.
public final class ProblemCollector {
  public let file: String
  private var all: [ConfigurationProblem] = []

  public init(file: String) { self.file = file }

  public func add(
    _ severity: ConfigurationProblem.Severity, line: Int, key: String, _ cause: ConfigurationProblem.Cause
  ) {
    all.append(ConfigurationProblem(severity, file: file, line: line, key: key, cause))
  }

  /// In the order of their lines.
  public var errors: [ConfigurationProblem] { sorted(.error) }
  /// In the order of their lines.
  public var warnings: [ConfigurationProblem] { sorted(.warning) }

  private func sorted(_ severity: ConfigurationProblem.Severity) -> [ConfigurationProblem] {
    all.filter { $0.severity == severity }.enumerated()
      .sorted { ($0.element.line, $0.offset) < ($1.element.line, $1.offset) }.map(\.element)
  }

  fileprivate func add(syntax error: YamlError) {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let text = [context?.text, problem].compactMap(\.self).joined(separator: ", ")
      add(.error, line: mark.line, key: "", .syntax(text))
    case .reader(let problem, let offset, _, let yaml):
      let line = offset.map { 1 + yaml.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } }
      add(.error, line: line ?? 0, key: "", .syntax(problem))
    default:
      add(.error, line: 0, key: "", .syntax("\(error)"))
    }
  }
}

extension String {
  /// How many of the first bytes are whole, valid UTF-8 characters.
  fileprivate static func validUTF8PrefixLength(of bytes: [UInt8]) -> Int {
    var decoder = UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var length = 0
    while case .valid(let scalar) = decoder.parseScalar(from: &iterator) { length += scalar.count }
    return length
  }
}
