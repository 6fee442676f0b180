import ArgumentParser
import Basics
import Conversations
import FiedlerApp
import Foundation
import Interchange
import JSON
import Synchronization

struct Export: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write conversations as Markdown, as JSON, as folders of files, or as an asciicast.",
    discussion: """
      Markdown has a YAML header. JSON has everything and can be imported again: one conversation is one line, several \
      are one a line. A folder has a file for each answer, all files that were sent, and the conversation as Markdown and \
      JSON. A cast is the replay of one exchange, which asciinema and its web player show anywhere; `fiedler replay --cast` \
      has more choices.

      Files are readable by you alone and appear whole or not at all. A folder that is there already is replaced only \
      if it holds the same conversation and nothing of yours. Exit status: 0 if all was written, 2 if the call is wrong \
      or something could not be written, 3 if it was stopped or a damaged conversation was left out.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case md, json, folder, cast

    /// As the ending of a file's name says it.
    init?(path: String) {
      switch path.split(separator: ".").last?.lowercased() {
      case "json", "jsonl", "ndjson": self = .json
      case "cast": self = .cast
      default: return nil
      }
    }
  }

  @Option(
    name: [.customShort("f"), .customLong("format")],
    help: "md, json, folder or cast; without it what the ending of the file says (.json, .jsonl, .cast), or md.")
  var givenFormat: Format?

  @Option(
    name: .shortAndLong,
    help:
      "The file to write instead of stdout (-); for folders, the folder to put them into. FIFOs, devices and /dev/fd/N are written into."
  )
  var output: String?

  @Flag(help: "All conversations, the oldest first.")
  var all = false

  @Option(help: "Those that this search finds, as `fiedler history` does.", completion: Completions.search)
  var search: String?

  @Option(help: "Only this turn of the conversation: a prompt or an answer by its number, as Markdown or as a cast.")
  var turn: Int?

  @Argument(
    help: "Ids of conversations (or the start of them) as `fiedler history` lists them.",
    completion: Completions.conversations)
  var ids: [String] = []

  private var format: Format { givenFormat ?? output.flatMap(Format.init(path:)) ?? .md }

  func validate() throws {
    guard (ids.isEmpty ? 0 : 1) + (all ? 1 : 0) + (search == nil ? 0 : 1) == 1 else {
      throw ValidationError("Say what to export: ids, --search QUERY or --all.")
    }
    if turn != nil {
      guard ids.count == 1, format == .md || format == .cast else {
        throw ValidationError("--turn takes one id and writes Markdown or a cast.")
      }
    }
    if format == .md || format == .cast, ids.count != 1 {
      throw ValidationError(
        "\(format == .md ? "Markdown" : "A cast") is for one conversation at a time; for several take --format folder -o FOLDER, or --format json."
      )
    }
    guard format != .folder || (output != nil && output != "-") else {
      throw ValidationError("--format folder needs -o and the folder to put them into.")
    }
  }

  func run() async throws {
    let services = try await Startup.settledServices()
    let isDamaged = Mutex(false)
    let exporting = Task {
      try await export(services) { words in
        isDamaged.withLock { $0 = true }
        ProgressLine.clear()
        Output.error(words)
      }
    }
    let signals = Interruption.watch { exporting.cancel() }
    defer { signals.cancel() }
    Output.whenReaderGoes { exporting.cancel() }
    let count: Int
    do {
      count = try await Startup.usage { try await exporting.value }
    } catch  where exporting.isCancelled {
      throw UsageError("stopped; \(format == .folder ? "whole folders stay" : "nothing was written").")
    }
    ProgressLine.clear()
    if count == 0, !isDamaged.withLock({ $0 }) {
      Output.error(search.map { "Nothing found for \u{201C}\($0)\u{201D}." } ?? "No conversations yet.")
    }
    if count > 0, let output, output != "-" {
      Output.error("\(Plural.text(count, "conversation")) written to \(output).")
    }
    if isDamaged.withLock({ $0 }) { throw ExitCode(3) }
  }

  private func export(_ services: Services, onDamage: @Sendable (String) -> Void) async throws -> Int {
    // The blank ends the last word: nobody is typing on.
    let query = search.map { $0 + " " } ?? ""
    let selection = ids.isEmpty ? ExportSelection.query(HistoryQuery(query, order: .oldest)) : .ids(ids)
    let prices = services.prices
    var progress = ProgressLine()
    var done = 0
    if format == .folder, let output {
      return try await services.export(selection, onDamage: onDamage) { conversation in
        try ConversationFolder.write(conversation, into: output, prices: prices)
        done += 1
        progress.show("\(done) written")
      }
    }
    let file = try output.flatMap { $0 == "-" ? nil : $0 }.map(OutputTarget.file)
    let count = try await services.export(selection, onDamage: onDamage) { conversation in
      func put(_ text: String) throws { if let file { try file.write(text) } else { Output.write(text) } }
      if format == .cast {
        for line in try services.cast(of: conversation, ReplaySelection(turn: turn)) { try put(line + "\n") }
      } else {
        try put(try text(of: conversation, services, prices))
      }
      done += 1
      if file != nil { progress.show("\(done) written") }
    }
    try file?.finish()
    return count
  }

  private func text(
    of conversation: Conversation, _ services: Services, _ prices: ConversationMarkdown.Prices
  ) throws -> String {
    if let turn { return try services.markdown(ofTurn: turn, of: conversation) }
    return format == .json
      ? ConversationJSON.json(conversation).text + "\n" : ConversationMarkdown.document(conversation, prices: prices)
  }
}
