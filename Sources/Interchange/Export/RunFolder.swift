import Basics
import Conversations
import FoundationEssentials
import Glibc
import JSON

/// One send as a folder of files, as scripts and agents have read it from Fiedler ever since:
/// `<YYYYMMDD_HHMMSS>_<8 hex digits>/` with a Markdown file for each answer, `summary.json` and `fiedler.log`.
///
/// The summary has the members that earlier versions wrote, in their forms, and the ids that the import knows its own
/// folders by (``RunIdentity``). An answer that could not be had has no file.
public struct RunFolder: Sendable {
  public let path: String
  /// The summary's path.
  public var summary: String { "\(path)/\(EarlierFolder.summary)" }
  /// The path of each answer's file.
  public let files: [UUID: String]

  /// What is written.
  public struct Contents: Sendable {
    public var conversation: UUID
    /// As models were sent it.
    public var prompt: Prompt
    /// All ended.
    public var replies: [Reply]
    public var status: String
    /// Without it the summary tells only how long the prompt was.
    public var savesPrompt: Bool
    public var zone: LocalZone

    public init(
      conversation: UUID, prompt: Prompt, replies: [Reply], status: String, savesPrompt: Bool, zone: LocalZone
    ) {
      self.conversation = conversation
      self.prompt = prompt
      self.replies = replies
      self.status = status
      self.savesPrompt = savesPrompt
      self.zone = zone
    }
  }

  /// What a send is called in its folder's name and by agents: the first eight hex digits of its prompt's id.
  public static func correlation(_ prompt: UUID) -> String { String(prompt.lowercased.prefix(8)) }

  /// Makes the folder in `directory`, which is made too where it is missing. All of it is there under its name, or
  /// nothing. Blocks on the disk.
  public static func write(_ contents: Contents, in directory: String) throws(ExportProblem) -> RunFolder {
    let prompt = contents.prompt
    let wall = Timestamp.text(contents.zone.wall(prompt.sentAt), .none).prefix(19)
    let stamp = wall.filter(\.isNumber)
    let name = "\(stamp.prefix(8))_\(stamp.dropFirst(8))_\(correlation(prompt.id))"
    try OutputFiles.makeFolders(directory)
    let path = "\(directory)/\(name)"
    let temporary = OutputFiles.temporary(for: path)
    try OutputFiles.makeFolder(temporary)
    do throws(ExportProblem) {
      var names = FileNames()
      var files: [UUID: String] = [:]
      for reply in contents.replies where !reply.text.isEmpty && reply.state != .failed {
        let file = names.unused(FileNames.safe(reply.model.name.replacing("/", with: "_") + ".md"))
        try OutputFiles.write(Array(document(reply).utf8), to: "\(temporary)/\(file)")
        files[reply.id] = file
      }
      let root = path.isAbsolutePath ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
      let summary = json(contents, stamp: String(name.prefix(15)), files.mapValues { "\(root)/\($0)" })
      try OutputFiles.write(Array((summary.text + "\n").utf8), to: "\(temporary)/\(EarlierFolder.summary)")
      try OutputFiles.write(Array(log(contents, files).utf8), to: "\(temporary)/fiedler.log")
      Folders.sync(temporary)
      guard rename(temporary, path) == 0 else { throw OutputFiles.failure(path) }
      Folders.sync(directory)
      return RunFolder(path: path, files: files.mapValues { "\(path)/\($0)" })
    } catch {
      OutputFiles.remove(temporary)
      throw error
    }
  }

  /// The answer as it came. Only one that would be read as having a header gets one of ours, which is read off again.
  private static func document(_ reply: Reply) -> String {
    guard FrontMatter.removed(from: reply.text) != reply.text else { return reply.text }
    return "---\nfiedler: answer\n---\n\n" + reply.text
  }

  /// - `files`: absolute paths.
  private static func json(_ contents: Contents, stamp: String, _ files: [UUID: String]) -> JSON {
    let prompt = contents.prompt
    let length = prompt.text.unicodeScalars.count
    let text = contents.savesPrompt ? prompt.text : "<redacted - \(length) chars>"
    var members: [String: JSON] = [
      "correlation_id": .string(correlation(prompt.id)),
      "conversation_id": .string(contents.conversation.lowercased),
      "prompt_id": .string(prompt.id.lowercased),
      "turn": .int(prompt.turnNumber),
      "timestamp": .string(stamp),
      "sent_at": .string(Timestamp.text(prompt.sentAt)),
      "status": .string(contents.status),
      "prompt": .string(text),
      "prompt_length": .int(length),
      "files": .array(prompt.attachments.map { .string($0.name) }),
      "package_metadata": package(prompt.attachments),
      "models": .array(contents.replies.map { .string($0.model.name) }),
      "results": .array(contents.replies.map { result($0, file: files[$0.id]) }),
    ]
    members["parent_id"] = prompt.parent.map { .string($0.lowercased) }
    return .object(members)
  }

  /// How much was put before the models in files, in bytes and lines.
  private static func package(_ files: [Attachment]) -> JSON {
    guard !files.isEmpty else { return [:] }
    return [
      "total_size": .int(files.reduce(0) { $0 + $1.content.utf8.count }),
      "total_lines": .int(files.reduce(0) { $0 + lines($1.content) }),
    ]
  }

  /// Those that end, and the last one where it does not.
  private static func lines(_ text: String) -> Int {
    let ends = text.utf8.count { $0 == UInt8(ascii: "\n") }
    return text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? ends : ends + 1
  }

  /// An answer as `results` has it.
  private static func result(_ reply: Reply, file: String?) -> JSON {
    var members: [String: JSON] = [
      "id": .string(reply.id.lowercased),
      "model": .string(reply.model.name), "provider": .string(reply.model.provider),
      "status": .string(reply.state.rawValue),
      "duration": JSON(reply.duration.map(\.inSeconds)),
      "tokens": ["prompt": JSON(reply.usage.promptTokens), "completion": JSON(reply.usage.completionTokens)],
    ]
    members["output_file"] = file.map(JSON.string)
    members["error"] = reply.state == .success ? nil : reply.failure.map { .string($0.message) }
    return .object(members)
  }

  private static func log(_ contents: Contents, _ files: [UUID: String]) -> String {
    let prompt = contents.prompt
    let names = prompt.models.map(\.name).joined(separator: ", ")
    var lines = ["\(Timestamp.text(prompt.sentAt)) INFO \(correlation(prompt.id)) to \(names)"]
    for reply in contents.replies {
      let end = Timestamp.text(reply.startedAt.addingTimeInterval((reply.duration ?? .zero).inSeconds))
      let isSuccess = reply.state == .success
      let words = isSuccess ? files[reply.id] ?? "" : reply.failure?.message ?? ""
      lines.append("\(end) \(isSuccess ? "INFO" : "WARN") \(reply.model.name) \(reply.state.rawValue) \(words)")
    }
    return lines.map { $0.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n" }.joined()
  }
}
