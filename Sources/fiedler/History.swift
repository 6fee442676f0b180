import ArgumentParser
import Conversations
import FiedlerApp
import Foundation
import JSON

struct History: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "List conversations, newest first.")

  @Option(name: [.customShort("n"), .long], help: "How many at most.")
  var limit = 50

  @Argument(help: "Only conversations whose title, prompts or answers contain this.")
  var search: String?

  func validate() throws {
    guard (1...10_000).contains(limit) else { throw ValidationError("--limit takes a number from 1 to 10000.") }
  }

  func run() async throws {
    let services = try await Startup.settledServices()
    let found = try await services.history(matching: search, limit: limit)
    for conversation in found {
      let models = conversation.models.map(\.name).joined(separator: ", ")
      let marks = conversation.states.map(Self.mark).joined()
      Output.write(
        "\(conversation.id.lowercased.prefix(8))  \(Self.time(conversation.updatedAt))  \(marks)  \(conversation.title)  [\(models)]\n"
      )
    }
    if found.isEmpty {
      Output.error(search.map { "No conversation contains \u{201C}\($0)\u{201D}." } ?? "No conversations yet.")
    }
  }

  private static func mark(_ state: ReplyState) -> String {
    switch state {
    case .success: "●"
    case .partial: "◑"
    case .interrupted: "◇"
    case .failed: "✕"
    case .cancelled: "■"
    case .queued, .connecting, .streaming, .retrying: "…"
    }
  }

  /// Local time, `2026-01-31 09:05`.
  private static func time(_ date: Date) -> String {
    var seconds = time_t(date.timeIntervalSince1970)
    var parts = tm()
    localtime_r(&seconds, &parts)
    return String(
      format: "%04d-%02d-%02d %02d:%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
      parts.tm_min)
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
