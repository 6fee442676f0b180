import Basics
import ConfigurationReading
import Conversations
import FoundationEssentials
import JSON
import SendEngine

/// What is wanted of a file of rows, in the user's own words.
public struct BatchRequest: Sendable {
  /// The path as it was given, relative to the working directory; `-` is standard input.
  public var file: String
  /// A template's name, or a text with `{{places}}` for the rows' values; neither where the file has prompts.
  public var template: String?
  public var prompt: String?
  public var system: String?
  /// Names or aliases; empty for the template's, the file's, or the defaults.
  public var models: [String] = []
  public var options = GenerationOptions()
  /// For all rows, as `contains: Paris`.
  public var checks: [String] = []
  /// Who judges where a check names nobody.
  public var judge: String?
  public var jobs = 8
  public var budget: Double?
  public var synthesis: SynthesisRequest?

  public init(file: String) { self.file = file }
}

/// Why a batch cannot be made or gone on with. The words say what to do.
public enum BatchProblem: Error, Hashable, Sendable, CustomStringConvertible {
  case workedOn(String)
  case noJudge(place: String)
  case twoPrompts
  case notFound(String)

  public var description: String {
    switch self {
    case .workedOn(let tag):
      "another process works on batch \(tag): wait for its end, or stop it; `fiedler batch --list` says how far it is"
    case .noJudge(let place): "\(place): a check asks for a judge; name the model with --judge"
    case .notFound(let what): "there is no \(what); `fiedler batch --list` lists those there are"
    case .twoPrompts: "--template and --prompt exclude each other"
    }
  }
}

/// A batch that is about to be made.
public struct BatchDraft: Sendable {
  public var batch: Batch
  /// What of the file does not fit, and what else is worth knowing, a line each.
  public var notes: [String]
  public var estimate: BatchEstimate
}

extension Services {
  /// Reads the file and makes a batch of it. Nothing is stored or sent; every error says what to mend. Blocks on the
  /// disk.
  public func draft(_ request: BatchRequest) throws -> BatchDraft {
    if request.template != nil, request.prompt != nil { throw BatchProblem.twoPrompts }
    let registry = try registry()
    let isInput = PipeInput.isStandardInput(request.file)
    let given = isInput ? PipeInput.standardInput : request.file
    let path = given.isAbsolutePath ? given : "\(environment.workingDirectory)/\(given)"
    let name = PipeInput.name(given) ?? given.lastPathPart ?? given
    let file = try BatchFile(path: path, name: name)
    let template = try request.template.map(batchTemplate) ?? request.prompt.map { PromptTemplate(title: "", body: $0) }
    var notes = file.notes
    let names =
      !request.models.isEmpty ? request.models : template?.models.map(\.description).nonEmpty ?? file.models
    if !request.models.isEmpty, !file.models.isEmpty {
      notes.append("\(name): its models are not asked, as -m names others")
    }
    let models = names.isEmpty ? registry.defaults : try registry.resolve(names).models
    if models.isEmpty { throw NoModels() }
    let options = request.options.over(template?.options ?? GenerationOptions())
    let refusals = models.flatMap { $0.heeding(options).refusedOptions }
    if !refusals.isEmpty { throw RefusedOptions(refusals) }

    var maker = RowMaker(
      name: name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name, template: template,
      system: request.system ?? template?.system, checks: try request.checks.map { try BatchCheck(text: $0) },
      judge: request.judge, registry: registry)
    for row in file.rows {
      for prompt in template == nil && !file.prompts.isEmpty ? file.prompts.map(Optional.some) : [nil] {
        try maker.add(row, prompt)
      }
    }
    if !maker.unused.isEmpty {
      notes.append("\(name): the prompt has no place for \(maker.unused.sorted().joined(separator: ", "))")
    }
    var readers = maker.judges
    if let judge = try request.synthesis.map({ try registry.resolve($0.judge) }) { readers.append(judge) }
    let plan = BatchPlan(
      models: models.map { .init($0.reference, price: $0.price) },
      readers: readers.map { .init($0.reference, price: $0.price) }, options: options, jobs: request.jobs,
      budget: request.budget,
      synthesis: request.synthesis.map { .init(judge: $0.judge, template: $0.template) })
    let batch = Batch(id: UUID(), name: maker.name, createdAt: Date(), plan: plan, rows: maker.rows)
    return BatchDraft(batch: batch, notes: notes, estimate: BatchEstimate(of: batch, rows: batch.rows[...]))
  }

  private func batchTemplate(_ name: String) throws -> PromptTemplate {
    if let template = try templates.read().first(where: { $0.name == name })?.template { return template }
    // There is none, or it cannot be used: that is said as for any prompt.
    return try templates.fill(name, with: [:]).0
  }
}

