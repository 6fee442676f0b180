import ArgumentParser
import Basics
import ConfigurationReading
import Conversations
import FiedlerApp
import Foundation
import JSON

struct History: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "List, search and tidy conversations.",
    subcommands: [HistoryList.self, HistoryDelete.self, HistoryRestore.self, HistoryPurge.self],
    defaultSubcommand: HistoryList.self)
}

extension HistoryOrder: ExpressibleByArgument {}

struct HistoryList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List conversations, newest first, or those that a search finds (the default).",
    discussion: """
      A search is made of words, the beginnings of words (retr*), "phrases", -not and the filters model: provider: before: \
      after: file: status: verdict: tag: is:pinned. Dates are 2026, 2026-11, 2026-11-22, 2026-11-22T09:30, today, yesterday, 3h, 7d, 2w, \
      3m or 1y, in local time. OR parts alternatives, and parentheses hold together: (this OR that) model:gpt. \
      Put -- before a search that begins with a dash.
      """)

  @Option(name: [.customShort("n"), .long], help: "How many at most.")
  var limit = 50

  @Option(help: "newest, oldest, title or relevance.")
  var order = HistoryOrder.newest

  @Flag(help: "Print one JSON array instead.")
  var json = false

  @Argument(help: "What to look for in titles, prompts, answers, tags and file names.", completion: Completions.search)
  var search: [String] = []

  func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit takes a number from 1 to 10000.") }
  }

  /// Quotes that the shell has taken away are put back, so that "two words" stay a phrase; alternatives are none.
  static func query(_ words: [String]) -> String {
    let isAlternative = { (part: String) in part.contains(" OR ") || part.hasPrefix("(") || part.hasPrefix("-(") }
    return words.map { part in
      part.contains(" ") && words.count > 1 && !isAlternative(part) ? "\"\(part)\"" : part
    }.joined(separator: " ")
  }

  func run() async throws {
    let services = try await Startup.settledServices()
    let text = Self.query(search)
    let found = try await Startup.usage {
      try await services.history(HistoryQuery(text, order: order), limit: limit)
    }
    if json { return Output.json(ListingText.json(found)) }
    for conversation in found {
      Output.list("\(conversation.id.lowercased.prefix(8))  \(ListingText.line(conversation))\n")
      if let hit = conversation.hit { Output.list("          \(ListingText.line(hit))\n") }
    }
    if found.isEmpty {
      let commands = History.configuration.subcommands.map { $0._commandName }
      if let near = search.first.flatMap({ Suggestions.nearest(to: $0, in: commands, limit: 1).first }) {
        Output.error("Did you mean `fiedler history \(near)`?")
      }
      Output.error(text.isEmpty ? "No conversations yet." : "Nothing found for \u{201C}\(text)\u{201D}.")
      if text.isEmpty, let offer = ImportOffer(Startup.environment()).words { Output.error(offer) }
    }
  }
}

struct HistoryDelete: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete", abstract: "Take conversations out of the history; `restore` brings them back.")

  @Argument(help: "The conversations' ids, or the start of them.", completion: Completions.conversations)
  var ids: [String]

  func run() async throws {
    let services = try await Startup.settledServices()
    for id in ids {
      let conversation = try await Startup.usage { try await services.delete(matching: id) }
      Output.list("Deleted \(conversation.id.lowercased.prefix(8))  \(ListingText.oneLine(conversation.title))\n")
    }
  }
}

struct HistoryRestore: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring deleted conversations back; without an id, list those there are.")

  @Argument(help: "The conversations' ids, or the start of them.")
  var ids: [String] = []

  func run() async throws {
    let services = try await Startup.settledServices()
    for id in ids {
      let conversation = try await Startup.usage { try await services.restore(matching: id) }
      Output.list("Restored \(conversation.id.lowercased.prefix(8))  \(ListingText.oneLine(conversation.title))\n")
    }
    guard ids.isEmpty else { return }
    let deleted = try await Startup.usage { try await services.deleted() }
    for conversation in deleted {
      Output.list("\(conversation.id.lowercased.prefix(8))  \(ListingText.line(conversation))\n")
    }
    if deleted.isEmpty { Output.error("No conversation is deleted.") }
  }
}

struct HistoryPurge: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "purge",
    abstract: "Remove deleted conversations for good.",
    discussion: """
      Their texts, recordings and index entries leave the database file, which is then written anew without them. What was \
      logged to Godot stays there. Ids purge those conversations whether they were deleted before or not.
      """)

  @Flag(name: .shortAndLong, help: "Do not ask.")
  var yes = false

  @Argument(help: "The conversations' ids, or the start of them. Default: all that are deleted.")
  var ids: [String] = []

  func run() async throws {
    let services = try await Startup.settledServices()
    let chosen = try await Startup.usage { try await services.purgeable(matching: ids) }
    guard !chosen.isEmpty else { return Output.error("No conversation is deleted; there is nothing to purge.") }
    for conversation in chosen {
      Output.error("\(conversation.id.lowercased.prefix(8))  \(ListingText.line(conversation))")
    }
    if !yes {
      guard isatty(STDIN_FILENO) == 1 else { throw UsageError("purging cannot be undone; add --yes to do it unasked") }
      Output.error("Remove \(chosen.count == 1 ? "it" : "these \(chosen.count)") for good? Type yes:")
      guard readLine() == "yes" else { return Output.error("Nothing was removed.") }
    }
    let report = try await Startup.usage {
      try await services.purge(chosen.map(\.id)) { Output.error("\($0) …") }
    }
    Output.write(report + "\n")
  }
}

struct Show: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "show", abstract: "Print a conversation as Markdown.")

  @Flag(help: "Print one JSON object instead.")
  var json = false

  @Argument(
    help: "The conversation's id, or the start of it as `fiedler history` lists it.",
    completion: Completions.conversations)
  var id: String

  func run() async throws {
    let services = try await Startup.settledServices()
    let conversation = try await Startup.usage { try await services.conversation(matching: id) }
    if json { return Output.json(ConversationText.json(conversation)) }
    Output.list(ConversationText.markdown(conversation))
  }
}
