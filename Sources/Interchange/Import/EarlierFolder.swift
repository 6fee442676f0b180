import Basics
import Conversations
import FoundationEssentials
import JSON

/// Reads what earlier versions of Fiedler left of one send: a folder `YYYYMMDD_HHMMSS_<8 hex digits>` with a
/// `summary.json` and a Markdown file for each answer.
///
/// `summary.json` is an object with `correlation_id`, `timestamp` (ISO 8601 or `20251002_182924`), `prompt` (often only
/// `<redacted - N chars>`), `files` (paths or names), `models` (names) and `results`, an array of objects with `model`,
/// `status`, `output_file`, `duration` (seconds), `tokens` (`prompt`, `completion`) and sometimes `error`. All but one
/// of `results` and `models` may be missing. Of paths only the last part counts, and only within the folder.
///
/// What ``RunFolder`` writes has more, which is preferred: `conversation_id`, `prompt_id`, `parent_id` and `turn`
/// (``RunIdentity``), `sent_at` (ISO 8601 with its offset), and for each result its `id` and `provider`.
struct EarlierFolder {
  static let summary = "summary.json"
  /// What stands for the content of a file of which only the name was kept.
  static let contentNotKept = "(the content of this file was not kept)"

  /// Whether a folder is called as the earlier Fiedler called them.
  static func isName(_ name: String) -> Bool { name.wholeMatch(of: /\d{8}_\d{6}_[0-9a-fA-F]{8}/) != nil }

  private let path: String
  private let models: ModelNames
  private let zone: LocalZone
  private var losses: [ImportProblem] = []
  private var omissions: [String: Int] = [:]
  private var assumesZone = false

  /// Times of the summary and of the folder's name have no zone; `zone` is taken for theirs.
  static func item(_ path: String, models: @escaping ModelNames, zone: LocalZone = .utc) -> ImportItem {
    var folder = EarlierFolder(path: path, models: models, zone: zone)
    do throws(ImportProblem) {
      let conversation = try folder.conversation()
      return ImportItem(
        path, .success(conversation), losses: folder.losses, omissions: folder.omissions,
        assumesZone: folder.assumesZone)
    } catch {
      return ImportItem(path, .failure(error))
    }
  }

  /// Whether the folder's summary is one of these, or is meant to be and damaged.
  static func isMeant(_ path: String) -> Bool {
    guard let bytes = try? InputFile("\(path)/\(summary)", followsLinks: false).rest(limit: 64 << 20),
      let json = try? JSON(bytes: bytes)
    else { return false }
    return (json["results"]?.array ?? json["models"]?.array)?.isEmpty == false
      && (json["prompt"] != nil || json["correlation_id"] != nil)
  }

  private init(path: String, models: @escaping ModelNames, zone: LocalZone) {
    self.path = path
    self.models = models
    self.zone = zone
    // `.` is no name.
    name = lastPart(path).isEmpty ? lastPart(URL.resolved(path)) : lastPart(path)
  }

  private let name: String

  private mutating func conversation() throws(ImportProblem) -> Conversation {
    let summary = try readSummary()
    let results = try results(summary)
    let startedAt = try date(summary)
    let identity = RunIdentity(summary, folder: name)
    let attachments = files(summary["files"])
    let text = summary["prompt"]?.string ?? ""
    let references = results.map(reference)
    var exchange = Exchange(
      prompt: Prompt(
        id: identity.prompt, parent: identity.parent, turnNumber: identity.turn, text: text, attachments: attachments,
        models: references, sentAt: startedAt),
      replies: [])
    for (index, result) in results.enumerated() {
      exchange.replies.append(
        reply(
          result, id: identity.reply(index, result.json), model: references[index],
          attempt: 1 + references[..<index].count { $0 == references[index] },
          turn: identity.isOwn ? nil : index + 2, startedAt: startedAt))
    }
    let longest = exchange.replies.compactMap(\.duration).max() ?? .zero
    return Conversation(
      id: identity.conversation, title: title(text, attachments, references, startedAt), createdAt: startedAt,
      updatedAt: startedAt.addingTimeInterval(longest.inSeconds), exchanges: [exchange])
  }

