import ArgumentParser
import Conversations
import FiedlerApp
import Foundation
import SendEngine

struct Synthesize: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "synthesize",
    abstract: "Have one model read the answers of a conversation and write one; it goes to stdout.",
    discussion: """
      The answers are put before it without their authors' names, in random order; in what it writes the names are put back. \
      It is kept as the conversation's next turn. Ways to read them: merge (one answer that takes the best of all), critique, \
      rank, consensus (a checklist of what all, some and only one say), council (every model ranks them first), or a prompt \
      template of your own, whose {{input}} is the prompt and {{answers}} the names of the answers' files. \
      Exit status as of `fiedler send`.
      """)

  @Option(name: .shortAndLong, help: "Who reads them: a model's name or alias.", completion: Completions.models)
  var model: String

  @Option(name: [.customShort("t"), .long], help: "merge, critique, rank, consensus, council, or a template's name.")
  var template = SynthesisWay.merge.rawValue

  @Option(help: "The exchange that has this turn. Default: the newest that is no reading of answers.")
  var turn: Int?

  @Flag(help: "Print one JSON object at the end instead.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress lines on stderr.")
  var quiet = false

  @Argument(
    help: "The conversation's id, or the start of it as `fiedler history` lists it.",
    completion: Completions.conversations)
  var id: String

  func run() async throws {
    let services = try Startup.services()
    for warning in services.warnings { Output.error("warning: \(warning)") }
    await Startup.settle(services)
    let (conversation, prompt) = try await Startup.usage {
      let conversation = try await services.conversation(matching: id)
      return (conversation.id, try turn.flatMap { try Services.exchange($0, of: conversation)?.id })
    }
    let report = try await Startup.usage {
      try await services.synthesize(
        conversation, prompt: prompt, SynthesisRequest(judge: model, template: template),
        run: Synthesizing.runner(services, isQuiet: quiet))
    }
    if json { Output.json(report.json) } else { Output.write(report.text + "\n") }
    if !quiet { Output.error(report.synthesis.legend) }
    if let trouble = await services.close() { Output.error("fiedler: \(trouble)") }
    throw ExitCode(report.report.exitCode)
  }
}

/// What `send --synthesize` and `synthesize` share.
enum Synthesizing {
  /// What an option's value asks for; `nil` without one. Throws what is wrong with it before anything is sent.
  static func request(_ text: String?, _ services: Services) throws -> SynthesisRequest? {
    guard let text else { return nil }
    let request = SynthesisRequest(text, templates: try services.synthesisTemplates())
    _ = try services.registry().resolve(request.judge)
    return request
  }

  /// Sends and waits, with progress on stderr.
  static func runner(_ services: Services, isQuiet: Bool) -> (Sending) async -> SendReport {
    { sending in
      if !isQuiet { for note in sending.notes { Output.error(note) } }
      let printer = AnswerPrinter(
        replies: sending.exchange.replies, writesAnswers: false, output: { _ in },
        progress: { if !isQuiet { Output.error($0) } })
      let handle = services.start(sending, sink: printer) { Output.error("fiedler: \($0)") }
      let signals = Interruption.watch { handle.cancelAll() }
      defer { signals.cancel() }
      Output.whenReaderGoes(onFailure: false) { handle.cancelAll() }
      return await services.finish(handle, of: sending, patience: .seconds(10))
    }
  }

  /// Has the answers of a send read as was asked, and writes what comes of it. Why they cannot be read goes to stderr:
  /// the answers themselves are there.
  static func read(
    _ report: SendReport, _ request: SynthesisRequest?, with services: Services, isQuiet: Bool, writesAnswer: Bool
  ) async -> (report: SynthesisReport?, hasFailed: Bool) {
    guard let request else { return (nil, false) }
    do {
      let read = try await services.synthesize(
        report.conversationID, prompt: report.correlationID, request, run: runner(services, isQuiet: isQuiet))
      if writesAnswer { Output.write("\n## \(request.template) by \(request.judge)\n\n\(read.text)\n") }
      if !isQuiet { Output.error(read.synthesis.legend) }
      return (read, read.report.outcome != .success)
    } catch {
      Output.error("fiedler: \(ErrorWords.text(for: error))")
      return (nil, true)
    }
  }
}
