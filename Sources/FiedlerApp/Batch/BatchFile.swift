import Basics
import ConfigurationReading
import Conversations
import FoundationEssentials
import JSON
import SendEngine

/// What is wrong with a file of rows: each with file, line and key.
public struct BatchFileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// `cities.csv:3: checks`.
  public var place: String
  public var words: String
  public var description: String { "\(place): \(words)" }
}

/// A file of rows as it was read: JSONL, JSON, CSV or YAML by its ending. What comes through a pipe has none, and is
/// JSON or JSONL where it begins with a bracket or a brace, else CSV.
struct BatchFile {
  struct Row {
    /// `cities.csv:3`.
    var place: String
    /// By the keys of the row: those that are texts, numbers, `true` or `false` as text, others as JSON.
    var values: [String: String]
    var prompt: String?
    var system: String?
    var checks: [BatchCheck] = []
  }

  var rows: [Row] = []
  /// Prompts that every row is put into; empty where each row has its own, or a template is named.
  var prompts: [PromptTemplate] = []
  /// Names of models; empty where the file names none.
  var models: [String] = []
  /// What of the file does not fit, each in a line.
  var notes: [String] = []

  /// Larger files are a mistake.
  private static let maximumBytes = 256 << 20

  /// Reads the file at `path`, which messages call `name`. Blocks on the disk, and on whoever writes into a pipe.
  init(path: String, name: String) throws {
    let bytes: [UInt8]
    let isNamed: Bool
    do throws(RegularFile.Failure) {
      if let piped = try PipeInput.read(path, limit: Self.maximumBytes) {
        (bytes, isNamed) = (piped, false)
      } else {
        bytes = try RegularFile(path: path).read(limit: Self.maximumBytes)
        isNamed = !PipeInput.isStandardInput(path)
      }
    } catch { throw BatchFileProblem(place: name, words: "it cannot be read: \(error)") }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw BatchFileProblem(place: name, words: "it is not UTF-8 text; save it as UTF-8")
    }
    let whole = text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
    switch isNamed ? name.split(separator: ".").last?.lowercased() : Self.ending(of: whole) {
    case "jsonl", "ndjson": try readLines(whole, name)
    case "json": try readJSON(whole, path, name)
    case "csv", "tsv": try readTable(whole, name)
    case "yaml", "yml": try readYAML(whole, path, name)
    default:
      throw BatchFileProblem(
        place: name,
        words: "rows are read from JSONL, JSON, CSV and YAML; name the file .jsonl, .json, .csv, .tsv or .yaml")
    }
    if rows.isEmpty { throw BatchFileProblem(place: name, words: "it has no rows") }
  }

  private static func ending(of text: String) -> String {
    switch text.first(where: { !$0.isWhitespace }) {
    case "{": "jsonl"
    case "[": "json"
    default: "csv"
    }
  }

  // MARK: JSON

  /// A list of rows; an object on each line, which such files are as often; or promptfoo's configuration.
  private mutating func readJSON(_ text: String, _ path: String, _ name: String) throws {
    let json: JSON
    do throws(JSONError) { json = try JSON(text) } catch {
      let begins = text.first { !$0.isWhitespace }
      guard begins == "{", text.textLines().count(where: { !$0.allSatisfy(\.isWhitespace) }) > 1 else {
        throw BatchFileProblem(place: name, words: error.description)
      }
      return try readLines(text, name)
    }
    guard let elements = json.array else { return try readYAML(text, path, name) }
    for (index, element) in elements.enumerated() { try add(element, "\(name): row \(index + 1)") }
  }

  private mutating func readYAML(_ text: String, _ path: String, _ name: String) throws {
    let folder = path.splitAtLastSlash.map { String($0.folder) } ?? "."
    try PromptfooReading(folder: folder).read(text, name, into: &self)
  }

  private mutating func add(_ json: JSON, _ place: String) throws(BatchFileProblem) {
    guard let members = json.object else {
      throw BatchFileProblem(place: place, words: "a row is an object, such as {\"prompt\": \"…\"}, and this is none")
    }
    rows.append(try Self.row(members, place))
  }

  // MARK: JSONL

  private mutating func readLines(_ text: String, _ name: String) throws(BatchFileProblem) {
    // At line feeds alone: within a text JSON has other ends of lines (U+2028) as they are.
    for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let line = String(decoding: line, as: UTF8.self)
      if line.allSatisfy(\.isWhitespace) { continue }
      let place = "\(name):\(index + 1)"
      let json: JSON
      do throws(JSONError) { json = try JSON(line) } catch {
        throw BatchFileProblem(place: place, words: error.description)
      }
      try add(json, place)
    }
  }

  /// A row of its members: `prompt`, `system`, `checks`, and whatever else a prompt has places for.
  static func row(_ members: [String: JSON], _ place: String) throws(BatchFileProblem) -> Row {
    var row = Row(place: place, values: [:])
    for (key, value) in members where key != "checks" {
      row.values[key] = value.isNull ? "" : value.string ?? value.text
    }
    row.prompt = try Self.text("prompt", of: members, place)
    row.system = try Self.text("system", of: members, place)
    guard let checks = members["checks"], !checks.isNull else { return row }
    for (index, check) in (checks.array ?? [checks]).enumerated() {
      do throws(BatchCheckProblem) { row.checks.append(try BatchCheck(check)) } catch {
        throw BatchFileProblem(place: "\(place): checks[\(index)]", words: error.description)
      }
    }
    return row
  }

  private static func text(_ key: String, of members: [String: JSON], _ place: String) throws(BatchFileProblem)
    -> String?
  {
    guard let value = members[key], !value.isNull else { return nil }
    guard let text = value.string else {
      throw BatchFileProblem(place: "\(place): \(key)", words: "it must be a text")
    }
    return text
  }

  // MARK: CSV

  /// Columns as of promptfoo's tables: variables, and checks in `__expected`, `__expected1` and so on.
  private mutating func readTable(_ text: String, _ name: String) throws(BatchFileProblem) {
    let records: [CSVText.Record]
    do throws(CSVText.OpenQuote) { records = try CSVText.records(text) } catch {
      throw BatchFileProblem(place: "\(name):\(error.line)", words: "a quote that opens here is never closed")
    }
    guard let header = records.first else { return }
    for (index, column) in header.fields.enumerated() {
      let place = "\(name):1: column \(index + 1)"
      if column.isEmpty { throw BatchFileProblem(place: place, words: "it has no name") }
      if header.fields.firstIndex(of: column) != index {
        throw BatchFileProblem(place: place, words: "\(column.quoted) stands there twice")
      }
    }
    for record in records.dropFirst() {
      let place = "\(name):\(record.line)"
      guard record.fields.count == header.fields.count else {
        throw BatchFileProblem(
          place: place,
          words: "it has \(Plural.text(record.fields.count, "field")), and the first line names \(header.fields.count)")
      }
      var row = Row(place: place, values: [:])
      for (column, field) in zip(header.fields, record.fields) {
        switch column {
        case "prompt" where !field.isEmpty: row.prompt = field
        case "system" where !field.isEmpty: row.system = field
        default: break
        }
        guard column.hasPrefix("__") else {
          row.values[column] = field
          continue
        }
        guard column.hasPrefix("__expected"), column.dropFirst("__expected".count).allSatisfy(\.isNumber) else {
          if record.line == records.dropFirst().first?.line { notes.append("\(name): column \(column) is not read") }
          continue
        }
        if field.allSatisfy(\.isWhitespace) { continue }
        do throws(BatchCheckProblem) { row.checks.append(try Self.expected(field)) } catch {
          throw BatchFileProblem(place: "\(place): column \(column)", words: error.description)
        }
      }
      rows.append(row)
    }
  }

  /// A check as tables have it: text without a check's name in front is what the answer shall equal.
  private static func expected(_ field: String) throws(BatchCheckProblem) -> BatchCheck {
    let word = field.prefix { $0.isLetter || $0 == "-" }
    let next = field[word.endIndex...].first
    let bare = word.hasPrefix("not-") ? word.dropFirst(4) : word
    let known = BatchCheck.types + ["llm-rubric"]
    let isCheck = known.contains(String(bare)) && (next == nil || next == ":" || next == "(")
    if isCheck { return try BatchCheck(text: field) }
    // What promptfoo has and Fiedler has not is said, rather than compared as a text.
    let foreign = PromptfooReading.foreignChecks.contains(String(bare)) && (next == ":" || next == "(" || next == nil)
    if foreign { throw .unknown(type: String(word)) }
    return BatchCheck(.equals(field))
  }
}
