import Basics
import ConfigurationReading
import Conversations
import FoundationEssentials
import SendEngine
import Settings

/// Finds and reads prompt templates: Markdown files, each with YAML front matter between two lines `---` if it has any.
public struct Templates {
  /// A prompt is written by hand; a larger file is a mistake.
  static let maximumBytes = 256 * 1024

  private static let knownKeys = ["title", "description", "system", "models", "options", "variables"]

  public let directory: String
  private let registry: Result<ModelRegistry, ConfigurationError>

  /// Those of an environment. Blocks on the disk, for `models.yaml`.
  public init(_ environment: LaunchEnvironment) {
    let paths = Paths(environment: environment.variables)
    self.init(paths) { () throws(ConfigurationError) in
      try ModelRegistry.load(
        path: paths.modelsFile, listings: paths.listedModelsFile, environment: environment.variables)
    }
  }

  /// `registry` gives the models that templates may name, or throws what is wrong with `models.yaml`.
  init(_ paths: Paths, registry: () throws(ConfigurationError) -> ModelRegistry) {
    directory = paths.templatesDirectory
    do throws(ConfigurationError) { self.registry = .success(try registry()) } catch { self.registry = .failure(error) }
  }

  /// A template that is asked for is not there, cannot be used, or lacks a value; the words say what to do.
  public struct Unusable: Error, CustomStringConvertible {
    public var description: String
  }

  /// The folder is there but cannot be read.
  struct UnreadableFolder: Error, CustomStringConvertible {
    var path: String
    var description: String { "\(path) cannot be read, so there are no templates; check that it is a folder of yours" }
  }

  /// All there are, by name. A broken one keeps no other from being read. Blocks on the disk.
  public func read() throws -> [TemplateFile] {
    guard FileManager.default.fileExists(atPath: directory) else { return [] }
    let files: [String]
    // What the system says about it is no clearer.
    do { files = try FileManager.default.contentsOfDirectory(atPath: directory) } catch {
      throw UnreadableFolder(path: directory)
    }
    return files.filter { $0.hasSuffix(".md") && !$0.hasPrefix(".") }.map { String($0.dropLast(3)) }.sorted()
      .map { read($0, at: "\(directory)/\($0).md") }
  }

  /// Whether the template of this name has a place for input; it is then worth waiting for. Blocks on the disk.
  public func takesInput(_ name: String) throws -> Bool {
    try read().first { $0.name == name }?.template?.takesInput ?? false
  }

  /// The template of this name, filled: what to send. Throws what the user can mend. Blocks on the disk.
  public func fill(_ name: String, with values: [String: String]) throws -> (PromptTemplate, text: String) {
    let files = try read()
    guard let file = files.first(where: { $0.name == name }) else {
      let nearest = Suggestions.nearest(to: name, in: files.map(\.name))
      let hint = nearest.isEmpty ? "" : "; did you mean \(nearest.joined(separator: ", "))?"
      throw Unusable(description: "no template is called \(name.quoted)\(hint)\n`fiedler templates` lists them.")
    }
    guard let template = file.template else { throw Unusable(description: file.problem ?? "") }
    let known = template.variables.map(\.name) + [PromptTemplate.input]
    for given in values.keys.sorted() where !known.contains(given) {
      let has = template.names.isEmpty ? "it has none" : "it has \(template.names.joined(separator: ", "))"
      throw Unusable(description: "template \(name.quoted) has no variable \(given.quoted); \(has)")
    }
    let (text, missing) = template.filled(with: values)
    guard missing.isEmpty else { throw Unusable(description: Self.words(missing: missing, in: file)) }
    return (template, text)
  }

  private static func words(missing: [String], in file: TemplateFile) -> String {
    let ways = missing.map { name in
      name == PromptTemplate.input ? "a prompt as argument or on stdin" : "--var \(name)=…"
    }
    let variables = "\(Plural.word(missing.count, "variable")) \(missing.joined(separator: ", "))"
    return "template \(file.name.quoted) needs the \(variables). "
      + "Give \(ways.joined(separator: " "))"
  }

  // MARK: Reading one

