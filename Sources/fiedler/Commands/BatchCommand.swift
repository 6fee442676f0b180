import ArgumentParser
import Basics
import ConfigurationReading
import Conversations
import FiedlerApp
import Foundation
import Interchange
import SendEngine

struct BatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch",
    abstract: "Put every row of a file before every model, check the answers, and go on after any interruption.",
    discussion: """
      FILE is JSONL, JSON, CSV or YAML, promptfoo's included, or a pipe with any but YAML; see .docs/batches.md. Each row \
      becomes a conversation like any other, tagged with the batch. What has been answered is never asked again: after a \
      kill, `fiedler batch --resume ID` asks what is left, and what has failed. Results go to stdout as a table, or as \
      --output and --format say.

      Exit status: 0 if all answered and every check holds, 1 if a check does not hold, 3 if answers are missing, 2 if the \
      call, the file or the configuration is wrong (nothing was sent then). Ctrl+C stops the models and keeps what has come.
      """)

  @Option(name: .shortAndLong, help: "A model's name or alias, or @ and the name of a set; repeatable.")
  var model: [String] = []

  @Option(help: "A prompt template, whose variables the rows fill.")
  var template: String?

  @Option(parsing: .unconditional, help: "A prompt, with {{name}} for what the rows have by that name.")
  var prompt: String?

  @Option(name: .shortAndLong, parsing: .unconditional, help: "A system prompt.")
  var system: String?

  @Option(
    name: [.customShort("o"), .customLong("option")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp("What the models are to heed, as of `fiedler send`.", valueName: "name=value"))
  var options: [String] = []

  @Option(
    name: .customLong("check"), parsing: .unconditionalSingleValue,
    help: "A check for every row, such as 'icontains: {{capital}}' or 'judge(0.8): names the capital'; repeatable.")
  var checks: [String] = []

  @Option(help: "Who judges where a check asks for a judge and names none.")
  var judge: String?

  @Option(
    help: ArgumentHelp("Then have this model read the answers of each row.", valueName: "model[:template]"))
  var synthesize: String?

  @Option(help: "Answers asked for at once; providers' limits hold besides. Default: 8.")
  var jobs: Int?

  @Option(help: "Start no row that may take what the batch costs beyond this.")
  var budget: Double?

  @Option(help: "Ask before it begins where it may cost more than this.")
  var askAbove = 1.0

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Option(help: "Go on with the batch that has this id, or the start of it.")
  var resume: String?

  @Flag(help: "List the batches there are.")
  var list = false

  @Flag(help: "With --list: print one JSON array instead.")
  var json = false

  @Option(help: "Write the results to this file, in the form that its ending says.")
  var output: String?

  @Option(help: "jsonl, csv, markdown or junit.")
  var format: BatchFormat?

  @Flag(name: .shortAndLong, help: "No progress on stderr.")
  var quiet = false

  @Argument(help: "The file with the rows; - is standard input.")
  var file: String?

  func validate() throws {
    guard [file != nil, resume != nil, list].count(where: \.self) == 1 else {
      throw ValidationError("Give a file of rows, or --resume ID, or --list.")
    }
    guard !json || list else { throw ValidationError("--json needs --list; results are --format jsonl.") }
    if resume != nil {
      let given: [(option: String, isGiven: Bool)] = [
        ("-m", !model.isEmpty), ("--template", template != nil), ("--prompt", prompt != nil), ("-s", system != nil),
        ("-o", !options.isEmpty), ("--check", !checks.isEmpty), ("--judge", judge != nil),
        ("--synthesize", synthesize != nil),
      ]
      let fixed = given.filter(\.isGiven).map(\.option)
      guard fixed.isEmpty else {
        throw ValidationError("\(fixed.joined(separator: ", ")) cannot be changed with --resume; make a new batch.")
      }
    }
    guard jobs.map({ (1...1000).contains($0) }) ?? true else { throw ValidationError("--jobs takes 1 to 1000.") }
    guard budget.map({ $0 > 0 }) ?? true else { throw ValidationError("--budget takes an amount above 0.") }
    if format == nil, let output, BatchFormat(path: output) == nil {
      throw ValidationError("The ending of \(output.quoted) says no form: .jsonl, .csv, .md or .xml, or give --format.")
    }
    _ = try generation()
  }

  private func generation() throws -> GenerationOptions {
    var generation = GenerationOptions()
    for option in options {
      do throws(InvalidOption) { try generation.set(assignment: option) } catch {
        throw ValidationError("-o: \(error).")
      }
    }
    return generation
  }

  func run() async throws {
    if list { return try await showList() }
    try checkOutput()
    let services = try Startup.services()
    for warning in services.warnings { Output.error("warning: \(warning)") }
    await Startup.settle(services)
    let batch = try await self.batch(services)
    if !quiet {
      Output.error(
        "batch \(batch.tag): \(BatchText.size(batch)); `fiedler batch --resume \(batch.shortID)` goes on with it")
    }
    let progress = BatchProgressLine(isQuiet: quiet)
    let run = BatchRun(batch, services: services) { progress.show($0) }
    let signals = Interruption.watch { run.stop() }
    defer { signals.cancel() }
    Output.whenReaderGoes(onFailure: false) { run.stop() }
    let end = try await Startup.usage { try await run.run() }
    progress.finish(run.progress)
    tell(end, of: batch)
    let code = try await Startup.usage {
      do { return try await write(batch, services) } catch let problem as ExportProblem {
        throw UsageError(
          "\(problem)\nThe answers are kept: `fiedler batch --resume \(batch.shortID) --output FILE` writes them.")
      }
    }
    if let trouble = await services.close() { Output.error("fiedler: \(trouble)") }
    throw ExitCode(code)
  }

  /// Throws, before anything is paid for, where the results could not be written in the end.
  private func checkOutput() throws {
    guard let output else { return }
    if let file, let rows = FileIdentity(at: file), rows == FileIdentity(at: output) {
      throw UsageError("--output \(output.quoted) is the file with the rows; name another")
    }
    // Into a device or a FIFO is written as it comes; opening it may wait for who reads.
    if case .other? = FileObstacle(at: output) { return }
    _ = try Startup.usage { try OutputTarget.file(output) }
  }

  // MARK: The batch

  private func batch(_ services: Services) async throws -> Batch {
    if let resume {
      return try await Startup.usage {
        try await services.batch(matching: resume, jobs: jobs, budget: budget)
      }
    }
    var request = BatchRequest(file: file ?? "")
    request.template = template
    request.prompt = prompt
    request.system = system
    request.models = model
    request.options = try generation()
    request.checks = checks
    request.judge = judge
    request.jobs = jobs ?? request.jobs
    request.budget = budget
    let draft = try Startup.usage {
      request.synthesis = try Synthesizing.request(synthesize, services)
      return try services.draft(request)
    }
    for note in draft.notes { Output.error("note: \(note)") }
    try confirm(draft)
    try await Startup.usage { try await services.create(draft.batch) }
    return draft.batch
  }

  /// Says what it will cost, and asks where that is much.
  private func confirm(_ draft: BatchDraft) throws {
    let words = BatchText.estimate(draft.estimate, of: draft.batch)
    if !quiet { Output.error("\(BatchText.size(draft.batch)): \(words)") }
    if budget != nil, draft.estimate.unpriced.count == draft.batch.plan.models.count {
      throw UsageError("--budget cannot be kept: \(words)")
    }
    let most = min(draft.estimate.cost, budget ?? .infinity)
    guard !yes, most > askAbove else { return }
    guard isatty(STDIN_FILENO) == 1, isatty(STDERR_FILENO) == 1 else {
      throw UsageError(
        "it may cost \(BatchText.money(most)), more than \(BatchText.money(askAbove)): "
          + "give --yes, or set --ask-above or --budget")
    }
    Output.error("It may cost \(BatchText.money(most)). Go on? [y/N]")
    guard readLine()?.lowercased().hasPrefix("y") == true else { throw ExitCode(2) }
  }

  private func tell(_ end: BatchEnd, of batch: Batch) {
    let again = "`fiedler batch --resume \(batch.shortID)`"
    switch end {
    case .done: break
    case .stopped: Output.error("stopped; \(again) asks what is left")
    case .budget: Output.error("the budget is spent; \(again) --budget AMOUNT goes on with a larger one")
    case .failed(let words): Output.error("fiedler: \(words)\n\(again) goes on once that is mended")
    }
  }

  // MARK: What is printed

  private func write(_ batch: Batch, _ services: Services) async throws -> Int32 {
    let form = format ?? output.flatMap(BatchFormat.init(path:))
    guard let form else {
      let (sums, isJudged) = try await services.report(batch) { _ in }
      Output.write(BatchText.table(sums))
      return sums.exitCode(isJudged: isJudged)
    }
    let summary = BatchSummary(
      id: batch.id, name: batch.name, createdAt: batch.createdAt, models: batch.plan.models.map(\.reference),
      rowCount: batch.rows.count)
    let file = try output.map(OutputTarget.file)
    func put(_ text: String) throws { if let file { try file.write(text) } else { Output.write(text) } }
    try put(form.head(of: batch, summary))
    let (sums, isJudged) = try await services.report(batch) { try put(form.text($0, of: batch)) }
    try put(form.tail(sums))
    try file?.finish()
    if file != nil { Output.write(BatchText.table(sums)) }
    return sums.exitCode(isJudged: isJudged)
  }

  private func showList() async throws {
    let services = try await Startup.settledServices()
    let batches = try await Startup.usage { try await services.batches() }
    if json {
      Output.json(BatchText.json(batches))
      _ = await services.close()
      return
    }
    if batches.isEmpty { Output.error("There are no batches yet; `fiedler batch FILE` makes one.") }
    for batch in batches { Output.list(BatchText.line(batch) + "\n") }
    _ = await services.close()
  }
}

extension BatchFormat: ExpressibleByArgument {}

extension Batch {
  /// As much of the id as is typed.
  fileprivate var shortID: String { String(id.uuidString.lowercased().prefix(8)) }
}
