import Basics
import ConfigurationReading
import Conversations
import FoundationEssentials
import JSON

/// Reads YAML of rows: a list of them, or a mapping as promptfoo has it (`prompts`, `providers`, `tests`,
/// `defaultTest`, with `vars` and `assert`). What of the latter does not fit is noted; what is wrong is an error.
struct PromptfooReading {
  /// promptfoo's assertions that Fiedler has none for.
  static let foreignChecks: Set<String> = [
    "answer-relevance", "bleu", "classifier", "contains-html", "contains-json", "contains-sql", "contains-xml",
    "context-faithfulness", "context-recall", "context-relevance", "factuality", "file", "finish-reason", "g-eval",
    "gleu", "guardrails", "is-html", "is-refusal", "is-sql", "is-valid-function-call", "is-valid-openai-function-call",
    "is-valid-openai-tools-call", "is-xml", "javascript", "levenshtein", "max-score", "meteor", "model-graded-closedqa",
    "moderation", "perplexity", "perplexity-score", "pi", "python", "rouge-n", "ruby", "search-rubric", "select-best",
    "similar", "tool-call-f1", "trace-error-spans", "trace-span-count", "trace-span-duration", "webhook", "word-count",
  ]

  private static let readKeys: Set<String> = ["description", "prompts", "providers", "targets", "tests", "defaultTest"]

  /// Where `file://` begins.
  let folder: String

  func read(_ text: String, _ name: String, into file: inout BatchFile) throws {
    let document = YAMLDocument(text: text, file: name)
    guard let root = document.root else {
      try document.check()
      return
    }
    if root.isList {
      for element in root.elements() ?? [] {
        let place = "\(name):\(element.line)"
        guard let members = element.json.object else {
          throw BatchFileProblem(place: place, words: "a row is a mapping, and this is none")
        }
        file.rows.append(try BatchFile.row(members, place))
      }
    } else if let mapping = root.mapping() {
      for entry in mapping.entries where !Self.readKeys.contains(entry.name) {
        file.notes.append("\(name):\(entry.line): \(entry.name) is not read")
      }
      file.prompts = try (mapping["prompts"].map(list) ?? []).compactMap { try prompt($0, name, &file.notes) }
      file.models =
        (mapping["providers"] ?? mapping["targets"]).map(list)?.compactMap {
          model($0, name, &file.notes)
        } ?? []
      let usual = try mapping["defaultTest"].map { try test($0, name, &file.notes) }
      guard let tests = mapping["tests"] else {
        throw BatchFileProblem(place: "\(name):\(mapping.line)", words: "it has no tests, so there are no rows")
      }
      if let table = try table(tests, name) {
        file.notes += table.notes
        file.rows += table.rows.map { row in
          var row = row
          row.values = (usual?.values ?? [:]).compactMapValues(\.first).merging(row.values) { _, own in own }
          row.checks = (usual?.checks ?? []) + row.checks
          return row
        }
        return try document.check()
      }
      for value in tests.elements() ?? [] {
        file.rows += try rows(try test(value, name, &file.notes), after: usual)
      }
    }
    try document.check()
  }

  private func list(_ value: YAMLValue) -> [YAMLValue] { value.isList ? value.elements() ?? [] : [value] }

  /// The rows of `file://tests.csv`; `nil` for a list.
  private func table(_ value: YAMLValue, _ name: String) throws -> BatchFile? {
    if value.isList { return nil }
    let path = value.json.string ?? ""
    let file = path.hasPrefix("file://") ? String(path.dropFirst("file://".count)) : path
    guard [".csv", ".jsonl"].contains(where: file.hasSuffix) else {
      throw BatchFileProblem(
        place: "\(name):\(value.line): \(value.key)", words: "tests are a list, or file:// and the name of a table")
    }
    return try BatchFile(path: file.isAbsolutePath ? file : "\(folder)/\(file)", name: file)
  }

  // MARK: Prompts and models

  private func prompt(_ value: YAMLValue, _ name: String, _ notes: inout [String]) throws -> PromptTemplate? {
    let place = "\(name):\(value.line): \(value.key)"
    let json = value.json
    guard let written = json.string ?? json["raw"]?.string ?? json["id"]?.string else {
      throw BatchFileProblem(place: place, words: "a prompt is a text or file://…")
    }
    let text = try fileText(written, place) ?? written
    // What begins so and is no JSON is a prompt in brackets.
    if text.drop(while: \.isWhitespace).first == "[", (try? JSON(text))?.array != nil {
      notes.append("\(place): a list of chat messages is not read; write the prompt as text")
      return nil
    }
    let template = PromptTemplate(title: json["label"]?.string ?? "", body: text)
    let left = template.pieces.contains { piece in
      if case .text(let text) = piece { text.contains("{{") || text.contains("{%") } else { false }
    }
    if left { notes.append("\(place): of Nunjucks only {{name}} is read; the rest goes out as it is written") }
    return template
  }

