import Basics
import Canvas
import ConversationStore
import Conversations
import FoundationEssentials
import JSON
import SendEngine

/// Lists as lines and, for `--json`, as JSON.
public enum ListingText {
  /// Text of any kind on one line, without a character that a terminal would obey.
  public static func oneLine(_ text: String) -> String { Sanitizer.plain(text) }

  /// When (local time), how the last prompt's answers stand, the title and the models.
  public static func line(_ conversation: ConversationSummary) -> String {
    let models = conversation.models.map(\.name).joined(separator: ", ")
    let marks = conversation.states.map(mark).joined()
    let pin = conversation.isPinned ? "★ " : ""
    let tags = conversation.tags.map { " #\($0)" }.joined()
    return oneLine(
      "\(LocalTime.text(conversation.updatedAt))  \(marks)  \(pin)\(conversation.title)  [\(models)]\(tags)")
  }

  /// Where a search found a conversation: `answer: … the words around it …`, what was looked for in brackets.
  public static func line(_ hit: HistoryHit) -> String {
    var marked = Array(hit.snippet.text.utf8)
    for range in hit.snippet.highlights.reversed() {
      marked.insert(UInt8(ascii: "]"), at: range.upperBound)
      marked.insert(UInt8(ascii: "["), at: range.lowerBound)
    }
    return oneLine("\(hit.place.rawValue): \(String(decoding: marked, as: UTF8.self))")
  }

  /// What a purge has removed.
  static func line(_ report: PurgeReport) -> String {
    var line = "Removed \(Plural.text(report.conversations, "conversation")) with \(Plural.text(report.turns, "turn"))"
    if report.unloggedTurns > 0 { line += ", \(report.unloggedTurns) of them not yet logged to Godot" }
    return line + "; the file is \(report.freedBytes / 1000) kB smaller. Godot keeps what was logged."
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

  /// An array, newest first as given. Dates are seconds since 1970; `states` are those of the last prompt's answers.
  public static func json(_ conversations: [ConversationSummary]) -> JSON {
    .array(
      conversations.map {
        [
          "id": .string($0.id.lowercased),
          "title": .string($0.title),
          "created_at": .double($0.createdAt.timeIntervalSince1970),
          "updated_at": .double($0.updatedAt.timeIntervalSince1970),
          "models": .array($0.models.map { .string($0.description) }),
          "prompts": .int($0.promptCount),
          "states": .array($0.states.map { .string($0.rawValue) }),
          "tags": .array($0.tags.map(JSON.string)),
          "pinned": .bool($0.isPinned),
          "hit": $0.hit.map {
            [
              "place": .string($0.place.rawValue), "prompt": JSON($0.exchange?.lowercased),
              "snippet": .string($0.snippet.text),
            ]
          } ?? .null,
        ]
      })
  }

  /// An array of the models that can be asked, with `withListed` those too that providers have listed. Limits are
  /// tokens, prices per million of them, `timeout` seconds.
  public static func json(_ registry: ModelRegistry, withListed: Bool = false) -> JSON {
    let defaults = Set(registry.defaults.map(\.reference))
    return .array(
      (registry.models + (withListed ? registry.listed : [])).map {
        [
          "model": .string($0.reference.name),
          "provider": .string($0.reference.provider),
          "aliases": .array($0.aliases.map(JSON.string)),
          "default": .bool(defaults.contains($0.reference)),
          "context_window": JSON($0.contextWindow),
          "max_completion_tokens": JSON($0.maxCompletionTokens),
          "timeout": .double($0.timeout.inSeconds),
          "price": $0.price.map { ["input": .double($0.input), "output": .double($0.output)] } ?? .null,
        ]
      })
  }

  /// A line a template: name, title, variables (`*` marks those without a value) and file, under each other.
  public static func lines(_ files: [TemplateFile]) -> String {
    let rows = files.map { file in
      let variables = file.template?.variables.map { $0.name + ($0.value == nil ? "*" : "") } ?? []
      let words = variables.isEmpty ? "-" : variables.joined(separator: ",")
      return [file.name, file.template?.title ?? "cannot be used", words, file.path]
    }
    return columns(rows)
  }

  /// Rows of as many cells each, under each other.
  static func columns(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map(oneLine) }
    return rows.map { row in
      row.enumerated().map { column, text in
        guard column < row.count - 1 else { return text + "\n" }
        return text + String(repeating: " ", count: (rows.map(\.[column].count).max() ?? 0) - text.count + 2)
      }.joined()
    }.joined()
  }

  /// An array of the templates; `problem` is why one cannot be used, and `null` for those that can.
  public static func json(_ files: [TemplateFile]) -> JSON {
    .array(
      files.map { file in
        [
          "name": .string(file.name),
          "file": .string(file.path),
          "title": JSON(file.template?.title),
          "description": JSON(file.template?.description),
          "models": .array((file.template?.models ?? []).map { .string($0.description) }),
          "variables": .array(
            (file.template?.variables ?? []).map {
              ["name": .string($0.name), "default": JSON($0.value), "description": JSON($0.description)]
            }),
          "problem": JSON(file.problem),
        ]
      })
  }
}