/// Makes a batch's rows of a file's.
private struct RowMaker {
  let name: String
  let template: PromptTemplate?
  let system: String?
  let checks: [BatchCheck]
  let judge: String?
  let registry: ModelRegistry
  var rows: [BatchRow] = []
  /// Who judges, each once.
  var judges: [ConfiguredModel] = []
  /// Keys of rows that no prompt has a place for.
  var unused: Set<String> = []

  init(
    name: String, template: PromptTemplate?, system: String?, checks: [BatchCheck], judge: String?,
    registry: ModelRegistry
  ) {
    self.name = name
    self.template = template
    self.system = system
    self.checks = checks
    self.judge = judge
    self.registry = registry
  }

  /// Adds a row with a prompt of its file, with the template, or with its own prompt.
  mutating func add(_ row: BatchFile.Row, _ prompt: PromptTemplate?) throws {
    let text = try text(of: row, prompt ?? template)
    guard text.contains(where: { !$0.isWhitespace }) else {
      throw BatchFileProblem(place: row.place, words: "its prompt is empty")
    }
    let number = "\(rows.count + 1)"
    var made = BatchRow(
      place: row.place, title: "\(name) \(number): \(Prompt.title(for: text))", text: text,
      system: row.system ?? system, values: row.values)
    made.checks = try (checks + row.checks).map { try judged($0.filled(with: row.values), row.place) }
    rows.append(made)
  }

  private mutating func text(of row: BatchFile.Row, _ template: PromptTemplate?) throws -> String {
    guard let template else {
      if let prompt = row.prompt { return prompt }
      throw BatchFileProblem(
        place: row.place,
        words: "it has no prompt: give it a key or a column of that name, or give --template or --prompt")
    }
    let names = Set(template.names)
    var values = row.values.filter { names.contains($0.key) }
    for key in row.values.keys where !names.contains(key) && !["prompt", "system"].contains(key) { unused.insert(key) }
    if let prompt = row.prompt, values[PromptTemplate.input] == nil, !names.contains("prompt") {
      values[PromptTemplate.input] = prompt
    }
    let (text, missing) = template.filled(with: values)
    guard missing.isEmpty else {
      throw BatchFileProblem(
        place: row.place, words: "the prompt needs \(missing.joined(separator: ", ")), and the row has no such key")
    }
    return text
  }

  /// A check whose judge is known.
  private mutating func judged(_ check: BatchCheck, _ place: String) throws -> BatchCheck {
    guard case .judge(let rubric, let threshold, let model) = check.test else { return check }
    guard let name = model ?? judge else { throw BatchProblem.noJudge(place: place) }
    let found = try registry.resolve(name)
    if !judges.contains(where: { $0.reference == found.reference }) { judges.append(found) }
    return BatchCheck(
      .judge(rubric: rubric, threshold: threshold, model: found.reference.description), isNegated: check.isNegated)
  }
}

/// What rows of a batch will cost, roughly.
public struct BatchEstimate: Hashable, Sendable {
  /// An answer of unknown length is taken for so many tokens.
  static let answerTokens = 500
  /// What a judge writes.
  static let judgementTokens = 100

  /// As far as the models have prices.
  public var cost = 0.0
  /// Who has none.
  public var unpriced: [ModelReference] = []

  public init(of batch: Batch, rows: ArraySlice<BatchRow>) {
    let plan = batch.plan
    unpriced = plan.models.filter { $0.price == nil }.map(\.reference)
    let answer = plan.options.maxTokens ?? Self.answerTokens
    for row in rows {
      let prompt = TokenEstimate.tokens(inUTF8Bytes: row.text.utf8.count + (row.system?.utf8.count ?? 0))
      for model in plan.models { cost += Self.cost(model.price, prompt, answer) }
      for check in row.checks {
        guard case .judge(let rubric, _, let judge) = check.test else { continue }
        let price = plan.readers.first { $0.reference.description == judge }?.price
        let read = prompt + answer + TokenEstimate.tokens(inUTF8Bytes: rubric.utf8.count)
        cost += Self.cost(price, read, Self.judgementTokens) * Double(plan.models.count)
      }
      if plan.synthesis != nil, let price = plan.readers.last?.price {
        cost += Self.cost(price, prompt + answer * plan.models.count, answer)
      }
    }
  }

  private static func cost(_ price: Price?, _ prompt: Int, _ answer: Int) -> Double {
    price?.cost(of: Usage(promptTokens: prompt, completionTokens: answer)) ?? 0
  }
}

extension Array {
  /// `nil` for an empty one.
  fileprivate var nonEmpty: [Element]? { isEmpty ? nil : self }
}