  /// `openai:chat:gpt-5.1` as Fiedler calls it: `openai/gpt-5.1`.
  private func model(_ value: YAMLValue, _ name: String, _ notes: inout [String]) -> String? {
    let json = value.json
    let place = "\(name):\(value.line): \(value.key)"
    guard let id = json.string ?? json["id"]?.string else {
      notes.append("\(place): only a provider's name is read; name the models with -m")
      return nil
    }
    if json["config"] != nil { notes.append("\(place).config is not read; give its options with -o") }
    let parts = id.split(separator: ":").map(String.init)
    guard parts.count > 1 else { return id }
    let kinds = ["chat", "completion", "messages", "responses"]
    let rest = parts.count > 2 && kinds.contains(parts[1]) ? parts.dropFirst(2) : parts.dropFirst(1)
    return parts[0] + "/" + rest.joined(separator: ":")
  }

  // MARK: Tests

  private struct Test {
    var place: String
    /// Each with one value or several, of which each makes a row.
    var values: [String: [String]] = [:]
    var checks: [BatchCheck] = []
  }

  private func test(_ value: YAMLValue, _ name: String, _ notes: inout [String]) throws -> Test {
    var test = Test(place: "\(name):\(value.line)")
    guard let mapping = value.mapping() else { return test }
    for entry in mapping.entries {
      let place = "\(name):\(entry.line): \(entry.value.key)"
      switch entry.name {
      case "description": break
      case "vars":
        for entry in entry.value.mapping()?.entries ?? [] {
          let place = "\(name):\(entry.line): \(entry.value.key)"
          let json = entry.value.json
          test.values[entry.name] = try (json.array ?? [json]).map { json in
            let text = json.isNull ? "" : json.string ?? json.text
            return try fileText(text, place) ?? text
          }
        }
      case "assert", "checks": test.checks += try checks(entry.value, name, &notes)
      default: notes.append("\(place) is not read")
      }
    }
    return test
  }

  private func checks(_ value: YAMLValue, _ name: String, _ notes: inout [String]) throws -> [BatchCheck] {
    try list(value).compactMap { element in
      let place = "\(name):\(element.line): \(element.key)"
      var json = element.json
      let type = json["type"]?.string ?? ""
      if Self.foreignChecks.contains(type.hasPrefix("not-") ? String(type.dropFirst(4)) : type) || type == "assert-set"
      {
        notes.append("\(place): the check \(type) is left out, as Fiedler has none of that name")
        return nil
      }
      for key in (json.object ?? [:]).keys.sorted()
      where !["type", "value", "threshold", "provider", "model", "metric"].contains(key) {
        notes.append("\(place).\(key) is not read")
      }
      if let path = json["value"]?.string, let text = try fileText(path, place), var members = json.object {
        members["value"] = .string(text)
        json = .object(members)
      }
      do throws(BatchCheckProblem) { return try BatchCheck(json) } catch {
        throw BatchFileProblem(place: place, words: error.description)
      }
    }
  }

  /// The rows of a test: one for each combination of its variables' values.
  private func rows(_ test: Test, after usual: Test?) throws -> [BatchFile.Row] {
    let values = (usual?.values ?? [:]).merging(test.values) { _, own in own }
    var combinations: [[String: String]] = [[:]]
    for (name, choices) in values.sorted(by: { $0.key < $1.key }) {
      combinations = combinations.flatMap { row in choices.map { row.merging([name: $0]) { $1 } } }
    }
    return combinations.map { row in
      BatchFile.Row(place: test.place, values: row, checks: (usual?.checks ?? []) + test.checks)
    }
  }

  /// The text of `file://name`, relative to the file it stands in; `nil` for any other text.
  private func fileText(_ text: String, _ place: String) throws -> String? {
    guard text.hasPrefix("file://") else { return nil }
    let name = String(text.dropFirst("file://".count))
    let path = name.isAbsolutePath ? name : "\(folder)/\(name)"
    for ending in [".js", ".ts", ".mjs", ".cjs", ".py", ".rb"] where name.contains(ending) {
      throw BatchFileProblem(
        place: place, words: "\(name.quoted) is a program, and Fiedler runs none; write the text itself")
    }
    do throws(RegularFile.Failure) {
      return String(decoding: try RegularFile(path: path).read(limit: 1 << 20), as: UTF8.self)
    } catch { throw BatchFileProblem(place: place, words: "\(path.quoted) cannot be read: \(error)") }
  }
}
