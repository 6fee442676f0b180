import Basics
import Conversations
import FoundationEssentials
import Glibc
import JSON

/// A conversation as a folder of files, to be read, kept, searched and compared with other tools:
///
/// ```
/// 2026-01-31_retry-logic_1f0c9a2e/      date of its beginning (UTC), title, beginning of its id
///   conversation.json                   everything, see ConversationJSON
///   conversation.md                     the whole of it, see ConversationMarkdown
///   turn-001-prompt.md                  each prompt and each answer
///   turn-002-openai-gpt-4o.md
///   attachments/sender.swift            the files sent along, each content once
/// ```
///
/// Folders are open to their owner only (0700), files likewise (0600).
public enum ConversationFolder {
  static let json = "conversation.json"
  private static let markdown = "conversation.md"
  private static let attachments = "attachments"

  public static func name(of conversation: Conversation) -> String {
    let title = FileNames.slug(conversation.title, bytes: 60)
    return "\(Timestamp.day(conversation.createdAt))_\(title)_\(conversation.id.lowercased.prefix(8))"
  }

  /// Whether a folder is called so.
  static func isName(_ name: String) -> Bool { name.wholeMatch(of: /\d{4}-\d\d-\d\d_.+_[0-9a-f]{8}/) != nil }

  /// Writes the folder into `parent`, making that if it is missing, and returns its path. Blocks on the disk.
  ///
  /// The folder appears whole or not at all. One that is there is replaced only if it holds this very conversation and
  /// nothing that was not written here.
  @discardableResult
  public static func write(
    _ conversation: Conversation, into parent: String, prices: ConversationMarkdown.Prices
  ) throws(ExportProblem) -> String {
    let path = "\(parent)/\(name(of: conversation))"
    try OutputFiles.makeFolders(parent)
    try checkPlace(path, for: conversation.id)
    let temporary = OutputFiles.temporary(for: path)
    do throws(ExportProblem) {
      try fill(temporary, with: conversation, prices)
      try put(temporary, at: path)
    } catch {
      OutputFiles.remove(temporary)
      // The name of the temporary folder says nothing to anybody.
      if case .cannotWrite(let inner, let reason) = error {
        throw .cannotWrite(path: inner.replacing(temporary, with: path), reason: reason)
      }
      throw error
    }
    Folders.sync(parent)
    return path
  }

  private static func fill(
    _ folder: String, with conversation: Conversation, _ prices: ConversationMarkdown.Prices
  ) throws(ExportProblem) {
    func write(_ text: String, _ name: String) throws(ExportProblem) {
      try OutputFiles.write(Array(text.utf8), to: "\(folder)/\(name)")
    }
    try OutputFiles.makeFolder(folder)
    try write(ConversationJSON.json(conversation).text + "\n", json)
    try write(ConversationMarkdown.document(conversation, prices: prices), markdown)
    var names = FileNames()
    for exchange in conversation.exchanges {
      let prompt = exchange.prompt
      try write(
        ConversationMarkdown.prompt(prompt, of: conversation),
        names.unused("turn-\(turn(prompt.turnNumber))-prompt.md"))
      for reply in exchange.replies {
        let number = reply.turnNumber.map(turn) ?? "\(turn(prompt.turnNumber))-unfinished"
        let model = FileNames.slug("\(reply.model.provider)-\(reply.model.name)", bytes: 100)
        try write(
          ConversationMarkdown.answer(reply, to: prompt, of: conversation, prices: prices),
          names.unused("turn-\(number)-\(model).md"))
      }
    }
    try writeAttachments(of: conversation, to: "\(folder)/\(attachments)")
    Folders.sync(folder)
  }

  private static func turn(_ number: Int) -> String { number.padded(to: 3) }

  /// A file that was sent with several prompts is written once; another one of the same name gets a number.
  private static func writeAttachments(of conversation: Conversation, to folder: String) throws(ExportProblem) {
    var names = FileNames()
    var written: Set<Attachment> = []
    for attachment in conversation.exchanges.flatMap(\.prompt.attachments) where written.insert(attachment).inserted {
      if written.count == 1 { try OutputFiles.makeFolder(folder) }
      let name = names.unused(FileNames.safe(attachment.name))
      let bytes = attachment.media.map { [UInt8]($0.data) } ?? Array(attachment.content.utf8)
      try OutputFiles.write(bytes, to: "\(folder)/\(name)")
    }
  }

  // MARK: The place

  private static func checkPlace(_ path: String, for id: UUID) throws(ExportProblem) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .occupied(path: path, reason: "it is not a folder")
    }
    guard try heldConversation(path) == id else {
      throw .occupied(path: path, reason: "it is not an exported folder of conversation \(id.lowercased)")
    }
    if let stranger = stranger(in: path) {
      throw .occupied(path: path, reason: "it holds \(stranger), which the export did not write")
    }
  }

  private static func heldConversation(_ path: String) throws(ExportProblem) -> UUID? {
    // Whatever is wrong with it, it is then no folder that may be replaced.
    guard let bytes = try? InputFile("\(path)/\(json)", followsLinks: false).rest(limit: 1 << 30) else { return nil }
    return (try? JSON(bytes: bytes))?["id"]?.string.flatMap(UUID.init(canonical:))
  }

  /// Something in the folder that was not written by ``fill(_:with:_:)``.
  private static func stranger(in path: String) -> String? {
    let manager = FileManager.default
    // Why does not matter: such a folder is not replaced, and that is what is told.
    guard let names = try? manager.contentsOfDirectory(atPath: path) else { return "what cannot be read" }
    return names.sorted().first { name in
      name != json && name != markdown && name != attachments
        && name.wholeMatch(of: /turn-\d{3,}-.*\.md/) == nil
    }
  }

  /// Moves the finished folder to its place. What stood there steps aside first, and comes back if that fails.
  private static func put(_ temporary: String, at path: String) throws(ExportProblem) {
    if rename(temporary, path) == 0 { return }
    guard errno == ENOTEMPTY || errno == EEXIST else { throw OutputFiles.failure(path) }
    let aside = OutputFiles.temporary(for: path)
    guard rename(path, aside) == 0 else { throw OutputFiles.failure(path) }
    guard rename(temporary, path) == 0 else {
      let failure = OutputFiles.failure(path)
      rename(aside, path)
      throw failure
    }
    OutputFiles.remove(aside)
  }
}
