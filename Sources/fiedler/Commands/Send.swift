import ArgumentParser
import Basics
import ConfigurationReading
import Conversations
import Dispatch
import FiedlerApp
import Foundation
import Interchange
import JSON
import SendEngine

struct Send: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "send", abstract: "Send one prompt to several models; answers go to stdout, progress to stderr.",
    discussion: """
      Exit status: 0 if every model answered, 3 if some did, 1 if none did, 2 if the call or the configuration is wrong \
      (nothing was sent then). With --synthesize, 3 also if the answers could not be read. Ctrl+C stops the models and keeps what has come; a second one leaves at once. They stop, too, \
      when nobody reads the answers any more. 4 if what there was to print could not be written (a full disk): the answers are \
      in the history then.

      What is piped in beside a prompt goes along as a file called stdin:  git diff | fiedler send "Review this". If nothing \
      comes within 3 s, it is said so and sent without; -f - waits for it, and < /dev/null says at once that there is none. \
      Pipes may be named as files, too:  fiedler send -f <(make 2>&1) "What is wrong?". Standard input has the limits of \
      files (attachments in config.yaml). Put -- before a prompt that begins with a dash.
      """)

  @Option(
    name: .shortAndLong,
    help: "A model's name or alias, or @ and the name of a set; repeatable. Default: those of models.yaml.",
    completion: Completions.models)
  var model: [String] = []

  @Option(
    name: .shortAndLong, parsing: .unconditionalSingleValue,
    help: """
      A text file, a picture (PNG, JPEG, GIF, WebP) or PDF, or a folder with all its texts, to put before the models; - is \
      standard input. Repeatable.
      """)
  var file: [String] = []

  @Option(name: .shortAndLong, parsing: .unconditional, help: "A system prompt.")
  var system: String?

  @Option(
    help: "A prompt template (fiedler templates lists them); the prompt fills its {{input}}.",
    completion: Completions.templates)
  var template: String?

  @Option(
    name: .customLong("var"), parsing: .unconditionalSingleValue,
    help: "With --template: a variable's value, NAME=VALUE; repeat it for several.")
  var variables: [String] = []

  @Option(
    name: [.customShort("o"), .customLong("option")], parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "What the models are to heed, NAME=VALUE: \(Self.optionNames). Repeatable; models.yaml has defaults.",
      valueName: "name=value"))
  var options: [String] = []

  @Option(
    name: [.customShort("c"), .long], help: "Continue the conversation with this id (or the start of it).",
    completion: Completions.conversations)
  var conversation: String?

  @Option(help: "With -c: the turn to follow, so that the prompt begins a branch there. Default: the newest.")
  var turn: Int?

  @Flag(help: "Print one JSON object at the end instead of the answers.")
  var json = false

  @Option(help: "Also write the answers to a folder of their own in this one, a Markdown file each and summary.json.")
  var output: String?

  @Option(
    help: ArgumentHelp(
      """
      Then have this model read all answers and write one; behind a colon, how: merge (the default), critique, rank, \
      consensus, council, or a template of your own.
      """, valueName: "model[:template]"))
  var synthesize: String?

  @Flag(name: .shortAndLong, help: "No progress lines on stderr.")
  var quiet = false

  @Argument(help: "The prompt; - or nothing to read it from stdin.")
  var prompt: String?

  /// The names of options, for the help text.
  private static let optionNames = (GenerationOptions.Name.allCases.dropLast().map(\.rawValue) + ["body.NAME"])
    .joined(separator: ", ")

  private func generation() throws -> GenerationOptions {
    var generation = GenerationOptions()
    for option in options {
      do throws(InvalidOption) { try generation.set(assignment: option) } catch {
        throw ValidationError("-o: \(error).")
      }
    }
    return generation
  }

  func validate() throws {
    _ = try generation()
    for text in [prompt, system].compactMap(\.self) + variables where FileName.isForeign(text) {
      throw ValidationError("The prompt is not UTF-8 text: \(text.quoted). Convert it, or set the terminal to UTF-8.")
    }
    guard prompt?.allSatisfy(\.isWhitespace) != true else { throw ValidationError("The prompt is empty.") }
    guard turn == nil || conversation != nil else { throw ValidationError("--turn needs -c, the conversation.") }
    guard variables.isEmpty || template != nil else { throw ValidationError("--var needs --template.") }
    guard variables.allSatisfy({ $0.split(atFirst: "=")?.before.isEmpty == false }) else {
      throw ValidationError("--var takes NAME=VALUE.")
    }
  }

  func run() async throws {
    let given = try SendInput.read(prompt: prompt, files: file, template: template) { if !quiet { Output.error($0) } }
    let services = try Startup.services()
    for warning in services.warnings { Output.error("warning: \(warning)") }
    await Startup.settle(services)
    if model.isEmpty, conversation == nil { await Startup.takeCurrentModels(services) }
    let synthesis = try Startup.usage { try Synthesizing.request(synthesize, services) }
    let sending = try await Startup.usage {
      var draft = Draft(
        text: given.prompt ?? "", system: system, files: file, input: given.attached, models: model,
        conversation: conversation, turn: turn)
      draft.options = try generation()
      if let template { try services.fill(&draft, from: template, with: variables, input: given.prompt) }
      return try await services.prepare(draft)
    }
    let isQuiet = quiet
    if !quiet { for line in SendInput.summary(of: sending.exchange.prompt) + sending.notes { Output.error(line) } }
    let printer = AnswerPrinter(
      replies: sending.exchange.replies, writesAnswers: !json, output: { Output.write($0) },
      progress: { if !isQuiet { Output.error($0) } })
    let handle = services.start(sending, sink: printer) { Output.error("fiedler: \($0)") }
    let signals = Interruption.watch { handle.cancelAll() }
    defer { signals.cancel() }
    // Where the disk is full, the answers are still kept in the history.
    Output.whenReaderGoes(onFailure: false) { handle.cancelAll() }
    let report = await services.finish(handle, of: sending, patience: .seconds(10))
    let reading = await Synthesizing.read(
      report, synthesis, with: services, isQuiet: quiet, writesAnswer: !json)
    if json { Output.json(report.json(with: reading.report)) }
    if let output {
      do {
        let folder = try services.writeRunFolder(report, of: sending, in: output)
        if !quiet { Output.error(folder.path) }
      } catch {
        // The answers are in the history all the same.
        Output.error("fiedler: \(error)")
        _ = await services.close()
        throw ExitCode(4)
      }
    }
    if let trouble = await services.close() { Output.error("fiedler: \(trouble)") }
    throw ExitCode(reading.hasFailed && report.exitCode == 0 ? 3 : report.exitCode)
  }
}
