import ArgumentParser
import Conversations
import FiedlerApp
import Foundation
import JSON

struct History: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List conversations, newest first.")

  @Option(name: [.customShort("n"), .long], help: "How many at most.")
  var limit = 50

  @Flag(help: "Print one JSON array instead.")
  var json = false

  @Argument(help: "Only conversations whose title, prompts or answers contain this.")
  var search: String?

  func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit takes a number from 1 to 10000.") }
  }

  func run() async throws {
    let services = try await Startup.settledServices()
    let found = try await Startup.usage { try await services.history(matching: search, limit: limit) }
    if json { return Output.write(ListingText.json(found).text + "\n") }
    for conversation in found {
      Output.write("\(conversation.id.lowercased.prefix(8))  \(ListingText.line(conversation))\n")
    }
    if found.isEmpty {
      Output.error(search.map { "No conversation contains \u{201C}\($0)\u{201D}." } ?? "No conversations yet.")
    }
  }
}

struct Show: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Print a conversation as Markdown.")

  @Flag(help: "Print one JSON object instead.")
  var json = false

  @Argument(help: "The conversation's id, or the start of it as `fiedler history` lists it.")
  var id: String

  func run() async throws {
    let services = try await Startup.settledServices()
    let conversation = try await Startup.usage { try await services.conversation(matching: id) }
    Output.write(json ? ConversationText.json(conversation).text + "\n" : ConversationText.markdown(conversation))
  }
}