  private func read(_ name: String, at path: String) -> TemplateFile {
    func broken(_ problem: String) -> TemplateFile { TemplateFile(name: name, path: path, content: .problem(problem)) }
    let bytes: [UInt8]
    do throws(RegularFile.Failure) {
      bytes = try RegularFile(path: path).read(limit: Self.maximumBytes)
    } catch {
      if case .tooLarge(let limit) = error { return broken("\(path): larger than \(limit / 1024) KiB, no template") }
      return broken("\(path): cannot be read: \(error)")
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return broken("\(path): not UTF-8 text; save it as UTF-8")
    }
    let lines = text.drop { $0 == "\u{FEFF}" }.textLines()
    guard lines.first.map(Self.isFence) == true else {
      return TemplateFile(name: name, path: path, content: .template(template(name, body: lines[...])))
    }
    guard let end = lines.dropFirst().firstIndex(where: Self.isFence) else {
      return broken(
        "\(path):1: the front matter has no end: put a line --- behind it, or a blank line first if there is none")
    }
    // A blank line for the fence, so that lines are numbered as in the file.
    let yaml = "\n" + lines[1..<end].joined(separator: "\n") + "\n"
    let document = YAMLDocument(text: yaml, file: path)
    let front = document.root.flatMap { $0.mapping(known: Self.knownKeys) }
    let template = front.map { self.template(name, $0, body: lines[(end + 1)...]) }
    do { try document.check() } catch { return broken(error.description) }
    return TemplateFile(
      name: name, path: path, content: .template(template ?? self.template(name, body: lines[(end + 1)...])),
      warnings: document.problems.warnings.map(\.description))
  }

  private static func isFence(_ line: Substring) -> Bool {
    line.hasPrefix("---") && line.dropFirst(3).allSatisfy { $0 == " " || $0 == "\t" }
  }

  private func template(_ name: String, _ front: YAMLMapping? = nil, body: ArraySlice<Substring>) -> PromptTemplate {
    var body = body.drop { $0.allSatisfy(\.isWhitespace) }
    while body.last?.allSatisfy(\.isWhitespace) == true { body.removeLast() }
    let entries = front?["variables"]?.mapping(expected: Self.expectedVariables)?.entries ?? []
    var declared = entries.compactMap(variable)
    if !declared.contains(where: { $0.name == "date" }) {
      declared.append(.init(name: "date", value: String(LocalTime.text(Date()).prefix(10))))
    }
    var template = PromptTemplate(
      title: front?["title"]?.string() ?? name, description: front?["description"]?.string(),
      system: front?["system"]?.string(), models: front?["models"].map(models) ?? [], declared: declared,
      body: body.joined(separator: "\n"))
    template.options = front?["options"].map(GenerationOptions.init) ?? GenerationOptions()
    let names = template.names
    for entry in entries where !names.contains(entry.name) {
      entry.value.warn(.questionable("the text has no \(PromptTemplate.mark(entry.name))"))
    }
    // The date is nobody's concern where the text has none.
    template.variables.removeAll { $0.name == "date" && !names.contains("date") }
    return template
  }

  private func models(_ value: YAMLValue) -> [ModelReference] {
    (value.strings(expected: "a list of models, such as [quick, thinker]") ?? []).compactMap { name, value in
      switch registry {
      case .failure: value.error(.unresolved("models cannot be named until models.yaml is mended"))
      case .success(let registry):
        do throws(ModelResolutionError) {
          return try registry.resolve(name).reference
        } catch {
          value.error(.unresolved("\(error); `fiedler models` lists what can be asked"))
        }
      }
      return nil
    }
  }

  private static let expectedVariables = "a mapping: names, each with its default, or with default and description"

  private func variable(_ entry: YAMLMapping.Entry) -> PromptTemplate.Variable? {
    guard PromptTemplate.isName(entry.name) else {
      let expected = "a name of letters, digits, _ and -, a letter first"
      entry.value.error(.invalidValue(found: entry.name.quoted, expected: expected))
      return nil
    }
    if entry.value.isNull { return .init(name: entry.name) }
    guard entry.value.isMapping else {
      return entry.value.string(expected: "its default, or default and description").map {
        .init(name: entry.name, value: $0)
      }
    }
    let details = entry.value.mapping(known: ["default", "description"])
    return .init(
      name: entry.name, value: details?["default"]?.string(), description: details?["description"]?.string())
  }
}

extension Services {
  public var templates: Templates { Templates(paths) { () throws(ConfigurationError) in try registry() } }

  /// Makes a draft's text that of a template: `assignments` are `name=value`, `input` fills `PromptTemplate/input`.
  /// The template's system prompt, models and options are taken where the draft has none. Throws what the user can
  /// mend.
  public func fill(
    _ draft: inout Draft, from name: String, with assignments: [String], input: String?
  ) throws {
    var values: [String: String] = [:]
    for assignment in assignments {
      let (name, value) = assignment.split(atFirst: "=") ?? (assignment[...], "")
      values[String(name)] = String(value)
    }
    if let input { values[PromptTemplate.input] = input }
    let (template, text) = try templates.fill(name, with: values)
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw Templates.Unusable(description: "template \(name.quoted) has no text of its own; give a prompt with it")
    }
    draft.text = text
    draft.system = draft.system ?? template.system
    draft.options = draft.options.over(template.options)
    if draft.models.isEmpty { draft.models = template.models.map(\.description) }
  }
}