  private func readSummary() throws(ImportProblem) -> JSON {
    let file: InputFile
    do throws(ImportProblem) {
      file = try InputFile("\(path)/\(Self.summary)", followsLinks: false)
    } catch {
      throw ImportProblem(path, "\(Self.summary): \(error.reason)")
    }
    do {
      let json = try JSON(bytes: try file.rest(limit: 64 << 20))
      guard json.object != nil else { throw ImportProblem(path, "\(Self.summary) is no JSON object") }
      return json
    } catch {
      throw ImportProblem(path, "\(Self.summary): \((error as? ImportProblem)?.reason ?? "\(error)")")
    }
  }

  private struct Outcome {
    var model: String
    var json: JSON
  }

  private mutating func results(_ summary: JSON) throws(ImportProblem) -> [Outcome] {
    let names = summary["models"]?.array ?? []
    guard let results = summary["results"]?.array ?? (names.isEmpty ? nil : names.map { ["model": $0] }) else {
      throw ImportProblem(path, "\(Self.summary) has neither results nor models")
    }
    return results.enumerated().compactMap { index, result in
      if let model = word(result["model"]) ?? word(names.indices.contains(index) ? names[index] : nil) {
        return Outcome(model: model, json: result)
      }
      losses.append(ImportProblem(path, "results[\(index)] names no model and was left out"))
      return nil
    }
  }

  /// As the summary or the folder's name tells it.
  private mutating func date(_ summary: JSON) throws(ImportProblem) -> Date {
    if let text = summary["sent_at"]?.string, let date = Timestamp.date(text) { return date }
    if let text = summary["timestamp"]?.string, let read = zone.reading(text) {
      assumesZone = read.assumesZone
      return read.date
    }
    if let seconds = summary["timestamp"]?.double, (-1e11..<1e11).contains(seconds) {
      return Date(timeIntervalSince1970: seconds)
    }
    if Self.isName(name), let read = zone.reading(String(name.prefix(15))) {
      assumesZone = true
      return read.date
    }
    throw ImportProblem(path, "neither timestamp in \(Self.summary) nor the folder's name is a date")
  }

  private mutating func files(_ json: JSON?) -> [Attachment] {
    let files = (json?.array ?? []).compactMap { entry -> Attachment? in
      guard let file = word(entry) ?? word(entry["name"]) ?? word(entry["path"]) else { return nil }
      let name = lastPart(file)
      guard !name.isEmpty else { return nil }
      return .named(name)
    }
    if !files.isEmpty { omissions["contents of attached files"] = files.count }
    return files
  }

  private func title(_ prompt: String, _ files: [Attachment], _ models: [ModelReference], _ date: Date) -> String {
    let isKept = !(prompt.hasPrefix("<redacted") && prompt.hasSuffix(">"))
    if isKept, prompt.contains(where: { !$0.isWhitespace }) { return Prompt.title(for: prompt) }
    let names = files.map(\.name)
    guard names.isEmpty else { return Prompt.title(for: names.joined(separator: ", ")) }
    let asked = models.map(\.name).joined(separator: ", ")
    return Prompt.title(for: "\(Timestamp.text(date).prefix(16).replacing("T", with: " ")) \(asked)")
  }

  private func reference(_ outcome: Outcome) -> ModelReference {
    if let provider = word(outcome.json["provider"]) { return ModelReference(provider: provider, name: outcome.model) }
    return models(outcome.model) ?? ModelReference(provider: "imported", name: outcome.model)
  }

  // MARK: Answers

