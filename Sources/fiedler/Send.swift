import ArgumentParser
import Conversations
import Dispatch
import FiedlerApp
import Foundation
import JSON
import SendEngine

struct Send: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send one prompt to several models; answers go to stdout, progress to stderr.",
    discussion: """
      Exit status: 0 if every model answered, 3 if some did, 1 if none did, 2 if the call or the configuration is wrong \
      (nothing was sent then). Ctrl+C stops the models and keeps what has come; a second one leaves at once. They stop, too, \
      when nobody reads the answers any more.
      """)

  @Option(name: .shortAndLong, help: "A model's name or alias; repeat it for several. Default: those of models.yaml.")
  var model: [String] = []

  @Option(name: .shortAndLong, help: "A text file to put before the models; repeat it for several.")
  var file: [String] = []

  @Option(name: .shortAndLong, help: "A system prompt.")
  var system: String?

  @Option(help: "A prompt template (fiedler templates lists them); the prompt fills its {{input}}.")
  var template: String?

  @Option(name: .customLong("var"), help: "With --template: a variable's value, NAME=VALUE; repeat it for several.")
  var variables: [String] = []

  @Option(name: [.customShort("c"), .long], help: "Continue the conversation with this id (or the start of it).")
  var conversation: String?

  @Option(help: "With -c: the turn to follow, so that the prompt begins a branch there. Default: the newest.")
  var turn: Int?

  @Flag(help: "Print one JSON object at the end instead of the answers.")
  var json = false

  @Flag(name: .shortAndLong, help: "No progress lines on stderr.")
  var quiet = false

  @Argument(help: "The prompt; - or nothing to read it from stdin.")
  var prompt: String?

  func validate() throws {
    guard prompt?.allSatisfy(\.isWhitespace) != true else { throw ValidationError("The prompt is empty.") }
    guard turn == nil || conversation != nil else { throw ValidationError("--turn needs -c, the conversation.") }
    guard variables.isEmpty || template != nil else { throw ValidationError("--var needs --template.") }
    guard variables.allSatisfy({ $0.contains("=") && $0.first != "=" }) else {
      throw ValidationError("--var takes NAME=VALUE.")
    }
  }

  func run() async throws {
    let text = try readPrompt()
    let services = try Startup.services()
    for warning in services.warnings { Output.error("warning: \(warning)") }
    await Startup.settle(services)
    let sending = try await Startup.usage {
      var draft = Draft(
        text: text ?? "", system: system, files: file, models: model, conversation: conversation, turn: turn)
      if let template { try services.fill(&draft, from: template, with: variables, input: text) }
      return try await services.prepare(draft)
    }
    let isQuiet = quiet
    let printer = AnswerPrinter(
      replies: sending.exchange.replies, writesAnswers: !json, output: { Output.write($0) },
      progress: { if !isQuiet { Output.error($0) } })
    let handle = services.start(sending, sink: printer) { Output.error("fiedler: \($0)") }
    let signals = Interruption.watch { handle.cancelAll() }
    defer { signals.cancel() }
    Output.whenReaderGoes { handle.cancelAll() }
    let report = await services.finish(handle, of: sending, patience: .seconds(10))
    if json { Output.write(report.json.text + "\n") }
    if let trouble = await services.close() { Output.error("fiedler: \(trouble)") }
    throw ExitCode(report.exitCode)
  }

  /// The argument, or stdin; `nil` if there is neither and a template can do without.
  private func readPrompt() throws -> String? {
    if let prompt, prompt != "-" { return prompt }
    guard prompt != nil || isatty(STDIN_FILENO) == 0 else {
      if template != nil { return nil }
      throw UsageError(
        "no prompt. Give it as an argument (fiedler send \"Why?\"), or pipe it in (fiedler send < file).")
    }
    let data = FileHandle.standardInput.readDataToEndOfFile()
    guard let text = String(data: data, encoding: .utf8) else { throw UsageError("standard input is not UTF-8 text") }
    guard text.contains(where: { !$0.isWhitespace }) else {
      if template != nil, prompt == nil { return nil }
      throw UsageError("standard input holds no prompt; pipe one in, or give it as an argument")
    }
    return text
  }
}
