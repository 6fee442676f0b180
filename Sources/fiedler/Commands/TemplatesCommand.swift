import ArgumentParser
import Conversations
import FiedlerApp
import JSON

struct TemplatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "templates", abstract: "List prompt templates: name, title, variables (* without a value), file.")

  @Flag(help: "Print one JSON array instead.")
  var json = false

  func run() throws {
    let templates = Templates(Startup.environment())
    let files = try Startup.usage { try templates.read() }
    if json { Output.json(ListingText.json(files)) } else { Output.list(ListingText.lines(files)) }
    if files.isEmpty { Output.error("There are no templates; put Markdown files into \(templates.directory).") }
    for problem in files.compactMap(\.problem) { Output.error("error: \(problem)") }
    for warning in files.flatMap(\.warnings) { Output.error("warning: \(warning)") }
  }
}