  private mutating func reply(
    _ outcome: Outcome, id: UUID, model: ModelReference, attempt: Int, turn: Int?, startedAt: Date
  ) -> Reply {
    let json = outcome.json
    var reply = Reply(id: id, model: model, attempt: attempt, turnNumber: turn, startedAt: startedAt)
    if let seconds = json["duration"]?.double, (0..<1e9).contains(seconds) {
      reply.duration = .microseconds(Int64((seconds * 1_000_000).rounded()))
    }
    let tokens = json["tokens"]
    reply.usage = Usage(
      promptTokens: tokens?["prompt"]?.int, completionTokens: tokens?["completion"]?.int,
      reasoningTokens: tokens?["reasoning"]?.int)
    let status = Status(word(json["status"])?.lowercased())
    let error = word(json["error"]) ?? word(json["error"]?["message"])
    let file = lastPart(word(json["output_file"]) ?? "")
    let name = file.isEmpty ? outcome.model.replacing("/", with: "_") + ".md" : file
    do throws(ImportProblem) {
      reply.text = try text(name)
      reply.state = status == .success ? .success : reply.text.isEmpty ? status.state : .partial
      if status == .cancelled { reply.state = .cancelled }
    } catch {
      if status == .success {
        losses.append(ImportProblem("\(path)/\(name)", error.reason))
        reply.failure = SendFailure(.malformed, "its file \(name) could not be imported: \(error.reason)")
      }
      reply.state = status.state == .success ? .failed : status.state
    }
    if reply.state != .success, reply.failure == nil {
      let words = error.map { String($0.prefix(1000)).split(whereSeparator: \.isNewline).joined(separator: " ") }
      reply.failure = SendFailure(status.kind, words ?? "the answer could not be had (no reason was kept)")
    }
    return reply
  }

  private mutating func text(_ name: String) throws(ImportProblem) -> String {
    let bytes = try InputFile("\(path)/\(name)", followsLinks: false).rest(limit: 256 << 20)
    let text: String
    if let valid = String(validating: bytes, as: UTF8.self) {
      text = valid
    } else {
      losses.append(ImportProblem("\(path)/\(name)", "it is not UTF-8 text; what is not was replaced"))
      text = String(decoding: bytes, as: UTF8.self)
    }
    return FrontMatter.removed(from: text)
  }

  private enum Status {
    case success, partial, cancelled, timeout, failed

    init(_ word: String?) {
      switch word {
      case nil, "success", "successful", "succeeded", "ok", "done", "complete", "completed", "finished": self = .success
      case "partial", "truncated", "incomplete", "interrupted": self = .partial
      case "cancelled", "canceled", "aborted", "stopped": self = .cancelled
      case "timeout", "timed_out", "timedout", "timed out": self = .timeout
      default: self = .failed
      }
    }

    var state: ReplyState {
      switch self {
      case .success: .success
      case .partial: .partial
      case .cancelled: .cancelled
      case .timeout, .failed: .failed
      }
    }

    var kind: SendFailure.Kind {
      switch self {
      case .timeout: .totalTimeout
      case .partial, .cancelled: .interrupted
      case .success, .failed: .provider
      }
    }
  }
}

/// YAML between two `---` lines at the top of a Markdown file.
enum FrontMatter {
  /// The text without it, and without the empty line after it. Only what is plainly YAML is taken off.
  static func removed(from text: String) -> String {
    let lines = text.textLines(maxSplits: 100)
    guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---"), end < 100 else { return text }
    let header = lines[1..<end]
    guard header.contains(where: isKey), header.allSatisfy({ isKey($0) || isInner($0) }) else { return text }
    let rest = lines[(end + 1)...]
    guard let first = rest.first else { return "" }
    return String(text[(first.isEmpty ? rest.dropFirst().first ?? first : first).startIndex...])
  }

  private static func isKey(_ line: Substring) -> Bool { line.wholeMatch(of: /[A-Za-z_][\w .\-]*:( .*)?/) != nil }

  /// Part of a value of several lines, a comment, or empty.
  private static func isInner(_ line: Substring) -> Bool {
    line.isEmpty || line.hasPrefix(" ") || line.hasPrefix("- ") || line.hasPrefix("#")
  }
}

/// A text that is not empty.
func word(_ json: JSON?) -> String? {
  guard let text = json?.string, !text.isEmpty else { return nil }
  return text
}

/// The last part of a path of any system.
func lastPart(_ path: String) -> String {
  let last = path.replacingScalars("\\", with: "/").lastPathPart ?? ""
  return last == "." || last == ".." ? "" : last
}

extension URL {
  /// A path without `.`, `..` and links; as it is where it leads nowhere.
  fileprivate static func resolved(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }
}
